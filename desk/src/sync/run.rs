//! Carries the machine's effects out: reads the log, speaks HTTP, writes down, waits.

mod trust_lists;
mod uploads;
mod witness;

use super::{
    CallError, Line, LineStatus, OfflineReason, Stop, SyncEvent,
    log::{DatabaseLog, Log, Settled, VerifiedReceiptBatch},
    machine::{Answer, Effect, Event, Machine, Record, Request, RequestFailure},
};
use crate::{core::Core, error::DeskError, housekeeping};
use rules::wire::Change;
use std::{collections::VecDeque, time::Duration};
use witness::Witness;

/// The clocks at contact are written down at most this often, ms.
const CONTACT_EVERY_MS: i64 = 30_000;
/// How often old rows go and finished days are signed, ms.
const HOUSEKEEPING_EVERY_MS: i64 = 3_600_000;
/// How often the centre's audit log is looked at, ms.
const WITNESS_EVERY_MS: i64 = 60_000;
/// Longest sleep: whether housekeeping is due is looked at after it at the latest.
const LONGEST_SLEEP_MS: i64 = 60_000;

struct Driver<'a> {
    core: &'a Core,
    log: DatabaseLog,
    machine: Machine,
    events: VecDeque<Event>,
    wake_at_ms: i64,
    contact_kept_ms: i64,
    housekeeping_ms: i64,
    witness_ms: i64,
}

/// Synchronises until it is dropped, which is safe at any moment.
///
/// # Errors
/// Returns a database error if the state of the log cannot be read at the start.
pub(crate) async fn run(core: &Core) -> Result<(), DeskError> {
    let log = DatabaseLog::of(core);
    let position = log.position().await?;
    let mut driver = Driver {
        core,
        log,
        machine: Machine::new(position),
        events: VecDeque::from([Event::Timer]),
        wake_at_ms: i64::MIN,
        contact_kept_ms: i64::MIN,
        housekeeping_ms: i64::MIN,
        witness_ms: i64::MIN,
    };
    loop {
        driver.turn().await;
        driver.sleep().await;
    }
}

impl From<CallError> for RequestFailure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Unreachable(reason) => Self::Unreachable(reason),
            CallError::Busy { retry_after_ms } => Self::Busy { retry_after_ms },
            CallError::Refused(error) => Self::Refused(error),
            CallError::Malformed(_) => Self::Unreachable(OfflineReason::Answer),
        }
    }
}

impl Driver<'_> {
    fn now_ms(&self) -> i64 {
        self.core.clock.monotonic_ms()
    }

    /// Works until there is nothing to do before some time.
    async fn turn(&mut self) {
        while let Some(event) = self.events.pop_front() {
            for effect in self.machine.handle(event, self.now_ms(), rand::random()) {
                if let Some(next) = self.carry_out(effect).await {
                    self.events.push_back(next);
                }
            }
            self.look_around().await;
        }
        if self.machine.line() == Line::Online && self.now_ms() >= self.witness_ms {
            self.witness_ms = self.now_ms() + WITNESS_EVERY_MS;
            if Witness(self.core).look().await {
                self.events.push_back(Event::Restored);
                self.wake_at_ms = self.now_ms();
            }
        }
        if self.now_ms() >= self.housekeeping_ms {
            self.housekeeping_ms = self.now_ms() + HOUSEKEEPING_EVERY_MS;
            if let Err(error) = housekeeping::keep_house(self.core).await {
                tracing::warn!(code = error.code(), "housekeeping failed");
            }
        }
    }

    /// Takes up what others have asked for meanwhile.
    async fn look_around(&mut self) {
        let wanted = self.core.sync.take_wanted();
        if wanted.lost {
            self.events.push_back(Event::Lost);
        }
        if wanted.now {
            self.events.push_back(Event::Wanted);
        }
    }

    async fn sleep(&mut self) {
        let sleep_ms = (self.wake_at_ms - self.now_ms()).clamp(0, LONGEST_SLEEP_MS);
        let sleep = Duration::from_millis(u64::try_from(sleep_ms).unwrap_or(0));
        tokio::select! {
            () = self.core.sync.wait_for_wake() => {
                self.look_around().await;
                self.events.push_back(Event::BlobQueued);
                match self.log.position().await {
                    Ok(position) => self.events.push_back(Event::Queued { head: position.head }),
                    Err(error) => self.tell_store_failed(&error),
                }
            }
            () = tokio::time::sleep(sleep) => self.events.push_back(Event::Timer),
        }
    }

    fn tell_store_failed(&self, error: &DeskError) {
        self.core.sync.announce(SyncEvent::StoreFailed { code: error.code() });
    }

    async fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::ReadBatch { first_seq, limit } => Some(self.read(first_seq, limit).await),
            Effect::Send(request) => Some(Event::Answered(self.ask(request).await)),
            Effect::Record(record) => match self.record(record).await {
                Ok(settled) => Some(Event::Recorded(settled)),
                Err(error) => Some(Event::NotRecorded { code: error.code() }),
            },
            Effect::WakeAt { at_ms } => {
                self.wake_at_ms = at_ms;
                None
            }
            Effect::Line(line) => {
                let status = LineStatus { line, since: self.core.clock.read().at };
                match line {
                    Line::Offline { reason } => {
                        tracing::warn!(code = DeskError::CentreUnreachable(reason).code(), "line: offline");
                    }
                    _ => tracing::info!(?line, "line"),
                }
                self.core.sync.announce(SyncEvent::Line(status));
                None
            }
            Effect::Tell(event) => {
                self.core.sync.announce(event);
                None
            }
        }
    }

    async fn read(&self, first_seq: u64, limit: usize) -> Event {
        let failed = |error: DeskError| Event::NotRecorded { code: error.code() };
        match self.log.batch(first_seq, limit).await {
            Ok(Some(batch)) => Event::BatchRead(Some(batch)),
            Ok(None) => match self.log.emptied_through(first_seq).await {
                Ok(Some(through)) => Event::Emptied { through },
                Ok(None) => Event::BatchRead(None),
                Err(error) => failed(error),
            },
            Err(error) => failed(error),
        }
    }

    async fn ask(&mut self, request: Request) -> Result<Answer, RequestFailure> {
        let started_ms = self.now_ms();
        let now = self.core.clock.read().at;
        let centre = &self.core.centre;
        let (answer, server_time) = match request {
            Request::Push(batch) => {
                let response = centre.push(batch, now).await?;
                let time = response.server_time;
                (Answer::Push(response), time)
            }
            Request::Results { after } => {
                let response = centre.results(after, now).await?;
                let time = response.server_time;
                (Answer::Results(response), time)
            }
            Request::Changes { cursor } => {
                let response = centre.changes(cursor, now).await?;
                let time = response.server_time;
                (Answer::Changes(response), time)
            }
            Request::Blob => return self.upload(now).await,
            Request::Relay => return self.relay(now).await,
            Request::Trust => {
                if Witness(self.core).hears_of_restore().await {
                    self.events.push_back(Event::Restored);
                }
                return self.fetch_trust(now).await;
            }
        };
        let arrived_ms = self.now_ms();
        let contact = self.core.clock.contact(server_time, arrived_ms - started_ms);
        if arrived_ms >= self.contact_kept_ms {
            self.contact_kept_ms = arrived_ms + CONTACT_EVERY_MS;
            if let Err(error) = self.log.record_contact(&contact).await {
                self.tell_store_failed(&error);
            }
        }
        Ok(answer)
    }

    /// Checks that the centre signed records of staff and settings, and these for this site.
    fn check_signed(&self, changes: &[Change]) -> Result<(), DeskError> {
        let trust = self.core.trust();
        let is_forged = |change: &Change| match change {
            Change::Staff(record) => record.verify(&trust).is_err(),
            Change::Settings(settings) => {
                !settings.verify(&trust).is_ok_and(|settings| settings.site == *self.core.identity.site())
            }
            _ => false,
        };
        if changes.iter().any(is_forged) {
            return Err(DeskError::CentreRefused("news not signed by the centre"));
        }
        Ok(())
    }

    async fn record(&self, record: Record) -> Result<Option<Settled>, DeskError> {
        let reading = self.core.clock.read();
        match record {
            Record::Received { through } => self.log.record_received(through).await.map(|()| None),
            Record::Receipts(batch) => {
                let batch = VerifiedReceiptBatch::check(batch, &self.core.trust());
                let batch = batch.ok_or(DeskError::CentreRefused("receipts not signed by the centre"))?;
                self.log.record_receipts(&batch, &reading).await.map(Some)
            }
            Record::Changes { changes, cursor } => {
                self.check_signed(&changes)?;
                self.log.record_changes(&changes, cursor, &reading).await?;
                for change in changes {
                    match change {
                        Change::Policy(policy) => self.core.set_policy(*policy),
                        Change::Settings(_) => self.core.read_central_settings().await?,
                        Change::Staff(record) => self.core.end_outdated(&record.value.number).await?,
                        _ => {}
                    }
                }
                Ok(None)
            }
            Record::Stop(stop) => {
                self.log.record_stop(stop).await?;
                if stop == Some(Stop::HistoryLost) {
                    tracing::error!(
                        "the centre wants operations that this desk has removed: issuing is stopped"
                    );
                }
                self.core.sync.set_stopped(stop);
                Ok(None)
            }
            Record::Restored { received_through } => {
                self.log.record_restored(received_through).await?;
                tracing::warn!(
                    received_through,
                    "the centre was restored: sending again what it has forgotten"
                );
                Ok(None)
            }
        }
    }
}
