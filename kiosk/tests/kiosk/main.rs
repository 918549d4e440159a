//! The bridge as a program, with a real card service, scanner line and printer, against the real
//! centre; the page's part is played over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod door;
mod page;
mod troubles;
