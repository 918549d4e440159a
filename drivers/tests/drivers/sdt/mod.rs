//! What goes over the line to a reader with a security module.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod damage;
mod frames;
mod support;
