//! What the centre told desks of codes, and whether they keep to it.

use super::World;
use crate::plan::Break;
use rules::{
    life::{CodeState, Serial},
    op::OpBody,
    wire::{Change, Verdict},
};

/// Whether a code that was told to be `told` may be `shown`: nothing comes back to life, and an end
/// is for good. Written out here and not asked of the rules, which are what is looked at.
#[must_use]
pub fn may_follow(told: CodeState, shown: CodeState) -> bool {
    match told {
        CodeState::Live => true,
        CodeState::Lost => shown != CodeState::Live,
        CodeState::Superseded | CodeState::Voided => {
            matches!(shown, CodeState::Superseded | CodeState::Voided)
        }
    }
}

impl World {
    /// A desk was told what a code is.
    pub(super) fn tell_code(&mut self, at: usize, serial: Serial, state: CodeState) {
        let told = self.told.entry((at, serial)).or_insert(state);
        if may_follow(*told, state) {
            *told = state;
        }
    }

    /// The news a desk takes in.
    pub(super) fn hear(&mut self, at: usize, mut changes: Vec<Change>) -> Vec<Change> {
        for change in &changes {
            if let Change::CodeChanged { code, .. } = change {
                self.tell_code(at, code.serial, code.state);
            }
        }
        if self.plan.broken == Some(Break::CodeNewsIgnored) {
            changes.retain(|change| !matches!(change, Change::CodeChanged { .. }));
        }
        changes
    }

    /// A verdict tells, too: of a code that was not issued after all, and of one that was lost or
    /// voided here.
    pub(super) fn hear_verdict(&mut self, at: usize, seq: u64, verdict: &Verdict) {
        let operations = self.desks[at].log.operations();
        let Some(operation) = operations.iter().find(|operation| operation.seq == seq) else { return };
        match (&operation.body, verdict) {
            (_, Verdict::NeedsApproval) => {}
            (OpBody::ReportLoss { serial, .. }, Verdict::Applied { .. }) => {
                self.tell_code(at, *serial, CodeState::Lost);
            }
            (OpBody::Void { serial, .. }, Verdict::Applied { .. }) => {
                self.tell_code(at, *serial, CodeState::Voided);
            }
            (_, Verdict::Applied { .. }) => {}
            (OpBody::Issue { serial, .. }, _) => self.tell_code(at, *serial, CodeState::Voided),
            (OpBody::ReportLoss { serial, .. } | OpBody::Void { serial, .. }, _)
                if self.plan.broken == Some(Break::EndsForgotten) =>
            {
                self.desks[at].log.forget_end(*serial);
            }
            _ => {}
        }
    }

    /// Looks whether a desk shows a code as live that it was told has ended.
    pub(super) fn look_at_codes(&mut self, at: usize) {
        let device = self.desks[at].device;
        for code in self.desks[at].log.codes() {
            let told = self.told.get(&(at, code.serial));
            if told.is_some_and(|told| !may_follow(*told, code.state)) {
                self.revived.insert((device.0, code.serial));
            }
        }
    }
}
