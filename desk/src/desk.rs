//! The desk as a whole: what every part of it works with.

use crate::{
    clock::{Clock, Reading, TrustedClock},
    enrolment::{self, Secrets},
    error::DeskError,
    identity::Identity,
    session::Sessions,
    store::{self, Store, audit, setting},
    sync::{Centre, SyncHandle},
    vault::Vault,
};
use rules::{At, Policy, op::CitizenRef, person::IdNumber, person::Name};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Says which characters of a name no print font has (N5); empty = the name can be printed. Asked
/// before anything is written.
pub trait PrintableName: Send + Sync {
    /// The characters that would come out as boxes, in order.
    fn missing_glyphs(&self, name: &Name) -> Vec<char>;
}

/// An enrolled desk at work. Cheap to share: everything inside is.
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) clock: TrustedClock,
    pub(crate) identity: Identity,
    pub(crate) secrets: Secrets,
    pub(crate) centre: Centre,
    pub(crate) sync: SyncHandle,
    pub(crate) printable: Box<dyn PrintableName>,
    pub(crate) sessions: Mutex<Sessions>,
    policy: RwLock<Policy>,
    /// When this program began to work with the files.
    pub(crate) started_at: At,
}

impl Desk {
    /// Opens an enrolled desk. Nothing is sent before [`Desk::run_sync`].
    ///
    /// # Errors
    /// [`DeskError::NotEnrolled`] before [`enrolment::enrol`]; [`DeskError::KeyWrong`] when vault
    /// and certificate do not belong together; the disk's.
    pub async fn open(
        vault: &Vault,
        store: Store,
        clock: Arc<dyn Clock>,
        printable: Box<dyn PrintableName>,
    ) -> Result<Arc<Self>, DeskError> {
        let mut read = store.read().await?;
        let identity = store::identity::get(&mut read).await?.ok_or(DeskError::NotEnrolled)?;
        let state = store::sync_state::get(&mut read).await?;
        let policy = setting::get(&mut read, setting::POLICY).await?.unwrap_or_default();
        drop(read);
        let secrets = enrolment::secrets(vault, &identity)?;
        let centre = Centre::new(&identity, secrets.signer.clone())?;
        let clock = TrustedClock::new(clock, state.contact, state.wall_high_water);
        Ok(Arc::new(Self {
            started_at: clock.read().at,
            clock,
            sync: SyncHandle::new(state.stopped),
            sessions: Mutex::new(Sessions::default()),
            policy: RwLock::new(policy),
            store,
            identity,
            secrets,
            centre,
            printable,
        }))
    }

    /// The store, for reading lists and registering its pool.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Who this desk is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// All clocks now.
    pub fn read_clock(&self) -> Reading {
        self.clock.read()
    }

    /// The policy numbers in force.
    pub fn policy(&self) -> Policy {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The centre changed them.
    pub(crate) fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// Synchronisation: line, events, "now".
    pub const fn sync(&self) -> &SyncHandle {
        &self.sync
    }

    /// The reference of a citizen: all that leaves the desk to ask about them.
    pub fn citizen_ref(&self, number: &IdNumber) -> CitizenRef {
        CitizenRef::of(number, &self.secrets.index_key)
    }

    /// Writes an audit row that belongs to no operation.
    ///
    /// # Errors
    /// The disk's.
    pub async fn note(&self, entry: &audit::Entry<'_>) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        audit::append(&mut write, &self.clock.read(), entry).await?;
        write.commit().await
    }
}
