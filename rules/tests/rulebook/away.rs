//! L10, L11: when an offline desk may not make codes.

use crate::{
    life::{CORRECTION, in_force, issue, replace, run},
    support::{code, day, holder, noon, offline, serial, today},
};
use rules::{
    At, Policy, Refusal,
    life::{Action, CodeState, Command, Holder, Now, Vantage, offers},
};

fn away(last_contact: Option<At>, clock_offset_ms: i64, clock_set_back: bool) -> Now {
    Now { at: noon(today()), vantage: Vantage::Offline { last_contact, clock_offset_ms, clock_set_back } }
}

/// Asserts that actions which make no code are allowed in every state of the desk.
fn losses_and_reprints_go_on(now: &Now) {
    let live = holder(vec![in_force(CodeState::Live)]);
    assert!(run(&live, &Command::ReportLoss { serial: serial(1), consequence_confirmed: true }, now).is_ok());
    assert!(run(&live, &Command::Reprint { serial: serial(1) }, now).is_ok());
}

/// Returns why no code can be made; `None` if both `reissue` and `replace` are allowed.
fn issuing(now: &Now) -> Option<Refusal> {
    let live = Holder { unused_corrections: vec![CORRECTION], ..holder(vec![in_force(CodeState::Live)]) };
    let (reissued, replaced) = (run(&live, &issue(Action::Reissue), now), run(&live, &replace(), now));
    assert_eq!(reissued.as_ref().err(), replaced.as_ref().err());
    reissued.err()
}

#[test]
fn l10_a_clock_more_than_five_minutes_off_blocks_issuing_only() {
    let contact = Some(noon(today()).plus_ms(-60_000));
    for off in [0, 300_000, -300_000] {
        assert_eq!(issuing(&away(contact, off, false)), None);
    }
    for off in [300_001, -300_001, i64::MIN, i64::MAX] {
        let now = away(contact, off, false);
        assert_eq!(issuing(&now), Some(Refusal::ClockNotTrusted));
        losses_and_reprints_go_on(&now);
    }
}

#[test]
fn l10_a_clock_that_was_set_back_blocks_issuing_only() {
    let contact = noon(today()).plus_ms(-60_000);
    for now in [away(Some(contact), 0, true), away(Some(noon(today()).plus_ms(1)), 0, false)] {
        assert_eq!(issuing(&now), Some(Refusal::ClockNotTrusted));
        losses_and_reprints_go_on(&now);
    }
    assert_eq!(issuing(&away(Some(noon(today())), 0, false)), None);
}

#[test]
fn l11_after_72_hours_without_the_centre_only_issuing_stops() {
    const HOUR_MS: i64 = 3_600_000;
    let since = |ms: i64| away(Some(noon(today()).plus_ms(-ms)), 0, false);
    assert_eq!(issuing(&since(72 * HOUR_MS - 1)), None);
    assert_eq!(issuing(&since(72 * HOUR_MS)), Some(Refusal::OfflineTooLong));
    assert_eq!(issuing(&away(None, 0, false)), Some(Refusal::OfflineTooLong));
    losses_and_reprints_go_on(&since(1000 * HOUR_MS));
    losses_and_reprints_go_on(&away(None, 0, false));
}

#[test]
fn l11_the_limit_is_a_setting_between_1_and_168_hours() {
    let limit = |offline_limit_hours| {
        Policy { offline_limit_hours, ..Policy::default() }.offline_limit_ms() / 3_600_000
    };
    assert_eq!([0, 1, 72, 168, 169, u16::MAX].map(limit), [1, 1, 72, 168, 168, 168]);
}

#[test]
fn l11_the_first_allowed_issue_is_offered_first_and_a_blocked_desk_gives_the_reason() {
    let blocked = offers(&holder(vec![]), &away(None, 0, false), &Policy::default());
    assert_eq!(blocked[0], (Action::Apply, Err(Refusal::OfflineTooLong)));
    let open = offers(
        &holder(vec![code(1, CodeState::Live, day(2025, 1, 1), day(2025, 6, 30))]),
        &offline(today()),
        &Policy::default(),
    );
    let primary = open.into_iter().find(|(action, offer)| action.counts_for_the_day() && offer.is_ok());
    assert_eq!(primary, Some((Action::Reapply, Ok(()))));
}
