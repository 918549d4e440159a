//! The day's journal (日结) and its report.

use super::queue;
use crate::{
    core::Core,
    format::time_text,
    printing::{PrintRequest, Printing, window_name},
    view::{
        Failure, FormField, JournalCaseView, JournalPrintView, JournalTotalView, JournalView, Paper,
        PrintState, QueueState, SentenceView,
    },
    words::{action_name, sentence},
};
use desk::{
    Desk,
    lists::Journal as Records,
    store::{
        case_file::CaseState,
        print_job::{InHand, PrintJob},
        queue::QueueRow,
    },
};
use drivers::printer::Media as PrinterMedia;
use paper::{Media, day_report};
use rules::{
    Day, Language, case_number::grouped, failure::CounterFailure, keys::Class, life::Action,
    op::OperationKind,
};
use std::sync::Arc;

/// The cases of a day and what was done in them.
struct DayBook {
    /// Newest first.
    cases: Vec<JournalCaseView>,
    /// Services by action.
    totals: Vec<Tally>,
    /// Retention has removed the records of some operations.
    is_cleared: bool,
}

/// Number of services of one action, by verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tally {
    action: Action,
    confirmed: u32,
    waiting: u32,
    /// Rejected, or overtaken by what another desk did.
    refused: u32,
}

impl Tally {
    const fn sum(self) -> u32 {
        self.confirmed.saturating_add(self.waiting).saturating_add(self.refused)
    }
}

/// The day's journal.
pub struct Journal {
    core: Arc<Core>,
    printing: Arc<Printing>,
}

impl Journal {
    pub(crate) fn new(core: Arc<Core>, printing: Arc<Printing>) -> Self {
        Self { core, printing }
    }

    /// Returns a day at this desk; without a day, today.
    ///
    /// # Errors
    /// Not permitted; not a day; the database fails.
    pub async fn day(&self, day: Option<String>) -> Result<JournalView, Failure> {
        let desk = self.core.desk()?;
        let journal = desk.lists.day.journal(&desk.session.operator()?, self.wanted_day(day)?).await?;
        let book = day_book(&desk, &journal).await?;
        Ok(view(&journal, book))
    }

    /// Prints the day report.
    ///
    /// # Errors
    /// As [`Self::day`], and what paper and printer say.
    pub async fn print(&self, day: Option<String>) -> Result<JournalView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let journal = desk.lists.day.journal(&operator, self.wanted_day(day)?).await?;
        let book = day_book(&desk, &journal).await?;
        let identity = desk.identity();
        let totals: Vec<_> = book
            .totals
            .iter()
            .map(|tally| day_report::Total {
                action: action_name(tally.action).0,
                confirmed: tally.confirmed,
                registered: tally.waiting,
                refused: tally.refused,
            })
            .collect();
        let spoilt: Vec<_> = journal
            .spoilt_sheets()
            .map(|print| day_report::SpoiltSheet {
                case_number: print.case_number.as_deref().unwrap_or("—"),
                at: print.confirmed_at.unwrap_or(print.asked_at).civil(),
                reason: "废页",
            })
            .collect();
        let open: Vec<_> = journal
            .cases
            .iter()
            .filter(|case| case.state == CaseState::Suspended)
            .map(|case| day_report::OpenItem {
                case_number: &case.case_number,
                waits_for: "挂起，待继续办理",
                since: case.changed_at.civil(),
            })
            .collect();
        let report = day_report::DayReport {
            day: journal.day,
            site: &identity.site_name,
            desk: &window_name(identity.desk_number),
            clerk: operator.staff.as_str(),
            totals: &totals,
            sheets_printed: count(journal.printed_sheets()),
            sheets_good: count(journal.good_sheets()),
            spoilt: &spoilt,
            open: &open,
            remarks: &remarks(&journal, &book),
            made_at: desk.read_clock().at.civil(),
            practice: identity.class() == Class::Practice,
        };
        let pdf = day_report::render(self.core.fonts()?, &report, Media::A4)?;
        self.printing
            .start(PrintRequest {
                paper: Paper::DayReport,
                pdf,
                media: PrinterMedia::a4(),
                case_number: None,
                serial: None,
            })
            .await?;
        Ok(view(&journal, book))
    }

    fn wanted_day(&self, day: Option<String>) -> Result<Day, Failure> {
        match day.filter(|text| !text.is_empty()) {
            None => Ok(self.core.desk()?.read_clock().at.day()),
            Some(text) => text.parse().map_err(|_| Failure::from(CounterFailure::NotADay).at(FormField::Day)),
        }
    }
}

/// Collects each case with its last action, and the services of all of them.
async fn day_book(desk: &Desk, journal: &Records) -> Result<DayBook, Failure> {
    let mut cases = Vec::with_capacity(journal.cases.len());
    let mut done = Vec::new();
    let mut is_cleared = false;
    for case in journal.cases.iter().rev() {
        let history = desk.lists.queue.of_case(&case.case_number).await?;
        // The case of a home visit is nobody's.
        if case.citizen_ref.is_none() && history.is_empty() {
            continue;
        }
        let last = history.iter().rev().find(|row| row.action.is_some());
        let is_of_case = |print: &&PrintJob| print.case_number.as_deref() == Some(&case.case_number);
        done.extend(services(&history, journal.spoilt_sheets().filter(is_of_case).count()));
        is_cleared |= history.iter().any(has_lost_its_action);
        cases.push(JournalCaseView {
            case_number: grouped(&case.case_number),
            at: time_text(case.opened_at),
            masked_name: desk.citizen.masked_name(case.citizen_ref.as_ref()).await?,
            action: last.and_then(|row| row.action),
            corrected: history.iter().any(|row| row.kind.is_correction()),
            suspended: case.state == CaseState::Suspended,
            staff: case.operator.to_string(),
            state: last.or(history.last()).map(|row| queue::state(row.state)),
            prints: journal.prints.iter().filter(is_of_case).map(print).collect(),
        });
    }
    Ok(DayBook { cases, totals: totals(&done), is_cleared })
}

/// Returns the services of a case with their states. A reprint that replaces a spoilt sheet (L4) is
/// no service: as many of the latest reprints are left out as sheets were spoilt.
fn services(history: &[QueueRow], spoilt: usize) -> Vec<(Action, QueueState)> {
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

fn totals(done: &[(Action, QueueState)]) -> Vec<Tally> {
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

/// Tells whether retention has emptied the record of an operation (S9).
fn has_lost_its_action(row: &QueueRow) -> bool {
    row.action.is_none() && !row.kind.is_correction() && row.kind != OperationKind::Printed
}

/// Words the number of operations of each kind whose records are gone (S9).
fn cleared_counts(journal: &Records) -> SentenceView {
    const ON_CODES: [OperationKind; 4] =
        [OperationKind::Issue, OperationKind::ReportLoss, OperationKind::Reprint, OperationKind::Void];
    let known = || {
        let of = |wanted| journal.operations.iter().find(|(kind, _)| *kind == wanted);
        ON_CODES.into_iter().filter_map(of)
    };
    let zh: Vec<_> =
        known().map(|(kind, count)| format!("{} {count} 笔", kind.label(Language::Chinese))).collect();
    let en: Vec<_> =
        known().map(|(kind, count)| format!("{}: {count}", kind.label(Language::English))).collect();
    sentence(
        format!("办件内容已按保存期限清除，仅存件数：{}。", zh.join("、")),
        format!("Records of this day were removed when their time was over. Counts kept: {}.", en.join(", ")),
    )
}

fn view(journal: &Records, book: DayBook) -> JournalView {
    JournalView {
        day: journal.day.to_string(),
        totals: book
            .totals
            .iter()
            .map(|tally| JournalTotalView { action: tally.action, count: tally.sum() })
            .collect(),
        sheets: count(journal.printed_sheets()),
        spoilt: count(journal.spoilt()),
        provisional: journal.waiting,
        corrections_open: journal.open_corrections,
        conflicts_open: journal.open_conflicts,
        suspended: count(journal.cases.iter().filter(|case| case.state == CaseState::Suspended).count()),
        cleared: book.is_cleared.then(|| cleared_counts(journal)),
        cases: book.cases,
    }
}

/// Returns the remarks for the next shift.
fn remarks(journal: &Records, book: &DayBook) -> String {
    let mut remarks = Vec::new();
    if book.is_cleared {
        remarks.push(cleared_counts(journal).zh);
    }
    if journal.waiting > 0 {
        remarks.push(format!("尚有 {} 笔业务待中心确认。", journal.waiting));
    }
    if journal.open_conflicts > 0 {
        remarks.push(format!("尚有 {} 项冲突待处理。", journal.open_conflicts));
    }
    if journal.overdue_corrections > 0 {
        remarks.push(format!("有 {} 件更正超过 5 个工作日未办结。", journal.overdue_corrections));
    }
    remarks.concat()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn print(job: &PrintJob) -> JournalPrintView {
    JournalPrintView {
        paper: job.paper,
        state: match job.spooler_state.as_deref() {
            None => PrintState::Sending,
            Some("pending") => PrintState::Pending,
            Some("held") => PrintState::Held,
            Some("processing") => PrintState::Printing,
            Some("stopped") => PrintState::Stopped,
            Some("completed") => PrintState::Completed,
            Some("cancelled") => PrintState::Cancelled,
            Some(_) => PrintState::Failed,
        },
        good: job.confirmed.map(|in_hand| in_hand == InHand::Good),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::store::{queue::QueueState as Stood, receipt::ReceiptOutcome};
    use rules::At;

    const ACCEPTED: Stood = Stood::Decided(ReceiptOutcome::Accepted);

    fn row(kind: OperationKind, action: Option<Action>, state: Stood) -> QueueRow {
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

    fn did(action: Action, state: Stood) -> QueueRow {
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

    #[test]
    fn s9_of_what_retention_has_emptied_the_number_is_said() {
        assert!(has_lost_its_action(&row(OperationKind::Issue, None, ACCEPTED)));
        assert!(!has_lost_its_action(&did(Action::Apply, ACCEPTED)));
        assert!(!has_lost_its_action(&row(OperationKind::Printed, None, ACCEPTED)));
        assert!(!has_lost_its_action(&row(OperationKind::CorrectionOpened, None, ACCEPTED)));
        let journal = Records {
            day: Day::constant(2026, 11, 1),
            cases: Vec::new(),
            prints: Vec::new(),
            operations: vec![
                (OperationKind::Issue, 3),
                (OperationKind::Printed, 3),
                (OperationKind::ReportLoss, 1),
            ],
            waiting: 0,
            open_conflicts: 0,
            open_corrections: 0,
            overdue_corrections: 0,
        };
        assert_eq!(cleared_counts(&journal).zh, "办件内容已按保存期限清除，仅存件数：发码 3 笔、挂失 1 笔。");
        let book = DayBook { cases: Vec::new(), totals: Vec::new(), is_cleared: true };
        assert_eq!(remarks(&journal, &book), cleared_counts(&journal).zh);
        assert_eq!(view(&journal, book).cleared, Some(cleared_counts(&journal)));
    }
}
