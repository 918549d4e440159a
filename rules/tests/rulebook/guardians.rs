//! E8: the guardian of a child whose name or photo is corrected.

use crate::{
    corrections::{ADULT, approver, content, draft, maker, now},
    support::{day, name, number, today},
};
use rules::{
    Policy, Refusal,
    correction::{
        Content, Correction, CorrectionCommand, Digest, Evidence, EvidenceKind, HolderFacts, State, Tie,
        decide,
    },
    op::{Agent, AgentRole},
    person::IdNumber,
};

fn piece(kind: EvidenceKind) -> Evidence {
    Evidence { kind, digest: Digest::of(b"page"), media_type: "image/jpeg".into(), page: 1 }
}

fn child() -> IdNumber {
    number(day(2020, 5, 5))
}

fn guardian() -> Agent {
    Agent {
        role: AgentRole::Guardian,
        number: number(day(1985, 3, 3)),
        name: name("李四"),
        binding_verified: false,
        proof: vec![],
        consent: true,
    }
}

/// Submits and approves a child's correction with this content, and returns both results.
/// `is_bound` says whether the registry binds the agent.
fn of_a_child(content: Content, is_bound: bool) -> [Result<State, Refusal>; 2] {
    let draft = Correction { content: content.clone(), ..draft() };
    let submitted = Correction { state: State::Submitted { at: now() }, ..draft.clone() };
    let tie = |agent: &Agent| Tie { is_holder: agent.number == child(), is_bound };
    let guardian = draft.guardian(tie, today(), &Policy::default());
    let facts = HolderFacts { under_fourteen: true, guardian };
    let opened = content.evidence.iter().map(|piece| piece.digest.clone()).collect();
    let approve = CorrectionCommand::Approve { digest: content.digest(), opened };
    [
        decide(&draft, &CorrectionCommand::Submit, &maker(), facts, now()),
        decide(&submitted, &approve, &approver(), facts, now()),
    ]
    .map(|decided| decided.map(|correction| correction.state))
}

#[test]
fn e8_the_correction_of_a_child_needs_a_guardian_who_may_act() {
    let with = |agent: Agent| Content { agent: Some(Box::new(agent)), ..content() };
    let is_refused = |content: Content, is_bound, refusal| {
        for decided in of_a_child(content, is_bound) {
            assert_eq!(decided, Err(refusal));
        }
    };
    assert!(of_a_child(with(guardian()), true).iter().all(Result::is_ok));
    is_refused(content(), true, Refusal::GuardianNeeded);
    for number in [child(), number(day(2016, 3, 3))] {
        is_refused(with(Agent { number, ..guardian() }), true, Refusal::GuardianNeeded);
    }
    is_refused(with(Agent { consent: false, ..guardian() }), true, Refusal::GuardianNeeded);
    is_refused(with(Agent { role: AgentRole::Relative, ..guardian() }), true, Refusal::GuardianNeeded);

    // Neither the desk's claim nor papers that the approver cannot see prove the binding.
    is_refused(with(guardian()), false, Refusal::AgentNotBound);
    let proof = vec![Digest::of(b"somewhere")];
    is_refused(with(Agent { binding_verified: true, proof, ..guardian() }), false, Refusal::AgentNotBound);
    for (kind, proves) in [
        (EvidenceKind::HouseholdBook, true),
        (EvidenceKind::BirthCertificate, true),
        (EvidenceKind::CardScan, false),
    ] {
        let mut content = with(guardian());
        content.evidence.push(piece(kind));
        assert!(of_a_child(content, false).iter().all(|decided| decided.is_ok() == proves), "{kind:?}");
    }
}

#[test]
fn e8_an_edit_names_its_own_guardian() {
    let answer = |correction: &Correction| {
        let tie = |_: &Agent| Tie { is_holder: false, is_bound: true };
        correction.guardian(tie, today(), &Policy::default())
    };
    let named = Correction { content: Content { agent: Some(Box::new(guardian())), ..content() }, ..draft() };
    assert_eq!(answer(&named), Ok(()));
    let edit = CorrectionCommand::Edit { content: Box::new(content()) };
    let edited = decide(&named, &edit, &maker(), ADULT, now()).unwrap();
    assert_eq!(answer(&edited), Err(Refusal::GuardianNeeded));
}

#[test]
fn e8_the_approval_binds_the_guardian() {
    let content = || Content { evidence: vec![piece(EvidenceKind::ChipRead)], ..content() };
    let with = |agent: Agent| Content { agent: Some(Box::new(agent)), ..content() };
    let base = with(guardian()).digest();
    assert_ne!(base, content().digest());
    assert_ne!(base, with(Agent { name: name("李五"), ..guardian() }).digest());
    let written = serde_json::to_value(content()).unwrap();
    assert_eq!(serde_json::from_value::<Content>(written).unwrap(), content());
    // Computed with Python (CBOR) and OpenSSL (SM3), for content without an agent.
    assert_eq!(
        content().digest().to_string(),
        "e687891c2912cb5296b9fa5b4fb61e92a12bea918bb892888abb3062d25e1702"
    );
}
