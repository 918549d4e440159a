//! What a clerk does (业务操作). Each is decided by the rules inside the transaction that writes it:
//! domain rows, audit row and outbox row are there together or not at all. Online is the same path
//! with the centre's verdict arriving at once.

mod life;
mod new_code;

pub use life::{LossReported, ReprintRequest, Reprinted, VoidRequest, Voided};
pub use new_code::{IssueRequest, Issued, ReplaceRequest};

use crate::{
    Desk,
    citizen::Known,
    clock::Reading,
    error::DeskError,
    session::Operator,
    store::{self, Connection, Write, audit},
};
use rules::{
    life::{Holder, Now},
    op::{CitizenRef, Declared},
    person::IdNumber,
};

/// Everything a decision is made from, read in the transaction that will write its outcome.
pub(crate) struct Deciding {
    pub(crate) citizen_ref: CitizenRef,
    pub(crate) known: Known,
    pub(crate) holder: Holder,
    pub(crate) now: Now,
    pub(crate) reading: Reading,
}

impl Desk {
    /// Says whether this desk may issue codes now.
    ///
    /// # Errors
    /// Returns [`DeskError::Quarantined`], [`DeskError::Fenced`] or another stop while the centre
    /// does not trust this desk's data, and [`DeskError::CertificateEnded`] when nobody could
    /// verify a code any more.
    pub fn may_issue(&self) -> Result<(), DeskError> {
        match self.sync.stopped() {
            Some(stop) => Err(stop.into()),
            None if self.clock.read().at >= self.identity.desk_key().not_after => {
                Err(DeskError::CertificateEnded)
            }
            None => Ok(()),
        }
    }

    pub(crate) async fn deciding(
        &self,
        connection: &mut Connection,
        number: &IdNumber,
        declared: Option<&Declared>,
    ) -> Result<Deciding, DeskError> {
        let reading = self.clock.read();
        let citizen_ref = self.citizen_ref(number);
        let known = Known::read(connection, &citizen_ref, &self.sync, reading.at).await?;
        let now = reading.now(known.fresh);
        let holder = known.holder(number, declared, now.at.day(), &self.policy());
        Ok(Deciding { citizen_ref, known, holder, now, reading })
    }

    /// Commits and tells synchronisation that there is something to send.
    pub(crate) async fn commit(&self, write: Write) -> Result<(), DeskError> {
        write.commit().await?;
        self.sync.wake();
        Ok(())
    }

    /// The case must be here; a closed one may still be added to (a loss noticed while saying
    /// goodbye).
    pub(crate) async fn known_case(
        &self,
        connection: &mut Connection,
        case_number: &str,
    ) -> Result<(), DeskError> {
        match store::case_file::get(connection, case_number).await? {
            Some(_) => Ok(()),
            None => Err(DeskError::CaseUnknown),
        }
    }
}

pub(crate) fn entry<'a>(
    operator: &'a Operator,
    event: audit::Event,
    case_number: Option<&'a str>,
    detail: &'a str,
) -> audit::Entry<'a> {
    audit::Entry { operator: &operator.staff, event, outcome: "ok", case_number, detail }
}
