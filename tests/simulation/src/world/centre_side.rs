//! Events between desks and centre, and at the centre.

use super::{Event, World};
use crate::{SimulationError, simulated_centre::NoAnswer};
use desk::sync::machine::{Answer, Request, RequestFailure};

/// Time until the centre is back after it died, in milliseconds.
const CENTRE_RESTART_MS: i64 = 1_500;

impl World {
    /// Draws how many copies of a message arrive.
    pub(super) fn copies(&mut self, at: usize) -> usize {
        if self.desks[at].random.per_mille(self.rates.lost) {
            self.counts.message_faults += 1;
            return 0;
        }
        let repeated = self.desks[at].random.per_mille(self.rates.repeated);
        self.counts.message_faults += u64::from(repeated);
        1 + usize::from(repeated)
    }

    /// Draws how long a message travels, in milliseconds; sometimes longer than anybody waits.
    pub(super) fn travel_ms(&mut self, at: usize) -> i64 {
        if self.desks[at].random.per_mille(self.rates.late) {
            self.counts.message_faults += 1;
            return self.desks[at].random.ms(1_000, 30_000);
        }
        self.desks[at].random.ms(1, 120)
    }

    pub(super) async fn arrival(
        &mut self,
        at: usize,
        life: u32,
        id: u64,
        request: Request,
    ) -> Result<(), SimulationError> {
        if self.is_cut(at) {
            return Ok(());
        }
        if self.desks[at].random.per_mille(self.rates.centre_dies) {
            let half_calls = u32::try_from(self.desks[at].random.below(14)).unwrap_or(0);
            self.centre.store.die_after(half_calls);
        }
        let result = match self.answer(at, request).await? {
            Ok(answer) => Ok(answer),
            Err(NoAnswer::Refused(error)) => Err(RequestFailure::Refused(error)),
            // The desk is not told; it waits until its timeout.
            Err(NoAnswer::Died) => {
                self.centre_died();
                return Ok(());
            }
        };
        self.centre.store.revive();
        let device = self.desks[at].device;
        self.note(format_args!("centre to desk {device}: {}", summary(&result)));
        for _ in 0..self.copies(at) {
            let delay_ms = self.travel_ms(at);
            self.after(delay_ms, Event::Reply { desk: at, life, id, result: result.clone() });
        }
        Ok(())
    }

    async fn answer(
        &mut self,
        at: usize,
        request: Request,
    ) -> Result<Result<Answer, NoAnswer>, SimulationError> {
        let (now, device, site) = (self.now(), self.desks[at].device, self.desks[at].site);
        Ok(match request {
            Request::Push(batch) => {
                let request = batch.sign(self.desks[at].signer())?;
                let decide = self.desks[at].random.per_mille(500);
                self.centre.push(&request, decide, now).await.map(Answer::Push)
            }
            Request::Results { after } => self.centre.results(device, after, now).await.map(Answer::Results),
            Request::Changes { cursor } => {
                self.centre.changes((device, site), cursor, now).await.map(Answer::Changes)
            }
            Request::Blob | Request::Relay | Request::Trust => Ok(Answer::Trust),
        })
    }

    /// Lets a worker decide operations, or die doing so, and schedules its next look.
    pub(super) async fn apply(&mut self) {
        let delay_ms = self.random.ms(20, 1_500);
        self.after(delay_ms, Event::Apply);
        if self.now_ms < self.centre_down_until_ms {
            return;
        }
        if self.random.per_mille(self.rates.centre_dies) {
            let half_calls = u32::try_from(self.random.below(4)).unwrap_or(0);
            self.centre.store.die_after(half_calls);
        }
        let (desks, now) = (1 + self.random.index(self.desks.len()), self.now());
        match self.centre.apply(desks, now).await {
            Ok(0) => {}
            Ok(decided) => self.note(format_args!("centre decided {decided}")),
            Err(_) => self.centre_died(),
        }
        self.centre.store.revive();
    }

    fn centre_died(&mut self) {
        self.centre.store.revive();
        self.counts.crashes += 1;
        self.note(format_args!("centre died"));
        self.centre_down_until_ms = self.centre_down_until_ms.max(self.now_ms + CENTRE_RESTART_MS);
    }
}

/// Returns a trace line for an answer, without its signature.
fn summary(result: &Result<Answer, RequestFailure>) -> String {
    match result {
        Ok(Answer::Push(answer)) => {
            format!(
                "received {} applied {} {:?}",
                answer.received_through,
                answer.applied_through,
                answer.results.as_ref().map(|roll| &roll.value)
            )
        }
        Ok(Answer::Results(answer)) => {
            format!(
                "applied {} {:?}",
                answer.applied_through,
                answer.results.as_ref().map(|roll| &roll.value)
            )
        }
        Ok(Answer::Changes(answer)) => format!("changes to {} {:?}", answer.cursor, answer.changes),
        Ok(answer) => format!("{answer:?}"),
        Err(failure) => format!("{failure:?}"),
    }
}
