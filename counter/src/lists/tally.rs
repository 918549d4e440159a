//! Services of a day: what counts as one, and how many there were of each action.

use super::queue;
use crate::view::QueueState;
use desk::store::queue::QueueRow;
use rules::life::Action;

/// Number of services of one action, by verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub action: Action,
    pub confirmed: u32,
    pub waiting: u32,
    /// Rejected, or overtaken by what another desk did.
    pub refused: u32,
}

impl Tally {
    pub(super) const fn sum(self) -> u32 {
        self.confirmed.saturating_add(self.waiting).saturating_add(self.refused)
    }
}

/// Returns the services of a case with their states. A reprint that replaces a spoilt sheet (L4) is
/// no service: as many of the latest reprints are left out as sheets were spoilt.
pub(super) fn services(history: &[QueueRow], spoilt: usize) -> Vec<(Action, QueueState)> {
    let is_reprint = |row: &&QueueRow| row.action == Some(Action::Reprint);
    let mut reprints = history.iter().filter(is_reprint).count().saturating_sub(spoilt);
    let mut services = Vec::new();
    for row in history {
        let Some(action) = row.action else { continue };
        if action == Action::Reprint {
            if reprints == 0 {
                continue;
            }
            reprints -= 1;
        }
        services.push((action, queue::state(row.state)));
    }
    services
}

pub(super) fn totals(done: &[(Action, QueueState)]) -> Vec<Tally> {
    let tally = |action| {
        let of = |states: &[QueueState]| {
            count(done.iter().filter(|(which, state)| *which == action && states.contains(state)).count())
        };
        Tally {
            action,
            confirmed: of(&[QueueState::Accepted]),
            waiting: of(&[QueueState::Pending, QueueState::Received]),
            refused: of(&[QueueState::Conflict, QueueState::Rejected]),
        }
    };
    Action::ALL.into_iter().map(tally).filter(|tally| tally.sum() > 0).collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use desk::store::{queue::QueueState as Stood, receipt::ReceiptOutcome};
    use rules::{At, op::OperationKind};

    pub(in crate::lists) const ACCEPTED: Stood = Stood::Decided(ReceiptOutcome::Accepted);

    pub(in crate::lists) fn row(kind: OperationKind, action: Option<Action>, state: Stood) -> QueueRow {
        QueueRow {
            epoch: 1,
            seq: 1,
            kind,
            action,
            serial: None,
            masked_name: None,
            masked_number: None,
            case_number: None,
            operator: "1001".parse().unwrap(),
            at: At(0),
            state,
            verdict: None,
        }
    }

    pub(in crate::lists) fn did(action: Action, state: Stood) -> QueueRow {
        let kind = match action {
            Action::ReportLoss => OperationKind::ReportLoss,
            Action::Reprint => OperationKind::Reprint,
            Action::Void => OperationKind::Void,
            _ => OperationKind::Issue,
        };
        row(kind, Some(action), state)
    }

    #[test]
    fn everything_done_in_a_case_counts_by_what_the_centre_made_of_it() {
        let history = [
            did(Action::ReportLoss, ACCEPTED),
            row(OperationKind::Printed, None, ACCEPTED),
            did(Action::Reissue, Stood::Pending),
            did(Action::Reissue, Stood::Received),
            did(Action::Reissue, Stood::Decided(ReceiptOutcome::NeedsApproval)),
            did(Action::Reissue, Stood::Decided(ReceiptOutcome::Conflict)),
            did(Action::Reissue, Stood::Decided(ReceiptOutcome::Rejected)),
        ];
        assert_eq!(
            totals(&services(&history, 0)),
            [
                Tally { action: Action::Reissue, confirmed: 0, waiting: 3, refused: 2 },
                Tally { action: Action::ReportLoss, confirmed: 1, waiting: 0, refused: 0 },
            ]
        );
    }

    #[test]
    fn l4_a_reprint_that_replaced_a_spoilt_sheet_is_no_service_of_its_own() {
        let history = [
            did(Action::Apply, ACCEPTED),
            did(Action::Reprint, ACCEPTED),
            did(Action::Reprint, Stood::Pending),
        ];
        let counted = |spoilt| services(&history, spoilt);
        let apply = (Action::Apply, QueueState::Accepted);
        assert_eq!(counted(1), [apply, (Action::Reprint, QueueState::Accepted)]);
        assert_eq!(counted(2), [apply]);
        assert_eq!(counted(3), [apply], "the last spoilt sheet has not been printed again");
    }
}
