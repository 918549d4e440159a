//! The rules of the paper offline code (离线随申码): pure decisions, shared by the desk and the centre.
//!
//! Nothing here reads a clock, draws a random number, opens a file or waits. Time, identifiers and keys are
//! arguments. Whatever the desk decides about a citizen, the centre decides again with the same functions.

pub mod agent;
pub mod business_time;
mod canonical_cbor;
pub mod carry;
pub mod case_number;
pub mod correction;
pub mod eligibility;
pub mod hex;
pub mod keys;
pub mod life;
pub mod op;
pub mod payload;
pub mod permission;
pub mod person;
pub mod photo;
pub mod policy;
pub mod refusal;
pub mod revocation;
pub mod sensitive;
pub mod staff;
pub mod time;
pub mod verification;
pub mod wire;

pub use policy::Policy;
pub use refusal::{Language, Refusal};
pub use sensitive::Sensitive;
pub use time::{At, Day};
