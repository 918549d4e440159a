//! What practice sites (演练) share: invented citizens with drawn portraits, and the centre's store in
//! memory, which simulation and tests use too.

pub mod citizen;
mod memory;
pub mod portrait;

pub use memory::{MemoryClaim, MemoryStore};
