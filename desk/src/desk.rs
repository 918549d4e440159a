//! An enrolled desk at work: its components, and access to what they share.

use crate::{
    blob::Blobs,
    call_back::CallBacks,
    case::Cases,
    citizen::Citizens,
    clock::{Clock, Reading},
    collective::Collective,
    core::{Core, PrintableName},
    correction::Corrections,
    counts::Counts,
    error::DeskError,
    heartbeat::Vitals,
    housekeeping,
    identity::Identity,
    issue::Issuing,
    line::SyncHandle,
    lists::Lists,
    printing::Printing,
    service::Services,
    session::Sessions,
    settings::Settings,
    store::Store,
    sync::{self, Outbox},
    transfer::Transfer,
    vault::{KeyProtection, Vault},
    verification::Verification,
    visit::Visits,
};
use rules::{At, Policy, keys::DeskKey, op::CitizenRef, person::IdNumber, wire::CentralSettings};
use std::sync::Arc;

/// An enrolled desk at work. Each component has the methods of one subject and owns its state;
/// all of them share store, clocks, identity and the way to the centre.
pub struct Desk {
    core: Arc<Core>,
    /// Login, lock and re-authentication; the accounts of the staff.
    pub session: Arc<Sessions>,
    /// Looks citizens up.
    pub citizen: Citizens,
    /// Photos and scanned evidence.
    pub blob: Blobs,
    /// Cases and their drafts.
    pub case: Arc<Cases>,
    /// Phones left for a case, and calls to citizens who were away.
    pub call_back: CallBacks,
    /// Tickets, times and ratings of cases.
    pub service: Services,
    /// Issues codes, reports their loss, reprints and voids them.
    pub issue: Issuing,
    /// Collective service: an institution's agent with a list of people.
    pub collective: Collective,
    /// Home visits: the kit that is taken along.
    pub visit: Visits,
    /// Corrections of name and photo.
    pub correction: Corrections,
    /// Records what is printed and how it came out.
    pub printing: Printing,
    /// Verification (核验) of sheets, with and without the centre.
    pub verification: Verification,
    /// Offline transfer of the outbox by file.
    pub transfer: Transfer,
    /// Day, queue, conflicts, audit and board.
    pub lists: Lists,
    /// Settings of this desk.
    pub settings: Settings,
    /// Counts for the status line.
    pub counts: Counts,
    /// The centre's verdicts on operations of this desk.
    pub outbox: Outbox,
    /// How this desk is, as it tells the centre.
    pub vitals: Arc<Vitals>,
}

impl Desk {
    /// Opens an enrolled desk. Nothing is sent before [`Desk::run_sync`].
    ///
    /// # Errors
    /// Returns [`DeskError::NotEnrolled`] before [`crate::enrolment::enrol`],
    /// [`DeskError::KeyWrong`] if vault and certificate do not belong together,
    /// [`DeskError::KeyUnprotected`] if the vault is protected too little for a live desk (C1), and
    /// a database error if the store cannot be read.
    pub async fn open(
        vault: &Vault,
        store: Store,
        clock: Arc<dyn Clock>,
        printable: Box<dyn PrintableName>,
    ) -> Result<Arc<Self>, DeskError> {
        let core = Arc::new(Core::open(vault, store, clock, printable).await?);
        let session = Arc::new(Sessions::new(core.clone()));
        let blob = Blobs::new(core.clone(), session.clone());
        let case = Arc::new(Cases::new(core.clone()));
        Ok(Arc::new(Self {
            citizen: Citizens::new(core.clone(), session.clone(), case.clone(), blob.clone()),
            collective: Collective::new(core.clone(), session.clone(), case.clone(), blob.clone()),
            visit: Visits::new(core.clone(), session.clone(), case.clone(), blob.clone()),
            call_back: CallBacks::new(core.clone()),
            service: Services::new(core.clone()),
            issue: Issuing::new(core.clone()),
            correction: Corrections::new(core.clone()),
            printing: Printing::new(core.clone()),
            verification: Verification::new(core.clone()),
            transfer: Transfer::new(core.clone()),
            lists: Lists::new(&core, &session),
            settings: Settings::new(core.clone()),
            counts: Counts::new(core.clone()),
            outbox: Outbox::new(core.clone()),
            vitals: core.vitals.clone(),
            case,
            session,
            blob,
            core,
        }))
    }

    /// Synchronises until the task is ended, which is safe at any moment. Run it once, in a task
    /// of its own.
    pub async fn run_sync(self: Arc<Self>) {
        // Only reading the state at the start can fail; a screen that works needs the same store
        // and says so.
        if let Err(error) = sync::run(&self.core).await {
            tracing::error!(code = error.code(), "synchronisation did not start");
        }
    }

    /// Removes old rows and signs finished days (S6, S9). Synchronisation does it every hour.
    /// Returns how many rows were removed.
    ///
    /// # Errors
    /// Returns a database error if the store fails; what was committed before stays.
    pub async fn keep_house(&self) -> Result<u64, DeskError> {
        housekeeping::keep_house(&self.core).await
    }

    /// Returns the store, whose pool of readers the shell registers.
    pub fn store(&self) -> &Store {
        &self.core.store
    }

    /// Returns who this desk is.
    pub fn identity(&self) -> &Identity {
        &self.core.identity
    }

    /// Returns what protects this desk's keys at rest (C1).
    pub fn protection(&self) -> KeyProtection {
        self.core.vitals.protection
    }

    /// Returns the key this desk signs with now, as the centre signed it.
    pub fn key(&self) -> DeskKey {
        self.core.signing.key().certificate.value
    }

    /// Returns when the last key this desk has been given ends. A desk that reaches the centre has
    /// renewed it long before (B4).
    pub fn keys_end(&self) -> At {
        self.core.signing.ends_at()
    }

    /// Reads all clocks.
    pub fn read_clock(&self) -> Reading {
        self.core.clock.read()
    }

    /// Returns the policy numbers in force.
    pub fn policy(&self) -> Policy {
        self.core.policy()
    }

    /// Returns the settings that the centre decides for this window.
    pub fn central_settings(&self) -> CentralSettings {
        self.core.central_settings()
    }

    /// Returns the handle to synchronisation: line, events, "now".
    pub fn sync(&self) -> &SyncHandle {
        &self.core.sync
    }

    /// Returns the reference under which this desk files a citizen. It means nothing elsewhere.
    pub fn citizen_ref(&self, number: &IdNumber) -> CitizenRef {
        self.core.citizen_ref(number)
    }
}
