//! The synchronisation machine: events in, effects out. It reads no clock, draws no random number,
//! waits for nothing and owns no socket; whoever drives it passes the time and the random number
//! and carries the effects out. So the very same machine runs at the desk and in the deterministic
//! simulation.
//!
//! One request is under way at a time. Batches go in the order of the chain, so the operations of
//! one citizen arrive in order; the centre decides them by citizen, so a bad one never holds up
//! those of others. Unconfirmed batches are resent. Resending is safe: the centre
//! deduplicates by sequence number and hash.
//!
//! A centre that was restored from a backup has forgotten operations whose receipts are here: see
//! `restored`.

mod exchange;
mod failed;
mod restored;

pub use exchange::{Answer, Effect, Event, Record, Request, RequestFailure};

use super::{
    Line, OfflineReason, Stop, SyncEvent,
    backoff::CAP_MS,
    log::{Position, ProvenBatch, Settled},
};
use restored::Signs;
use rules::{
    op::BATCH_LIMIT,
    wire::{ChangesResponse, PushResponse},
};
use std::collections::VecDeque;

/// How often the centre is asked for news while nothing else happens (verdicts are followed by news
/// at once), ms.
pub const CHANGES_EVERY_MS: i64 = 10_000;
/// First pause before asking for verdicts again, ms; doubles while there are none.
pub const RESULTS_FIRST_MS: i64 = 200;
/// Longest pause before asking for verdicts again, ms.
pub const RESULTS_CAP_MS: i64 = 5_000;
/// How often keys and revocations are fetched, ms.
pub const TRUST_EVERY_MS: i64 = 5 * 60_000;
/// How often a stopped desk asks whether it still is, ms.
pub const STOPPED_EVERY_MS: i64 = 10 * 60_000;

/// What the machine is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Activity {
    Idle,
    Reading,
    Asking(Asked),
    /// Writing the first of these down; the rest follow.
    Recording(VecDeque<Record>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Push,
    Results,
    Changes,
    Blob,
    Relay,
    Trust,
}

/// The synchronisation machine of a desk.
#[derive(Clone, Debug)]
pub struct Machine {
    position: Position,
    /// The next seq to send.
    next_seq: u64,
    /// Batch size; halved when the centre answers `too_large`.
    batch_limit: usize,
    activity: Activity,
    line: Line,
    signs: Signs,
    failures: u32,
    /// No request is sent before this time.
    not_before_ms: i64,
    /// Nothing is pushed before (the centre spreads a storm).
    push_not_before_ms: i64,
    results_due_ms: i64,
    results_pause_ms: i64,
    changes_due_ms: i64,
    blobs_wait: bool,
    relay_waits: bool,
    trust_due_ms: i64,
}

impl Machine {
    /// Starts with nothing under way. Batches sent without an answer are sent again.
    pub fn new(position: Position) -> Self {
        let line = position.stopped.map_or(Line::Starting, |stop| Line::Stopped { stop });
        Self {
            next_seq: position.received_through + 1,
            position,
            batch_limit: BATCH_LIMIT,
            activity: Activity::Idle,
            line,
            signs: Signs::default(),
            failures: 0,
            not_before_ms: i64::MIN,
            push_not_before_ms: i64::MIN,
            results_due_ms: i64::MIN,
            results_pause_ms: RESULTS_FIRST_MS,
            changes_due_ms: i64::MIN,
            blobs_wait: true,
            relay_waits: true,
            trust_due_ms: i64::MIN,
        }
    }

    /// Returns the state of the line.
    pub const fn line(&self) -> Line {
        self.line
    }

    /// Returns the current sync position.
    pub const fn position(&self) -> &Position {
        &self.position
    }

    /// Takes an event and says what is to be done, in order.
    pub fn handle(&mut self, event: Event, now_ms: i64, random: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Queued { head } => self.position.head = self.position.head.max(head),
            Event::BlobQueued => (self.blobs_wait, self.relay_waits) = (true, true),
            Event::Wanted => {
                self.not_before_ms = i64::MIN;
                self.push_not_before_ms = i64::MIN;
                self.results_due_ms = i64::MIN;
                self.changes_due_ms = i64::MIN;
            }
            Event::Lost => {
                if self.line == Line::Online {
                    self.set_line(Line::Offline { reason: OfflineReason::Connection }, &mut effects);
                }
            }
            Event::Restored => self.note_told(),
            Event::Timer => {}
            Event::BatchRead(batch) => self.take_batch(batch, &mut effects),
            Event::Emptied { through } => self.skip_emptied(through, now_ms, &mut effects),
            Event::Answered(Ok(answer)) => self.take_answer(answer, now_ms, random, &mut effects),
            Event::Answered(Err(failure)) => self.take_failure(failure, now_ms, random, &mut effects),
            Event::Recorded(settled) => self.finish_record(settled, now_ms, &mut effects),
            Event::NotRecorded { code } => {
                // Nothing is lost: what the centre said it says again when asked.
                self.activity = Activity::Idle;
                self.next_seq = self.position.received_through + 1;
                self.back_off(CAP_MS, now_ms, random);
                effects.push(Effect::Tell(SyncEvent::StoreFailed { code }));
            }
        }
        if self.activity == Activity::Idle {
            self.next(now_ms, &mut effects);
        }
        effects
    }

    /// Begins the most urgent thing that may be done now, or asks to be woken when one may.
    fn next(&mut self, now_ms: i64, effects: &mut Vec<Effect>) {
        let stopped = self.position.stopped.is_some_and(Stop::is_the_desks);
        let has_ops = self.next_seq <= self.position.head;
        let undecided = self.position.heard_through() < self.position.received_through;
        // A stopped desk still pushes once in a while: that is how it learns that it may again. It
        // hears what was decided of what the centre took before the stop: enrolled again, it hands
        // over only what has no receipt.
        let turns = [
            (Asked::Push, has_ops, self.push_not_before_ms),
            (Asked::Results, undecided, self.results_due_ms),
            (Asked::Changes, true, self.changes_due_ms),
            (Asked::Blob, self.blobs_wait && !stopped, i64::MIN),
            (Asked::Relay, self.relay_waits && !stopped, i64::MIN),
            (Asked::Trust, !stopped, self.trust_due_ms),
        ];
        let due =
            |&(_, wanted, at_ms): &(Asked, bool, i64)| wanted && at_ms.max(self.not_before_ms) <= now_ms;
        if let Some(&(asked, _, _)) = turns.iter().find(|turn| due(turn)) {
            self.begin(asked, effects);
            return;
        }
        let soonest = turns.iter().filter(|turn| turn.1).map(|turn| turn.2.max(self.not_before_ms)).min();
        if let Some(at_ms) = soonest {
            effects.push(Effect::WakeAt { at_ms });
        }
    }

    fn begin(&mut self, asked: Asked, effects: &mut Vec<Effect>) {
        let request = match asked {
            Asked::Push => {
                self.activity = Activity::Reading;
                effects.push(Effect::ReadBatch { first_seq: self.next_seq, limit: self.batch_limit });
                return;
            }
            Asked::Results => Request::Results { after: self.position.heard_through() },
            Asked::Changes => Request::Changes { cursor: self.position.cursor },
            Asked::Blob => Request::Blob,
            Asked::Relay => Request::Relay,
            Asked::Trust => Request::Trust,
        };
        self.activity = Activity::Asking(asked);
        effects.push(Effect::Send(request));
    }

    fn take_batch(&mut self, batch: Option<ProvenBatch>, effects: &mut Vec<Effect>) {
        match batch {
            Some(batch) => {
                self.activity = Activity::Asking(Asked::Push);
                effects.push(Effect::Send(Request::Push(batch)));
            }
            None => {
                // The log ends earlier than was said: nothing to send until it grows.
                self.position.head = self.next_seq.saturating_sub(1);
                self.activity = Activity::Idle;
            }
        }
    }

    fn take_answer(&mut self, answer: Answer, now_ms: i64, random: u64, effects: &mut Vec<Effect>) {
        match answer {
            // There was nothing to send, so nobody was asked.
            Answer::Blob { completed: false, more: false } => {
                (self.blobs_wait, self.activity) = (false, Activity::Idle);
                return;
            }
            Answer::Relay { more: false } => {
                (self.relay_waits, self.activity) = (false, Activity::Idle);
                return;
            }
            _ => {}
        }
        self.failures = 0;
        self.not_before_ms = i64::MIN;
        let mut records = VecDeque::new();
        // While stopped, news still come; only a push that is taken ends the stop.
        self.set_line(self.position.stopped.map_or(Line::Online, |stop| Line::Stopped { stop }), effects);
        match answer {
            Answer::Push(response) => self.take_push(response, (now_ms, random), &mut records, effects),
            Answer::Results(response) => {
                match response.results {
                    Some(batch) => records.push_back(Record::Receipts(batch)),
                    None => self.ask_later(now_ms),
                }
                let behind = self.is_behind(response.received_through, None);
                if behind && self.may_go_back(now_ms) {
                    records.push_back(self.go_back(response.received_through));
                }
                self.note_found(response.received_through, &mut records);
            }
            Answer::Changes(response) => self.take_news(response, now_ms, &mut records),
            Answer::Blob { completed, more } => {
                self.blobs_wait = more;
                if completed {
                    effects.push(Effect::Tell(SyncEvent::BlobUploaded));
                }
            }
            Answer::Relay { more } => self.relay_waits = more,
            Answer::Trust => self.trust_due_ms = now_ms + TRUST_EVERY_MS,
        }
        self.record(records, effects);
    }

    fn take_news(&mut self, response: ChangesResponse, now_ms: i64, records: &mut VecDeque<Record>) {
        let ChangesResponse { changes, cursor, more, newest, received_through, .. } = response;
        if !more {
            self.changes_due_ms = now_ms + CHANGES_EVERY_MS;
        }
        if self.is_behind(received_through, Some(newest)) && self.may_go_back(now_ms) {
            // What it says comes again from the beginning.
            records.push_back(self.go_back(received_through));
            return;
        }
        // The place stays until it is gone back, so that nothing is passed over.
        let is_ahead = newest < self.position.cursor;
        if !is_ahead && (!changes.is_empty() || cursor != self.position.cursor) {
            records.push_back(Record::Changes { changes, cursor });
        }
        self.note_found(received_through, records);
    }

    fn take_push(
        &mut self,
        response: PushResponse,
        (now_ms, random): (i64, u64),
        records: &mut VecDeque<Record>,
        effects: &mut Vec<Effect>,
    ) {
        // Never further than what is here, whatever is answered.
        let through = response.received_through.min(self.position.head);
        if through < self.next_seq {
            // Resending at once would turn in a circle.
            self.no_progress(now_ms, random, effects);
            return;
        }
        if self.position.stopped.is_some() {
            self.set_line(Line::Online, effects);
            records.push_back(Record::Stop(None));
        }
        self.next_seq = through + 1;
        self.batch_limit = BATCH_LIMIT;
        self.push_not_before_ms = now_ms + i64::from(response.next_after_ms);
        if through > self.position.received_through {
            records.push_back(Record::Received { through });
        }
        if let Some(batch) = response.results {
            records.push_back(Record::Receipts(batch));
        }
        self.results_pause_ms = RESULTS_FIRST_MS;
        self.results_due_ms = now_ms;
    }

    /// Begins writing down; when there is nothing to write, the machine is idle.
    fn record(&mut self, records: VecDeque<Record>, effects: &mut Vec<Effect>) {
        match records.front() {
            Some(first) => {
                effects.push(Effect::Record(first.clone()));
                self.activity = Activity::Recording(records);
            }
            None => self.activity = Activity::Idle,
        }
    }

    fn finish_record(&mut self, settled: Option<Settled>, now_ms: i64, effects: &mut Vec<Effect>) {
        let Activity::Recording(mut records) = std::mem::replace(&mut self.activity, Activity::Idle) else {
            return;
        };
        match records.pop_front() {
            Some(Record::Received { through }) => {
                self.position.received_through = through;
                effects.push(Effect::Tell(SyncEvent::Received { through }));
            }
            Some(Record::Receipts(_)) => self.take_settled(settled.unwrap_or_default(), now_ms, effects),
            Some(Record::Changes { changes, cursor }) => {
                self.position.cursor = cursor;
                effects.push(Effect::Tell(SyncEvent::Changes { count: changes.len() }));
            }
            Some(Record::Stop(stop)) => {
                self.position.stopped = stop;
                if stop.is_some() {
                    self.ask_seldom(now_ms);
                } else {
                    self.set_line(Line::Online, effects);
                }
            }
            Some(Record::Restored { received_through }) => {
                self.begin_again(received_through, now_ms, effects)
            }
            None => {}
        }
        self.record(records, effects);
    }

    fn take_settled(&mut self, settled: Settled, now_ms: i64, effects: &mut Vec<Effect>) {
        let heard_before = self.position.heard_through();
        self.position.decided_through = settled.decided_through.max(self.position.decided_through);
        self.position.recheck_after = settled.recheck_after;
        if settled.new.is_empty() && self.position.heard_through() > heard_before {
            self.results_due_ms = now_ms;
        } else if settled.new.is_empty() {
            // Known already, or not ours: asking again at once would turn in a circle.
            self.ask_later(now_ms);
        } else {
            self.results_pause_ms = RESULTS_FIRST_MS;
            self.results_due_ms = now_ms;
            // What became of a correction comes as news, and its citizen stands at the window and
            // waits for it.
            self.changes_due_ms = now_ms;
        }
        for (seq, verdict) in settled.new {
            effects.push(Effect::Tell(SyncEvent::Verdict { seq, verdict }));
        }
    }

    /// Asks for verdicts again after a while, longer each time.
    fn ask_later(&mut self, now_ms: i64) {
        let stopped = self.position.stopped.is_some_and(Stop::is_the_desks);
        let pause_ms = if stopped { STOPPED_EVERY_MS } else { self.results_pause_ms };
        self.results_due_ms = now_ms + pause_ms;
        self.results_pause_ms = (2 * self.results_pause_ms).min(RESULTS_CAP_MS);
    }

    fn set_line(&mut self, line: Line, effects: &mut Vec<Effect>) {
        if self.line != line {
            self.line = line;
            effects.push(Effect::Line(line));
        }
    }
}
