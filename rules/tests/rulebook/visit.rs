//! Home visits: who is on the list, when the kit ends, and what it blocks (V1–V5).

use crate::support::{noon, today};
use rules::{
    Policy, Refusal,
    policy::{KIT_PEOPLE, KIT_TYPED},
    visit::{SheetCount, VisitGround, check_list, ends_at, is_readable, may_issue},
};

const HOUR_MS: i64 = 60 * 60 * 1000;

fn list(typed: usize, others: usize) -> Vec<VisitGround> {
    [vec![VisitGround::Typed; typed], vec![VisitGround::Roster; others]].concat()
}

#[test]
fn v1_a_kit_has_sixty_people_at_most_and_twenty_by_a_typed_number() {
    assert_eq!(check_list(list(0, 0)), Err(Refusal::VisitEmpty));
    assert_eq!(check_list(list(1, 0)), Ok(()));
    assert_eq!(check_list(list(KIT_TYPED, KIT_PEOPLE - KIT_TYPED)), Ok(()));
    assert_eq!(check_list(list(0, KIT_PEOPLE + 1)), Err(Refusal::VisitTooLarge));
    assert_eq!(check_list(list(KIT_TYPED + 1, 0)), Err(Refusal::VisitTooLarge));
    let text = Refusal::VisitTooLarge.message(rules::Language::Chinese);
    assert!(text.contains(&format!("{KIT_PEOPLE}人")) && text.contains(&format!("{KIT_TYPED}人")));
}

#[test]
fn v2_a_kit_ends_after_a_day_and_never_later_than_the_offline_limit() {
    let policy =
        |visit_hours, offline_limit_hours| Policy { visit_hours, offline_limit_hours, ..Policy::default() };
    let ends = |policy| ends_at(noon(today()), &policy).since_ms(noon(today())) / HOUR_MS;
    assert_eq!(ends(Policy::default()), 24);
    assert_eq!(ends(policy(48, 72)), 48);
    assert_eq!(ends(policy(48, 12)), 12);
    assert_eq!(ends(policy(u16::MAX, u16::MAX)), 168, "L11, whatever a message says");
    assert_eq!(policy(0, 72).check(), Err(Refusal::PolicyOutOfRange));
}

#[test]
fn v3_a_kit_is_closed_from_its_end_on_and_while_the_clock_cannot_tell() {
    let ends = noon(today()).plus_ms(HOUR_MS);
    assert!(is_readable(ends, noon(today()), false));
    assert!(!is_readable(ends, ends, false));
    assert!(!is_readable(ends, noon(today()), true), "set back");
}

#[test]
fn v4_a_kit_that_is_overdue_blocks_new_codes_without_the_centre() {
    let ends = noon(today());
    let before = noon(today()).plus_ms(-1);
    assert_eq!(may_issue(Some(ends), before, false), Ok(()));
    assert_eq!(may_issue(Some(ends), ends, false), Err(Refusal::VisitOverdue));
    assert_eq!(may_issue(Some(ends), ends, true), Ok(()), "the centre decides at once");
    assert_eq!(may_issue(None, ends, false), Ok(()));
}

#[test]
fn v5_sheets_are_good_spoilt_open_unused_or_missing() {
    let sheets = SheetCount { taken: 20, good: 5, spoilt: 2, open: 1, unused: 12 };
    assert_eq!((sheets.accounted(), sheets.missing()), (20, 0));
    assert_eq!(SheetCount { unused: 9, ..sheets }.missing(), 3);
    assert_eq!(SheetCount { unused: 13, ..sheets }.missing(), -1);
}
