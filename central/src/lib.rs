//! The centre of the paper offline code (离线随申码): takes what desks did, decides it again, answers verifiers, portal and
//! kiosk.
//!
//! [`machine`] decides and does nothing else. [`store`] keeps. [`sync`] carries between them. [`http`] and [`cli`] are the
//! doors.

pub mod blobs;
pub mod cli;
pub mod clock;
pub mod config;
pub mod hex;
pub mod http;
pub mod keys;
pub mod machine;
pub mod passwords;
pub mod registry;
pub mod store;
pub mod sync;
