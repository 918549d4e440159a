//! What operations, receipts and news have made of codes and conflicts.

use super::codes::Codes;
use rules::{
    At, Day,
    life::{Code, Outcome, Serial},
    op::{OpBody, Operation},
    person::IdNumber,
    wire::{Receipt, Verdict},
};
use std::collections::{BTreeMap, BTreeSet};

/// The state of a log besides its operations.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    waiting: BTreeSet<u64>,
    verdicts: BTreeMap<u64, (Verdict, At)>,
    conflicts: BTreeSet<u64>,
    codes: Codes,
}

impl Ledger {
    /// Takes in a new operation with what it does to codes.
    pub fn append(&mut self, operation: &Operation, outcome: Option<&Outcome>) {
        self.waiting.insert(operation.seq);
        if let Some(outcome) = outcome {
            self.codes.append(operation, outcome);
        }
    }

    /// Takes in the receipt of an operation. `None`: it is older than the one known; else whether
    /// the verdict is new.
    pub fn take_receipt(&mut self, operation: &Operation, receipt: &Receipt) -> Option<bool> {
        let before = self.verdicts.get(&receipt.seq);
        if before.is_some_and(|(_, at)| receipt.decided_at <= *at) {
            return None;
        }
        let is_taken = |verdict: &Verdict| matches!(verdict, Verdict::Applied { .. });
        let is_new = before.is_none_or(|(verdict, _)| *verdict != receipt.verdict);
        let is_first = before.is_none();
        let was_applied = before.is_some_and(|(verdict, _)| is_taken(verdict));
        let was_refused = before.is_some_and(|(verdict, _)| !is_taken(verdict));
        let counts = is_new && !matches!(operation.body, OpBody::Printed { .. });
        if counts && (was_refused || !is_taken(&receipt.verdict)) {
            self.conflicts.insert(receipt.seq);
        }
        if is_first {
            self.codes.settle(operation, &receipt.verdict);
        } else if is_new && !(was_applied && is_taken(&receipt.verdict)) {
            self.codes.overturn(operation, &receipt.verdict);
        }
        self.waiting.remove(&receipt.seq);
        self.verdicts.insert(receipt.seq, (receipt.verdict.clone(), receipt.decided_at));
        Some(is_new)
    }

    /// Takes in what the centre tells of a code.
    pub fn tell(&mut self, code: &Code) {
        self.codes.tell(code);
    }

    /// Takes in the registry's view of a citizen's codes, asked for now.
    pub fn look(&mut self, holder: &IdNumber, codes: &[Code]) {
        self.codes.look(holder, codes, &self.waiting);
    }

    /// Forgets what the centre told of a code.
    pub fn forget_end(&mut self, serial: Serial) {
        self.codes.forget(serial);
    }

    /// Returns a citizen's codes, oldest first.
    pub fn codes_of(&self, holder: &IdNumber) -> Vec<Code> {
        self.codes.of_citizen(holder)
    }

    /// Returns the days a citizen's codes issued here used up.
    pub fn days_of(&self, holder: &IdNumber) -> Vec<Day> {
        self.codes.days_of(holder)
    }

    /// Returns all codes.
    pub fn codes(&self) -> Vec<Code> {
        self.codes.all().collect()
    }

    /// Returns the operations without a receipt, in order.
    pub fn waiting(&self) -> Vec<u64> {
        self.waiting.iter().copied().collect()
    }

    /// Returns the first operation without a receipt.
    pub fn first_waiting(&self) -> Option<u64> {
        self.waiting.first().copied()
    }

    /// Returns the operations whose conflict is open, in order.
    pub fn conflicts(&self) -> Vec<u64> {
        self.conflicts.iter().copied().collect()
    }

    /// Returns the verdict on an operation.
    pub fn verdict(&self, seq: u64) -> Option<Verdict> {
        self.verdicts.get(&seq).map(|(verdict, _)| verdict.clone())
    }
}
