//! Corrections that a desk should not have sent.

use crate::{
    common::correcting::{self, approve, opened},
    machine::support::{CLERK, DEVICE, DISMISSED, STRANGER, SUPERVISOR, Window, code_states, told_of},
};
use central::machine::{
    citizen::Effect,
    decision::{Announcement, Audience},
    evidence,
};
use central_fixture::desk::{Desk, Holder, MORNING, issue_body, senior};
use rules::{
    DeviceNumber, Refusal,
    correction::{
        Content, Correction, CorrectionCommand, Digest, Evidence, EvidenceKind, Field, Reason, Rejection,
        State, Value,
    },
    life::{Action, CodeState, Serial},
    op::OpBody,
    wire::{Change, Verdict},
};
use uuid::Uuid;

const DONE: Verdict = Verdict::Applied { action: None };
const ID: Uuid = Uuid::from_u128(0xC0);
const OTHER_ID: Uuid = Uuid::from_u128(0xC1);
const REJECT: CorrectionCommand =
    CorrectionCommand::Reject { rejection: Rejection::EvidenceUnreadable, documents: Vec::new() };

/// A wrong character of the name, as the chip has it.
fn of_name(holder: &Holder, registry_version: u64) -> Correction {
    correcting::draft(ID, holder, "王秀瑛", registry_version)
}

/// The photo is somebody else's (P1), or blurred (P2).
fn of_photo(reason: Reason, holder: &Holder) -> Correction {
    let name = of_name(holder, 1);
    let piece = |kind| Evidence { kind, ..name.content.evidence[0].clone() };
    let content = Content {
        before: Value::Photo(None),
        after: Value::Photo(Some(Digest::of(b"photo"))),
        reason,
        evidence: vec![piece(EvidenceKind::ChipPhoto), piece(EvidenceKind::LivePhoto)],
        chip_name: None,
        ..name.content.clone()
    };
    Correction { field: Field::Photo, content, ..name }
}

fn commanded(revision: u32, command: CorrectionCommand) -> OpBody {
    OpBody::CorrectionCommanded { id: ID, revision, command: Box::new(command) }
}

impl Window {
    /// Hands a correction in.
    fn submits(&mut self, correction: &Correction) {
        let body = opened(correction, &self.holder);
        assert_eq!(self.does(CLERK, body).verdict, DONE);
        assert_eq!(self.does(CLERK, commanded(0, CorrectionCommand::Submit)).verdict, DONE);
    }

    /// Asserts that a correction cannot be put in place.
    fn refuses_to_open(&mut self, who: &str, offered: &Correction, code: Refusal) {
        let operation = self.writes(who, MORNING, opened(offered, &self.holder.clone()));
        self.refuses(&operation, code);
    }

    /// Issues at another desk's window.
    fn issued_elsewhere(&mut self) -> Serial {
        let other = Desk::new(DeviceNumber(DEVICE.0 + 1), 1);
        let own = std::mem::replace(&mut self.desk, other);
        let serial = self.desk.serial(&self.holder.number);
        let body = issue_body(&self.holder, Action::Apply, serial, MORNING.day(), Some(1));
        assert_eq!(self.does(CLERK, body).verdict, Verdict::Applied { action: Some(Action::Apply) });
        self.desk = own;
        serial
    }

    fn state(&self) -> &State {
        &self.citizen.corrections[0].correction.state
    }
}

#[test]
fn nobody_is_corrected_under_the_reference_of_another() {
    let other = senior(2);
    for mut window in [Window::registered(senior(1)), Window::unknown(senior(1))] {
        let body = opened(&of_name(&other, 1), &other);
        let operation = window.writes(CLERK, MORNING, body);
        window.refuses(&operation, Refusal::NotPermitted);
    }
}

#[test]
fn p1_the_approval_voids_the_live_code_and_its_desk_is_told() {
    let mut window = Window::registered(senior(1));
    let serial = window.issued_elsewhere();
    let correction = of_photo(Reason::AnotherPerson, &window.holder);
    window.submits(&correction);
    assert_eq!(window.state_of(serial), Some(CodeState::Live), "not before it is approved");
    let decision = window.does(SUPERVISOR, commanded(0, approve(&correction)));
    assert_eq!(decision.verdict, DONE);
    assert_eq!(code_states(&decision), [(serial, CodeState::Voided)]);
    assert_eq!(
        told_of(&decision, serial),
        [(Audience::SiteOfDevice(DeviceNumber(DEVICE.0 + 1)), CodeState::Voided)]
    );
    assert_eq!(window.state_of(serial), Some(CodeState::Voided));
    assert!(matches!(window.state(), State::Applied { .. }));
}

#[test]
fn p2_the_approval_leaves_the_live_code_as_it_is() {
    let mut window = Window::registered(senior(1));
    let serial = window.issued_elsewhere();
    let correction = of_photo(Reason::PoorPhoto, &window.holder);
    window.submits(&correction);
    let decision = window.does(SUPERVISOR, commanded(0, approve(&correction)));
    assert_eq!((decision.verdict.clone(), code_states(&decision)), (DONE, Vec::new()));
    assert_eq!(window.state_of(serial), Some(CodeState::Live));
}

#[test]
fn cr_a_command_on_another_revision_than_the_centres_is_refused() {
    let mut window = Window::registered(senior(1));
    let first = of_name(&window.holder, 1);
    window.submits(&first);
    let content = Box::new(first.content);
    let edit = CorrectionCommand::Edit { content: content.clone() };
    assert_eq!(window.does(CLERK, commanded(0, edit)).verdict, DONE);
    assert_eq!(window.citizen.corrections[0].correction.revision, 1);
    for stale in [0, 2] {
        for command in [CorrectionCommand::Submit, CorrectionCommand::Withdraw] {
            let operation = window.writes(CLERK, MORNING, commanded(stale, command));
            window.refuses(&operation, Refusal::ContentChanged);
        }
    }
    assert_eq!(window.does(CLERK, commanded(1, CorrectionCommand::Submit)).verdict, DONE);
    // The approver saw this content, and yet another revision of it.
    let now = Correction { content: *content, ..window.citizen.corrections[0].correction.clone() };
    let operation = window.writes(SUPERVISOR, MORNING, commanded(0, approve(&now)));
    window.refuses(&operation, Refusal::ContentChanged);
    assert_eq!(window.does(SUPERVISOR, commanded(1, approve(&now))).verdict, DONE);
}

#[test]
fn n_2_an_edit_names_its_evidence_as_the_correction_before_it_does() {
    let mut window = Window::registered(senior(1));
    let first = of_name(&window.holder, 1);
    let wanted: Vec<Digest> = first.content.evidence.iter().map(|piece| piece.digest.clone()).collect();
    assert!(!wanted.is_empty());
    let edit = CorrectionCommand::Edit { content: Box::new(first.content.clone()) };
    for body in [opened(&first, &window.holder), commanded(0, edit)] {
        let operation = window.writes(CLERK, MORNING, body);
        assert_eq!(evidence::named(&operation).collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn cr_a_correction_of_an_older_registry_record_is_submitted_with_that_word() {
    let mut window = Window::registered(senior(1));
    let person = window.citizen.person.as_mut().unwrap();
    person.version = 4;
    let correction = of_name(&window.holder, 3);
    let body = opened(&correction, &window.holder);
    assert_eq!(window.does(CLERK, body).verdict, DONE);
    let decision = window.does(CLERK, commanded(0, CorrectionCommand::Submit));
    assert_eq!(decision.verdict, Verdict::StaleVersion { current: 4 });
    assert!(matches!(window.state(), State::Submitted { .. }));
}

#[test]
fn cr_an_approval_of_an_older_registry_record_changes_nothing_and_goes_back_to_the_maker() {
    let mut window = Window::registered(senior(1));
    let serial = window.issued_elsewhere();
    let correction = of_photo(Reason::AnotherPerson, &window.holder);
    window.submits(&correction);
    // Meanwhile the registry brought something new.
    window.citizen.person.as_mut().unwrap().version = 2;
    let before = window.citizen.person.clone();
    let decision = window.does(SUPERVISOR, commanded(0, approve(&correction)));
    assert_eq!(decision.verdict, Verdict::StaleVersion { current: 2 });
    assert!(matches!(window.state(), State::Conflicted));
    assert_eq!((&window.citizen.person, window.state_of(serial)), (&before, Some(CodeState::Live)));
}

#[test]
fn cr_an_applied_correction_is_the_registrys_next_version() {
    let mut window = Window::registered(senior(1));
    let correction = of_name(&window.holder, 1);
    window.submits(&correction);
    window.does(SUPERVISOR, commanded(0, approve(&correction)));
    let person = window.citizen.person.as_ref().unwrap();
    assert_eq!((person.version, person.name.expose()), (2, "王秀瑛"));
    assert_eq!(*window.state(), State::Applied { registry_version: 2, replaced: false });
}

/// E3 is the registry's word; a desk's correction must not give it to anybody.
#[test]
fn e3_somebody_first_seen_in_a_correction_is_in_no_registry() {
    let mut window = Window::unknown(senior(1));
    let correction = of_name(&window.holder, 1);
    let body = opened(&correction, &window.holder);
    let decision = window.does(CLERK, body);
    let seen = decision.effects.iter().find_map(|effect| match effect {
        Effect::Person(person) => Some((person.registered, person.shanghai_household, person.version)),
        _ => None,
    });
    assert_eq!(seen, Some((false, false, 1)));
}

/// Everything else about what they send is right.
#[test]
fn s5_whoever_does_not_work_at_the_site_opens_and_judges_nothing() {
    for who in ["99999", STRANGER, DISMISSED] {
        let mut window = Window::registered(senior(1));
        let correction = of_name(&window.holder, 1);
        let own = Correction { maker: who.parse().unwrap(), ..correction.clone() };
        window.refuses_to_open(who, &own, Refusal::NotPermitted);
        window.submits(&correction);
        for command in [approve(&correction), REJECT] {
            let operation = window.writes(who, MORNING, commanded(0, command));
            window.refuses(&operation, Refusal::NotPermitted);
        }
    }
}

#[test]
fn a_command_on_a_correction_nobody_opened_is_refused() {
    let mut window = Window::registered(senior(1));
    let correction = of_name(&window.holder, 1);
    window.submits(&correction);
    let command = Box::new(CorrectionCommand::Withdraw);
    let body = OpBody::CorrectionCommanded { id: OTHER_ID, revision: 0, command };
    let operation = window.writes(CLERK, MORNING, body);
    window.refuses(&operation, Refusal::CorrectionState);
}

#[test]
fn cr_a_correction_is_put_in_place_only_as_its_makers_draft_and_where_none_is_open() {
    let mut window = Window::registered(senior(1));
    let draft = of_name(&window.holder, 1);
    let state = State::Submitted { at: MORNING };
    window.refuses_to_open(CLERK, &Correction { state, ..draft.clone() }, Refusal::CorrectionState);
    let anothers = Correction { maker: SUPERVISOR.parse().unwrap(), ..draft.clone() };
    window.refuses_to_open(CLERK, &anothers, Refusal::NotTheMaker);
    window.submits(&draft);
    window.refuses_to_open(CLERK, &draft, Refusal::CorrectionState);
    window.refuses_to_open(CLERK, &Correction { id: OTHER_ID, ..draft }, Refusal::CorrectionOpen);
}

#[test]
fn cr_a_correction_that_was_sent_back_is_not_taken_up_beside_an_open_one() {
    let mut window = Window::registered(senior(1));
    let first = of_name(&window.holder, 1);
    window.submits(&first);
    assert_eq!(window.does(SUPERVISOR, commanded(0, REJECT)).verdict, DONE);
    let second = opened(&Correction { id: OTHER_ID, ..first.clone() }, &window.holder);
    assert_eq!(window.does(CLERK, second).verdict, DONE);
    let edit = CorrectionCommand::Edit { content: Box::new(first.content) };
    let operation = window.writes(CLERK, MORNING, commanded(0, edit));
    window.refuses(&operation, Refusal::CorrectionOpen);
}

#[test]
fn m1_m2_the_desks_of_its_own_site_are_shown_a_correction_masked() {
    let mut window = Window::registered(senior(1));
    let correction = of_name(&window.holder, 1);
    let body = opened(&correction, &window.holder);
    let decision = window.does(CLERK, body);
    let [Announcement { audience, change: Change::Correction(record) }] = &decision.announcements[..] else {
        panic!("one word: {:?}", decision.announcements)
    };
    assert_eq!((audience, record.correction.id), (&Audience::SiteOfDevice(DEVICE), ID));
    assert_eq!((&*record.masked_name, &record.number), ("王**", &window.holder.number));
}
