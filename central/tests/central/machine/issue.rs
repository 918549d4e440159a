//! Issues that a desk should not have made.

use crate::machine::support::{CLERK, DEVICE, Window, code_states, rejected, told_of};
use central::{
    machine::{decision::Audience, program::Programs},
    store::Store as _,
    sync,
};
use central_fixture::{
    MemoryStore,
    desk::{DAY, Desk, Holder, MINUTE, MORNING, SITE, issue_body, number, rulebook, senior, serial_of},
    people::employ,
};
use rules::{
    At, Day, DeviceNumber, Refusal,
    institution::RosterId,
    keys::{Class, DeskKey},
    life::{Action, CodeState, Serial},
    op::{Agent, AgentRole, HolderSeen, OpBody, Operation},
    payload::{Claims, SignedSymbol, encode},
    permission::Role,
    person::Name,
    program::RequiredProgram,
    proof::Proof,
    wire::Verdict,
};
use std::collections::HashMap;
use uuid::Uuid;

const APPLIED: Verdict = Verdict::Applied { action: Some(Action::Apply) };

/// A first issue at the window in the morning, with its fields changed.
fn issue(window: &mut Window, change: impl FnOnce(&mut Fields<'_>)) -> Operation {
    issue_at(window, Action::Apply, MORNING, change)
}

fn issue_at(window: &mut Window, action: Action, at: At, change: impl FnOnce(&mut Fields<'_>)) -> Operation {
    let serial = window.desk.serial(&window.holder.number);
    let mut body = issue_body(&window.holder, action, serial, at.day(), Some(1));
    let OpBody::Issue {
        serial,
        day,
        valid_through,
        holder,
        agent,
        confirmed_by_holder,
        consequence_confirmed,
        ..
    } = &mut body
    else {
        unreachable!()
    };
    change(&mut Fields {
        serial,
        day,
        valid_through,
        holder,
        agent,
        confirmed_by_holder,
        consequence_confirmed,
    });
    window.writes(CLERK, at, body)
}

struct Fields<'a> {
    serial: &'a mut Serial,
    day: &'a mut Day,
    valid_through: &'a mut Day,
    holder: &'a mut HolderSeen,
    agent: &'a mut Option<Box<Agent>>,
    confirmed_by_holder: &'a mut bool,
    consequence_confirmed: &'a mut bool,
}

fn named(name: &str) -> Name {
    Name::read(name).unwrap().name
}

#[test]
fn a_serial_of_another_desk_is_refused() {
    let mut window = Window::registered(senior(1));
    let foreign = Desk::new(DeviceNumber(DEVICE.0 + 1), 1).serial(&window.holder.number);
    let operation = issue(&mut window, |fields| *fields.serial = foreign);
    window.refuses(&operation, Refusal::SerialMalformed);
}

#[test]
fn a_serial_of_another_bucket_is_refused() {
    let mut window = Window::registered(senior(1));
    let bucket = window.citizen.bucket.wrapping_add(1);
    let operation = issue(&mut window, |fields| fields.serial.0[0] = bucket);
    window.refuses(&operation, Refusal::SerialMalformed);
}

#[test]
fn a_serial_that_the_citizen_has_already_is_refused() {
    let mut window = Window::registered(senior(1));
    let first = issue(&mut window, |_| ());
    assert_eq!(window.decides(&first).verdict, APPLIED);
    let used = serial_of(&first);
    let again = issue_at(&mut window, Action::Reissue, MORNING.plus_ms(DAY), |fields| *fields.serial = used);
    window.refuses(&again, Refusal::SerialReused);
}

#[test]
fn a_serial_that_somebody_else_has_already_is_refused() {
    let mut window = Window::registered(senior(1));
    let operation = issue(&mut window, |_| ());
    window.serial_taken = true;
    window.refuses(&operation, Refusal::SerialReused);
}

/// Both come in one transaction: the store has heard of neither.
#[tokio::test]
async fn a_serial_used_twice_in_one_batch_is_refused_the_second_time() {
    let store = MemoryStore::default();
    let mut desk = enrolled(&store).await;
    let one = senior(1);
    let bucket = one.citizen_ref.bucket();
    let other = (2..).map(senior).find(|other| other.citizen_ref.bucket() == bucket).unwrap();
    let first = desk.issue(&one, Action::Apply, MORNING, None);
    desk.counter -= 1;
    let second = desk.issue(&other, Action::Apply, MORNING, None);
    assert_eq!(serial_of(&first), serial_of(&second));
    assert_eq!(decided(&store, &desk, vec![first, second]).await, [APPLIED, rejected(Refusal::SerialReused)]);
}

#[test]
fn nobody_is_issued_a_code_under_the_number_of_another() {
    let other = senior(2);
    for mut window in [Window::registered(senior(1)), Window::unknown(senior(1))] {
        let operation = issue(&mut window, |fields| {
            (fields.holder.number, fields.holder.name) = (other.number.clone(), other.name.clone());
        });
        assert_ne!(operation.citizen, Some(other.number.clone()));
        window.refuses(&operation, Refusal::NotPermitted);
    }
}

#[test]
fn l8_an_issue_that_the_holder_did_not_confirm_is_refused() {
    let mut window = Window::registered(senior(1));
    let operation = issue(&mut window, |fields| *fields.confirmed_by_holder = false);
    assert_eq!(window.decides(&operation).verdict, rejected(Refusal::NotConfirmedByHolder));
    assert_eq!(window.state_of(serial_of(&operation)), Some(CodeState::Voided));
}

#[test]
fn l6_a_reissue_whose_consequence_was_not_confirmed_is_refused() {
    let mut window = Window::registered(senior(1));
    let first = issue(&mut window, |_| ());
    assert_eq!(window.decides(&first).verdict, APPLIED);
    let next_day = MORNING.plus_ms(DAY);
    let again = issue_at(&mut window, Action::Reissue, next_day, |fields| {
        *fields.consequence_confirmed = false;
    });
    assert_eq!(window.decides(&again).verdict, rejected(Refusal::ConsequenceNotConfirmed));
    assert_eq!(window.state_of(serial_of(&first)), Some(CodeState::Live), "the old code stays");
}

#[test]
fn n2_another_name_than_the_registrys_is_issued_and_goes_to_review() {
    let mut window = Window::registered(senior(1));
    let operation = issue(&mut window, |fields| fields.holder.name = named("王秀瑛"));
    let decision = window.decides(&operation);
    assert_eq!((decision.verdict, decision.reviews), (APPLIED, vec!["name_differs"]));
    assert_eq!(window.citizen.person, Some(window.holder.person()), "the registry keeps its own");
}

#[test]
fn n2_the_registrys_name_written_with_another_separator_goes_to_no_review() {
    let mut window = Window::registered(Holder::new(number("19500101", 1), "阿依·努尔"));
    let operation = issue(&mut window, |fields| {
        fields.holder.name = serde_json::from_value("阿依•努尔".into()).unwrap();
    });
    let decision = window.decides(&operation);
    assert_eq!((decision.verdict, decision.reviews), (APPLIED, Vec::new()));
}

/// What a desk saw once is nobody's registered name.
#[test]
fn n2_a_name_known_only_from_a_desk_sends_nobody_to_review() {
    let mut window = Window::unknown(senior(1));
    let first = issue(&mut window, |_| ());
    assert_eq!(window.decides(&first).verdict, APPLIED);
    let next = issue_at(&mut window, Action::Reissue, MORNING.plus_ms(DAY), |fields| {
        fields.holder.name = named("王秀瑛");
    });
    let decision = window.decides(&next);
    assert_eq!(decision.verdict, Verdict::Applied { action: Some(Action::Reissue) });
    assert!(decision.reviews.is_empty());
}

#[tokio::test]
async fn what_goes_to_review_is_kept_with_the_verdict() {
    let store = MemoryStore::default();
    let mut desk = enrolled(&store).await;
    let holder = senior(1);
    store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let seen = Holder { name: named("王秀瑛"), ..holder };
    let other = desk.issue(&senior(2), Action::Apply, MORNING, None);
    let differs = desk.issue(&seen, Action::Apply, MORNING, None);
    assert_eq!(decided(&store, &desk, vec![other, differs]).await, [APPLIED, APPLIED]);
    assert_eq!(store.reviews(), [(DEVICE, 1, 2, "name_differs")]);
}

#[test]
fn l1_a_sheet_that_bears_another_last_day_is_refused_and_recorded_as_voided() {
    for other in [Day::yesterday, Day::tomorrow] {
        let mut window = Window::registered(senior(1));
        let operation = issue(&mut window, |fields| {
            *fields.valid_through = other(*fields.valid_through).unwrap();
        });
        let OpBody::Issue { valid_through, .. } = operation.body else { unreachable!() };
        let decision = window.decides(&operation);
        assert_eq!(decision.verdict, rejected(Refusal::ClockNotTrusted));
        let code = &window.citizen.code(serial_of(&operation)).unwrap().code;
        assert_eq!((code.state, code.valid_through), (CodeState::Voided, valid_through));
        assert!(window.citizen.issue_days.is_empty(), "L3: the day is still there to be used");
    }
}

#[test]
fn l3_an_issue_of_another_day_than_its_own_clock_gives_is_refused() {
    let mut window = Window::registered(senior(1));
    let tomorrow = MORNING.plus_ms(DAY).day();
    let operation = issue(&mut window, |fields| *fields.day = tomorrow);
    assert_eq!(window.decides(&operation).verdict, rejected(Refusal::ClockNotTrusted));
    assert!(window.citizen.issue_days.is_empty());
}

#[test]
fn e9_an_agent_taken_on_paper_alone_goes_to_review_unless_the_registry_binds_them() {
    let relative = senior(2);
    let agent = Agent {
        role: AgentRole::Relative,
        number: relative.number.clone(),
        name: named("李四"),
        // The desk's word, which counts for nothing.
        binding_verified: true,
        proof: vec![rules::correction::Digest::of(b"household book")],
        consent: false,
    };
    for (bound, reviews) in [(false, vec!["binding_unverified"]), (true, Vec::new())] {
        let mut window = Window::registered(senior(1));
        window.citizen.relatives.extend(bound.then(|| relative.citizen_ref.clone()));
        let operation = issue(&mut window, |fields| *fields.agent = Some(Box::new(agent.clone())));
        let decision = window.decides(&operation);
        assert_eq!((decision.verdict, decision.reviews), (APPLIED, reviews));
    }
}

fn institutions_agent() -> Agent {
    Agent {
        role: AgentRole::Institution,
        number: senior(2).number,
        name: named("李四"),
        // The desk's word, which counts for nothing.
        binding_verified: true,
        proof: vec![rules::correction::Digest::of(b"consent list")],
        consent: true,
    }
}

fn roster() -> RosterId {
    RosterId { institution: Uuid::from_u128(1), list: Uuid::from_u128(2) }
}

fn by_roster() -> Proof {
    let RosterId { institution, list } = roster();
    Proof::Roster { institution, list, agent: Box::new(senior(2).number) }
}

#[test]
fn i5_an_institutions_agent_makes_codes_for_its_roster_and_for_nobody_else() {
    let mut window = Window::registered(senior(1));
    let operation = issue(&mut window, |fields| *fields.agent = Some(Box::new(institutions_agent())));
    assert_eq!(window.decides(&operation).verdict, rejected(Refusal::NotOnRoster));
    window.desk.proof = by_roster();
    let operation = issue(&mut window, |fields| *fields.agent = Some(Box::new(institutions_agent())));
    assert_eq!(window.decides(&operation).verdict, rejected(Refusal::NotOnRoster));
    // A relative of the registry who acts as an agent is none.
    window.citizen.relatives.push(senior(2).citizen_ref);
    let operation = issue(&mut window, |fields| *fields.agent = Some(Box::new(institutions_agent())));
    assert_eq!(window.decides(&operation).verdict, rejected(Refusal::NotOnRoster));
    // The proof names another list than the one that has the holder.
    window.rosters.push(RosterId { list: Uuid::from_u128(3), ..roster() });
    let operation = issue(&mut window, |fields| *fields.agent = Some(Box::new(institutions_agent())));
    assert_eq!(window.decides(&operation).verdict, rejected(Refusal::NotOnRoster));
    // A sheet that was refused is on record as void, so the good one is somebody else's first.
    let mut window = Window::registered(senior(3));
    window.desk.proof = by_roster();
    window.rosters.push(roster());
    let operation = issue(&mut window, |fields| *fields.agent = Some(Box::new(institutions_agent())));
    let decision = window.decides(&operation);
    assert_eq!((decision.verdict, decision.reviews), (APPLIED, Vec::new()));
}

#[test]
fn i5_a_list_run_again_by_a_blind_desk_makes_nobody_a_second_code() {
    let mut window = Window::registered(senior(1));
    window.rosters.push(roster());
    window.desk.proof = by_roster();
    let blind = |fields: &mut Fields<'_>| {
        fields.holder.registry_version = None;
        *fields.agent = Some(Box::new(institutions_agent()));
    };
    let first = issue(&mut window, blind);
    assert_eq!(window.decides(&first).verdict, APPLIED);
    // Another desk that has heard of nothing, the day after.
    window.desk = Desk::new(DeviceNumber(DEVICE.0 + 1), 1);
    window.desk.proof = by_roster();
    let again = issue_at(&mut window, Action::Apply, MORNING.plus_ms(DAY), blind);
    assert_eq!(window.decides(&again).verdict, rejected(Refusal::CodeStillLive));
    assert_eq!(window.state_of(serial_of(&first)), Some(CodeState::Live));
    assert_eq!(window.state_of(serial_of(&again)), Some(CodeState::Voided));
}

/// The sheet in the holder's hand ends there and then, so the desk that made it has to know.
#[test]
fn the_desk_whose_code_another_desk_ends_is_told_and_nobody_else() {
    let mut window = Window::registered(senior(1));
    let first = issue(&mut window, |_| ());
    window.decides(&first);
    let old = serial_of(&first);
    window.desk = Desk::new(DeviceNumber(DEVICE.0 + 1), 1);
    let again = issue_at(&mut window, Action::Reissue, MORNING.plus_ms(DAY), |_| ());
    let decision = window.decides(&again);
    assert_eq!(code_states(&decision), [(old, CodeState::Superseded)]);
    assert_eq!(told_of(&decision, old), [(Audience::SiteOfDevice(DEVICE), CodeState::Superseded)]);
    assert_eq!(decision.announcements.len(), 1);
}

#[test]
fn a_desk_is_not_told_what_it_did_itself() {
    let mut window = Window::registered(senior(1));
    let first = issue(&mut window, |_| ());
    window.decides(&first);
    let again = issue_at(&mut window, Action::Reissue, MORNING.plus_ms(DAY), |_| ());
    let decision = window.decides(&again);
    assert_eq!(code_states(&decision), [(serial_of(&first), CodeState::Superseded)]);
    assert!(decision.announcements.is_empty());
}

#[tokio::test]
async fn a_time_before_the_one_of_the_operation_before_goes_to_review() {
    let store = MemoryStore::default();
    let mut desk = enrolled(&store).await;
    let first = desk.issue(&senior(1), Action::Apply, MORNING, None);
    let earlier = desk.issue(&senior(2), Action::Apply, MORNING.plus_ms(-MINUTE), None);
    assert_eq!(decided(&store, &desk, vec![first, earlier]).await, [APPLIED, APPLIED]);
    assert_eq!(store.reviews(), [(DEVICE, 1, 2, "clock_monotonic_backwards")]);
}

async fn enrolled(store: &MemoryStore) -> Desk {
    let desk = Desk::new(DEVICE, 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    employ(store, &SITE.parse().unwrap(), CLERK, &[Role::Clerk]).await;
    desk
}

async fn decided(store: &MemoryStore, desk: &Desk, operations: Vec<Operation>) -> Vec<Verdict> {
    let after = operations[0].seq - 1;
    sync::push(store, &rulebook(), &desk.push(operations), MORNING).await.unwrap();
    while sync::apply(store, &rulebook(), 4, MORNING).await.unwrap() > 0 {}
    let receipts = store.results(desk.device, desk.epoch, after, 200).await.unwrap();
    receipts.into_iter().map(|receipt| receipt.verdict).collect()
}

/// B1: whoever holds a desk's key could otherwise show one person's code under another's name.
#[test]
fn b1_a_symbol_that_says_another_name_than_the_operation_is_refused_and_voided() {
    let mut window = Window::registered(senior(1));
    let mut operation = issue(&mut window, |_| ());
    let claims = Claims { masked_name: "某*".to_owned(), ..window.desk.claims(&operation) };
    let other = SignedSymbol::of(&encode(&claims, &window.desk.key).unwrap()).unwrap();
    let OpBody::Issue { symbol, .. } = &mut operation.body else { unreachable!() };
    **symbol = other;
    let operation = window.desk.seal(operation);
    assert_eq!(window.decides(&operation).verdict, rejected(Refusal::SymbolNotAccepted));
    assert_eq!(window.state_of(serial_of(&operation)), Some(CodeState::Voided));
}

#[test]
fn b1_a_symbol_counts_only_if_the_desks_own_key_signed_it_while_it_was_in_force() {
    type Known = fn(DeskKey) -> Option<DeskKey>;
    let cases: [(&str, Known); 5] = [
        ("unknown", |_| None),
        ("another desk's", |key| Some(DeskKey { device: DeviceNumber(DEVICE.0 + 1), ..key })),
        ("of the other class", |key| Some(DeskKey { class: Class::Live, ..key })),
        ("ended", |key| Some(DeskKey { not_after: MORNING.plus_ms(-1), ..key })),
        ("retired", |key| Some(DeskKey { retired_at: Some(MORNING), ..key })),
    ];
    for (what, change) in cases {
        let mut window = Window::registered(senior(1));
        let operation = issue(&mut window, |_| ());
        window.known_key = Box::new(change);
        assert_eq!(window.decides(&operation).verdict, rejected(Refusal::SymbolNotAccepted), "{what}");
    }
    let mut window = Window::registered(senior(1));
    let operation = issue(&mut window, |_| ());
    assert_eq!(window.decides(&operation).verdict, APPLIED);
}

#[test]
fn b5_a_doubtful_code_counts_only_if_it_arrived_before_the_key_was_retired() {
    let retired_at = MORNING.plus_ms(DAY);
    for (since, received_at, counts) in [
        (MORNING, retired_at.plus_ms(-1), true),
        (MORNING, retired_at, false),
        (MORNING.plus_ms(1), retired_at, true),
    ] {
        let mut window = Window::registered(senior(1));
        let operation = issue(&mut window, |_| ());
        window.received_at = Some(received_at);
        window.known_key = Box::new(move |key| {
            Some(DeskKey { retired_at: Some(retired_at), compromised_since: Some(since), ..key })
        });
        let expected = if counts { APPLIED } else { rejected(Refusal::SymbolNotAccepted) };
        assert_eq!(window.decides(&operation).verdict, expected, "{since:?} {received_at:?}");
    }
}

#[test]
fn l13_an_issue_by_a_program_older_than_required_is_refused_and_its_loss_report_is_taken() {
    let version = |text: &str| text.parse().unwrap();
    let required = RequiredProgram { version: version("2.0.0"), from: MORNING };
    let told = |program: &str| Programs {
        required: Some(required),
        told: HashMap::from([(DEVICE, version(program))]),
    };
    let mut window = Window::registered(senior(1));
    window.programs = told("1.9.0");
    let in_time = issue_at(&mut window, Action::Apply, MORNING.plus_ms(-MINUTE), |_| ());
    assert_eq!(window.decides(&in_time).verdict, APPLIED, "the days of grace");
    let loss = OpBody::ReportLoss { serial: serial_of(&in_time), consequence_confirmed: true, agent: None };
    assert_eq!(window.does(CLERK, loss).verdict, Verdict::Applied { action: None });

    let mut window = Window::registered(senior(2));
    window.programs = told("1.9.0");
    let too_old = issue(&mut window, |_| ());
    assert_eq!(window.decides(&too_old).verdict, rejected(Refusal::ProgramTooOld));
    assert_eq!(window.state_of(serial_of(&too_old)), Some(CodeState::Voided), "its sheet is void");
    let never_told = Programs { required: Some(required), ..Programs::default() };
    for programs in [told("2.0.0"), never_told] {
        let mut window = Window::registered(senior(3));
        window.programs = programs;
        let operation = issue(&mut window, |_| ());
        assert_eq!(window.decides(&operation).verdict, APPLIED);
    }
}
