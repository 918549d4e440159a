//! The day's journal (日结) and its report.

use super::{
    figures, queue,
    tally::{Tally, services, totals},
};
use crate::{
    core::Core,
    format::time_text,
    printing::{PrintRequest, Printing, window_name},
    view::{
        ClerkFiguresView, Failure, FormField, JournalCaseView, JournalPrintView, JournalTotalView,
        JournalView, OpenCaseView, Paper, PrintState, ReasonFiguresView, SentenceView, ServiceView,
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
use rules::{Day, Language, case_number::grouped, failure::CounterFailure, keys::Class, op::OperationKind};
use std::sync::Arc;

/// The cases of a day and what was done in them.
#[derive(Default)]
struct DayBook {
    /// Newest first.
    cases: Vec<JournalCaseView>,
    /// Services by action.
    totals: Vec<Tally>,
    clerks: Vec<ClerkFiguresView>,
    reasons: Vec<ReasonFiguresView>,
    open: Vec<OpenCaseView>,
    /// Retention has removed the records of some operations.
    is_cleared: bool,
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

    /// Writes the cases of a day as CSV; returns the file.
    ///
    /// # Errors
    /// As [`Self::day`]; the disk fails.
    pub async fn export(&self, day: Option<String>) -> Result<String, Failure> {
        let desk = self.core.desk()?;
        let journal = desk.lists.day.journal(&desk.session.operator()?, self.wanted_day(day)?).await?;
        let book = day_book(&desk, &journal).await?;
        let made_at = desk.read_clock().at.civil().strftime("%H%M%S").to_string();
        Ok(figures::write_csv(&self.core, &format!("{}-{made_at}", journal.day), &book.cases)?)
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
                reason: "印坏",
            })
            .collect();
        let waits_for: Vec<_> =
            journal.open.iter().map(|case| format!("挂起，待工号 {} 继续办理", case.operator)).collect();
        let open: Vec<_> = journal
            .open
            .iter()
            .zip(&waits_for)
            .map(|(case, waits_for)| day_report::OpenItem {
                case_number: &case.case_number,
                waits_for,
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
            service: services_of(journal, &case.case_number),
        });
    }
    Ok(DayBook {
        clerks: figures::by_clerk(&cases),
        reasons: figures::by_reason(desk, journal).await?,
        open: figures::open(desk, journal).await?,
        cases,
        totals: totals(&done),
        is_cleared,
    })
}

fn services_of(journal: &Records, case_number: &str) -> Option<ServiceView> {
    journal.services.iter().find(|record| record.case_number == case_number).map(figures::service)
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
        clerks: book.clerks,
        reasons: book.reasons,
        open: book.open,
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
    use super::{
        super::tally::tests::{ACCEPTED, did, row},
        *,
    };
    use rules::life::Action;

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
            services: Vec::new(),
            open: Vec::new(),
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
        let book = DayBook { is_cleared: true, ..DayBook::default() };
        assert_eq!(remarks(&journal, &book), cleared_counts(&journal).zh);
        assert_eq!(view(&journal, book).cleared, Some(cleared_counts(&journal)));
    }
}
