//! What the centre decides: its machines, one wrong operation after the other, without a database.
//!
//! Each test turns on one check. What the checks do together is proved over both stores in
//! `store_contract.rs`.

mod code;
mod correction;
mod intake;
mod issue;
mod proof;
mod support;
