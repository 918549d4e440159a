//! Business time: the instant of an operation, whatever the wall clock shows.

use crate::{
    operations::operation,
    support::{noon, today},
};
use rules::{
    At,
    business_time::{Anchor, ClockDoubt, ClockReading, business_time, doubt_of, is_behind, was_set_back},
    op::{Operation, genesis},
};
use uuid::Uuid;

fn reading(wall: At, monotonic_ms: i64, boot: u128) -> ClockReading {
    ClockReading { wall, monotonic_ms, boot_id: Uuid::from_u128(boot) }
}

/// Returns an anchor whose centre clock is one minute ahead of the desk.
fn anchor() -> Anchor {
    let wall = noon(today());
    Anchor { centre: wall.plus_ms(60_000), desk: reading(wall, 1_000, 1) }
}

#[test]
fn l3_business_time_follows_the_monotonic_clock() {
    let anchor = anchor();
    let honest = business_time(Some(&anchor), &reading(anchor.desk.wall.plus_ms(5_000), 6_000, 1));
    assert_eq!((honest.at, honest.offset_ms, honest.doubt), (anchor.centre.plus_ms(5_000), 60_000, None));
    // The wall clock is turned forward by a day; the business day does not change.
    let turned = reading(anchor.desk.wall.plus_ms(86_400_000), 6_000, 1);
    let decided = business_time(Some(&anchor), &turned);
    assert_eq!((decided.at, decided.doubt), (anchor.centre.plus_ms(5_000), Some(ClockDoubt::WallStepped)));
    assert_eq!(turned.wall.plus_ms(decided.offset_ms), decided.at, "wall and offset give the instant again");
}

#[test]
fn l3_a_drift_within_the_tolerance_raises_no_doubt() {
    let anchor = anchor();
    let drifted =
        |ms: i64| business_time(Some(&anchor), &reading(anchor.desk.wall.plus_ms(ms), 1_000, 1)).doubt;
    assert_eq!([300_000, -300_000].map(drifted), [None, None]);
    assert_eq!([300_001, -300_001].map(drifted), [Some(ClockDoubt::WallStepped); 2]);
}

#[test]
fn l3_after_a_restart_the_wall_clock_plus_the_last_offset_counts() {
    let anchor = anchor();
    let restarted = business_time(Some(&anchor), &reading(anchor.desk.wall.plus_ms(9_000), 10, 2));
    assert_eq!(
        (restarted.at, restarted.offset_ms, restarted.doubt),
        (anchor.centre.plus_ms(9_000), 60_000, None)
    );
    let set_back = business_time(Some(&anchor), &reading(anchor.desk.wall.plus_ms(-1), 10, 2));
    assert_eq!(set_back.doubt, Some(ClockDoubt::BeforeLastContact));
    let same = business_time(Some(&anchor), &reading(anchor.desk.wall, 10, 2));
    assert_eq!(same.doubt, None);
}

#[test]
fn l3_an_impossible_monotonic_clock_and_a_missing_anchor_raise_doubts() {
    let anchor = anchor();
    let backwards = business_time(Some(&anchor), &reading(anchor.desk.wall.plus_ms(9_000), 999, 1));
    assert_eq!(
        (backwards.at, backwards.doubt),
        (anchor.centre.plus_ms(9_000), Some(ClockDoubt::MonotonicBackwards))
    );
    let alone = business_time(None, &reading(At(5), 1, 1));
    assert_eq!((alone.at, alone.offset_ms, alone.doubt), (At(5), 0, Some(ClockDoubt::NoAnchor)));
}

#[test]
fn l10_a_wall_clock_more_than_five_seconds_behind_counts_as_set_back() {
    let wall = noon(today());
    let earlier = reading(wall, 1_000, 1);
    let after = |ms: i64| was_set_back(&earlier, &reading(wall.plus_ms(ms), 61_000, 1));
    assert_eq!([60_000, 90_000, 55_000, 54_999, 0].map(after), [false, false, false, true, true]);
    assert!(!is_behind(wall.plus_ms(-5_000), wall) && is_behind(wall.plus_ms(-5_001), wall));
}

#[test]
fn l3_the_centre_doubts_implausible_instants() {
    let first = operation(1, genesis());
    let second = || operation(2, first.hash.clone());
    let received = second().business_at();
    assert_eq!(first.business_at(), first.wall.plus_ms(250));
    assert_eq!(doubt_of(None, &first, received), None);
    assert_eq!(doubt_of(Some(&first), &second(), received), None);
    type Change = fn(&mut Operation);
    let cases: [(Change, Option<ClockDoubt>); 8] = [
        // Two operations in the same millisecond.
        (
            |op| {
                op.monotonic_ms = 1_000;
                op.wall = op.wall.plus_ms(-1_000);
            },
            None,
        ),
        (|op| op.offset_ms += 300_000, None),
        (|op| op.wall = op.wall.plus_ms(300_001), Some(ClockDoubt::InTheFuture)),
        (|op| op.wall = op.wall.plus_ms(-300_001), Some(ClockDoubt::WallStepped)),
        (|op| op.monotonic_ms = 999, Some(ClockDoubt::MonotonicBackwards)),
        (|op| op.boot_id = Uuid::nil(), None),
        (
            |op| {
                op.boot_id = Uuid::nil();
                op.wall = op.wall.plus_ms(-301_001);
            },
            Some(ClockDoubt::BeforePrevious),
        ),
        (
            |op| {
                op.boot_id = Uuid::nil();
                op.wall = op.wall.plus_ms(-301_000);
            },
            None,
        ),
    ];
    for (at, (change, doubt)) in cases.into_iter().enumerate() {
        let mut op = second();
        change(&mut op);
        assert_eq!(doubt_of(Some(&first), &op, received), doubt, "case {at}");
    }
}
