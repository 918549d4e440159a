//! Real outages (断网、断电): the real desk library against the real server on PostgreSQL, over a line
//! that breaks in every way a line can.
//!
//! The simulation (`tests/simulation`) shows that the state machines of both sides are right under
//! thousands of seeds. These tests show that the adapters around them (SQLCipher, HTTP, SQL,
//! processes) keep that promise. [`proxy`] is the line, [`centre`] and [`window`] are its ends, and
//! [`books`] compares the records of both.

pub mod books;
pub mod centre;
pub mod clock;
pub mod proxy;
pub mod window;
