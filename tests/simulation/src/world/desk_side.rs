//! Events at a desk: serving a citizen, running the program, its death and restart.

use super::{Event, World};
use crate::{
    SimulationError, people,
    plan::{Break, Service},
    simulated_desk::{Sight, Todo, operation},
};
use central::store::Store as _;
use desk::{
    DeskError,
    sync::{
        Line, OfflineReason,
        log::{Log as _, Settled, VerifiedReceiptBatch},
        machine::{self, Answer, Effect, Record, Request, RequestFailure},
    },
};
use rules::{DeviceNumber, authority::Consent, wire::Verdict};

/// Answer timeout of a desk, in milliseconds.
const ANSWER_MS: i64 = 10_000;
/// Shortest interval between stored clock readings at contact, in milliseconds.
const CONTACT_EVERY_MS: i64 = 30_000;

impl World {
    /// Serves a citizen; a desk that is down serves nobody.
    pub(super) async fn serve(
        &mut self,
        step: usize,
        at: usize,
        citizen: usize,
        service: Service,
        again: bool,
    ) -> Result<(), SimulationError> {
        self.follow(at);
        let Some(reading) = self.desks[at].program.as_ref().map(|program| program.clock.read()) else {
            return Ok(());
        };
        self.desks[at].log_in(&reading)?;
        let desk = &self.desks[at];
        let (Some(program), Some(citizen)) = (&desk.program, self.citizens.get(citizen)) else {
            return Ok(());
        };
        let is_heard = program.line == Line::Online
            && desk.cut_until_ms <= self.now_ms
            && self.centre_down_until_ms <= self.now_ms;
        let seen = if is_heard { self.centre.memory().citizen(&citizen.citizen_ref).await? } else { None };
        let mut days = desk.log.days_of(&citizen.number);
        let mut told = Vec::new();
        if let Some(seen) = &seen {
            told.extend(seen.codes.iter().map(|issued| issued.code.clone()));
            desk.log.look(&citizen.number, &told);
            days.extend(seen.issue_days.keys());
        }
        let version = seen.and_then(|seen| seen.person).map(|person| person.version);
        let sight = Sight { codes: desk.log.codes_of(&citizen.number), days, version };
        let mut random = desk.random.clone();
        let wished = operation(desk, citizen, service, &sight, &reading, self.centre.policy(), &mut random);
        self.desks[at].random = random;
        told.iter().for_each(|code| self.tell_code(at, code.serial, code.state));
        self.look_at_codes(at);
        let (mut new, outcome) = match wished {
            Ok(wished) => wished,
            Err(refusal) => {
                self.counts.refused += 1;
                let device = self.desks[at].device;
                self.note(format_args!("desk {device} refuses: {refusal}"));
                return Ok(());
            }
        };
        new.idempotency_key = Some(format!("key {step}"));
        for _ in 0..=usize::from(again) {
            let desk = &self.desks[at];
            let Some(session) = desk.program.as_ref().and_then(|program| program.session.as_ref()) else {
                return Ok(());
            };
            if new.body.needs_consent() {
                let person = people::key(&new.operator);
                let act = (new.op_id, desk.device, session.id());
                new.consent = Some(Consent::sign(act, &new.operator, &new.body, &*person)?);
            }
            let done = desk.log.append_with(&reading, session, new.clone(), outcome.as_ref())?;
            self.note(format_args!("desk {} wrote {} {}", done.device, done.seq, done.hash));
        }
        self.counts.operations += 1;
        let head = self.desks[at].log.position().await?.head;
        if self.dies(at) {
            self.kill(at, 2_000);
        }
        self.tell(at, machine::Event::Queued { head });
        Ok(())
    }

    /// Draws whether the program dies here.
    fn dies(&mut self, at: usize) -> bool {
        self.desks[at].random.per_mille(self.rates.desk_dies)
    }

    /// Kills the program with all its tasks, and schedules its restart.
    pub(super) fn kill(&mut self, at: usize, down_ms: i64) {
        if self.desks[at].program.take().is_some() {
            self.counts.crashes += 1;
            let device = self.desks[at].device;
            self.note(format_args!("desk {device} died"));
            self.after(down_ms, Event::Start { desk: at });
        }
    }

    pub(super) async fn start(&mut self, at: usize) -> Result<(), SimulationError> {
        self.follow(at);
        if self.desks[at].program.is_none() {
            let position = self.desks[at].log.position().await?;
            self.desks[at].start(position);
            let device = self.desks[at].device;
            self.note(format_args!("desk {device} starts at {position:?}"));
            self.schedule(at);
        }
        Ok(())
    }

    /// Appends an event for the machine to the desk's tasks.
    fn tell(&mut self, at: usize, event: machine::Event) {
        if let Some(program) = &mut self.desks[at].program {
            program.todo.push_back(Todo::Event(event));
        }
        self.schedule(at);
    }

    /// Schedules the program's next task, unless it waits for an answer or has none.
    fn schedule(&mut self, at: usize) {
        let desk = &mut self.desks[at];
        let life = desk.life;
        let Some(program) = &mut desk.program else { return };
        if program.scheduled || program.waits_for.is_some() || program.todo.is_empty() {
            return;
        }
        program.scheduled = true;
        let delay_ms = desk.random.ms(0, 3);
        self.after(delay_ms, Event::Work { desk: at, life });
    }

    pub(super) fn timer(&mut self, at: usize, life: u32, at_ms: i64) {
        self.follow(at);
        if self.desks[at].life == life && self.desks[at].monotonic_ms() >= at_ms {
            self.tell(at, machine::Event::Timer);
        }
    }

    /// Does one task: passes an event to the machine or carries out an effect. The program may die
    /// between any two.
    pub(super) async fn work(&mut self, at: usize, life: u32) -> Result<(), SimulationError> {
        self.follow(at);
        let now_ms = self.desks[at].monotonic_ms();
        if self.desks[at].life != life {
            return Ok(());
        }
        let desk = &mut self.desks[at];
        let Some(program) = &mut desk.program else { return Ok(()) };
        program.scheduled = false;
        match program.todo.pop_front() {
            Some(Todo::Event(event)) => {
                let random = desk.random.next();
                let effects = program.machine.handle(event, now_ms, random);
                effects.into_iter().rev().for_each(|effect| program.todo.push_front(Todo::Effect(effect)));
            }
            Some(Todo::Effect(effect)) => {
                let event = self.carry_out(at, effect).await?;
                if let (Some(event), Some(program)) = (event, &mut self.desks[at].program) {
                    program.todo.push_back(Todo::Event(event));
                }
            }
            None => {}
        }
        if self.dies(at) {
            let down_ms = self.desks[at].random.ms(10, 5_000);
            self.kill(at, down_ms);
        }
        self.schedule(at);
        Ok(())
    }

    async fn carry_out(
        &mut self,
        at: usize,
        effect: Effect,
    ) -> Result<Option<machine::Event>, SimulationError> {
        let device = self.desks[at].device;
        match effect {
            Effect::ReadBatch { first_seq, limit } => {
                let batch = self.desks[at].log.batch(first_seq, limit).await?;
                Ok(Some(machine::Event::BatchRead(batch)))
            }
            Effect::Send(request) => {
                self.send(at, request);
                Ok(None)
            }
            Effect::Record(record) => {
                if self.desks[at].random.per_mille(self.rates.disk_full) {
                    self.counts.crashes += 1;
                    self.note(format_args!("desk {device}: disk full"));
                    return Ok(Some(machine::Event::NotRecorded { code: DeskError::DiskFull.code() }));
                }
                self.record(at, record).await.map(Some)
            }
            Effect::WakeAt { at_ms } => {
                let (desk, life) = (at, self.desks[at].life);
                let delay_ms = at_ms.saturating_sub(self.desks[at].monotonic_ms());
                self.after(delay_ms, Event::Timer { desk, life, at_ms });
                Ok(None)
            }
            Effect::Line(line) => {
                if let Some(program) = &mut self.desks[at].program {
                    program.line = line;
                }
                self.note(format_args!("desk {device} {line:?}"));
                Ok(None)
            }
            Effect::Tell(event) => {
                self.note(format_args!("desk {device} {event:?}"));
                Ok(None)
            }
        }
    }

    async fn record(&mut self, at: usize, record: Record) -> Result<machine::Event, SimulationError> {
        let desk = &self.desks[at];
        let Some(reading) = desk.program.as_ref().map(|program| program.clock.read()) else {
            return Ok(machine::Event::NotRecorded { code: DeskError::CentreBusy.code() });
        };
        let record = match record {
            Record::Changes { changes, cursor } => {
                Record::Changes { changes: self.hear(at, changes), cursor }
            }
            other => other,
        };
        let desk = &self.desks[at];
        let settled = match record {
            Record::Received { through } => {
                desk.log.record_received(through).await?;
                None
            }
            Record::Receipts(_) if self.plan.broken == Some(Break::ReceiptsIgnored) => {
                Some(Settled::default())
            }
            Record::Receipts(roll) => match VerifiedReceiptBatch::check(roll, self.centre.trust()) {
                Some(roll) => Some(desk.log.record_receipts(&roll, &reading).await?),
                None => return Ok(machine::Event::NotRecorded { code: "receipts not signed by the centre" }),
            },
            Record::Changes { changes, cursor } => {
                desk.log.record_changes(&changes, cursor, &reading).await?;
                None
            }
            Record::Stop(stop) => {
                desk.log.record_stop(stop).await?;
                None
            }
            Record::Restored { received_through } => {
                desk.log.record_restored(received_through).await?;
                None
            }
        };
        for (seq, verdict) in settled.iter().flat_map(|settled| &settled.new) {
            self.remember(self.desks[at].device, *seq, verdict.clone());
            self.hear_verdict(at, *seq, verdict);
        }
        self.look_at_codes(at);
        Ok(machine::Event::Recorded(settled))
    }

    /// Remembers the verdict a desk received; it must stay equal to the first.
    fn remember(&mut self, device: DeviceNumber, seq: u64, verdict: Verdict) {
        // A restored disk has other operations under the same sequence numbers.
        if self.desks.iter().any(|desk| desk.device == device && desk.restored) {
            return;
        }
        if *self.first_verdicts.entry((device, seq)).or_insert_with(|| verdict.clone()) != verdict {
            self.flipped.push((device, seq));
        }
    }

    /// Sends a request and schedules its timeout.
    fn send(&mut self, at: usize, request: Request) {
        self.requests += 1;
        let (id, life, now_ms) = (self.requests, self.desks[at].life, self.desks[at].monotonic_ms());
        if let Some(program) = &mut self.desks[at].program {
            program.waits_for = Some((id, now_ms));
        }
        let answered = |result| Event::Reply { desk: at, life, id, result };
        // The simulation has no blobs, transfers or lists, so these requests are answered at once.
        match request {
            Request::Blob => {
                return self.after(0, answered(Ok(Answer::Blob { completed: false, more: false })));
            }
            Request::Trust => return self.after(0, answered(Ok(Answer::Trust))),
            Request::Relay => return self.after(0, answered(Ok(Answer::Relay { more: false }))),
            Request::Push(_) | Request::Results { .. } | Request::Changes { .. } => {}
        }
        if self.is_cut(at) {
            return self.after(50, answered(Err(RequestFailure::Unreachable(OfflineReason::Connection))));
        }
        self.after(ANSWER_MS, answered(Err(RequestFailure::Unreachable(OfflineReason::Timeout))));
        for _ in 0..self.copies(at) {
            let delay_ms = self.travel_ms(at);
            self.after(delay_ms, Event::Arrival { desk: at, life, id, request: request.clone() });
        }
    }

    pub(super) fn is_cut(&self, at: usize) -> bool {
        self.now_ms < self.desks[at].cut_until_ms || self.now_ms < self.centre_down_until_ms
    }

    pub(super) async fn reply(
        &mut self,
        at: usize,
        life: u32,
        id: u64,
        result: Result<Answer, RequestFailure>,
    ) -> Result<(), SimulationError> {
        self.follow(at);
        let now_ms = self.desks[at].monotonic_ms();
        if self.desks[at].life != life {
            return Ok(());
        }
        let Some(program) = &mut self.desks[at].program else { return Ok(()) };
        let Some((_, asked_ms)) = program.waits_for.take_if(|(waited, _)| *waited == id) else {
            return Ok(());
        };
        let server_time = match &result {
            Ok(Answer::Push(answer)) => Some(answer.server_time),
            Ok(Answer::Results(answer)) => Some(answer.server_time),
            Ok(Answer::Changes(answer)) => Some(answer.server_time),
            Ok(Answer::Blob { .. } | Answer::Relay { .. } | Answer::Trust) | Err(_) => None,
        };
        let contact = server_time.map(|server_time| program.clock.contact(server_time, now_ms - asked_ms));
        if let Some(contact) = contact {
            let kept = self.desks[at].log.contact();
            let is_old = |kept: &rules::business_time::Anchor| {
                kept.desk.boot_id != contact.desk.boot_id
                    || now_ms - kept.desk.monotonic_ms >= CONTACT_EVERY_MS
            };
            if kept.as_ref().is_none_or(is_old) {
                self.desks[at].log.record_contact(&contact).await?;
            }
        }
        self.tell(at, machine::Event::Answered(result));
        Ok(())
    }
}
