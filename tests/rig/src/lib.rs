//! The rig: the real daemons a desk lives among, on one machine and without the hardware.
//!
//! `pcscd` with virtual readers, `ippeveprinter`, optionally `cupsd`, a private PostgreSQL cluster, the program
//! of the centre and the counter window under a web driver. Each piece starts alone, in its own folder and on its
//! own ports, so that several rigs run beside one another; each can be killed and started again, because the
//! tests have to show what the desk does then.
//!
//! **Nothing stays behind.** Dropping a piece ends its process with the gentlest signal that works and waits for
//! it; pieces declared first in a struct stop first, so whoever uses another one is declared above it. A test
//! that panics drops its pieces while unwinding. A test program that is killed outright takes them along
//! through the kernel's parent-death signal.
//!
//! The rig knows no crate of this workspace, so that any of them may use it in its tests.

pub mod bus;
pub mod central;
pub mod cupsd;
pub mod display;
mod error;
pub mod folder;
pub mod http;
pub mod port;
pub mod postgres;
pub mod printer;
pub mod process;
pub mod smartcard;
pub mod window;

pub use error::{Result, RigError};
pub use folder::RigFolder;
