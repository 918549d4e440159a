//! S4: passwords, locks and offline login.

use crate::support::staff;
use proptest::{collection::vec, prelude::*};
use rules::{
    At, Policy, Refusal,
    staff::{Failures, lockout, may_try, offline_verifier_valid, password_acceptable, password_current},
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn judged(password: &str) -> Result<(), Refusal> {
    password_acceptable(password, &staff("K10001"))
}

#[test]
fn a7_a_password_has_ten_characters() {
    for good in ["correct horse", "南京西路梧桐树下喝咖啡", "tz7-Qm2xWp"] {
        assert_eq!(judged(good), Ok(()), "{good}");
    }
    for short in ["", "tz7-Qm2xW", "Abcdef1!", "南京西路梧桐树下喝"] {
        assert_eq!(judged(short), Err(Refusal::PasswordTooShort), "{short}");
    }
}

#[test]
fn a7_common_passwords_are_refused_in_any_case() {
    for common in ["qwertyuiop", "QwertyUiop", "password123", "1q2w3e4r5t", "1qaz2wsx3edc"] {
        assert_eq!(judged(common), Err(Refusal::PasswordCommon), "{common}");
    }
}

#[test]
fn a7_the_staff_number_is_no_part_of_a_password() {
    for own in ["K10001-sesame", "sesamek10001", "K10001K10001"] {
        assert_eq!(judged(own), Err(Refusal::PasswordHasStaffNumber), "{own}");
    }
}

#[test]
fn a7_four_equal_or_consecutive_characters_are_refused() {
    for run in [
        "aaaaaaaaab",
        "plum-1234-tree",
        "plum-9876-tree",
        "xAbCd-plum-tree",
        "tree----plum",
        "一一一一南京西路梧桐树",
    ] {
        assert_eq!(judged(run), Err(Refusal::PasswordRun), "{run}");
    }
    for was_accepted in ["aaaaaaaaaa", "abcdefghij", "1234567890"] {
        assert!(judged(was_accepted).is_err(), "{was_accepted}");
    }
    assert_eq!(judged("plum-123-tree-111"), Ok(()), "three are no run");
}

fn failed(times: u8, at: At) -> Failures {
    (0..times).fold(Failures::default(), |failures, _| failures.and_another(at))
}

#[test]
fn s4_five_failures_lock_the_account_for_fifteen_minutes() {
    let at = At(1_000_000);
    assert_eq!(lockout(Failures::default(), at), None);
    assert_eq!(lockout(failed(4, at), at), None);
    let until = at.plus_ms(15 * MINUTE_MS);
    assert_eq!(lockout(failed(5, at), at), Some(until));
    assert_eq!(may_try(failed(5, at), until.plus_ms(-1)), Err(Refusal::AccountLocked));
    assert_eq!(may_try(failed(5, at), until), Ok(()));
    assert_eq!(
        may_try(failed(5, at), At(0)),
        Err(Refusal::AccountLocked),
        "turning the clock back does not help"
    );
}

#[test]
fn s4_an_expired_lock_gives_five_new_tries() {
    let (at, later) = (At(0), At(15 * MINUTE_MS));
    let again = failed(5, at).and_another(later);
    assert_eq!(again, Failures { count: 1, last: Some(later) });
    let during = failed(5, at).and_another(At(MINUTE_MS));
    assert_eq!(
        during,
        Failures { count: 6, last: Some(At(MINUTE_MS)) },
        "a try while locked prolongs the lock"
    );
    assert_eq!(failed(u8::MAX, at).and_another(at).count, u8::MAX);
    let slow = failed(4, at).and_another(later);
    assert_eq!(lockout(slow, later), Some(later.plus_ms(15 * MINUTE_MS)), "slow guessing counts too");
}

#[test]
fn s4_the_offline_verifier_is_valid_for_72_hours() {
    let synchronised = At(5 * HOUR_MS);
    let valid = |at: At| offline_verifier_valid(synchronised, at);
    assert_eq!(valid(synchronised), Ok(()));
    assert_eq!(valid(synchronised.plus_ms(72 * HOUR_MS - 1)), Ok(()));
    assert_eq!(valid(synchronised.plus_ms(72 * HOUR_MS)), Err(Refusal::OfflineVerifierTooOld));
    assert_eq!(valid(synchronised.plus_ms(-1)), Err(Refusal::OfflineVerifierTooOld));
}

#[test]
fn s4_password_rotation_is_a_setting() {
    let now = At(100 * 24 * HOUR_MS);
    assert_eq!(password_current(At(0), now, &Policy::default()), Ok(()));
    let rotating = Policy { password_rotation_days: 90, ..Policy::default() };
    let changed = |days: i64| password_current(now.plus_ms(-days * 24 * HOUR_MS), now, &rotating);
    assert_eq!(changed(89), Ok(()));
    assert_eq!(changed(90), Err(Refusal::PasswordTooOld));
}

proptest! {
    #[test]
    fn s4_fifteen_minutes_allow_at_most_five_tries(gaps in vec(0_i64..8 * MINUTE_MS, 1..60)) {
        let (mut failures, mut now) = (Failures::default(), At(0));
        let mut tries: Vec<At> = Vec::new();
        for gap in gaps {
            now = now.plus_ms(gap);
            if may_try(failures, now).is_ok() {
                failures = failures.and_another(now);
                tries.push(now);
            }
        }
        // Any six consecutive tries include a lock.
        for six in tries.windows(6) {
            prop_assert!(six[5].since_ms(six[0]) >= 15 * MINUTE_MS);
        }
    }
}
