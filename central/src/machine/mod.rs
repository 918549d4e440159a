//! The centre's decisions as pure state machines: no clock, no randomness, no waiting, no storage.
//!
//! There are two stages. [`ingest`] takes a desk's head and a batch, and decides whether the batch
//! is appended. [`apply`] takes a [`citizen::Citizen`] and one operation, and decides the verdict
//! and the effects. Adapters in [`crate::sync`] load the input from a [`crate::store::Store`] and
//! write the outcome in one transaction. The simulation runs the same machines.

pub mod apply;
pub mod cases;
pub mod channel;
pub mod citizen;
pub mod clock;
pub mod correction;
pub mod decision;
pub mod evidence;
pub mod ingest;
pub mod issue;
pub mod people;
pub mod receipt;

use rules::{Policy, keys::Class};

/// Policy, class and keys every decision is made under.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// Numbers the rules use.
    pub policy: Policy,
    /// Class of the centre: practice or live.
    pub class: Class,
    /// HMAC key of the citizen references.
    pub index_key: [u8; 32],
    /// Rules switched off to show that the simulation notices.
    #[cfg(feature = "sabotage")]
    pub sabotage: Sabotage,
}

/// Rules that a test may switch off.
#[cfg(feature = "sabotage")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotage {
    /// Batches are taken without checking their chain, and a changed hash under a known sequence
    /// number goes unnoticed.
    pub chain_check_off: bool,
    /// The day limit (L3) is not checked.
    pub day_limit_off: bool,
}

impl Rulebook {
    /// Returns a rule book with no rule switched off.
    #[must_use]
    pub fn new(policy: Policy, class: Class, index_key: [u8; 32]) -> Self {
        Self {
            policy,
            class,
            index_key,
            #[cfg(feature = "sabotage")]
            sabotage: Sabotage::default(),
        }
    }

    /// Returns whether chains are checked.
    #[must_use]
    pub fn checks_chain(&self) -> bool {
        #[cfg(feature = "sabotage")]
        return !self.sabotage.chain_check_off;
        #[cfg(not(feature = "sabotage"))]
        true
    }

    /// Returns whether the day limit (L3) is checked.
    #[must_use]
    pub fn checks_day(&self) -> bool {
        #[cfg(feature = "sabotage")]
        return !self.sabotage.day_limit_off;
        #[cfg(not(feature = "sabotage"))]
        true
    }
}
