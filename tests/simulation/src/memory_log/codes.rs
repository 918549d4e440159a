//! Codes in memory, as `desk::store::code` keeps them in rows.

use desk::store::{
    code::{moves::Moves, state::ends_for_certain},
    receipt,
};
use rules::{
    Day,
    life::{Code, CodeState, Outcome, Serial},
    op::{OpBody, Operation},
    person::IdNumber,
    wire::Verdict,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
struct Held {
    /// Number of the holder; `None` = only news have told of the code.
    holder: Option<IdNumber>,
    code: Code,
    moves: Moves,
    made_by: Option<u64>,
    counts_for: Option<Day>,
}

impl Held {
    fn told(holder: Option<&IdNumber>, code: &Code) -> Self {
        let moves = Moves { base: code.state, operations: Vec::new() };
        let (holder, code) = (holder.cloned(), code.clone());
        Self { holder, code, moves, made_by: None, counts_for: None }
    }

    fn code(&self) -> Code {
        Code { state: self.moves.state(), ..self.code.clone() }
    }
}

/// All codes of a desk.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes {
    held: BTreeMap<Serial, Held>,
}

impl Codes {
    /// What an operation made and moved.
    pub(super) fn append(&mut self, operation: &Operation, outcome: &Outcome) {
        let Some(holder) = &operation.citizen else { return };
        for (serial, becomes) in &outcome.changes {
            if let Some(held) = self.held.get_mut(serial) {
                held.moves.operations.push((number(operation), *becomes));
            }
        }
        if let Some(new) = &outcome.new_code {
            // Whatever the rules granted, it is provisional until the receipt is here.
            let code = Code { provisional: true, ..new.clone() };
            let (made_by, counts_for) = (Some(operation.seq), outcome.counts_for);
            self.held.insert(new.serial, Held { made_by, counts_for, ..Held::told(Some(holder), &code) });
        }
        if let Some(held) = outcome.reprinted.and_then(|serial| self.held.get_mut(&serial)) {
            held.code.copies += 1;
        }
    }

    /// What a verdict means for what its operation made and moved.
    pub(super) fn settle(&mut self, operation: &Operation, verdict: &Verdict) {
        let is_duplicate = matches!(verdict, Verdict::DuplicateSameDay { .. });
        let outcome = receipt::ReceiptOutcome::of(verdict);
        for held in self.held.values_mut() {
            let is_made = held.made_by == Some(operation.seq);
            match outcome {
                receipt::ReceiptOutcome::NeedsApproval => {}
                receipt::ReceiptOutcome::Accepted => {
                    held.code.provisional &= !is_made;
                    if ends_for_certain(&operation.body)
                        && let Some(becomes) = held.take_out(number(operation))
                    {
                        held.moves.tell(becomes);
                    }
                }
                receipt::ReceiptOutcome::Conflict | receipt::ReceiptOutcome::Rejected => {
                    held.take_out(number(operation));
                    if is_made {
                        held.code.provisional = false;
                        held.counts_for = held.counts_for.filter(|_| is_duplicate);
                        held.moves.tell(CodeState::Voided);
                    }
                }
            }
        }
    }

    /// A centre that was restored decided otherwise than before: an end always wins.
    pub(super) fn overturn(&mut self, operation: &Operation, verdict: &Verdict) {
        let is_duplicate = matches!(verdict, Verdict::DuplicateSameDay { .. });
        for (serial, held) in &mut self.held {
            match receipt::ReceiptOutcome::of(verdict) {
                receipt::ReceiptOutcome::NeedsApproval => {}
                receipt::ReceiptOutcome::Accepted => match &operation.body {
                    OpBody::ReportLoss { serial: lost, .. } if lost == serial => {
                        held.moves.tell(CodeState::Lost)
                    }
                    OpBody::Void { serial: voided, .. } if voided == serial => {
                        held.moves.tell(CodeState::Voided);
                    }
                    OpBody::Issue { .. } => {
                        let (is_holders, code) =
                            (operation.citizen.is_some() && operation.citizen == held.holder, held.code());
                        let is_earlier = code.issued_at < operation.business_at();
                        if is_holders && is_earlier && code.state == CodeState::Live {
                            held.moves.operations.push((number(operation), CodeState::Superseded));
                        }
                    }
                    _ => {}
                },
                receipt::ReceiptOutcome::Conflict | receipt::ReceiptOutcome::Rejected => {
                    if held.made_by == Some(operation.seq) {
                        held.code.provisional = false;
                        held.counts_for = held.counts_for.filter(|_| is_duplicate);
                        held.moves.tell(CodeState::Voided);
                    }
                }
            }
        }
    }

    /// The centre told of a code.
    pub(super) fn tell(&mut self, word: &Code) {
        let held = self.held.entry(word.serial).or_insert_with(|| Held::told(None, word));
        held.code.provisional &= word.provisional;
        held.code.copies = held.code.copies.max(word.copies);
        held.moves.tell(word.state);
    }

    /// The registry's view, asked for now: it shows what came of everything that waits no more.
    pub(super) fn look(&mut self, holder: &IdNumber, codes: &[Code], waiting: &BTreeSet<u64>) {
        for word in codes {
            if let Some(held) = self.held.get_mut(&word.serial) {
                held.moves.operations.retain(|(n, _)| waiting.contains(&seq(*n)));
            }
            self.tell(word);
            if let Some(held) = self.held.get_mut(&word.serial) {
                held.holder.get_or_insert_with(|| holder.clone());
            }
        }
    }

    /// A citizen's, oldest first.
    pub(super) fn of_citizen(&self, holder: &IdNumber) -> Vec<Code> {
        let held = self.held.values().filter(|held| held.holder.as_ref() == Some(holder));
        let mut codes: Vec<Code> = held.map(Held::code).collect();
        codes.sort_by_key(|code| (code.issued_at, code.serial));
        codes
    }

    /// The days a citizen's codes issued here used up.
    pub(super) fn days_of(&self, holder: &IdNumber) -> Vec<Day> {
        let held = self.held.values().filter(|held| held.holder.as_ref() == Some(holder));
        held.filter_map(|held| held.counts_for).collect()
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = Code> {
        self.held.values().map(Held::code)
    }

    /// Forgets what the centre told of a code.
    pub(super) fn forget(&mut self, serial: Serial) {
        if let Some(held) = self.held.get_mut(&serial) {
            held.moves.base = CodeState::Live;
        }
    }
}

impl Held {
    fn take_out(&mut self, number: i64) -> Option<CodeState> {
        let at = self.moves.operations.iter().position(|(n, _)| *n == number)?;
        Some(self.moves.operations.remove(at).1)
    }
}

/// As in the log: one enrolment is all there is in memory.
fn number(operation: &Operation) -> i64 {
    i64::try_from(operation.seq).unwrap_or(i64::MAX)
}

fn seq(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
