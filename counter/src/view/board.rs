//! The board (看板) of supervisors, and its figures.

use super::{Failure, SentenceView};
use rules::{
    correction::Reason,
    life::Action,
    op::OperationKind,
    window::DeviceKind,
    wire::{BoardDeskState, Channel, FigureKey, FigureOutcome},
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How the desks of the site are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoardView {
    /// When the centre said so.
    pub at: String,
    /// Why the centre gives no newer answer; `None` if this is its word now.
    pub not_newer: Option<Failure>,
    /// Desks by number.
    pub desks: Vec<BoardDeskView>,
}

/// A desk on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoardDeskView {
    /// Number of the window at the site.
    pub desk_number: u16,
    /// Whether it is this desk.
    pub is_here: bool,
    /// Name given by the administrator; may be empty.
    pub name: String,
    /// What the centre knows of it.
    pub state: BoardDeskState,
    /// Seconds since it was last heard of.
    pub silent_seconds: Option<u32>,
    /// When it said of itself what follows.
    pub told_at: Option<String>,
    /// Who was logged in: staff number.
    pub staff: Option<String>,
    /// Name of that person, if this desk knows it.
    pub staff_name: Option<String>,
    /// Operations without a receipt.
    pub waiting: u32,
    /// Seconds that the oldest of them had waited.
    pub oldest_seconds: Option<u32>,
    /// Conflicts that nobody has dealt with.
    pub conflicts: u32,
    /// Devices in trouble.
    pub troubles: Vec<BoardTroubleView>,
    /// Code sheets spoilt today.
    pub spoilt_today: u32,
    /// The kit of a home visit that is out.
    pub kit: Option<BoardKitView>,
}

/// The kit of a home visit that is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoardKitView {
    /// When the kit closes by itself, as staff read it.
    pub ends_at: String,
    /// Seconds since its end, if it has ended (V4).
    pub overdue_seconds: Option<u32>,
}

/// A device in trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoardTroubleView {
    /// Kind of the device.
    pub device: DeviceKind,
    /// What is wrong.
    pub sentence: SentenceView,
}

/// Days that figures are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FiguresInput {
    /// Length of the period.
    pub span: BoardSpan,
    /// A day of it; `None` for today.
    pub day: Option<String>,
}

/// Length of the period that figures are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum BoardSpan {
    /// One calendar day.
    Day,
    /// Seven days from Monday.
    Week,
    /// One calendar month.
    Month,
}

/// Figures of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FiguresView {
    /// When the centre said so.
    pub at: String,
    /// Why the centre gives no newer answer; `None` if this is its word now.
    pub not_newer: Option<Failure>,
    /// Length of the period.
    pub span: BoardSpan,
    /// First day of the period, `YYYY-MM-DD`.
    pub from: String,
    /// Last day of the period, `YYYY-MM-DD`.
    pub through: String,
    /// Figures, in the order of their keys; each day of the period until today has one.
    pub figures: Vec<FigureView>,
    /// Corrections begun, by reason.
    pub corrections: Vec<CorrectionFigureView>,
}

/// Numbers of what was done under one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FigureView {
    /// What is counted.
    pub key: FigureKey,
    /// What the page cannot name by itself: a person's name, the sentence of a refusal.
    pub label: Option<SentenceView>,
    /// Operations that took effect.
    pub done: u32,
    /// Operations that the centre refused, or in which another desk was first.
    pub refused: u32,
    /// Operations that wait for somebody's decision.
    pub held: u32,
    /// Code sheets spoilt.
    pub spoilt: u32,
}

/// Corrections of one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CorrectionFigureView {
    /// Reason of the corrections (N1–N5, P1–P4).
    pub reason: Reason,
    /// Corrections begun in the period.
    pub begun: u32,
    /// Those of them that were decided or withdrawn.
    pub decided: u32,
    /// Middle one of their durations, in seconds.
    pub median_seconds: Option<u32>,
    /// Longest of them, in seconds.
    pub longest_seconds: Option<u32>,
}

/// The figure whose cases are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoardCasesInput {
    /// First day of the period, `YYYY-MM-DD`.
    pub from: String,
    /// Last day of the period, `YYYY-MM-DD`.
    pub through: String,
    /// What it counts.
    pub key: FigureKey,
    /// Which number of it; without, all but spoilt sheets.
    pub outcome: Option<FigureOutcome>,
}

/// Cases behind a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoardCasesView {
    /// The cases, newest first; the oldest may be left out.
    pub cases: Vec<BoardCaseView>,
    /// Number of all.
    pub total: u32,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoardCaseView {
    /// When it was done.
    pub at: String,
    /// Channel it came through.
    pub channel: Channel,
    /// Number of the window, for what was done at one.
    pub desk_number: Option<u16>,
    /// Who did it there: staff number.
    pub staff: Option<String>,
    /// Kind of the operation.
    pub kind: OperationKind,
    /// Action on a code, if it is one.
    pub action: Option<Action>,
    /// What became of it.
    pub outcome: FigureOutcome,
    /// Why it was refused or waits.
    pub reason: Option<SentenceView>,
    /// Case number, for what was done in a case.
    pub case_number: Option<String>,
}

/// Format of an exported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum BoardFormat {
    /// One table in a text file.
    Csv,
    /// A workbook with a sheet for each table.
    Xlsx,
}
