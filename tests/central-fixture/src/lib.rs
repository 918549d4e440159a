//! What tests of the centre share: its store in memory, a desk as the centre sees it, and invented
//! people.

pub mod desk;
pub mod people;
mod session;

pub use learn::MemoryStore;
pub use session::Session;
