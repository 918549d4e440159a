//! A centre that was put back to an earlier state, and answers that only look like it.

use super::{EVERYTHING, batch, changes, no_changes, pushed, pushing, refused, results, roll};
use desk::sync::{
    Line, Stop, SyncEvent,
    log::{Position, Settled},
    machine::{Answer, CHANGES_EVERY_MS, Effect, Event, Machine, Record, Request, STOPPED_EVERY_MS},
};
use rules::{
    At,
    wire::{ChangesResponse, ProtocolError, ResultsResponse},
};

/// A desk whose thirteen operations are all decided, and whose news stand at 80.
fn settled() -> Position {
    Position { head: 13, received_through: 13, decided_through: 13, cursor: 80, ..Position::default() }
}

/// A machine at this position that has asked for news.
fn asking(position: Position) -> Machine {
    let mut machine = Machine::new(position);
    let effects = machine.handle(Event::Timer, 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Changes { cursor: position.cursor })]);
    machine
}

fn news(received_through: u64, newest: u64) -> Event {
    let response = ChangesResponse { received_through, newest, ..no_changes(newest.min(80)) };
    Event::Answered(Ok(Answer::Changes(response)))
}

fn no_verdicts(received_through: u64) -> Event {
    let response =
        ResultsResponse { results: None, applied_through: 0, received_through, server_time: At(0) };
    Event::Answered(Ok(Answer::Results(response)))
}

#[test]
fn an_answer_to_a_poll_that_tells_of_less_makes_the_desk_send_again_from_there() {
    let mut machine = asking(settled());
    let effects = machine.handle(news(7, 80), 0, 0);
    assert_eq!(effects[1], Effect::Record(Record::Restored { received_through: 7 }));
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    let told = Effect::Tell(SyncEvent::Restored { received_through: 7 });
    assert_eq!(effects, [told, Effect::ReadBatch { first_seq: 8, limit: 200 }]);
    machine.handle(Event::BatchRead(Some(batch(8))), 0, 0);
    let effects = machine.handle(pushed(13), 0, 0);
    assert_eq!(effects, [Effect::Record(Record::Received { through: 13 })]);
    // Their verdicts are heard again, though receipts for all of them are here, and the news are
    // read from the beginning.
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    assert_eq!(effects[1], Effect::Send(Request::Results { after: 0 }));
    assert_eq!(machine.handle(results(Some(roll())), 0, 0), [Effect::Record(Record::Receipts(roll()))]);
    let heard = Settled { decided_through: 13, ..Settled::default() };
    let effects = machine.handle(Event::Recorded(Some(heard)), 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Changes { cursor: 0 })]);
    assert_eq!(machine.position().received_through, 13);
}

#[test]
fn an_answer_to_a_question_for_verdicts_tells_it_too() {
    let mut machine = Machine::new(Position { decided_through: 10, ..settled() });
    let effects = machine.handle(Event::Timer, 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Results { after: 10 })]);
    let effects = machine.handle(no_verdicts(7), 0, 0);
    assert_eq!(effects[1], Effect::Record(Record::Restored { received_through: 7 }));
}

#[test]
fn a_gap_goes_back_in_the_same_way() {
    let mut machine = Machine::new(Position { head: 14, ..settled() });
    machine.handle(Event::Timer, 0, 0);
    machine.handle(Event::BatchRead(Some(batch(14))), 0, 0);
    let effects = machine.handle(refused(ProtocolError::Gap { resend_from: 8 }), 0, 0);
    assert_eq!(effects, [Effect::Record(Record::Restored { received_through: 7 })]);
}

#[test]
fn news_that_end_before_where_this_desk_has_read_are_read_from_the_beginning() {
    let mut machine = asking(settled());
    let effects = machine.handle(news(13, 50), 0, 0);
    assert_eq!(effects[1], Effect::Record(Record::Restored { received_through: 13 }));
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    // The verdicts on what the centre may have taken and not decided are heard again first.
    assert_eq!(effects[1], Effect::Send(Request::Results { after: 0 }));
    machine.handle(results(Some(roll())), 0, 0);
    let heard = Settled { decided_through: 13, ..Settled::default() };
    let effects = machine.handle(Event::Recorded(Some(heard)), 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Changes { cursor: 0 })]);
}

#[test]
fn news_come_also_while_it_is_not_gone_back_again() {
    let mut machine = asking(settled());
    machine.handle(news(7, 80), 0, 0);
    machine.handle(Event::Recorded(None), 0, 0);
    machine.handle(Event::BatchRead(Some(batch(8))), 0, 0);
    machine.handle(pushed(13), 0, 0);
    machine.handle(Event::Recorded(None), 0, 0);
    machine.handle(results(Some(roll())), 0, 0);
    machine.handle(Event::Recorded(Some(Settled { decided_through: 13, ..Settled::default() })), 0, 0);
    // The same again, too soon: what is news counts, and the place moves on.
    let effects = machine.handle(news(7, 80), 0, 0);
    assert_eq!(effects, [Effect::Record(Record::Changes { changes: Vec::new(), cursor: 80 })]);
    machine.handle(Event::Recorded(None), 0, 0);
    assert_eq!(machine.position().cursor, 80);
}

#[test]
fn more_than_this_desk_believes_moves_nothing() {
    let mut machine = asking(Position { head: 7, received_through: 7, decided_through: 7, ..settled() });
    machine.handle(news(13, EVERYTHING), 0, 0);
    assert_eq!(
        machine.position().received_through,
        7,
        "what was not sent from here is not counted as received"
    );
}

/// Answers as `poll` and `push` say for an hour; returns how often the desk went back and how often
/// it sent operations.
fn an_hour(mut machine: Machine, poll: impl Fn(i64) -> Event, push: impl Fn() -> Event) -> (u32, u32) {
    let (mut went_back, mut sent) = (0, 0);
    let mut now_ms = 0;
    let mut events = vec![Event::Timer];
    while now_ms < 3_600_000 {
        let Some(event) = events.pop() else { panic!("the machine stands still") };
        for effect in machine.handle(event, now_ms, u64::MAX) {
            let next = match effect {
                Effect::ReadBatch { first_seq, .. } => Event::BatchRead(Some(batch(first_seq))),
                Effect::Send(Request::Push(_)) => {
                    sent += 1;
                    push()
                }
                Effect::Send(Request::Changes { .. }) => poll(now_ms),
                Effect::Send(Request::Results { .. }) => results(Some(roll())),
                Effect::Send(Request::Blob) => {
                    Event::Answered(Ok(Answer::Blob { completed: false, more: false }))
                }
                Effect::Send(Request::Relay) => Event::Answered(Ok(Answer::Relay { more: false })),
                Effect::Send(Request::Trust) => Event::Answered(Ok(Answer::Trust)),
                Effect::Record(Record::Receipts(_)) => {
                    Event::Recorded(Some(Settled { decided_through: 13, ..Settled::default() }))
                }
                Effect::Record(record) => {
                    went_back += u32::from(matches!(record, Record::Restored { .. }));
                    Event::Recorded(None)
                }
                Effect::WakeAt { at_ms } => {
                    now_ms = at_ms;
                    Event::Timer
                }
                Effect::Line(_) | Effect::Tell(_) => continue,
            };
            events.push(next);
        }
    }
    assert_eq!(machine.position().received_through, 13, "no harm is done");
    (went_back, sent)
}

#[test]
fn a_centre_whose_polls_say_less_than_its_pushes_is_not_sent_the_same_without_end() {
    let (went_back, sent) = an_hour(Machine::new(settled()), |_| news(7, 80), || pushed(13));
    assert!((3..15).contains(&went_back), "{went_back} times in an hour of polls every ten seconds");
    assert_eq!(sent, went_back);
    // Of two processes one lives in the past.
    let of_two = |now_ms: i64| if now_ms / CHANGES_EVERY_MS % 2 == 0 { news(7, 50) } else { news(13, 80) };
    let (went_back, _) = an_hour(Machine::new(settled()), of_two, || pushed(13));
    assert!((3..15).contains(&went_back), "{went_back}");
    // One whose news end earlier has them all told after one reading.
    assert_eq!(an_hour(Machine::new(settled()), |_| news(13, 50), || pushed(13)), (1, 0));
}

#[test]
fn one_answer_that_was_overtaken_costs_one_repetition() {
    let once = |now_ms: i64| if now_ms < CHANGES_EVERY_MS { news(7, 80) } else { changes(80) };
    assert_eq!(an_hour(Machine::new(settled()), once, || pushed(13)), (1, 1));
}

#[test]
fn a_push_that_is_answered_with_less_than_it_brought_is_not_repeated_at_once() {
    let mut machine = pushing(3);
    let effects = machine.handle(pushed(0), 0, u64::MAX);
    assert_eq!(effects[0], Effect::Line(Line::Trouble));
    assert!(matches!(effects[1], Effect::WakeAt { at_ms } if at_ms > 0), "{effects:?}");
}

const LOST: Stop = Stop::HistoryLost;

/// A machine that was told that 8 to 10 have no content any more.
fn stuck() -> Machine {
    let mut machine = asking(settled());
    machine.handle(news(7, 80), 0, 0);
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    assert_eq!(effects[1], Effect::ReadBatch { first_seq: 8, limit: 200 });
    let effects = machine.handle(Event::Emptied { through: 10 }, 0, 0);
    let line = Effect::Line(Line::Stopped { stop: LOST });
    assert_eq!(effects, [line, Effect::Record(Record::Stop(Some(LOST)))]);
    machine
}

#[test]
fn what_the_centre_wants_and_retention_has_removed_is_told_once_and_everything_else_goes_on() {
    let mut machine = stuck();
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Results { after: 0 })]);
    machine.handle(no_verdicts(7), 0, 0);
    machine.handle(news(7, 80), 0, 0);
    let effects = machine.handle(Event::Recorded(None), 0, 0);
    assert_eq!(effects[1], Effect::Send(Request::Blob), "evidence goes on");
    let effects = machine.handle(Event::Answered(Ok(Answer::Blob { completed: false, more: false })), 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Relay)]);
    let effects = machine.handle(Event::Answered(Ok(Answer::Relay { more: false })), 0, 0);
    assert_eq!(effects, [Effect::Send(Request::Trust)], "the lists too");
    machine.handle(Event::Answered(Ok(Answer::Trust)), 0, 0);
    // New operations wait; news come as often as ever.
    machine.handle(Event::Queued { head: 14 }, 1, 0);
    let mut told = Vec::new();
    let mut reads = 0;
    for now_ms in (0..3 * STOPPED_EVERY_MS).step_by(1_000) {
        let mut events = vec![Event::Timer];
        while let Some(event) = events.pop() {
            for effect in machine.handle(event, now_ms, 0) {
                match effect {
                    Effect::ReadBatch { .. } => {
                        reads += 1;
                        events.push(Event::Emptied { through: 10 });
                    }
                    Effect::Send(Request::Changes { .. }) => events.push(news(7, 80)),
                    Effect::Send(Request::Results { .. }) => events.push(no_verdicts(7)),
                    Effect::Send(Request::Trust) => events.push(Event::Answered(Ok(Answer::Trust))),
                    Effect::WakeAt { .. } => {}
                    other => told.push(other),
                }
            }
        }
    }
    assert_eq!(told, [], "nothing is said twice");
    assert_eq!(reads, 2, "once in ten minutes it is looked whether it can go on");
    assert_eq!(
        Machine::new(*machine.position()).line(),
        Line::Stopped { stop: LOST },
        "also after a restart"
    );
}

#[test]
fn a_centre_that_has_it_again_is_sent_the_rest() {
    let mut machine = stuck();
    machine.handle(Event::Recorded(None), 0, 0);
    let effects = machine.handle(no_verdicts(13), 0, 0);
    assert_eq!(effects, [Effect::ReadBatch { first_seq: 11, limit: 200 }]);
    machine.handle(Event::BatchRead(Some(batch(11))), 0, 0);
    let effects = machine.handle(pushed(13), 0, 0);
    assert_eq!(effects, [Effect::Line(Line::Online), Effect::Record(Record::Stop(None))]);
}

#[test]
fn s7_a_stop_of_the_centre_goes_before() {
    let quarantined = Some(Stop::Quarantined);
    let mut machine = Machine::new(Position { received_through: 7, stopped: quarantined, ..settled() });
    let effects = machine.handle(Event::Timer, 0, 0);
    assert_eq!(effects, [Effect::ReadBatch { first_seq: 8, limit: 200 }]);
    machine.handle(Event::Emptied { through: 10 }, 0, 0);
    assert_eq!(
        (machine.position().stopped, machine.line()),
        (quarantined, Line::Stopped { stop: Stop::Quarantined })
    );
}
