//! What the machine does when there is no answer, or a refusal.

use super::{Activity, Asked, Effect, Machine, Record, RequestFailure, STOPPED_EVERY_MS};
use crate::sync::{
    Line, Stop,
    backoff::{CAP_MS, UNREACHABLE_CAP_MS, full_jitter_ms, retry_after_ms},
};
use rules::wire::ProtocolError;
use std::collections::VecDeque;

impl Machine {
    pub(super) fn take_failure(
        &mut self,
        failure: RequestFailure,
        now_ms: i64,
        random: u64,
        effects: &mut Vec<Effect>,
    ) {
        let asked = std::mem::replace(&mut self.activity, Activity::Idle);
        match failure {
            RequestFailure::Unreachable(reason) => {
                self.set_line(Line::Offline { reason }, effects);
                self.back_off(UNREACHABLE_CAP_MS, now_ms, random);
            }
            RequestFailure::Busy { retry_after_ms: Some(asked_ms) } => {
                self.set_line(Line::Busy, effects);
                self.failures += 1;
                self.not_before_ms = now_ms + retry_after_ms(asked_ms, random);
            }
            RequestFailure::Busy { retry_after_ms: None } => {
                self.set_line(Line::Busy, effects);
                self.back_off(CAP_MS, now_ms, random);
            }
            RequestFailure::Refused(error) => self.take_refusal(&asked, error, now_ms, random, effects),
        }
    }

    fn take_refusal(
        &mut self,
        asked: &Activity,
        error: ProtocolError,
        now_ms: i64,
        random: u64,
        effects: &mut Vec<Effect>,
    ) {
        if *asked == Activity::Asking(Asked::Results) {
            self.ask_later(now_ms);
        }
        let pushing = *asked == Activity::Asking(Asked::Push);
        let relaying = *asked == Activity::Asking(Asked::Relay);
        match error {
            ProtocolError::Gap { resend_from } if pushing => {
                self.resend(resend_from, now_ms, random, effects)
            }
            ProtocolError::Quarantined if !relaying => self.stop(Stop::Quarantined, now_ms, effects),
            ProtocolError::Revoked if !relaying => self.stop(Stop::Revoked, now_ms, effects),
            ProtocolError::Fenced { .. } if !relaying => self.stop(Stop::Fenced, now_ms, effects),
            ProtocolError::TooLarge if pushing && self.batch_limit > 1 => self.batch_limit /= 2,
            // What is about the relayed batch was noted by who sent it; any other refusal is not
            // this desk's trouble either: it waits.
            _ if relaying => self.relay_waits = false,
            _ => self.no_progress(now_ms, random, effects),
        }
    }

    fn resend(&mut self, from: u64, now_ms: i64, random: u64, effects: &mut Vec<Effect>) {
        if from > self.position.head + 1 {
            // The centre has more of this desk than this desk: an older image of the disk was put
            // back.
            self.stop(Stop::Quarantined, now_ms, effects);
            return;
        }
        let through = from.saturating_sub(1);
        if from >= self.next_seq {
            self.no_progress(now_ms, random, effects);
        } else if !self.is_behind(through, None) {
            self.next_seq = from.max(1);
        } else if self.may_go_back(now_ms) {
            let record = self.go_back(through);
            self.record(VecDeque::from([record]), effects);
        } else {
            self.no_progress(now_ms, random, effects);
        }
    }

    /// Shows trouble, which somebody has to look at, and backs off.
    pub(super) fn no_progress(&mut self, now_ms: i64, random: u64, effects: &mut Vec<Effect>) {
        self.set_line(Line::Trouble, effects);
        self.back_off(CAP_MS, now_ms, random);
    }

    /// Stops pushing. Persists the stop first, or the desk would issue again after a restart.
    pub(super) fn stop(&mut self, stop: Stop, now_ms: i64, effects: &mut Vec<Effect>) {
        self.set_line(Line::Stopped { stop }, effects);
        if self.position.stopped == Some(stop) {
            self.ask_seldom(now_ms);
        } else {
            self.record(VecDeque::from([Record::Stop(Some(stop))]), effects);
        }
    }

    pub(super) fn ask_seldom(&mut self, now_ms: i64) {
        self.push_not_before_ms = now_ms + STOPPED_EVERY_MS;
        if self.position.stopped.is_some_and(Stop::is_the_desks) {
            self.changes_due_ms = now_ms + STOPPED_EVERY_MS;
        }
    }

    pub(super) fn back_off(&mut self, cap_ms: i64, now_ms: i64, random: u64) {
        self.failures += 1;
        self.not_before_ms = now_ms + full_jitter_ms(self.failures, cap_ms, random);
    }
}
