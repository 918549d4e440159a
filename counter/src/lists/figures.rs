//! Figures of a day: how its cases were served, by clerk and by reason of a correction, and all of
//! them as CSV. None of them names a citizen.

use crate::{
    core::Core,
    format::time_text,
    private_file,
    spreadsheet::UTF_8,
    view::{
        ClerkFiguresView, Failure, JournalCaseView, OpenCaseView, QueueState, ReasonFiguresView, ServiceView,
    },
};
use desk::{
    Desk, DeskError,
    lists::Journal as Records,
    store::{Page, correction::CorrectionFilter, service::ServiceRecord},
};
use rules::{
    Language,
    case_number::{grouped, ungrouped},
    correction::Reason,
    list::csv_line,
};
use std::collections::{BTreeMap, BTreeSet};

/// Corrections that are looked through at most: what a window has in many days.
const CORRECTIONS: u32 = 500;

/// Returns how a case was served.
pub(super) fn service(record: &ServiceRecord) -> ServiceView {
    ServiceView {
        ticket: record.ticket.clone(),
        waited_seconds: record.waited_seconds,
        served_seconds: u32::try_from(record.served_ms / 1000).unwrap_or(u32::MAX),
        rating: record.rating,
    }
}

/// Returns the figures of each clerk who had a case, by staff number.
pub(super) fn by_clerk(cases: &[JournalCaseView]) -> Vec<ClerkFiguresView> {
    let mut clerks: BTreeMap<&str, Vec<&JournalCaseView>> = BTreeMap::new();
    for case in cases {
        clerks.entry(&case.staff).or_default().push(case);
    }
    let figures = |(staff, cases): (&str, Vec<&JournalCaseView>)| {
        let services = || cases.iter().filter_map(|case| case.service.as_ref());
        let in_state = |states: &[QueueState]| {
            count(cases.iter().filter(|case| case.state.is_some_and(|state| states.contains(&state))).count())
        };
        ClerkFiguresView {
            staff: staff.to_owned(),
            cases: count(cases.len()),
            open: count(cases.iter().filter(|case| case.suspended).count()),
            waiting: in_state(&[QueueState::Pending, QueueState::Received]),
            refused: in_state(&[QueueState::Conflict, QueueState::Rejected]),
            waited_seconds: mean(services().filter_map(|service| service.waited_seconds)),
            served_seconds: mean(services().map(|service| service.served_seconds).filter(|time| *time > 0)),
            ratings: count(services().filter(|service| service.rating.is_some()).count()),
            rating_tenths: mean(
                services().filter_map(|service| service.rating).map(|score| u32::from(score) * 10),
            ),
        }
    };
    clerks.into_iter().map(figures).collect()
}

/// Returns how often each reason was given for a correction in these cases.
pub(super) async fn by_reason(desk: &Desk, journal: &Records) -> Result<Vec<ReasonFiguresView>, Failure> {
    let numbers: BTreeSet<&str> = journal.cases.iter().map(|case| case.case_number.as_str()).collect();
    let page = Page { offset: 0, limit: CORRECTIONS };
    let known = desk.correction.page(CorrectionFilter::All, page).await?;
    let of_day = |reason: Reason| {
        let is_of_day = |number: &str| numbers.contains(number);
        let records = known.rows.iter().filter(|record| record.case_number.as_deref().is_some_and(is_of_day));
        count(records.filter(|record| record.correction.content.reason == reason).count())
    };
    let all = Reason::ALL.into_iter().map(|reason| ReasonFiguresView { reason, count: of_day(reason) });
    Ok(all.filter(|figures| figures.count > 0).collect())
}

/// Returns what is left open at this desk from any day, by clerk and then by age.
pub(super) async fn open(desk: &Desk, journal: &Records) -> Result<Vec<OpenCaseView>, Failure> {
    let mut open = Vec::with_capacity(journal.open.len());
    for case in &journal.open {
        open.push(OpenCaseView {
            case_number: grouped(&case.case_number),
            staff: case.operator.to_string(),
            masked_name: desk.citizen.masked_name(case.citizen_ref.as_ref()).await?,
            since: time_text(case.changed_at),
            draft: !desk.case.drafts(&case.case_number).await?.is_empty(),
        });
    }
    open.sort_by(|one, other| (&one.staff, &one.since).cmp(&(&other.staff, &other.since)));
    Ok(open)
}

/// Writes the cases of a day to a file that only this user may read; returns its path.
pub(super) fn write_csv(core: &Core, stamp: &str, cases: &[JournalCaseView]) -> Result<String, DeskError> {
    let folder = core.folder().join("journal");
    let path = private_file::write(&folder, &format!("journal-{stamp}.csv"), csv(cases).as_bytes())?;
    Ok(path.display().to_string())
}

/// Returns the cases as CSV, oldest first. The mark at its start tells spreadsheets that it is
/// UTF-8.
fn csv(cases: &[JournalCaseView]) -> String {
    let mut text = String::from(UTF_8);
    let heads = ["办件编号", "时间", "工号", "事项", "更正", "状态", "票号", "等候秒数", "办理秒数", "评价"];
    text.push_str(&csv_line(&heads));
    for case in cases.iter().rev() {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let service = case.service.as_ref();
        let state = if case.suspended {
            "挂起"
        } else {
            case.state.as_ref().map_or("", |state| state.label(Language::Chinese))
        };
        text.push_str(&csv_line(&[
            &ungrouped(&case.case_number),
            &case.at,
            &case.staff,
            case.action.as_ref().map_or("", |action| action.label(Language::Chinese)),
            if case.corrected { "是" } else { "" },
            state,
            service.and_then(|service| service.ticket.as_deref()).unwrap_or_default(),
            &number(service.and_then(|service| service.waited_seconds)),
            &number(service.map(|service| service.served_seconds)),
            &number(service.and_then(|service| service.rating).map(u32::from)),
        ]));
    }
    text
}

fn mean(values: impl Iterator<Item = u32>) -> Option<u32> {
    let (sum, number) =
        values.fold((0_u64, 0_u64), |(sum, number), value| (sum + u64::from(value), number + 1));
    u32::try_from(sum.checked_div(number)?).ok()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::life::Action;

    fn case(number: &str, staff: &str, service: Option<ServiceView>) -> JournalCaseView {
        JournalCaseView {
            case_number: number.to_owned(),
            at: "2026-11-23T14:05:00+08:00".to_owned(),
            masked_name: "王**".to_owned(),
            action: Some(Action::Apply),
            corrected: false,
            suspended: false,
            staff: staff.to_owned(),
            state: Some(QueueState::Accepted),
            prints: Vec::new(),
            service,
        }
    }

    fn served(waited: Option<u32>, served: u32, rating: Option<u8>) -> Option<ServiceView> {
        let ticket = waited.map(|_| "A1".to_owned());
        Some(ServiceView { ticket, waited_seconds: waited, served_seconds: served, rating })
    }

    #[test]
    fn figures_of_a_clerk_are_means_of_what_is_known() {
        let cases = [
            case("1", "1001", served(Some(60), 100, Some(5))),
            case("2", "1001", served(None, 200, Some(4))),
            JournalCaseView { suspended: true, ..case("3", "1001", None) },
            JournalCaseView { state: Some(QueueState::Rejected), ..case("4", "1002", None) },
        ];
        let [first, second] = &by_clerk(&cases)[..] else { panic!("two clerks") };
        assert_eq!((first.cases, first.open, first.refused), (3, 1, 0));
        assert_eq!((first.waited_seconds, first.served_seconds), (Some(60), Some(150)));
        assert_eq!((first.ratings, first.rating_tenths), (2, Some(45)));
        assert_eq!((second.cases, second.refused, second.served_seconds), (1, 1, None));
    }

    #[test]
    fn the_export_has_every_case_and_no_name() {
        let text = csv(&[case("1-2", "1001", served(Some(60), 100, Some(5))), case("1-1", "1001", None)]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with(r#""11","#) && lines[2].starts_with(r#""12","#), "oldest first: {text}");
        assert!(lines[2].ends_with(r#""首次申领","","已确认","A1","60","100","5""#), "{text}");
        assert!(!text.contains('王'), "{text}");
    }
}
