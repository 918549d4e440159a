//! The central API of the paper offline code (离线随申码).
//!
//! Desks push signed batches of operations. The centre stores them, decides each one again under
//! the same [`rules`], and sends the verdicts back as signed receipts. It also answers verifiers,
//! the portal (一网通办) and the kiosks (自助终端).
//!
//! ```text
//! http, cli  ──►  sync  ──►  machine   (pure decisions)
//!                  │
//!                  └──────►  store     (PostgreSQL; in memory in learn)
//! ```
//!
//! - [`machine`] makes every decision. It does no I/O and takes time and identifiers as arguments.
//!   [`machine::ingest`] decides whether a batch is appended; [`machine::apply`] decides what one
//!   operation does to one [`machine::citizen::Citizen`].
//! - [`store`] persists. [`store::postgres`] is the server's store; practice and simulation have
//!   one in memory, in the crate `learn`, under the same code.
//! - [`sync`] loads what a machine needs, calls it, and writes the outcome in one transaction.
//! - [`http`] serves the API and [`cli`] is the operator's command line.
//! - [`audit`] says what becomes a leaf of the audit log (D2) and compares log and tables (D3).
//! - [`registry`] imports people, [`blobs`] keeps evidence and photos, [`keys`] holds the secrets.
//!
//! Read [`machine::citizen::Citizen`], [`machine::decision::Decision`], [`store::Store`] and
//! [`sync::push`] first.
//!
//! # Example
//!
//! A desk that was enrolled again is fenced: its old enrolment cannot push any more.
//!
//! ```
//! use central::machine::{Rulebook, ingest::{DeviceHead, Intake, LogMonth, receive}};
//! use rules::{DeviceNumber, Policy, SiteCode};
//! use rules::{keys::{Class, Signer as _, SoftwareKey}, op::{Batch, genesis}};
//! use std::collections::BTreeMap;
//!
//! let key = SoftwareKey::from_bytes(&[7; 32])?;
//! let head = DeviceHead {
//!     device: DeviceNumber(12),
//!     epoch: 1,
//!     current_epoch: 2,
//!     site: SiteCode::new(310_101),
//!     public_key: key.public_key(),
//!     next_key: None,
//!     received_through: 0,
//!     last_hash: genesis(),
//!     month: LogMonth::default(),
//!     quarantined: false,
//!     revoked: false,
//! };
//! let device = DeviceNumber(12);
//! let batch = Batch { device, epoch: 1, first_seq: 1, prev_hash: genesis(), ops: Vec::new() };
//! let rulebook = Rulebook::new(Policy::default(), Class::Practice, "practice", [0; 32]);
//!
//! let intake = receive(&head, &batch, &BTreeMap::new(), &rulebook);
//! assert_eq!(intake, Intake::Fenced { current: 2 });
//! # Ok::<(), rules::keys::KeyError>(())
//! ```

pub mod accounts;
pub mod administrator;
pub mod alarm;
pub mod archive;
pub mod audit;
pub mod blobs;
pub mod cli;
pub mod clock;
pub mod config;
pub mod fleet;
pub mod health;
pub mod http;
pub mod keys;
pub mod machine;
pub mod passwords;
pub mod registry;
pub mod store;
pub mod sync;
