//! Outages against the real thing. Each test has a centre and a database of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod again;
mod blobs;
mod carried;
mod clock;
mod days;
mod disk;
mod duplicate;
mod kills;
mod line;
mod processes;
mod tls;
