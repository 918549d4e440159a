//! A circuit breaker: a provider that fails is left alone for a while.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Failures in a row after which nobody asks.
const FAILURES: u32 = 5;
/// How long nobody asks; then one does, and the others go on if that works.
const REST: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    rests_until: Option<Instant>,
}

impl Circuit {
    /// Returns whether the provider may be asked now. After a rest one caller may.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.rests_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                state.rests_until = Some(now + REST);
                true
            }
        }
    }

    pub(super) fn is_well(&self) {
        *self.state() = State::default();
    }

    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.rests_until = Some(now + REST);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_fails_is_left_alone_and_tried_by_one_caller() {
        let (circuit, begin) = (Circuit::default(), Instant::now());
        for _ in 1..FAILURES {
            circuit.failed(begin);
            assert!(circuit.admits(begin));
        }
        circuit.failed(begin);
        assert!(!circuit.admits(begin));
        let rested = begin + REST;
        assert!(circuit.admits(rested), "one tries");
        assert!(!circuit.admits(rested), "the others wait for it");
        circuit.failed(rested);
        assert!(!circuit.admits(rested + REST / 2));
        circuit.is_well();
        assert!(circuit.admits(rested) && circuit.admits(rested));
    }
}
