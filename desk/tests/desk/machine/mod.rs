//! The synchronisation machine, event by event: no clock, no socket, no store.

use desk::sync::{
    Line, OfflineReason, Stop, SyncEvent,
    backoff::{CAP_MS, UNREACHABLE_CAP_MS},
    log::{Position, ProvenBatch, Settled},
    machine::{
        Answer, CHANGES_EVERY_MS, Effect, Event, Machine, RESULTS_FIRST_MS, Record, Request, RequestFailure,
        STOPPED_EVERY_MS,
    },
};
use fixture::centre::issuers;
use rules::{
    At, DeviceNumber,
    correction::Digest,
    issuing::Issued,
    op::{Batch, genesis},
    wire::{ChangesResponse, ProtocolError, PushResponse, Receipt, ResultsResponse, Verdict},
};

mod restored;

const LONGEST: u64 = u64::MAX;
/// The centre has everything it ever told of.
const EVERYTHING: u64 = u64::MAX;

fn batch(first_seq: u64) -> ProvenBatch {
    let batch = Batch { device: DeviceNumber(7), epoch: 1, first_seq, prev_hash: genesis(), ops: Vec::new() };
    ProvenBatch { batch, sessions: Vec::new() }
}

fn roll() -> Issued<Vec<Receipt>> {
    issuers([9; 32]).sign(Vec::new(), At(0)).unwrap()
}

fn pushed(received_through: u64) -> Event {
    Event::Answered(Ok(Answer::Push(PushResponse {
        received_through,
        applied_through: 0,
        results: None,
        server_time: At(0),
        next_after_ms: 0,
    })))
}

fn changes(cursor: u64) -> Event {
    Event::Answered(Ok(Answer::Changes(no_changes(cursor))))
}

const fn no_changes(cursor: u64) -> ChangesResponse {
    ChangesResponse {
        changes: Vec::new(),
        cursor,
        more: false,
        newest: EVERYTHING,
        received_through: EVERYTHING,
        server_time: At(0),
    }
}

fn results(results: Option<Issued<Vec<Receipt>>>) -> Event {
    Event::Answered(Ok(Answer::Results(ResultsResponse {
        results,
        applied_through: 0,
        received_through: EVERYTHING,
        server_time: At(0),
    })))
}

fn failed(failure: RequestFailure) -> Event {
    Event::Answered(Err(failure))
}

fn refused(error: ProtocolError) -> Event {
    failed(RequestFailure::Refused(error))
}

/// A machine that has nothing to do at time 0 but wait for the next turn of changes.
fn idle(position: Position) -> Machine {
    let mut machine = Machine::new(position);
    let mut effects = machine.handle(Event::Timer, 0, 0);
    for _ in 0..10 {
        let next = match effects.last() {
            Some(Effect::Send(Request::Changes { cursor })) => changes(*cursor),
            Some(Effect::Send(Request::Blob)) => {
                Event::Answered(Ok(Answer::Blob { completed: false, more: false }))
            }
            Some(Effect::Send(Request::Relay)) => Event::Answered(Ok(Answer::Relay { more: false })),
            Some(Effect::Send(Request::Trust)) => Event::Answered(Ok(Answer::Trust)),
            Some(Effect::WakeAt { at_ms }) if *at_ms == CHANGES_EVERY_MS => return machine,
            other => panic!("unexpected {other:?}"),
        };
        effects = machine.handle(next, 0, 0);
    }
    panic!("never idle");
}

/// Brings a machine with operations to the point where its push is under way.
fn pushing(head: u64) -> Machine {
    let mut machine = idle(Position::default());
    let effects = machine.handle(Event::Queued { head }, 0, 0);
    assert_eq!(effects, [Effect::ReadBatch { first_seq: 1, limit: 200 }]);
    let effects = machine.handle(Event::BatchRead(Some(batch(1))), 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Push(batch(1)))]);
    machine
}

#[test]
fn an_operation_is_pushed_received_and_settled_and_news_follow_at_once() {
    let mut machine = pushing(1);
    let effects = machine.handle(pushed(1), 5, 0);
    assert_eq!(effects, [Effect::Record(Record::Received { through: 1 })]);
    let effects = machine.handle(Event::Recorded(None), 5, 0);
    let told = Effect::Tell(SyncEvent::Received { through: 1 });
    assert_eq!(effects, [told, Effect::Send(Request::Results { after: 0 })]);
    let effects = machine.handle(results(Some(roll())), 6, 0);
    assert_eq!(effects, [Effect::Record(Record::Receipts(roll()))]);
    let verdict = Verdict::Applied { action: None };
    let settled = Settled { decided_through: 1, recheck_after: None, new: vec![(1, verdict.clone())] };
    let effects = machine.handle(Event::Recorded(Some(settled)), 7, 0);
    assert_eq!(effects[0], Effect::Tell(SyncEvent::Verdict { seq: 1, verdict }));
    assert_eq!(effects[1], Effect::Send(Request::Changes { cursor: 0 }));
    assert_eq!(machine.position().decided_through, 1);
    let effects = machine.handle(changes(0), 8, 0);
    assert_eq!(effects, [Effect::WakeAt { at_ms: 8 + CHANGES_EVERY_MS }]);
}

#[test]
fn verdicts_that_are_not_there_yet_are_asked_for_with_growing_pauses() {
    let mut machine = pushing(1);
    machine.handle(pushed(1), 0, 0);
    machine.handle(Event::Recorded(None), 0, 0);
    let effects = machine.handle(results(None), 0, 0);
    assert_eq!(effects, [Effect::WakeAt { at_ms: RESULTS_FIRST_MS }]);
    let effects = machine.handle(Event::Timer, RESULTS_FIRST_MS, 0);
    assert_eq!(effects, [Effect::Send(Request::Results { after: 0 })]);
    let effects = machine.handle(results(None), RESULTS_FIRST_MS, 0);
    assert_eq!(effects, [Effect::WakeAt { at_ms: 3 * RESULTS_FIRST_MS }]);
}

#[test]
fn one_batch_is_under_way_whatever_is_queued_meanwhile() {
    let mut machine = pushing(1);
    assert_eq!(machine.handle(Event::Queued { head: 300 }, 1, 0), []);
    assert_eq!(machine.handle(Event::Wanted, 1, 0), []);
    assert_eq!(machine.handle(Event::Timer, 1, 0), []);
}

#[test]
fn nobody_answers_then_waits_are_short_jittered_and_capped() {
    let mut machine = pushing(1);
    let mut now_ms = 0;
    for turn in 0..12 {
        let effects =
            machine.handle(failed(RequestFailure::Unreachable(OfflineReason::Connection)), now_ms, LONGEST);
        if turn == 0 {
            assert_eq!(effects[0], Effect::Line(Line::Offline { reason: OfflineReason::Connection }));
        }
        let Some(Effect::WakeAt { at_ms }) = effects.last() else { panic!("{effects:?}") };
        assert!(at_ms - now_ms <= UNREACHABLE_CAP_MS);
        now_ms = *at_ms;
        assert_eq!(machine.handle(Event::Timer, now_ms - 1, 0), [Effect::WakeAt { at_ms: now_ms }]);
        machine.handle(Event::Timer, now_ms, 0);
        machine.handle(Event::BatchRead(Some(batch(1))), now_ms, 0);
    }
    assert_eq!(machine.handle(pushed(1), now_ms, 0)[0], Effect::Line(Line::Online));
}

#[test]
fn retry_after_is_honoured_and_a_busy_centre_is_not_an_absent_one() {
    let mut machine = pushing(1);
    let effects = machine.handle(failed(RequestFailure::Busy { retry_after_ms: Some(30_000) }), 0, 0);
    assert_eq!(effects, [Effect::Line(Line::Busy), Effect::WakeAt { at_ms: 30_000 }]);
    let mut machine = pushing(1);
    let effects = machine.handle(failed(RequestFailure::Busy { retry_after_ms: Some(30_000) }), 0, LONGEST);
    assert_eq!(effects[1], Effect::WakeAt { at_ms: 45_000 });
}

#[test]
fn a_person_who_asks_does_not_wait() {
    let mut machine = pushing(1);
    machine.handle(failed(RequestFailure::Busy { retry_after_ms: Some(30_000) }), 0, 0);
    let effects = machine.handle(Event::Wanted, 1, 0);
    assert_eq!(effects, [Effect::ReadBatch { first_seq: 1, limit: 200 }]);
}

#[test]
fn a_gap_is_filled_from_where_the_centre_says() {
    let mut machine = pushing(500);
    machine.handle(pushed(200), 0, 0);
    machine.handle(Event::Recorded(None), 0, 0);
    machine.handle(Event::BatchRead(Some(batch(201))), 0, 0);
    let effects = machine.handle(refused(ProtocolError::Gap { resend_from: 120 }), 0, 0);
    assert_eq!(effects, [Effect::Record(Record::Restored { received_through: 119 })]);
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    assert_eq!(effects[1], Effect::ReadBatch { first_seq: 120, limit: 200 });
    // The same answer again is no progress: wait, and say that somebody has to look.
    machine.handle(Event::BatchRead(Some(batch(120))), 0, 0);
    let effects = machine.handle(refused(ProtocolError::Gap { resend_from: 120 }), 0, LONGEST);
    assert_eq!(effects[0], Effect::Line(Line::Trouble));
    assert!(matches!(effects[1], Effect::WakeAt { .. }));
}

#[test]
fn s7_a_centre_that_has_more_than_this_disk_means_an_old_image_was_put_back() {
    let mut machine = pushing(3);
    let effects = machine.handle(refused(ProtocolError::Gap { resend_from: 9 }), 0, 0);
    let stop = Stop::Quarantined;
    assert_eq!(effects, [Effect::Line(Line::Stopped { stop }), Effect::Record(Record::Stop(Some(stop)))]);
}

#[test]
fn s7_quarantine_and_fence_stop_pushing_until_the_centre_takes_one_again() {
    for (error, stop) in [
        (ProtocolError::Quarantined, Stop::Quarantined),
        (ProtocolError::Fenced { current: 3 }, Stop::Fenced),
        (ProtocolError::Revoked, Stop::Revoked),
    ] {
        let mut machine = pushing(3);
        let effects = machine.handle(refused(error), 0, 0);
        assert_eq!(effects, [Effect::Line(Line::Stopped { stop }), Effect::Record(Record::Stop(Some(stop)))]);
        let effects = machine.handle(Event::Recorded(None), 0, 0);
        assert_eq!(effects, [Effect::WakeAt { at_ms: STOPPED_EVERY_MS }]);
        assert_eq!(machine.handle(Event::Queued { head: 4 }, 1, 0), effects);
        // After a restart it is still stopped.
        assert_eq!(Machine::new(*machine.position()).line(), Line::Stopped { stop });
        // A push that is taken ends it.
        machine.handle(Event::Wanted, 2, 0);
        machine.handle(Event::BatchRead(Some(batch(1))), 2, 0);
        let effects = machine.handle(pushed(4), 3, 0);
        assert_eq!(effects, [Effect::Line(Line::Online), Effect::Record(Record::Stop(None))]);
        machine.handle(Event::Recorded(None), 3, 0);
        assert_eq!(machine.position().stopped, None);
    }
}

#[test]
fn s7_a_stopped_desk_still_hears_what_became_of_what_was_taken_and_asks_seldom() {
    let stopped = Some(Stop::Quarantined);
    let mut machine = Machine::new(Position { head: 2, received_through: 2, stopped, ..Position::default() });
    let effects = machine.handle(Event::Timer, 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Results { after: 0 })]);
    let effects = machine.handle(results(Some(roll())), 0, 0);
    assert_eq!(effects, [Effect::Record(Record::Receipts(roll()))]);
    let verdict = Verdict::Applied { action: None };
    let settled = Settled { decided_through: 1, recheck_after: None, new: vec![(1, verdict)] };
    let effects = machine.handle(Event::Recorded(Some(settled)), 0, 0);
    assert!(effects.contains(&Effect::Send(Request::Results { after: 1 })), "{effects:?}");
    // Nothing yet, or refused: not again at once.
    for answer in [results(None), refused(ProtocolError::Quarantined)] {
        let mut machine = machine.clone();
        let effects = machine.handle(answer, 0, 0);
        assert!(!effects.contains(&Effect::Send(Request::Results { after: 1 })), "{effects:?}");
        machine.handle(changes(0), 0, 0);
        let effects = machine.handle(Event::Timer, STOPPED_EVERY_MS - 1, 0);
        assert!(!effects.contains(&Effect::Send(Request::Results { after: 1 })), "{effects:?}");
    }
    assert_eq!(machine.position().stopped, stopped);
}

#[test]
fn s7_a_stop_that_could_not_be_written_down_is_written_again() {
    let mut machine = pushing(3);
    let stop = Stop::Quarantined;
    machine.handle(refused(ProtocolError::Quarantined), 0, 0);
    machine.handle(Event::NotRecorded { code: "disk_full" }, 0, 0);
    assert_eq!(machine.position().stopped, None, "only what is on the disk counts");
    machine.handle(Event::Wanted, 1, 0);
    machine.handle(Event::BatchRead(Some(batch(1))), 1, 0);
    let effects = machine.handle(refused(ProtocolError::Quarantined), 2, 0);
    assert_eq!(effects, [Effect::Record(Record::Stop(Some(stop)))]);
    machine.handle(Event::Recorded(None), 2, 0);
    assert_eq!(machine.position().stopped, Some(stop));
}

/// Whatever the centre has against a carried batch, it is said of the desk that batch came from.
#[test]
fn s7_a_refusal_of_a_carried_batch_is_not_this_desks_stop_or_trouble() {
    for error in [
        ProtocolError::Quarantined,
        ProtocolError::Fenced { current: 3 },
        ProtocolError::Revoked,
        ProtocolError::Gap { resend_from: 9 },
        ProtocolError::TooLarge,
        ProtocolError::Malformed,
    ] {
        let mut machine = idle(Position::default());
        assert_eq!(machine.handle(Event::BlobQueued, 0, 0), [Effect::Send(Request::Blob)]);
        let nothing = Event::Answered(Ok(Answer::Blob { completed: false, more: false }));
        assert_eq!(machine.handle(nothing, 0, 0), [Effect::Send(Request::Relay)]);
        let effects = machine.handle(refused(error.clone()), 0, LONGEST);
        assert_eq!(effects, [Effect::WakeAt { at_ms: CHANGES_EVERY_MS }], "{error:?}");
        assert_eq!((machine.line(), machine.position().stopped), (Line::Online, None));
        // Its own operations go on, in batches as large as before.
        let effects = machine.handle(Event::Queued { head: 1 }, 0, 0);
        assert_eq!(effects, [Effect::ReadBatch { first_seq: 1, limit: 200 }]);
    }
}

#[test]
fn a_batch_too_large_is_halved() {
    let mut machine = pushing(300);
    let effects = machine.handle(refused(ProtocolError::TooLarge), 0, 0);
    assert_eq!(effects, [Effect::ReadBatch { first_seq: 1, limit: 100 }]);
}

#[test]
fn what_cannot_be_written_down_is_asked_for_again() {
    let mut machine = pushing(1);
    machine.handle(pushed(1), 0, 0);
    let effects = machine.handle(Event::NotRecorded { code: "disk_full" }, 0, LONGEST);
    assert_eq!(effects[0], Effect::Tell(SyncEvent::StoreFailed { code: "disk_full" }));
    let Effect::WakeAt { at_ms } = effects[1] else { panic!("{effects:?}") };
    assert!(at_ms <= CAP_MS);
    assert_eq!(machine.handle(Event::Timer, at_ms, 0), [Effect::ReadBatch { first_seq: 1, limit: 200 }]);
}

#[test]
fn the_centre_cannot_confirm_more_than_there_is() {
    let mut machine = pushing(2);
    let effects = machine.handle(pushed(1_000), 0, 0);
    assert_eq!(effects, [Effect::Record(Record::Received { through: 2 })]);
}

#[test]
fn a_storm_is_spread_as_the_centre_asks_while_verdicts_still_come() {
    let mut machine = pushing(400);
    let response = PushResponse {
        received_through: 200,
        applied_through: 0,
        results: None,
        server_time: At(0),
        next_after_ms: 700,
    };
    machine.handle(Event::Answered(Ok(Answer::Push(response))), 0, 0);
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    assert_eq!(effects.last(), Some(&Effect::Send(Request::Results { after: 0 })));
    assert_eq!(machine.handle(results(None), 0, 0), [Effect::WakeAt { at_ms: RESULTS_FIRST_MS }]);
    let effects = machine.handle(Event::Timer, 700, 0);
    assert_eq!(effects, [Effect::ReadBatch { first_seq: 201, limit: 200 }]);
}

#[test]
fn the_same_events_give_the_same_effects() {
    let run = || {
        let mut machine = pushing(5);
        let mut all = machine.handle(failed(RequestFailure::Unreachable(OfflineReason::Timeout)), 3, 77);
        all.extend(machine.handle(Event::Wanted, 4, 78));
        all.extend(machine.handle(Event::BatchRead(None), 5, 79));
        format!("{all:?} {}", Digest::of(b""))
    };
    assert_eq!(run(), run());
}
