//! The rules as tests. Each name begins with the id of the rule that the test proves.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails if its setup fails")]

mod accounts;
mod agents;
mod audit;
mod authority;
mod away;
mod business_time;
mod case_numbers;
mod catalogue;
mod copies;
mod correction_reasons;
mod corrections;
mod eligibility;
mod encoding;
mod forged_symbols;
mod guardians;
mod handed_over;
mod handwriting;
mod issuing;
mod keys;
mod life;
mod life_properties;
mod lists;
mod masks;
mod names;
mod numbers;
mod openssl;
mod operations;
mod payload;
mod permissions;
mod photo;
mod proof;
mod purity;
mod refusals;
mod revocation;
mod service_numbers;
mod staff;
mod support;
mod time;
mod transfer;
mod verification;
mod visit;

mod wire;
