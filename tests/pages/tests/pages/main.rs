//! The pages outside the window, in Chromium, against the centre's own program on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod guard;
mod kiosk;
mod photographs;
mod portal;
mod provider;
mod reading;
mod scene;
mod slow_line;
