//! Collective service (集体代办), as the clerk sees it.

use super::{Confirmation, Failure, PrintView};
use rules::{
    institution::{InstitutionKind, JobPersonState, JobState},
    life::{Action, Standing},
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The screen of collective service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CollectiveView {
    /// Number of this view; of two views the one with the larger number is the younger.
    pub revision: u32,
    /// Agent at the window; `None` until their card was taken.
    pub agent: Option<InstitutionAgentView>,
    /// The job on screen.
    pub job: Option<JobView>,
    /// Jobs of this desk, newest first.
    pub jobs: Vec<JobRowView>,
}

/// The agent of institutions at the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InstitutionAgentView {
    /// Masked name (M2).
    pub masked_name: String,
    /// Masked number (M1).
    pub masked_number: String,
    /// Institutions they may act for today.
    pub institutions: Vec<InstitutionView>,
}

/// An institution that the agent may act for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InstitutionView {
    /// Identifier, for commands.
    pub id: String,
    /// Name of the institution.
    pub name: String,
    /// What it is.
    pub kind: InstitutionKind,
    /// Where it is.
    pub address: String,
    /// Last day on which the agent may act for it.
    pub agent_through: Option<String>,
    /// People on its roster.
    pub people: u32,
}

/// A job in the list of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobRowView {
    /// Identifier, for commands.
    pub id: String,
    /// Name of the institution.
    pub institution: String,
    /// How far it is.
    pub state: JobState,
    /// When it was made.
    pub made_at: String,
}

/// What a job does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobWork {
    /// No work is under way.
    Idle,
    /// Its people are looked up for the preview.
    LookingUp,
    /// Its people are served.
    Serving,
    /// Its sheets are made.
    Printing,
}

/// The job on screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobView {
    /// Identifier, for commands.
    pub id: String,
    /// Name of the institution.
    pub institution: String,
    /// What the institution is.
    pub kind: InstitutionKind,
    /// Masked name of its agent.
    pub agent: String,
    /// Case number of the visit, grouped.
    pub case_number: String,
    /// How far it is.
    pub state: JobState,
    /// What it does at the moment.
    pub work: JobWork,
    /// Everybody on the list.
    pub people: u32,
    /// Looked up for the preview, or refused before.
    pub looked_at: u32,
    /// Not served yet.
    pub waiting: u32,
    /// People who got a code in this job.
    pub issued: u32,
    /// People for whom no code can be made.
    pub refused: u32,
    /// Pages of the consent list.
    pub consent_pages: u32,
    /// Rows of the file that were not taken.
    pub wrong: Vec<WrongRowView>,
    /// Why it stopped.
    pub failure: Option<Failure>,
    /// Papers that were sent to the printer.
    pub prints: Vec<PrintView>,
}

/// A row of the file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WrongRowView {
    /// Line of the file, from 1.
    pub line: u32,
    /// Why it was not taken.
    pub failure: Failure,
}

/// Page of a job's people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobPageView {
    /// Rows of this page, in the order of the list.
    pub rows: Vec<JobPersonView>,
    /// Number of people on the list.
    pub total: u32,
}

/// A person of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobPersonView {
    /// Place in the list, from 1.
    pub position: u32,
    /// Line of the file, if the list came from one.
    pub line: Option<u32>,
    /// Masked name (M2).
    pub masked_name: String,
    /// Masked number (M1).
    pub masked_number: String,
    /// How far this person is.
    pub state: JobPersonState,
    /// What fits their codes; `None` until they were looked up.
    pub action: Option<Action>,
    /// What their code so far was worth.
    pub standing: Option<Standing>,
    /// Last valid day of their code so far, or of the new one.
    pub valid_through: Option<String>,
    /// Why they are not served, or what the centre said.
    pub failure: Option<Failure>,
    /// Short form of the serial of the new code.
    pub serial_short: Option<String>,
    /// The centre's answer to the new code.
    pub confirmation: Option<Confirmation>,
    /// Whether a sheet may be printed.
    pub printable: bool,
    /// Sheets that were asked for.
    pub copies: u32,
    /// Whether the last sheet in hand is good; `None` until the clerk says so.
    pub good: Option<bool>,
}
