//! Instants and days in Shanghai.

use crate::support::day;
use rules::At;

#[test]
fn l3_days_begin_and_end_at_midnight_in_shanghai() {
    assert_eq!(At(0).civil(), day(1970, 1, 1).at(8, 0, 0, 0));
    assert_eq!(At(-8 * 3_600_000 - 1).day(), day(1969, 12, 31));
    assert_eq!(At::start_of(day(1970, 1, 2)), At(16 * 3_600_000));
    assert_eq!(At::end_of(day(1970, 1, 1)), At::start_of(day(1970, 1, 2)));
    assert_eq!(At::start_of(day(1969, 12, 31)), At(-32 * 3_600_000));
}

#[test]
fn l3_seconds_are_rounded_down() {
    assert_eq!([At(-1), At(0), At(999), At(1000)].map(At::seconds), [-1, 0, 0, 1]);
}

#[test]
fn a_day_has_its_tenths_of_a_second_in_shanghai() {
    let midnight = At::start_of(day(2026, 3, 9));
    for (ms, tenth) in
        [(0, 0), (99, 0), (100, 1), (52_325_499, 523_254), (86_399_999, 863_999), (86_400_000, 0)]
    {
        assert_eq!(midnight.plus_ms(ms).tenth_of_day(), tenth);
    }
    assert_eq!(midnight.plus_ms(-1).tenth_of_day(), 863_999);
    assert!([At(i64::MIN), At(i64::MAX)].into_iter().all(|at| at.tenth_of_day() < 864_000));
}

#[test]
fn l3_instants_outside_the_calendar_stay_at_its_ends() {
    assert_eq!(At(i64::MAX).day().year(), 9999);
    assert_eq!(At(i64::MIN).day().year(), -9999);
    assert_eq!(At(i64::MAX).plus_ms(1), At(i64::MAX));
    assert_eq!(At(i64::MIN).since_ms(At(1)), i64::MIN);
    assert_eq!(At(5).plus_ms(-7).since_ms(At(3)), -5);
    assert_eq!(At::end_of(rules::Day::MAX).0 - At::start_of(rules::Day::MAX).0, 86_400_000);
}
