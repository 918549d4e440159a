//! What every part of a desk works with: store, clocks, identity, secrets, and the way to the
//! centre.

use crate::{
    centre::Centre,
    clock::{Clock, TrustedClock},
    desk_key::{CertifiedKey, Signing},
    enrolment,
    error::DeskError,
    heartbeat::Vitals,
    identity::Identity,
    line::SyncHandle,
    signing::OpenSessions,
    store::{self, Connection, Store, Write, audit, blob::Blob, setting},
    vault::{SecretFiles, Vault},
};
use rules::{
    At, Policy, StaffNumber,
    digest::Digest,
    issuing::Trust,
    op::CitizenRef,
    person::{IdNumber, Name},
    program::RequiredProgram,
    wire::CentralSettings,
};
use std::sync::{Arc, PoisonError, RwLock};

/// Finds the characters of a name that no print font has (N5). Called before anything is written.
pub trait PrintableName: Send + Sync {
    /// Returns the characters that would be printed as boxes, in order. Empty: the name can be
    /// printed.
    fn missing_glyphs(&self, name: &Name) -> Vec<char>;
}

/// Shared by all components of a desk.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) clock: Arc<TrustedClock>,
    pub(crate) identity: Identity,
    /// The vault's secrets.
    pub(crate) secrets: SecretFiles,
    /// The key this desk signs with.
    pub(crate) signing: Arc<Signing>,
    pub(crate) centre: Centre,
    pub(crate) sync: SyncHandle,
    pub(crate) open_sessions: OpenSessions,
    pub(crate) printable: Box<dyn PrintableName>,
    /// How this desk is, as it tells the centre.
    pub(crate) vitals: Arc<Vitals>,
    /// When this program began to work with the files.
    pub(crate) started_at: At,
    policy: RwLock<Policy>,
    central_settings: RwLock<CentralSettings>,
    trust: RwLock<Trust>,
    required: RwLock<Option<RequiredProgram>>,
    kit_ends: RwLock<Option<At>>,
}

impl Core {
    /// Opens the parts of an enrolled desk. Nothing is sent.
    pub(crate) async fn open(
        vault: &Vault,
        store: Store,
        clock: Arc<dyn Clock>,
        printable: Box<dyn PrintableName>,
    ) -> Result<Self, DeskError> {
        let mut read = store.read().await?;
        let identity = store::identity::get(&mut read).await?.ok_or(DeskError::NotEnrolled)?;
        let state = store::sync_state::get(&mut read).await?;
        let policy = setting::get(&mut read, setting::POLICY).await?.unwrap_or_default();
        let central_settings = setting::central_settings(&mut read, identity.desk_number).await?;
        let trust = store::anchors::trust(&mut read, &identity).await?;
        let required = store::anchors::get(&mut read).await?.and_then(|anchors| anchors.value.required);
        let kit_ends = store::visit::under_way(&mut read).await?.and_then(|visit| visit.ends_out());
        drop(read);
        vault.permits(identity.class())?;
        let secrets = vault.secrets();
        let signer = enrolment::signer_of(&secrets, identity.desk_key())?;
        let certificate = identity.certificate.clone();
        let signing =
            Arc::new(Signing::new(CertifiedKey { signer, certificate }, identity.next_certificate.as_ref()));
        let clock =
            TrustedClock::new(clock, state.contact, state.wall_high_water).not_before(state.latest_at);
        let clock = Arc::new(clock);
        let vitals = Arc::new(Vitals::new(vault, &identity, (&store, &clock, &signing)));
        let centre = Centre::new(&identity, signing.clone(), vitals.clone())?;
        Ok(Self {
            started_at: clock.read().at,
            clock,
            sync: SyncHandle::new(state.stopped),
            open_sessions: OpenSessions::default(),
            policy: RwLock::new(policy),
            central_settings: RwLock::new(central_settings),
            trust: RwLock::new(trust),
            required: RwLock::new(required),
            kit_ends: RwLock::new(kit_ends),
            store,
            identity,
            secrets,
            signing,
            centre,
            printable,
            vitals,
        })
    }

    /// Returns the policy numbers in force.
    pub(crate) fn policy(&self) -> Policy {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns what the centre's signatures are verified with.
    pub(crate) fn trust(&self) -> Trust {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the oldest program that may issue codes (L13), if one is required.
    pub(crate) fn required(&self) -> Option<RequiredProgram> {
        *self.required.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in which program is required from now on.
    pub(crate) fn set_required(&self, required: Option<RequiredProgram>) {
        *self.required.write().unwrap_or_else(PoisonError::into_inner) = required;
    }

    /// Trusts some issuing keys no more.
    pub(crate) fn set_trust(&self, trust: Trust) {
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = trust;
    }

    /// Puts the centre's new policy numbers into force.
    pub(crate) fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// Returns the settings that the centre decides for this window.
    pub(crate) fn central_settings(&self) -> CentralSettings {
        *self.central_settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the settings into force that came from the centre.
    pub(crate) async fn read_central_settings(&self) -> Result<(), DeskError> {
        let mut read = self.store.read().await?;
        let values = setting::central_settings(&mut read, self.identity.desk_number).await?;
        *self.central_settings.write().unwrap_or_else(PoisonError::into_inner) = values;
        Ok(())
    }

    /// Returns the reference under which this desk files a citizen.
    pub(crate) fn citizen_ref(&self, number: &IdNumber) -> CitizenRef {
        self.store.citizen_ref(number)
    }

    /// Returns a blob that is here: kept, or in the kit of a home visit that can be read.
    pub(crate) async fn blob(
        &self,
        connection: &mut Connection,
        digest: &Digest,
    ) -> Result<Option<Blob>, DeskError> {
        match self.store.blob(&mut *connection, digest).await? {
            Some(blob) => Ok(Some(blob)),
            None => store::visit::photo(&self.store, connection, digest, &self.clock.read()).await,
        }
    }

    /// Returns the end of the kit that is out (V4), if one is.
    pub(crate) fn kit_ends(&self) -> Option<At> {
        *self.kit_ends.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in that a kit is out until then, or that none is.
    pub(crate) fn set_kit_ends(&self, ends: Option<At>) {
        *self.kit_ends.write().unwrap_or_else(PoisonError::into_inner) = ends;
    }

    /// Writes an audit row that belongs to no operation.
    pub(crate) async fn note(&self, entry: &audit::Entry<'_>) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        audit::append(&mut write, &self.clock.read(), entry).await?;
        write.commit().await
    }

    /// Ends the sessions of a person that their newest record does not allow any more (A6).
    pub(crate) async fn end_outdated(&self, staff: &StaffNumber) -> Result<(), DeskError> {
        let newest = store::staff::get(&mut *self.store.read().await?, staff).await?;
        if let Some(newest) = newest {
            self.open_sessions.end_outdated(&newest);
        }
        Ok(())
    }

    /// Commits a write and wakes synchronisation, which has something to send now.
    pub(crate) async fn commit(&self, write: Write) -> Result<(), DeskError> {
        write.commit().await?;
        self.sync.wake();
        Ok(())
    }
}
