//! The centre's decisions as pure state machines: no clock, no randomness, no waiting, no storage.
//!
//! Two stages. [`ingest`] looks at a desk's head and a batch and says what to append, or why not. [`apply`] looks at a
//! [`citizen::Citizen`] and one operation and says what it does: a verdict and the new rows. Adapters in
//! [`crate::sync`] load what the machines need from a [`crate::store::Store`], and write what they say in one
//! transaction. The simulation drives exactly these.

pub mod apply;
pub mod cases;
pub mod channel;
pub mod citizen;
pub mod clock;
pub mod correction;
pub mod ingest;
pub mod issue;
pub mod people;
pub mod receipt;

use rules::{Policy, keys::Class};

/// What every decision is made under.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// The numbers in force.
    pub policy: Policy,
    /// Practice or live.
    pub class: Class,
    /// Key of the citizen references.
    pub index_key: [u8; 32],
    /// Rules switched off, to show that the simulation notices.
    #[cfg(feature = "sabotage")]
    pub sabotage: Sabotage,
}

/// Rules that a test may switch off.
#[cfg(feature = "sabotage")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotage {
    /// Batches are taken without looking at their chain, and another hash under a known seq goes unnoticed.
    pub chain_check_off: bool,
    /// L3 is not looked at.
    pub day_limit_off: bool,
}

impl Rulebook {
    /// A rule book with nothing switched off.
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

    /// Whether chains are looked at.
    #[must_use]
    pub fn checks_chain(&self) -> bool {
        #[cfg(feature = "sabotage")]
        return !self.sabotage.chain_check_off;
        #[cfg(not(feature = "sabotage"))]
        true
    }

    /// Whether L3 is looked at.
    #[must_use]
    pub fn checks_day(&self) -> bool {
        #[cfg(feature = "sabotage")]
        return !self.sabotage.day_limit_off;
        #[cfg(not(feature = "sabotage"))]
        true
    }
}
