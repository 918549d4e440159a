//! What the centre decides: its machines, one wrong operation after the other, without a database.
//!
//! Each test turns on one check. What the checks do together is proved over both stores in
//! `store_contract.rs`.

mod code;
#[path = "../common/correcting.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod correcting;
mod correction;
#[path = "../common/desk.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod desk;
mod intake;
mod issue;
mod support;
