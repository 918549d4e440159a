//! Decides who may hold a paper offline code (离线随申码) and what may be done with it.
//!
//! Desk and centre share this crate. A desk asks it before it does something, and the centre
//! decides the same operation again when it arrives. The functions are pure: time, identifiers
//! and keys are arguments, and nothing reads a clock, draws a random number or opens a file.
//!
//! Start with these types and functions:
//!
//! - [`eligibility::eligibility`] decides whether a person may hold a code.
//! - [`life::decide()`] takes a [`life::Holder`] and a [`life::Command`], and returns a
//!   [`life::Outcome`] or a [`Refusal`].
//! - [`correction::decide()`] moves a correction of name or photo to its next state.
//! - [`failure::FailureCode`] has the code and the sentence of everything that can go wrong.
//! - [`op::Operation`] records what a desk did. Operations travel in signed batches.
//! - [`Policy`] holds the numbers that the city or the law may change.
//!
//! ```
//! use rules::{
//!     At, Day, DeviceNumber, Policy, Refusal,
//!     eligibility::{Knowledge, eligibility},
//!     life::{Action, Command, Holder, Now, Serial, Vantage, decide},
//!     person::IdNumber,
//! };
//!
//! let policy = Policy::default();
//! let today = Day::constant(2026, 1, 5);
//! let number = IdNumber::parse("310000195006010126")?;
//!
//! let mut holder = Holder {
//!     eligibility: eligibility(&number, &Knowledge::Nothing, today, &policy),
//!     codes: Vec::new(),
//!     issue_days: Vec::new(),
//!     unused_corrections: Vec::new(),
//! };
//! let command = Command::Issue {
//!     action: Action::Apply,
//!     serial: Serial::new(0, DeviceNumber(1), 1, [0; 7]),
//!     confirmed_by_holder: true,
//!     consequence_confirmed: false,
//!     guardian_recorded: false,
//! };
//! let now = Now { at: At::start_of(today), vantage: Vantage::Centre };
//!
//! let outcome = decide(&holder, &command, &now, &policy)?;
//! assert_eq!(outcome.counts_for, Some(today));
//!
//! // One issue a day for each holder (L3).
//! holder.issue_days.push(today);
//! assert_eq!(decide(&holder, &command, &now, &policy), Err(Refusal::AlreadyIssuedToday));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod account;
pub mod agent;
pub mod audit;
pub mod authority;
pub mod business_time;
pub mod call_back;
mod canonical_cbor;
pub mod case_number;
pub mod correction;
pub mod device_number;
pub mod digest;
pub mod eligibility;
pub mod failure;
pub mod handwriting;
pub mod health;
pub mod hex;
pub mod institution;
pub mod issuing;
pub mod keys;
mod language;
pub mod life;
pub mod list;
pub mod numbers;
pub mod op;
#[cfg(feature = "openapi")]
mod openapi;
pub mod payload;
pub mod permission;
pub mod person;
pub mod photo;
pub mod policy;
pub mod practice;
pub mod program;
pub mod proof;
pub mod revocation;
pub mod sealing;
pub mod sensitive;
pub mod site_code;
pub mod staff;
pub mod time;
pub mod transfer;
pub mod verification;
pub mod visit;
pub mod window;
pub mod wire;
mod words;

pub use device_number::DeviceNumber;
pub use failure::Refusal;
pub use language::Language;
pub use numbers::StaffNumber;
pub use policy::Policy;
pub use sensitive::Sensitive;
pub use site_code::SiteCode;
pub use time::{At, Day};
