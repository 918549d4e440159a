//! The day's journal (日结) and its report.

use super::{Counter, format::time_text, papers::window_name, printing::Ready, queue, words::action_name};
use crate::{
    Desk,
    journal::Journal,
    store::{
        case_file::CaseState,
        print_job::{InHand, Paper as Stored, PrintJob},
    },
    view::{
        Failure, JournalCaseView, JournalPrintView, JournalTotalView, JournalView, Paper, PrintState,
        QueueState,
    },
};
use drivers::printer::Media as PrinterMedia;
use paper::{Media, day_report};
use rules::{Day, keys::Class, life::Action};
use std::sync::Arc;

impl Counter {
    /// The day at this desk.
    ///
    /// # Errors
    /// Not permitted; not a day; the disk's.
    pub async fn journal(&self, day: Option<String>) -> Result<JournalView, Failure> {
        let desk = self.desk()?;
        let journal = desk.journal(&desk.operator()?, self.wanted_day(day)?).await?;
        let cases = case_views(&desk, &journal).await?;
        Ok(view(&journal, cases))
    }

    /// Prints the day report.
    ///
    /// # Errors
    /// As [`Counter::journal`], and what paper and printer say.
    pub async fn print_journal(self: &Arc<Self>, day: Option<String>) -> Result<JournalView, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let journal = desk.journal(&operator, self.wanted_day(day)?).await?;
        let cases = case_views(&desk, &journal).await?;
        let identity = desk.identity();
        let totals: Vec<_> = Action::ALL
            .into_iter()
            .map(|action| {
                let of = |confirmed| {
                    count(
                        cases
                            .iter()
                            .filter(|case| {
                                case.action == Some(action)
                                    && (case.state == Some(QueueState::Accepted)) == confirmed
                            })
                            .count(),
                    )
                };
                day_report::Total {
                    action: action_name(action).0,
                    confirmed: of(true),
                    registered: of(false),
                }
            })
            .filter(|total| total.confirmed + total.registered > 0)
            .collect();
        let spoilt: Vec<_> = journal
            .prints
            .iter()
            .filter(|print| print.confirmed == Some(InHand::Spoilt))
            .map(|print| day_report::SpoiltSheet {
                case_number: print.case_number.as_deref().unwrap_or("—"),
                at: print.confirmed_at.unwrap_or(print.asked_at).civil(),
                reason: "废页，已重新打印",
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
            clerk: &operator.staff,
            totals: &totals,
            sheets_printed: sheets(&journal),
            spoilt: &spoilt,
            open: &open,
            remarks: &remarks(&journal),
            made_at: desk.read_clock().at.civil(),
            practice: identity.class() == Class::Practice,
        };
        let pdf = day_report::render(self.fonts()?, &report, Media::A4)?;
        self.start_print(Ready {
            paper: Paper::DayReport,
            pdf,
            media: PrinterMedia::a4(),
            case_number: None,
            serial: None,
        })
        .await?;
        Ok(view(&journal, cases))
    }

    fn wanted_day(&self, day: Option<String>) -> Result<Day, Failure> {
        match day.filter(|text| !text.is_empty()) {
            None => Ok(self.desk()?.read_clock().at.day()),
            Some(text) => text.parse().map_err(|_| {
                Failure::new(
                    "not_a_day",
                    "日期不正确，请按“年-月-日”填写。",
                    "This is not a date; write it as 2026-11-23.",
                )
                .at("day")
            }),
        }
    }
}

/// Each case with the last thing done in it.
async fn case_views(desk: &Desk, journal: &Journal) -> Result<Vec<JournalCaseView>, Failure> {
    let mut views = Vec::with_capacity(journal.cases.len());
    for case in journal.cases.iter().rev() {
        let history = desk.case_history(&case.case_number).await?;
        let last = history.iter().rev().find(|row| row.action.is_some());
        views.push(JournalCaseView {
            case_number: case.case_number.clone(),
            at: time_text(case.opened_at),
            masked_name: desk.masked_name(case.citizen_ref.as_ref()).await?,
            action: last.and_then(|row| row.action),
            corrected: history.iter().any(|row| row.kind.is_correction()),
            suspended: case.state == CaseState::Suspended,
            staff: case.operator.clone(),
            state: last.or(history.last()).map(|row| queue::state(row.state)),
            prints: journal
                .prints
                .iter()
                .filter(|print| print.case_number.as_deref() == Some(&case.case_number))
                .map(print)
                .collect(),
        });
    }
    Ok(views)
}

fn view(journal: &Journal, cases: Vec<JournalCaseView>) -> JournalView {
    JournalView {
        day: journal.day.to_string(),
        totals: Action::ALL
            .into_iter()
            .map(|action| JournalTotalView {
                action,
                count: count(cases.iter().filter(|case| case.action == Some(action)).count()),
            })
            .filter(|total| total.count > 0)
            .collect(),
        sheets: sheets(journal),
        spoilt: count(journal.spoilt()),
        provisional: journal.waiting,
        corrections_open: journal.open_corrections,
        conflicts_open: journal.open_conflicts,
        suspended: count(journal.cases.iter().filter(|case| case.state == CaseState::Suspended).count()),
        cases,
    }
}

fn sheets(journal: &Journal) -> u32 {
    count(journal.prints.iter().filter(|print| print.paper == Stored::Sheet).count())
}

/// What the next shift should know.
fn remarks(journal: &Journal) -> String {
    let mut remarks = Vec::new();
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
        paper: match job.paper {
            Stored::Sheet => Paper::Sheet,
            Stored::Receipt => Paper::Receipt,
            Stored::Notice => Paper::Notice,
            Stored::DayReport => Paper::DayReport,
            Stored::TestPage => Paper::TestPage,
        },
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
