//! The Confirm (核对) and Done screens.

use super::{Failure, PrintView, SentenceView, SupervisorInput, VerifyView};
use rules::{Sensitive, life::Action, op::AgentRole};
use serde::{Deserialize, Serialize};
use specta::Type;

/// An action that is being confirmed, with everything it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConfirmingView {
    /// Action that is being confirmed.
    pub action: Action,
    /// Serial of the code it is about.
    pub serial: Option<String>,
    /// Whether the holder must confirm name and photo (L8).
    pub holder_confirms: bool,
    /// Code that it ends (L6).
    pub consequence: Option<SentenceView>,
    /// Whether a guardian must be recorded (E8).
    pub guardian_needed: bool,
    /// Whether a supervisor must confirm the document on the spot (I4).
    pub supervisor_needed: bool,
    /// Whether certificate and household must be declared, because the desk is offline (E5).
    pub declaration_needed: bool,
    /// Whether the password is asked for again (S4).
    pub password_needed: bool,
    /// Whether the code will be provisional (L9).
    pub provisional: bool,
    /// Last valid day of the new code.
    pub valid_through: Option<String>,
}

/// Answers given on the Confirm screen.
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct ConfirmInput {
    /// Whether the holder confirmed name and photo (L8).
    pub confirmed_by_holder: bool,
    /// Whether the person agreed that the old code ends (L6).
    pub consequence_confirmed: bool,
    /// Person acting for the holder (E8, E9).
    pub agent: Option<AgentInput>,
    /// What was declared offline (E5).
    pub declared: Option<DeclaredInput>,
    /// Supervisor who confirms a document (I4).
    pub supervisor: Option<SupervisorInput>,
    /// Reason for a void.
    pub reason: Option<String>,
    /// Password again, for a void.
    pub password: Option<Sensitive<String>>,
}

/// A person acting for the holder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgentInput {
    /// Guardian or relative.
    pub role: AgentRole,
    /// ID number as typed. It is masked (M1) if it was read by `read_agent_card` or kept earlier;
    /// the desk knows the full one then.
    pub number: String,
    /// Full name.
    pub name: String,
    /// Whether the guardian agreed (E8).
    pub consent: bool,
    /// Pages of scanned proof, named by `keep_proof` (户口簿, birth certificate). Needed if the
    /// registry does not know the relationship (E9).
    #[serde(default)]
    #[specta(optional)]
    pub proof: Vec<String>,
}

/// What the clerk declares while offline (E5).
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct DeclaredInput {
    /// Whether the household is registered in Shanghai.
    pub shanghai_household: bool,
    /// Number of the disability certificate.
    pub certificate_number: String,
    /// Last valid day of the certificate, `2030-12-31`.
    pub certificate_valid_through: String,
}

/// An action that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DoneView {
    /// Action that was done.
    pub action: Action,
    /// Serial of the code it was about.
    pub serial: Option<String>,
    /// Last eight digits of the serial.
    pub serial_short: Option<String>,
    /// Last valid day of the code.
    pub valid_through: Option<String>,
    /// Answer of the centre.
    pub confirmation: Confirmation,
    /// Why the centre refused it.
    pub confirmation_failure: Option<Failure>,
    /// Sentence for the citizen, worded as L9 demands.
    pub sentence: SentenceView,
    /// Prints of this case, newest last.
    pub prints: Vec<PrintView>,
    /// Result of scanning the printed sheet back.
    pub scan_back: Option<VerifyView>,
}

/// Answer of the centre to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// The centre confirmed it.
    Confirmed,
    /// It is stored at this desk, and the centre has yet to confirm it (L9).
    Provisional,
    /// The centre decided otherwise.
    Refused,
}
