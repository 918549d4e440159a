//! Codes at the window: issued, replaced, reported lost, reprinted, voided.
//!
//! The rules decide inside the transaction that writes: domain rows, audit row and operation are
//! there together or not at all. Online is the same path, with the verdict arriving at once.

mod deciding;
mod life;
mod new_code;

pub use life::{LossReported, ReprintRequest, Reprinted, VoidRequest, Voided};
pub use new_code::{IssueKind, IssueRequest, Issued};

use crate::{core::Core, error::DeskError};
use rules::{
    At,
    life::Code,
    payload::{Claims, encode},
    program::{ProgramVersion, RequiredProgram},
    visit,
};
use std::sync::Arc;

/// Component that issues codes and ends them.
pub struct Issuing {
    core: Arc<Core>,
}

impl Issuing {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Says whether this desk may issue codes now.
    ///
    /// # Errors
    /// Returns [`DeskError::Quarantined`], [`DeskError::Fenced`] or another stop while the centre
    /// does not trust this desk's data, [`DeskError::CertificateEnded`] when nobody could verify a
    /// code any more, [`rules::Refusal::VisitOverdue`] without the centre while the kit of a home
    /// visit is overdue (V4), and [`rules::Refusal::ProgramTooOld`] once this program is older than
    /// required (L13).
    pub fn may_issue(&self) -> Result<(), DeskError> {
        if let Some(stop) = self.core.sync.stopped() {
            return Err(stop.into());
        }
        let reading = self.core.clock.read();
        if self.core.signing.key().has_ended(reading.at) {
            return Err(DeskError::CertificateEnded);
        }
        visit::may_issue(self.core.kit_ends(), reading.at_least(), self.core.sync.is_online())?;
        match self.core.required() {
            Some(required) => Ok(required.check(ProgramVersion::THIS, reading.at_least())?),
            None => Ok(()),
        }
    }

    /// Returns which program is needed, and from when, while this one may still issue (L13).
    pub fn program_ends(&self) -> Option<RequiredProgram> {
        let required = self.core.required()?;
        required.ends(ProgramVersion::THIS, self.core.clock.read().at_least()).map(|_| required)
    }

    /// Signs the symbol of a code.
    fn sign_code(&self, code: &Code, masked_name: &str, masked_number: &str) -> Result<String, DeskError> {
        let claims = Claims {
            issuer: self.core.identity.issuer.clone(),
            issued_at: code.issued_at,
            expires_at: At::end_of(code.valid_through),
            serial: code.serial,
            masked_name: masked_name.to_owned(),
            masked_number: masked_number.to_owned(),
            class: self.core.identity.class(),
        };
        encode(&claims, self.core.signing.key().signer.as_ref()).map_err(|_| DeskError::KeyWrong)
    }
}
