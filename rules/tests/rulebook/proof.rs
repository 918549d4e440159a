//! I1–I5: no proof allows what its row of the table does not.

use crate::support::{day, number, staff, today};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use rules::{
    Day, Policy, Refusal,
    agent::AgentRole,
    correction::Digest,
    keys::Signer as _,
    person::IdNumber,
    proof::{Act, AgentProof, ChipCard, Confirmation, Document, Proof, ProofKind, ProvedAgent, ShownBy},
};
use uuid::Uuid;

fn anybody() -> impl Strategy<Value = IdNumber> {
    (1930i16..=2025, 1i8..=12, 1i8..=28)
        .prop_map(|(year, month, of_month)| number(day(year, month, of_month)))
}

fn agents() -> impl Strategy<Value = ProvedAgent> {
    let roles = select(vec![AgentRole::Guardian, AgentRole::Relative]);
    let by = select(vec![
        AgentProof::Chip { card: ChipCard::Resident },
        AgentProof::Code { log_in: Uuid::from_u128(1) },
    ]);
    (anybody(), roles, by).prop_map(|(number, role, by)| ProvedAgent { number, role, by })
}

fn confirmation() -> Confirmation {
    Confirmation {
        supervisor: staff("S1"),
        signature: "0".repeat(128),
        key_id: crate::support::key(1).key_id(),
    }
}

fn proofs() -> impl Strategy<Value = Proof> {
    let documents = (
        select(Document::ALL.to_vec()),
        subsequence(vec![Digest::of(b"page 1"), Digest::of(b"page 2")], 0..=2),
        proptest::option::of(agents()),
        any::<bool>(),
    );
    prop_oneof![
        select(vec![ChipCard::Resident, ChipCard::SocialSecurity]).prop_map(|card| Proof::Chip { card }),
        Just(Proof::Code { log_in: Uuid::nil(), shown_by: ShownBy::Citizen }),
        anybody().prop_map(|agent| Proof::Code {
            log_in: Uuid::nil(),
            shown_by: ShownBy::Relative { agent: Box::new(agent) },
        }),
        agents().prop_map(|agent| Proof::Bound { agent: Box::new(agent) }),
        documents.prop_map(|(document, evidence, guardian, is_confirmed)| Proof::Document {
            document,
            evidence,
            guardian: guardian.map(Box::new),
            confirmed: is_confirmed.then(|| Box::new(confirmation())),
        }),
        anybody().prop_map(|agent| Proof::Roster {
            institution: Uuid::nil(),
            list: Uuid::nil(),
            agent: Box::new(agent),
        }),
    ]
}

fn age(number: &IdNumber) -> i16 {
    let (born, now) = (number.birth(), today());
    now.year() - born.year() - i16::from((now.month(), now.day()) < (born.month(), born.day()))
}

/// The table, written down again without looking at the code: what may never be done.
fn is_outside_the_row(proof: &Proof, act: Act, holder: &IdNumber) -> bool {
    use Act::{Apply, CorrectName, CorrectPhoto, Reapply, Reissue, Replace, ReportLoss, Reprint};
    let of_guardian = [CorrectName, CorrectPhoto, Replace].contains(&act);
    let by_code = |agent: &ProvedAgent| matches!(agent.by, AgentProof::Code { .. });
    match proof {
        Proof::Chip { .. } => false,
        Proof::Code { .. } => act == CorrectName,
        Proof::Bound { agent } => {
            (of_guardian && (agent.role != AgentRole::Guardian || age(holder) >= 18))
                || (by_code(agent) && act == CorrectName)
        }
        Proof::Document { .. } if act == ReportLoss => false,
        Proof::Document { guardian, .. } if age(holder) < 16 => match guardian {
            None => true,
            Some(guardian) => {
                guardian.role != AgentRole::Guardian || (by_code(guardian) && act == CorrectName)
            }
        },
        Proof::Document { confirmed, .. } => ![Apply, Reapply, Reissue].contains(&act) || confirmed.is_none(),
        Proof::Roster { .. } => ![Apply, Reapply, Reissue, Reprint].contains(&act),
    }
}

fn decide(proof: &Proof, act: Act, holder: &IdNumber) -> Result<(), Refusal> {
    proof.allows(act, Some(holder), today(), &Policy::default())
}

proptest! {
    #[test]
    fn no_proof_allows_what_its_row_does_not_and_every_proof_what_its_row_does(
        proof in proofs(),
        act in select(Act::ALL.to_vec()),
        holder in anybody(),
    ) {
        prop_assert_eq!(decide(&proof, act, &holder).is_err(), is_outside_the_row(&proof, act, &holder));
    }

    #[test]
    fn a_holder_whose_age_is_not_known_gets_no_more_than_one_of_age(
        proof in proofs(),
        act in select(Act::ALL.to_vec()),
    ) {
        let of_age = number(day(1950, 1, 1));
        let unknown = proof.allows(act, None, today(), &Policy::default());
        prop_assert_eq!(unknown, decide(&proof, act, &of_age));
    }

    #[test]
    fn a_loss_is_refused_for_a_roster_alone(proof in proofs(), holder in anybody()) {
        let refused = decide(&proof, Act::ReportLoss, &holder).is_err();
        prop_assert_eq!(refused, proof.kind() == ProofKind::Roster);
    }

    #[test]
    fn each_refusal_is_of_the_row_of_its_proof(
        proof in proofs(),
        act in select(Act::ALL.to_vec()),
        holder in anybody(),
    ) {
        let Err(refusal) = decide(&proof, act, &holder) else { return Ok(()) };
        let of_row: &[Refusal] = match proof.kind() {
            ProofKind::Chip => &[],
            ProofKind::Code => &[Refusal::CodeNotForName],
            ProofKind::Bound => &[Refusal::BoundNotForCorrection, Refusal::CodeNotForName],
            ProofKind::Document => &[
                Refusal::DocumentNeedsGuardian,
                Refusal::DocumentNeedsSupervisor,
                Refusal::DocumentNotFor,
                Refusal::CodeNotForName,
            ],
            ProofKind::Roster => &[Refusal::RosterNotFor],
        };
        prop_assert!(of_row.contains(&refusal), "{refusal}");
    }
}

#[test]
fn i4_on_the_sixteenth_birthday_a_supervisor_takes_the_place_of_the_guardian() {
    let sixteen = number(Day::constant(today().year() - 16, today().month(), today().day()));
    let younger = number(sixteen.birth().tomorrow().unwrap());
    let paper = |confirmed| Proof::Document {
        document: Document::LossCertificate,
        evidence: vec![Digest::of(b"page")],
        guardian: None,
        confirmed,
    };
    assert_eq!(decide(&paper(None), Act::Reissue, &younger), Err(Refusal::DocumentNeedsGuardian));
    assert_eq!(decide(&paper(None), Act::Reissue, &sixteen), Err(Refusal::DocumentNeedsSupervisor));
    let confirmed = paper(Some(Box::new(confirmation())));
    assert_eq!(decide(&confirmed, Act::Reissue, &sixteen), Ok(()));
    assert_eq!(decide(&confirmed, Act::Reissue, &younger), Err(Refusal::DocumentNeedsGuardian));
}
