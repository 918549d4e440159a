//! The rig: the real daemons around a desk, on one machine and without hardware.
//!
//! It starts `pcscd` with virtual readers, `ippeveprinter`, optionally `cupsd`, a private
//! PostgreSQL cluster, the central server, and the counter window or a phone's browser under a web
//! driver. Each piece has its own folder and ports, so that several rigs run side by side. Each can
//! be killed and started again, because tests must show what the desk does then.
//!
//! **Nothing stays behind.** Dropping a piece ends its process with the gentlest signal that works
//! and waits for it. Fields of a struct are dropped in order, so a piece is declared above those it
//! uses. A test that panics drops its pieces while unwinding. When a test program is killed, the
//! kernel's parent-death signal ends its pieces.
//!
//! The rig depends on no crate of this workspace, so that any of them may use it in tests.

pub mod browser;
pub mod bus;
pub mod central;
pub mod cupsd;
pub mod display;
mod error;
pub mod folder;
pub mod http;
pub mod keyring;
pub mod login;
pub mod port;
pub mod portal;
pub mod postgres;
pub mod printer;
pub mod process;
pub mod screen_reader;
pub mod smartcard;
pub mod tpm;
pub mod window;

pub use error::{Result, RigError};
pub use folder::RigFolder;
