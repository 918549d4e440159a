//! Figures of the site's board (看板): what counts, and under which keys. Pure, so that server and
//! practice count alike.

use rules::{
    At, Day, StaffNumber,
    correction::Reason,
    life::Action,
    op::{OpBody, Operation, OperationKind},
    wire::{
        BoardCase, BoardCasesRequest, BoardDays, Channel, CorrectionFigure, FailureName, Figure, FigureKey,
        FigureOutcome, Verdict,
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Time without a word after which a desk counts as silent on the board, in milliseconds: two
/// log-ins of a desk and a little more.
pub const SILENT_AFTER_MS: i64 = 21 * 60 * 1000;

/// Something that counts on the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When it was done.
    pub at: At,
    /// Kind of the operation.
    pub kind: OperationKind,
    /// Action on a code, if it is one.
    pub action: Option<Action>,
    /// What became of it.
    pub outcome: FigureOutcome,
    /// Why it was refused or waits.
    pub reason: Option<FailureName>,
    /// Correction it belongs to.
    pub correction: Option<Uuid>,
    /// Reason of the correction that it begins.
    pub correction_reason: Option<Reason>,
}

impl Fact {
    /// Returns what an operation counts as, by the centre's verdict; `None` for the steps between
    /// begin and end of a correction, and for sheets that came out good.
    #[must_use]
    pub fn of(operation: &Operation, verdict: &Verdict) -> Option<Self> {
        let (outcome, reason) = outcome_of(verdict);
        let kind = operation.body.kind();
        let fact = Self {
            at: operation.business_at(),
            kind,
            action: None,
            outcome,
            reason: reason.and_then(|code| FailureName::try_from(code.to_owned()).ok()),
            correction: None,
            correction_reason: None,
        };
        Some(match &operation.body {
            OpBody::Issue { action, .. } => {
                let applied = match verdict {
                    Verdict::Applied { action: Some(applied) } => applied,
                    _ => action,
                };
                Self { action: Some(*applied), ..fact }
            }
            OpBody::ReportLoss { .. } => Self { action: Some(Action::ReportLoss), ..fact },
            OpBody::Reprint { .. } => Self { action: Some(Action::Reprint), ..fact },
            OpBody::Void { .. } => Self { action: Some(Action::Void), ..fact },
            // A sheet is spoilt whatever the centre thinks of its code.
            OpBody::Printed { good: false, .. } => {
                Self { outcome: FigureOutcome::Spoilt, reason: None, ..fact }
            }
            OpBody::CorrectionOpened { correction, .. } => Self {
                correction: Some(correction.id),
                correction_reason: Some(correction.content.reason),
                ..fact
            },
            OpBody::CorrectionCommanded { id, .. } if ends_correction(kind) => {
                Self { correction: Some(*id), ..fact }
            }
            OpBody::EscalationDismissed { .. } => fact,
            OpBody::Printed { good: true, .. } | OpBody::CorrectionCommanded { .. } => return None,
        })
    }
}

/// Returns whether a step decides a correction.
const fn ends_correction(kind: OperationKind) -> bool {
    matches!(
        kind,
        OperationKind::CorrectionApproved
            | OperationKind::CorrectionRejected
            | OperationKind::CorrectionWithdrawn
    )
}

/// Returns what became of an operation, and the code of why.
const fn outcome_of(verdict: &Verdict) -> (FigureOutcome, Option<&'static str>) {
    match verdict {
        Verdict::Applied { .. } => (FigureOutcome::Done, None),
        Verdict::NeedsApproval => (FigureOutcome::Held, None),
        Verdict::Late => (FigureOutcome::Held, Some("late")),
        Verdict::DuplicateSameDay { .. } => (FigureOutcome::Refused, Some("duplicate_same_day")),
        Verdict::NotEligible => (FigureOutcome::Refused, Some("not_eligible")),
        Verdict::StaleVersion { .. } => (FigureOutcome::Refused, Some("stale_version")),
        Verdict::Unproven => (FigureOutcome::Refused, Some("unproven")),
        Verdict::Rejected { code } => (FigureOutcome::Refused, Some(code.code())),
    }
}

/// Facts that agree in everything that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Channel they came through.
    pub channel: Channel,
    /// Number of the window, for those of one.
    pub desk_number: Option<u16>,
    /// Who did them there.
    pub staff: Option<StaffNumber>,
    /// Day in Shanghai.
    pub day: Day,
    /// Hour of that day.
    pub hour: u8,
    /// Kind of the operation.
    pub kind: OperationKind,
    /// Action on a code, if it is one.
    pub action: Option<Action>,
    /// What became of them.
    pub outcome: FigureOutcome,
    /// Why they were refused or wait.
    pub reason: Option<FailureName>,
    /// Reason of the corrections that they begin.
    pub correction_reason: Option<Reason>,
    /// How many they are.
    pub count: u32,
}

impl Counted {
    /// Returns the keys that they count under.
    fn keys(&self) -> impl Iterator<Item = FigureKey> {
        let Self { channel, day, hour, kind, action, .. } = *self;
        let act = (self.outcome != FigureOutcome::Spoilt).then_some(FigureKey::Act { kind, action });
        let desk = self.desk_number.map(|desk_number| FigureKey::Desk { desk_number });
        let staff = self.staff.clone().map(|staff| FigureKey::Staff { staff });
        let refusal = self.reason.clone().map(|reason| FigureKey::Refusal { reason });
        [FigureKey::All, FigureKey::Day { day }, FigureKey::Hour { hour }, FigureKey::Channel { channel }]
            .into_iter()
            .chain([act, desk, staff, refusal].into_iter().flatten())
    }
}

/// Adds up figures, in the order of their keys. There is one for [`FigureKey::All`] in any case.
#[must_use]
pub fn figures(counted: &[Counted]) -> Vec<Figure> {
    let none = |key| Figure { key, done: 0, refused: 0, held: 0, spoilt: 0 };
    let mut figures = BTreeMap::from([(FigureKey::All, none(FigureKey::All))]);
    for one in counted {
        for key in one.keys() {
            let figure = figures.entry(key.clone()).or_insert_with(|| none(key));
            let number = match one.outcome {
                FigureOutcome::Done => &mut figure.done,
                FigureOutcome::Refused => &mut figure.refused,
                FigureOutcome::Held => &mut figure.held,
                FigureOutcome::Spoilt => &mut figure.spoilt,
            };
            *number = number.saturating_add(one.count);
        }
    }
    figures.into_values().collect()
}

/// Returns whether a case is behind the figure that is asked for. The store selects by the same
/// conditions.
#[must_use]
pub fn is_behind(case: &BoardCase, begins: Option<Reason>, request: &BoardCasesRequest) -> bool {
    let BoardDays { from, through } = request.days;
    let day = case.at.day();
    let is_of_key = match &request.key {
        FigureKey::All => true,
        FigureKey::Day { day: wanted } => *wanted == day,
        FigureKey::Hour { hour } => i8::try_from(*hour) == Ok(case.at.civil().hour()),
        FigureKey::Channel { channel } => *channel == case.channel,
        FigureKey::Desk { desk_number } => case.desk_number == Some(*desk_number),
        FigureKey::Staff { staff } => case.staff.as_ref() == Some(staff),
        FigureKey::Act { kind, action } => (*kind, *action) == (case.kind, case.action),
        FigureKey::Refusal { reason } => case.reason.as_ref() == Some(reason),
        FigureKey::Correction { reason } => begins == Some(*reason),
    };
    let is_of_outcome =
        request.outcome.map_or(case.outcome != FigureOutcome::Spoilt, |wanted| wanted == case.outcome);
    (from..=through).contains(&day) && is_of_key && is_of_outcome
}

/// A correction that was begun, and when it was decided.
#[derive(Clone, Copy, Debug)]
pub struct BegunCorrection {
    /// Reason of the correction.
    pub reason: Reason,
    /// When it was begun.
    pub begun_at: At,
    /// When it was approved, rejected or withdrawn first.
    pub decided_at: Option<At>,
}

/// Adds corrections up by reason.
#[must_use]
pub fn correction_figures(begun: &[BegunCorrection]) -> Vec<CorrectionFigure> {
    let mut by_reason: BTreeMap<Reason, Vec<&BegunCorrection>> = BTreeMap::new();
    for one in begun {
        by_reason.entry(one.reason).or_default().push(one);
    }
    let figure = |(reason, begun): (Reason, Vec<&BegunCorrection>)| {
        let durations = begun.iter().filter_map(|one| Some(one.decided_at?.since_ms(one.begun_at).max(0)));
        let mut durations: Vec<i64> = durations.collect();
        durations.sort_unstable();
        CorrectionFigure {
            reason,
            begun: count(begun.len()),
            decided: count(durations.len()),
            median_ms: durations.get(durations.len().saturating_sub(1) / 2).copied(),
            longest_ms: durations.last().copied(),
        }
    };
    by_reason.into_iter().map(figure).collect()
}

/// Converts a number of things.
#[must_use]
pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(hour: u8, outcome: FigureOutcome, count: u32) -> Counted {
        Counted {
            channel: Channel::Counter,
            desk_number: Some(1),
            staff: Some("10001".parse().unwrap()),
            day: "2026-11-30".parse().unwrap(),
            hour,
            kind: OperationKind::Issue,
            action: Some(Action::Apply),
            outcome,
            reason: (outcome == FigureOutcome::Refused)
                .then(|| "not_eligible".to_owned().try_into().unwrap()),
            correction_reason: None,
            count,
        }
    }

    #[test]
    fn every_fact_counts_once_under_each_of_its_keys() {
        let kiosk = Counted {
            channel: Channel::Kiosk,
            desk_number: None,
            staff: None,
            ..counted(9, FigureOutcome::Done, 5)
        };
        let spoilt =
            Counted { kind: OperationKind::Printed, action: None, ..counted(10, FigureOutcome::Spoilt, 1) };
        let all = [counted(9, FigureOutcome::Done, 2), counted(10, FigureOutcome::Refused, 3), kiosk, spoilt];
        let figures = figures(&all);
        let of = |key: FigureKey| {
            let figure = figures.iter().find(|figure| figure.key == key);
            figure.map(|figure| (figure.done, figure.refused, figure.spoilt))
        };
        assert_eq!(figures[0].key, FigureKey::All);
        assert_eq!(of(FigureKey::All), Some((7, 3, 1)));
        assert_eq!(of(FigureKey::Hour { hour: 10 }), Some((0, 3, 1)));
        assert_eq!(of(FigureKey::Channel { channel: Channel::Kiosk }), Some((5, 0, 0)));
        assert_eq!(of(FigureKey::Desk { desk_number: 1 }), Some((2, 3, 1)));
        assert_eq!(of(FigureKey::Staff { staff: "10001".parse().unwrap() }), Some((2, 3, 1)));
        let printed = FigureKey::Act { kind: OperationKind::Printed, action: None };
        assert_eq!(of(printed), None, "a spoilt sheet is no service");
        let reason = "not_eligible".to_owned().try_into().unwrap();
        assert_eq!(of(FigureKey::Refusal { reason }), Some((0, 3, 0)));
    }

    #[test]
    fn nothing_done_is_one_figure_of_noughts() {
        assert_eq!(figures(&[]).len(), 1);
    }

    #[test]
    fn the_middle_and_the_longest_of_the_decided_corrections_are_told() {
        let one = |reason, decided_at: Option<i64>| BegunCorrection {
            reason,
            begun_at: At(1_000),
            decided_at: decided_at.map(At),
        };
        let rare = |decided_at| one(Reason::RareCharacter, decided_at);
        let begun = [
            rare(Some(2_000)),
            rare(None),
            rare(Some(9_000)),
            rare(Some(4_000)),
            one(Reason::PoorPhoto, None),
        ];
        let figures = correction_figures(&begun);
        let told: Vec<_> =
            figures.iter().map(|one| (one.begun, one.decided, one.median_ms, one.longest_ms)).collect();
        assert_eq!(told, [(4, 3, Some(3_000), Some(8_000)), (1, 0, None, None)]);
    }
}
