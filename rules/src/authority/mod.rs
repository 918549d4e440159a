//! Whose word counts: a person's act counts by that person's own key, and a desk's key says only
//! where it came from (A1–A5).
//!
//! - [`credential`]: the centre signs a record of each account with the person's public key. The
//!   private key exists only wrapped under the password, so opening it is the password check.
//! - [`session`]: log-in signs a statement that hands over to a key in memory. That key signs the
//!   newest of the session's operations, and each operation names the one before it.
//! - [`Consent`]: what needs a second person carries that person's own signature, made by opening
//!   the wrapped key again.

pub mod credential;
pub mod session;

pub use crate::op::{Consent, SessionRef};
pub use credential::{Credential, StaffRecord, WrappedKey};
pub use session::{SessionProof, SessionStatement, Unproven, unproven, unproven_at};
