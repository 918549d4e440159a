//! Outages (断网、断电), for real: the desk's own library against the centre's own program over PostgreSQL, and between them a line that
//! breaks in every way a line can.
//!
//! The simulation (`tests/simulation`) shows that the machines of both sides are right under thousands of seeds; here it is shown that the
//! adapters around them (SQLCipher, HTTP, SQL, processes) keep what the machines promise. [`proxy`] is the line, [`centre`] and [`window`]
//! are the two ends, [`books`] compares what both have written down.

pub mod books;
pub mod centre;
pub mod clock;
pub mod proxy;
pub mod window;
