//! What cannot be undone, and what auditors agreed to.

use super::{Findings, Place};
use crate::audit::Event;
use std::collections::HashSet;

/// Lifted holds and removals, each with the words of the act that it needs.
#[derive(Debug, Default)]
pub(super) struct AgreedFacts {
    done: Vec<(Place, String)>,
    agreed: HashSet<String>,
}

impl AgreedFacts {
    /// Takes an entry of the log.
    pub(super) fn take(&mut self, place: Place, event: &Event) {
        match event {
            Event::HoldLifted { hold, .. } => self.done.push((place, format!("hold lift {hold}"))),
            Event::Removed { plan, .. } | Event::LogMonthRemoved { plan, .. } => {
                self.done.push((place, format!("retention apply {plan}")))
            }
            _ => {}
        }
    }

    /// Takes what an auditor signed.
    pub(super) fn take_agreement(&mut self, subject: &str) {
        self.agreed.insert(subject.to_owned());
    }

    /// Names what nobody agreed to, now that all of the log was read.
    pub(super) fn end(&self, findings: &mut Findings) {
        for (place, what) in self.done.iter().filter(|(_, what)| !self.agreed.contains(what)) {
            findings.add(format_args!("{place}: {what}: no auditor agreed to it"));
        }
    }
}
