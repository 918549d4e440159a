//! The desk on real encrypted files, with a centre that can be made to misbehave.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "children tell the tests that started them")]

mod authority;
mod board;
mod case_numbers;
mod central_settings;
mod codes;
mod correction;
mod crash;
mod duties;
mod enrolment;
mod heartbeat;
mod issue;
mod issuing;
mod lists;
mod log_contract;
mod log_in;
mod look_up;
mod machine;
mod program;
mod renewal;
mod restored;
mod restored_late;
mod retention;
mod service;
mod shown;
mod store;
mod sync;
mod torture;
mod transfer;
mod trust;
mod vault;
mod visit;
mod witness;
