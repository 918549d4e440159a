//! Emulated devices that speak the bytes of the real ones and show faults on request.
//!
//! They serve tests, the rig and training. Their content is made by separate encoders that share
//! nothing with the parsers of the drivers. The people on these cards do not exist.

mod apdu_card;
mod companion;
mod faults;
mod identity;
mod scanner;
mod sdt;
mod social_security;
mod vpcd;

pub use apdu_card::{CardProgram, ForeignCard, MemoryPageCard, TypeBCard};
pub use companion::EmulatedCompanion;
pub use faults::{Fault, Faults, ParseFaultError};
pub use identity::{EmulatedIdentity, PHOTO_LENGTH};
pub use scanner::EmulatedScanner;
pub use sdt::SerialReader;
pub use social_security::{EmulatedSocialSecurity, HolderFile, SocialSecurityProgram};
pub use vpcd::{InsertedCard, VirtualReader};
