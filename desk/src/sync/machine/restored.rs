//! A centre that was put back to an earlier state (from a backup, or by a failover that lost the
//! newest).
//!
//! Every answer says how far the centre has this desk's log, and where its news end. Less than it
//! had told is the sign: the desk goes back to what the centre has, sends again from there, hears
//! the verdicts on it again, reads the news from the beginning and offers its evidence. An answer
//! that was overtaken, or a lie, looks the same and costs just that; so that it costs no more,
//! pauses between two times grow.

use super::{Effect, Machine, Record, STOPPED_EVERY_MS};
use crate::sync::{Stop, SyncEvent};
use std::collections::VecDeque;

/// First pause after going back before it is done again, ms; doubles each time, until it was quiet
/// for long.
const BACK_FIRST_MS: i64 = 10_000;
/// Longest such pause, ms.
const BACK_CAP_MS: i64 = STOPPED_EVERY_MS;

/// What was seen of a centre that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signs {
    /// Earliest time to go back.
    not_before_ms: i64,
    pause_ms: i64,
    /// The centre said itself that it was restored.
    told: bool,
    /// Retention has removed here what the centre wants, through this seq.
    emptied_through: Option<u64>,
}

impl Default for Signs {
    fn default() -> Self {
        Self { not_before_ms: i64::MIN, pause_ms: BACK_FIRST_MS, told: false, emptied_through: None }
    }
}

impl Machine {
    /// Takes note that the centre says it was restored. A desk that lost nothing goes back too.
    pub(super) const fn note_told(&mut self) {
        self.signs.told = true;
        self.changes_due_ms = i64::MIN;
    }

    /// Returns whether the centre has less than it had told, or says that it was restored.
    pub(super) fn is_behind(&self, received_through: u64, newest: Option<u64>) -> bool {
        self.signs.told
            || received_through < self.position.received_through
            || newest.is_some_and(|newest| newest < self.position.cursor)
    }

    /// Returns whether it is time to go back, and if so, begins the next pause.
    pub(super) fn may_go_back(&mut self, now_ms: i64) -> bool {
        if now_ms < self.signs.not_before_ms {
            return false;
        }
        if now_ms >= self.signs.not_before_ms.saturating_add(BACK_CAP_MS) {
            self.signs.pause_ms = BACK_FIRST_MS;
        }
        self.signs.not_before_ms = now_ms + self.signs.pause_ms;
        self.signs.pause_ms = (2 * self.signs.pause_ms).min(BACK_CAP_MS);
        true
    }

    pub(super) fn go_back(&self, received_through: u64) -> Record {
        Record::Restored { received_through: received_through.min(self.position.received_through) }
    }

    /// Begins again where the restored centre stands, once that is written down.
    pub(super) fn begin_again(&mut self, received_through: u64, now_ms: i64, effects: &mut Vec<Effect>) {
        self.position.restore(received_through);
        (self.signs.emptied_through, self.signs.told) = (None, false);
        self.next_seq = received_through + 1;
        (self.results_due_ms, self.changes_due_ms) = (now_ms, now_ms);
        self.blobs_wait = true;
        effects.push(Effect::Tell(SyncEvent::Restored { received_through }));
    }

    /// Stops when the centre wants operations whose content retention has removed. Everything
    /// behind them waits; a reason to stop that the centre has given goes before.
    pub(super) fn skip_emptied(&mut self, through: u64, now_ms: i64, effects: &mut Vec<Effect>) {
        self.activity = super::Activity::Idle;
        self.signs.emptied_through = Some(through);
        let stop = self.position.stopped.unwrap_or(Stop::HistoryLost);
        self.stop(stop, now_ms, effects);
    }

    /// Goes on once the centre has again what it had lost and this desk has no more: from there on
    /// everything can be sent. Whether the two logs are the same is seen from the next operation,
    /// which names the hash before it.
    pub(super) fn note_found(&mut self, received_through: u64, records: &mut VecDeque<Record>) {
        let Some(through) = self.signs.emptied_through.filter(|through| received_through >= *through) else {
            return;
        };
        self.signs.emptied_through = None;
        self.next_seq = through + 1;
        self.push_not_before_ms = i64::MIN;
        if self.position.stopped == Some(Stop::HistoryLost) && self.next_seq > self.position.head {
            records.push_back(Record::Stop(None));
        }
    }
}
