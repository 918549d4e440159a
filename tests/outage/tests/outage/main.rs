//! Outages of the real programs. Each test has its own centre and database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod again;
mod backup;
mod blobs;
mod clock;
mod collective;
mod days;
mod disk;
mod duplicate;
mod kills;
mod line;
mod processes;
mod program;
mod restored;
mod standby;
mod tls;
mod transfer;
