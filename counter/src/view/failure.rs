//! Failures as the page shows them.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Why something was not done. The sentence says what happened, what is saved and what to do, in
/// both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Failure {
    /// Stable code. The same code always has the same sentence.
    pub code: String,
    /// The sentence in Chinese.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
    /// Field of the form that the failure is about, if any.
    pub field: Option<FormField>,
}

/// Fields of the page's forms that a failure can point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FormField {
    /// Case number, when a case is looked for.
    CaseNumber,
    /// Day of the journal.
    Day,
    /// Last valid day of the declared disability certificate.
    CertificateValidThrough,
    /// ID number of the person acting for the holder.
    AgentNumber,
    /// Name of the person acting for the holder.
    AgentName,
    /// Proof of the relationship (E9).
    AgentProof,
    /// Consent of the guardian (E8).
    AgentConsent,
    /// ID number, typed from a paper document (I4).
    DocumentNumber,
    /// Pictures of the document.
    DocumentPages,
    /// Staff number of the supervisor who confirms.
    Supervisor,
    /// Password of the supervisor who confirms.
    SupervisorPassword,
    /// Password, asked for again.
    Password,
    /// Password that takes the place of the present one.
    NewPassword,
    /// Staff number of the second security administrator.
    SecondAdministrator,
    /// Activation code in the place of the present password.
    ActivationCode,
    /// Code of a phone.
    SecondFactor,
    /// Staff number of an account.
    Staff,
    /// Roles of an account.
    Roles,
    /// Site to which an account moves.
    Site,
    /// Reason for a correction.
    Reason,
    /// Field with the name as it shall be.
    Name,
    /// Field with the photo that shall be printed.
    Photo,
    /// Why a photo below the limits is used.
    PhotoShortfall,
    /// Evidence of a correction.
    Evidence,
    /// Guardian in a correction.
    Guardian,
    /// Phone that is left for the case.
    Phone,
    /// Days that confirmed data is kept.
    RetentionDays,
    /// Idle minutes until the screen locks.
    LockMinutes,
}
