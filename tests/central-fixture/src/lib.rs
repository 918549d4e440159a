//! What tests of the centre share: its store in memory, a desk as the centre sees it, and invented
//! people.

pub mod desk;
pub mod memory;
pub mod people;
mod session;

pub use memory::MemoryStore;
pub use session::Session;
