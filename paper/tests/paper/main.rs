//! Every paper: its properties, its looks, its names, and what a scanner reads from it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accessibility;
mod batches;
mod collective;
mod documents;
mod names;
mod read_back;
mod return_report;
mod snapshots;
mod support;
