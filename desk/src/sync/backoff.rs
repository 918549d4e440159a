//! Waiting after a failure: exponential, capped, with full jitter, so that three thousand desks
//! that lost the centre at one moment do not come back at one moment.

/// First wait, ms; doubles with every failure in a row.
pub const BASE_MS: i64 = 500;
/// Longest wait when the centre answered and could not help, ms.
pub const CAP_MS: i64 = 60_000;
/// Longest wait when nobody answered, ms. A refused connection costs the centre nothing, and
/// somebody stands at the window: an outage is over a few seconds after it is over.
pub const UNREACHABLE_CAP_MS: i64 = 4_000;

/// Returns how long to wait after `failures` in a row (at least one): uniform between 0 and the
/// capped doubling.
pub fn full_jitter_ms(failures: u32, cap_ms: i64, random: u64) -> i64 {
    let doubled = BASE_MS.saturating_mul(1 << failures.saturating_sub(1).min(20));
    below(doubled.min(cap_ms) + 1, random)
}

/// Returns how long to wait when the centre said `Retry-After`: never less than it asked for, and
/// spread over half as much again.
pub fn retry_after_ms(asked_ms: i64, random: u64) -> i64 {
    let asked_ms = asked_ms.clamp(0, 10 * CAP_MS);
    asked_ms + below(asked_ms / 2 + 1, random)
}

/// Scales `random` to 0..bound by multiplication, as every bound here is far below 2^32.
fn below(bound: i64, random: u64) -> i64 {
    let bound = u128::try_from(bound.max(1)).unwrap_or(1);
    i64::try_from((u128::from(random) * bound) >> 64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_are_never_longer_than_the_cap(failures in 1u32..200, random: u64) {
            let wait = full_jitter_ms(failures, CAP_MS, random);
            prop_assert!((0..=CAP_MS).contains(&wait));
            prop_assert!(wait <= BASE_MS << (failures - 1).min(20));
        }

        #[test]
        fn retry_after_is_honoured_and_spread(asked in 0i64..100_000, random: u64) {
            let wait = retry_after_ms(asked, random);
            prop_assert!(wait >= asked && wait <= asked + asked / 2);
        }
    }

    #[test]
    fn jitter_uses_the_whole_range() {
        assert_eq!(full_jitter_ms(3, CAP_MS, 0), 0);
        assert_eq!(full_jitter_ms(3, CAP_MS, u64::MAX), 4 * BASE_MS);
        assert_eq!(full_jitter_ms(30, CAP_MS, u64::MAX), CAP_MS);
    }
}
