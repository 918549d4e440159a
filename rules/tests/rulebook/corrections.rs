//! Course of a correction: states, the four-eyes rule and the effect of an approval.

use crate::support::{code, day, name, noon, serial, staff, today};
use proptest::{collection::vec, prelude::*};
use rules::{
    At, Refusal, StaffNumber,
    correction::{
        Actor, Content, Correction, CorrectionCommand, Digest, Due, Evidence, EvidenceKind, Field,
        HolderFacts, Reason, Rejection, State, Value, decide, due, may_judge, may_place, may_take_up,
        open_correction, overdue_before, working_days_since,
    },
    life::CodeState,
    permission::Role,
};
use uuid::Uuid;

pub(crate) const ADULT: HolderFacts =
    HolderFacts { under_fourteen: false, guardian: Err(Refusal::GuardianNeeded) };

fn actor(number: &str, role: Role) -> Actor {
    Actor { staff: staff(number), roles: vec![role] }
}

pub(crate) fn maker() -> Actor {
    actor("C1", Role::Clerk)
}

pub(crate) fn approver() -> Actor {
    actor("S1", Role::Supervisor)
}

pub(crate) fn now() -> At {
    noon(today())
}

pub(crate) fn content() -> Content {
    Content {
        before: Value::Name(name("张山")),
        after: Value::Name(name("张三")),
        reason: Reason::TypingError,
        evidence: vec![Evidence {
            kind: EvidenceKind::ChipRead,
            digest: Digest::of(b"chip"),
            media_type: "application/json".into(),
            page: 1,
        }],
        chip_name: Some(name("张三")),
        registry_version: 4,
        photo_shortfall: None,
        agent: None,
    }
}

pub(crate) fn draft() -> Correction {
    Correction {
        id: Uuid::from_u128(1),
        field: Field::Name,
        maker: staff("C1"),
        revision: 0,
        content: content(),
        state: State::Draft,
        escalation: None,
    }
}

fn approve(content: &Content) -> CorrectionCommand {
    CorrectionCommand::Approve { digest: content.digest(), opened: vec![Digest::of(b"chip")] }
}

#[test]
fn cr_e1_one_sent_back_for_missing_documents_names_them() {
    let reject = |documents: &[EvidenceKind]| CorrectionCommand::Reject {
        rejection: Rejection::EvidenceMissing,
        documents: documents.to_vec(),
    };
    assert_eq!(run(&submitted(), &reject(&[]), &approver()), Err(Refusal::DocumentsNotNamed));
    let rejected = run(&submitted(), &reject(&[EvidenceKind::HouseholdBook]), &approver()).unwrap();
    let State::Rejected { documents, .. } = rejected.state else { panic!("{:?}", rejected.state) };
    assert_eq!(documents, [EvidenceKind::HouseholdBook]);
}

fn edit(content: Content) -> CorrectionCommand {
    CorrectionCommand::Edit { content: Box::new(content) }
}

const REJECT: CorrectionCommand =
    CorrectionCommand::Reject { rejection: Rejection::DiffersFromSource, documents: Vec::new() };
const APPLY: CorrectionCommand = CorrectionCommand::Apply { registry_version: 4 };

fn run(correction: &Correction, command: &CorrectionCommand, actor: &Actor) -> Result<Correction, Refusal> {
    decide(correction, command, actor, ADULT, now())
}

fn submitted() -> Correction {
    run(&draft(), &CorrectionCommand::Submit, &maker()).unwrap()
}

fn approved() -> Correction {
    run(&submitted(), &approve(&content()), &approver()).unwrap()
}

fn applied() -> Correction {
    run(&approved(), &APPLY, &approver()).unwrap()
}

fn in_every_state() -> Vec<Correction> {
    let rejected = run(&submitted(), &REJECT, &approver()).unwrap();
    let withdrawn = run(&draft(), &CorrectionCommand::Withdraw, &maker()).unwrap();
    let conflicted =
        run(&approved(), &CorrectionCommand::Apply { registry_version: 5 }, &approver()).unwrap();
    vec![draft(), submitted(), approved(), applied(), rejected, withdrawn, conflicted]
}

#[test]
fn cr_states_a_correction_goes_from_draft_to_applied_and_replaced() {
    assert_eq!(submitted().state, State::Submitted { at: now() });
    assert_eq!(submitted().state.submitted_at(), Some(now()));
    assert_eq!(draft().state.submitted_at(), None);
    assert_eq!(approved().state.submitted_at(), None, "it waits for nobody");
    let digest = content().digest();
    assert_eq!(approved().state, State::Approved { approver: staff("S1"), at: now(), digest });
    assert_eq!(applied().state, State::Applied { registry_version: 5, replaced: false });
    let replaced = run(&applied(), &CorrectionCommand::MarkReplaced, &maker()).unwrap();
    assert_eq!(replaced.state, State::Applied { registry_version: 5, replaced: true });
    assert_eq!(
        run(&replaced, &CorrectionCommand::MarkReplaced, &maker()),
        Err(Refusal::NoApprovedCorrection)
    );
}

#[test]
fn cr_states_every_command_is_allowed_or_refused_in_every_state() {
    // Rows: draft, submitted, approved, applied, rejected, withdrawn, conflicted.
    let table: [(CorrectionCommand, Actor, [bool; 7]); 7] = [
        (edit(content()), maker(), [true, true, true, false, true, false, true]),
        (CorrectionCommand::Submit, maker(), [true, false, false, false, false, false, false]),
        (approve(&content()), approver(), [false, true, false, false, false, false, false]),
        (REJECT, approver(), [false, true, true, false, false, false, false]),
        (CorrectionCommand::Withdraw, maker(), [true, true, true, false, false, false, true]),
        (APPLY, approver(), [false, false, true, false, false, false, false]),
        (CorrectionCommand::MarkReplaced, maker(), [false, false, false, true, false, false, false]),
    ];
    for (command, actor, allowed) in table {
        for (correction, allowed) in in_every_state().iter().zip(allowed) {
            let decided = run(correction, &command, &actor);
            assert_eq!(decided.is_ok(), allowed, "{command:?} in {:?}: {decided:?}", correction.state);
            if let Err(refusal) = decided {
                assert!([Refusal::CorrectionState, Refusal::NoApprovedCorrection].contains(&refusal));
            }
        }
    }
}

#[test]
fn cr_states_an_edit_after_submission_makes_a_new_revision_and_voids_the_approval() {
    let other = Content { photo_shortfall: Some("x".into()), ..content() };
    let drafted = run(&draft(), &edit(other.clone()), &maker()).unwrap();
    assert_eq!((drafted.revision, &drafted.state), (0, &State::Draft));
    for later in [submitted(), approved()] {
        let edited = run(&later, &edit(other.clone()), &maker()).unwrap();
        assert_eq!((edited.revision, &edited.state, &edited.content), (1, &State::Draft, &other));
    }
}

#[test]
fn cr_states_a_conflict_returns_to_the_maker() {
    for registry_version in [3, 5] {
        let command = CorrectionCommand::Apply { registry_version };
        assert_eq!(run(&approved(), &command, &approver()).unwrap().state, State::Conflicted);
    }
    let conflicted = Correction { state: State::Conflicted, ..draft() };
    let again = Content { registry_version: 5, ..content() };
    let edited = run(&conflicted, &edit(again), &maker()).unwrap();
    assert_eq!((edited.revision, edited.state), (1, State::Draft));
}

#[test]
fn cr_four_eyes_maker_and_approver_must_be_two_people() {
    let own = actor("C1", Role::Supervisor);
    assert_eq!(run(&submitted(), &approve(&content()), &own), Err(Refusal::SamePerson));
    assert_eq!(run(&submitted(), &REJECT, &own), Err(Refusal::SamePerson));
    let forged = Correction {
        state: State::Approved { approver: staff("C1"), at: now(), digest: content().digest() },
        ..draft()
    };
    assert_eq!(run(&forged, &APPLY, &approver()), Err(Refusal::SamePerson), "checked again at the centre");
}

#[test]
fn cr_four_eyes_only_supervisors_may_approve() {
    for role in Role::ALL {
        let decided = run(&submitted(), &approve(&content()), &actor("S9", role)).map(|_| ());
        assert_eq!(decided, if role == Role::Supervisor { Ok(()) } else { Err(Refusal::NotPermitted) });
    }
}

#[test]
fn cr_approval_requires_every_piece_of_evidence_to_be_opened() {
    let command = CorrectionCommand::Approve { digest: content().digest(), opened: vec![] };
    assert_eq!(run(&submitted(), &command, &approver()), Err(Refusal::EvidenceNotOpened));

    let mut two = content();
    two.evidence.push(Evidence { digest: Digest::of(b"card"), page: 2, ..two.evidence[0].clone() });
    let (digest, waiting) = (two.digest(), Correction { content: two, ..submitted() });
    let after = |opened: &[&[u8]]| {
        let opened = opened.iter().map(|piece| Digest::of(piece)).collect();
        let command = CorrectionCommand::Approve { digest: digest.clone(), opened };
        run(&waiting, &command, &approver()).map(|_| ())
    };
    for some in [&[b"chip".as_slice()], &[b"card".as_slice()]] {
        assert_eq!(after(some), Err(Refusal::EvidenceNotOpened), "one of two");
    }
    assert_eq!(after(&[b"chip", b"card"]), Ok(()));
}

#[test]
fn cr_approval_binds_the_content_the_approver_saw() {
    let seen = Content { registry_version: 3, ..content() };
    assert_eq!(run(&submitted(), &approve(&seen), &approver()), Err(Refusal::ContentChanged));
    let swapped = Correction { content: Content { registry_version: 3, ..content() }, ..approved() };
    let apply = CorrectionCommand::Apply { registry_version: 3 };
    assert_eq!(run(&swapped, &apply, &approver()), Err(Refusal::ContentChanged));
}

#[test]
fn cr_approval_digest_covers_before_after_reason_evidence_and_version() {
    let base = content().digest();
    let mut longer = content();
    longer.evidence.push(Evidence { page: 2, ..longer.evidence[0].clone() });
    let changed = [
        Content { before: Value::Name(name("张杉")), ..content() },
        Content { after: Value::Name(name("张叁")), ..content() },
        Content { reason: Reason::Separator, ..content() },
        Content { evidence: vec![], ..content() },
        longer,
        Content { registry_version: 5, ..content() },
    ];
    let mut digests: Vec<_> = changed.iter().map(Content::digest).chain([base.clone()]).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), changed.len() + 1);
    assert_eq!(Content { chip_name: None, ..content() }.digest(), base);
    assert_eq!(format!("{base:?}"), base.to_string());
}

#[test]
fn cr_approval_checks_the_content_again() {
    let dishonest = Correction {
        content: Content { evidence: vec![], ..content() },
        state: State::Submitted { at: now() },
        ..draft()
    };
    let command = approve(&dishonest.content);
    assert_eq!(run(&dishonest, &command, &approver()), Err(Refusal::EvidenceMissing));
}

#[test]
fn cr_maker_only_the_maker_may_continue() {
    let other = actor("C2", Role::Clerk);
    assert_eq!(run(&draft(), &edit(content()), &other), Err(Refusal::NotTheMaker));
    assert_eq!(run(&draft(), &CorrectionCommand::Submit, &other), Err(Refusal::NotTheMaker));
    assert_eq!(run(&draft(), &CorrectionCommand::Withdraw, &other), Err(Refusal::NotTheMaker));
    assert!(run(&draft(), &CorrectionCommand::Withdraw, &approver()).is_ok());
    for command in [edit(content()), CorrectionCommand::Submit, CorrectionCommand::Withdraw] {
        assert_eq!(run(&draft(), &command, &actor("C1", Role::Auditor)), Err(Refusal::NotPermitted));
    }
}

#[test]
fn cr_maker_an_escalation_belongs_to_the_first_person_to_edit_it() {
    let escalated = Correction { maker: StaffNumber::NOBODY, ..draft() };
    let other = actor("C2", Role::Clerk);
    assert_eq!(run(&escalated, &edit(content()), &other).unwrap().maker, staff("C2"));
    assert_eq!(run(&escalated, &CorrectionCommand::Submit, &other).unwrap().maker, staff("C2"));
    assert!(run(&escalated, &CorrectionCommand::Withdraw, &other).is_ok());
}

#[test]
fn cr_one_open_correction_per_field() {
    let open: Vec<bool> = in_every_state().iter().map(|correction| correction.state.is_open()).collect();
    assert_eq!(open, [true, true, true, false, false, false, true]);
    let applied = applied();
    let second = Correction { id: Uuid::from_u128(2), ..draft() };
    let all = [applied, second.clone()];
    assert_eq!(open_correction(&all, Field::Name), Some(&second));
    assert_eq!(open_correction(&all, Field::Photo), None);
    assert_eq!(open_correction(&all[..1], Field::Name), None);
}

#[test]
fn cr_one_open_correction_is_stored_by_its_maker_and_only_as_a_draft() {
    let placed = |there: &[Correction], offered: &Correction| may_place(there, offered, &maker());
    let another = Correction { id: Uuid::from_u128(2), ..draft() };
    assert_eq!(placed(&[], &draft()), Ok(()));
    assert_eq!(placed(&[draft()], &draft()), Ok(()), "the draft was edited");
    assert_eq!(placed(&[draft()], &another), Err(Refusal::CorrectionOpen));
    let photo = Correction { field: Field::Photo, ..another.clone() };
    assert_eq!(placed(&[draft()], &photo), Ok(()), "one for each field");
    assert_eq!(placed(&[applied()], &another), Ok(()));
    for later in in_every_state().into_iter().filter(|correction| correction.state != State::Draft) {
        assert_eq!(placed(&[], &later), Err(Refusal::CorrectionState), "no state can be claimed");
        assert_eq!(placed(&[later], &draft()), Err(Refusal::CorrectionState), "nor taken back");
    }
    let of_another = Correction { maker: staff("C2"), ..draft() };
    assert_eq!(placed(&[], &of_another), Err(Refusal::NotTheMaker));
    assert_eq!(placed(&[of_another], &draft()), Err(Refusal::NotTheMaker));
    let other_field = Correction { field: Field::Photo, ..draft() };
    assert_eq!(placed(&[other_field], &draft()), Err(Refusal::CorrectionField));
    assert_eq!(may_place(&[], &draft(), &actor("C1", Role::Auditor)), Err(Refusal::NotPermitted));
}

#[test]
fn cr_states_only_an_applied_and_unused_correction_allows_a_replacement() {
    let allowed = |asked| in_every_state().iter().map(|c| c.allows_replacement(asked)).collect::<Vec<_>>();
    assert_eq!(allowed(true), [false, false, false, true, false, false, false]);
    assert_eq!(
        allowed(false),
        [false, false, true, true, false, false, false],
        "approved at this desk, offline"
    );
    let used = run(&applied(), &CorrectionCommand::MarkReplaced, &maker()).unwrap();
    assert!(!used.allows_replacement(true) && !used.allows_replacement(false));
}

#[test]
fn cr_states_a_rejected_correction_cannot_be_reopened_beside_another() {
    let rejected = run(&submitted(), &REJECT, &approver()).unwrap();
    let again = run(&rejected, &edit(content()), &maker()).unwrap();
    assert_eq!((again.state, again.revision), (State::Draft, rejected.revision + 1));
    assert_eq!(run(&rejected, &edit(content()), &actor("C2", Role::Clerk)), Err(Refusal::NotTheMaker));
    let another = Correction { id: Uuid::from_u128(2), ..draft() };
    let taken_up = |there: &[Correction], which: &Correction| may_take_up(there, which, &edit(content()));
    assert_eq!(taken_up(&[rejected.clone(), another.clone()], &rejected), Err(Refusal::CorrectionOpen));
    assert_eq!(taken_up(&[rejected.clone(), applied()], &rejected), Ok(()));
    assert_eq!(taken_up(std::slice::from_ref(&another), &another), Ok(()), "it is the open one itself");
    assert_eq!(
        may_take_up(&[another], &rejected, &CorrectionCommand::Submit),
        Ok(()),
        "refused by its state"
    );
}

#[test]
fn cr_approval_checks_four_eyes_before_anything_else() {
    assert_eq!(may_judge(&submitted(), &approver()), Ok(()));
    assert_eq!(may_judge(&submitted(), &actor("C1", Role::Supervisor)), Err(Refusal::SamePerson));
    assert_eq!(may_judge(&submitted(), &actor("C2", Role::Clerk)), Err(Refusal::NotPermitted));
}

#[test]
fn p1_and_a_photo_below_the_limits_are_flagged_to_the_approver() {
    assert!(!content().is_flagged());
    assert!(Content { reason: Reason::AnotherPerson, ..content() }.is_flagged());
    assert!(Content { photo_shortfall: Some("white wall".into()), ..content() }.is_flagged());
}

#[test]
fn p1_the_approval_voids_the_live_code_and_allows_no_replacement() {
    let codes = [
        code(1, CodeState::Live, day(2025, 1, 1), day(2025, 6, 30)),
        code(2, CodeState::Lost, day(2025, 12, 1), day(2026, 5, 30)),
        code(3, CodeState::Live, day(2025, 12, 2), day(2026, 5, 31)),
    ];
    let mut wrong_person = applied();
    wrong_person.content.reason = Reason::AnotherPerson;
    assert_eq!(wrong_person.voided_by_approval(&codes, day(2026, 1, 5)), [serial(3)]);
    assert_eq!(applied().voided_by_approval(&codes, day(2026, 1, 5)), []);
    for correction in in_every_state() {
        let content = Content { reason: Reason::AnotherPerson, ..correction.content.clone() };
        let correction = Correction { content, ..correction };
        assert!(!correction.allows_replacement(true) && !correction.allows_replacement(false));
    }
}

#[test]
fn cr_due_after_ten_minutes_at_the_counter_and_otherwise_after_the_day() {
    let submitted = noon(day(2026, 1, 5));
    let minutes = |minutes: i64| submitted.plus_ms(minutes * 60_000);
    assert_eq!(due(submitted, true, minutes(10)), Due::InTime);
    assert_eq!(due(submitted, true, minutes(10).plus_ms(1)), Due::Late);
    assert_eq!(due(submitted, false, minutes(11)), Due::InTime);
    assert_eq!(due(submitted, false, At::end_of(day(2026, 1, 5)).plus_ms(-1)), Due::InTime);
    assert_eq!(due(submitted, false, At::end_of(day(2026, 1, 5))), Due::Late);
    // Monday the 5th; five working days later is Monday the 12th.
    assert_eq!(due(submitted, true, noon(day(2026, 1, 12))), Due::Late);
    assert_eq!(due(submitted, true, noon(day(2026, 1, 13))), Due::Overdue);
    assert!(Due::InTime < Due::Late && Due::Late < Due::Overdue);
    // `overdue_before` agrees with `due` on every day of two weeks.
    for today in day(2026, 1, 5).series(jiff::ToSpan::days(1)).take(14) {
        let edge = overdue_before(noon(today));
        assert_eq!(due(edge.plus_ms(-1), false, noon(today)), Due::Overdue, "{today}");
        assert_ne!(due(edge, false, noon(today)), Due::Overdue, "{today}");
    }
}

#[test]
fn cr_due_counts_monday_to_friday_as_working_days() {
    for (from, to, days) in [
        (day(2026, 1, 5), day(2026, 1, 5), 0),
        (day(2026, 1, 5), day(2026, 1, 4), 0),
        (day(2026, 1, 9), day(2026, 1, 11), 0),
        (day(2026, 1, 9), day(2026, 1, 12), 1),
        (day(2026, 1, 5), day(2026, 1, 12), 5),
    ] {
        assert_eq!(working_days_since(from, to), days, "{from} to {to}");
    }
    assert!(working_days_since(day(1, 1, 1), today()) < 366, "a forged date costs no time");
}

proptest! {
    #[test]
    fn cr_states_no_history_applies_a_change_without_two_people(
        steps in vec((0_u8..7, 0_usize..3, any::<bool>()), 1..30),
    ) {
        let people = [actor("S1", Role::Supervisor), actor("S2", Role::Supervisor), actor("C1", Role::Clerk)];
        let mut correction = Correction { maker: StaffNumber::NOBODY, ..draft() };
        let mut revision = 0;
        for (kind, who, other) in steps {
            let version = if other { 5 } else { 4 };
            let wanted = Content { registry_version: version, ..content() };
            let command = match kind {
                0 => edit(wanted),
                1 => CorrectionCommand::Submit,
                2 => approve(&wanted),
                3 => REJECT,
                4 => CorrectionCommand::Withdraw,
                5 => CorrectionCommand::Apply { registry_version: version },
                _ => CorrectionCommand::MarkReplaced,
            };
            let before = correction.state.clone();
            if let Ok(next) = run(&correction, &command, &people[who]) {
                correction = next;
            }
            prop_assert!(correction.revision >= revision, "revisions never go back");
            revision = correction.revision;
            if let State::Approved { approver, digest, .. } = &correction.state {
                prop_assert_ne!(approver, &correction.maker);
                prop_assert_eq!(digest, &correction.content.digest());
            }
            let entered = matches!(correction.state, State::Applied { .. }) && !matches!(before, State::Applied { .. });
            let was_approved = matches!(before, State::Approved { .. });
            prop_assert!(!entered || was_approved);
        }
    }
}
