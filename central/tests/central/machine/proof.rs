//! I1–I5: the centre decides again whether the proof of an operation allows it.

use crate::machine::support::{CLERK, DISMISSED, STRANGER, SUPERVISOR, Window, rejected};
use central::machine::{
    log_in::WindowLogIn,
    proof::{BINDING_UNVERIFIED, DOCUMENT},
};
use central_fixture::desk::{DAY, Holder, MINUTE, MORNING, issue_body, number, senior, serial_of};
use rules::{
    Refusal,
    agent::{Agent, AgentRole},
    digest::Digest,
    institution::RosterId,
    keys::Signer as _,
    life::{Action, CodeState, Serial},
    op::{CitizenRef, OpBody, Operation},
    person::IdNumber,
    proof::{AgentProof, ChipCard, Confirmation, Document, Proof, ProvedAgent, ShownBy},
    wire::Verdict,
};
use uuid::Uuid;

const APPLIED: Verdict = Verdict::Applied { action: Some(Action::Apply) };
const DONE: Verdict = Verdict::Applied { action: None };

fn mother() -> IdNumber {
    number("19850302", 7)
}

fn child() -> Holder {
    Holder::new(number("20200101", 5), "王小明")
}

fn by_card(number: IdNumber, role: AgentRole) -> Box<ProvedAgent> {
    Box::new(ProvedAgent { number, role, by: AgentProof::Chip { card: ChipCard::Resident } })
}

fn document(guardian: Option<Box<ProvedAgent>>, supervisor: Option<&str>) -> Proof {
    let confirmed = supervisor.map(|number| {
        Box::new(Confirmation {
            supervisor: number.parse().unwrap(),
            signature: "0".repeat(128),
            key_id: central_fixture::people::key(&number.parse().unwrap()).key_id(),
        })
    });
    let evidence = vec![Digest::of(b"household book")];
    Proof::Document { document: Document::HouseholdBook, evidence, guardian, confirmed }
}

fn guardian(number: IdNumber) -> Agent {
    Agent {
        role: AgentRole::Guardian,
        number,
        name: senior(1).name,
        binding_verified: true,
        proof: Vec::new(),
        consent: true,
    }
}

/// A first issue on this proof.
fn issue(window: &mut Window, proof: Proof, agent: Option<Agent>) -> Operation {
    window.desk.proof = proof;
    let serial = window.desk.serial(&window.holder.number);
    let mut body = issue_body(&window.holder, Action::Apply, serial, MORNING.day(), Some(1));
    if let OpBody::Issue { agent: named, .. } = &mut body {
        *named = agent.map(Box::new);
    }
    window.writes(CLERK, MORNING, body)
}

/// Asserts that the issue is refused, and its sheet voided. The citizen stays as they were.
fn refuses(window: &mut Window, operation: &Operation, code: Refusal) {
    let before = window.citizen.clone();
    let decision = window.decides(operation);
    assert_eq!(decision.verdict, rejected(code));
    let OpBody::Issue { serial, .. } = operation.body else { unreachable!() };
    assert_eq!(window.state_of(serial), Some(CodeState::Voided));
    window.citizen = before;
}

fn binds(window: &mut Window, number: &IdNumber) {
    let index_key = central_fixture::desk::INDEX_KEY;
    window.citizen.relatives.push(CitizenRef::at_centre(number, &index_key));
}

#[test]
fn i1_an_operation_for_a_citizen_without_a_proof_is_refused() {
    let mut window = Window::registered(senior(1));
    let proof = window.desk.proof.clone();
    let operation = issue(&mut window, proof, None);
    let operation = window.desk.seal(Operation { proof: None, ..operation });
    refuses(&mut window, &operation, Refusal::ProofMissing);
    let loss = OpBody::ReportLoss { serial: Serial([0; 16]), agent: None, consequence_confirmed: true };
    let loss = window.writes(CLERK, MORNING, loss);
    let loss = window.desk.seal(Operation { proof: None, ..loss });
    window.refuses(&loss, Refusal::ProofMissing);
}

#[test]
fn i3_the_registry_and_not_the_desk_binds_a_relative() {
    let proof = || Proof::Bound { agent: by_card(mother(), AgentRole::Relative) };
    let relative = || Agent { role: AgentRole::Relative, ..guardian(mother()) };
    let mut window = Window::registered(senior(1));
    let operation = issue(&mut window, proof(), None);
    refuses(&mut window, &operation, Refusal::NotBound);
    binds(&mut window, &mother());
    let other = Agent { number: number("19800101", 3), ..relative() };
    binds(&mut window, &other.number);
    let operation = issue(&mut window, proof(), Some(other));
    refuses(&mut window, &operation, Refusal::NotBound);
    let operation = issue(&mut window, proof(), Some(relative()));
    assert_eq!(window.decides(&operation).verdict, APPLIED);
}

#[test]
fn e10_who_collects_a_copy_is_bound_and_who_reports_a_loss_is_only_recorded() {
    let mut window = Window::registered(senior(1));
    let issued = issue(&mut window, Proof::Chip { card: ChipCard::Resident }, None);
    assert_eq!(window.decides(&issued).verdict, APPLIED);
    let serial = serial_of(&issued);
    let neighbour = Agent { role: AgentRole::Relative, binding_verified: false, ..guardian(mother()) };
    let copy = |agent: &Agent| OpBody::Reprint { serial, agent: Some(Box::new(agent.clone())) };
    let operation = window.writes(CLERK, MORNING, copy(&neighbour));
    window.refuses(&operation, Refusal::AgentNotBound);
    let on_paper = Agent { proof: vec![Digest::of(b"household book")], ..neighbour.clone() };
    let decision = window.does(CLERK, copy(&on_paper));
    assert_eq!((decision.verdict, decision.reviews), (DONE, vec![BINDING_UNVERIFIED]));
    binds(&mut window, &mother());
    assert_eq!(window.does(CLERK, copy(&neighbour)).reviews, Vec::<&str>::new());
    // Somebody else again: a loss is taken whoever reports it.
    let stranger = Agent { number: number("19800101", 3), ..neighbour };
    let agent = Some(Box::new(stranger));
    let loss = OpBody::ReportLoss { serial, agent, consequence_confirmed: true };
    assert_eq!(window.does(CLERK, loss).verdict, DONE);
}

fn logged_in(window: &mut Window, acting: &IdNumber, holder: &IdNumber) {
    let reference = |number| CitizenRef::at_centre(number, &central_fixture::desk::INDEX_KEY);
    let made = WindowLogIn {
        device: window.desk.device,
        acting: reference(acting),
        holder: reference(holder),
        at: MORNING,
    };
    window.log_ins.insert(Uuid::from_u128(1), made);
}

#[test]
fn i2_a_log_in_counts_at_its_desk_on_its_day_for_the_people_it_showed() {
    let own = || Proof::Code { log_in: Uuid::from_u128(1), shown_by: ShownBy::Citizen };
    let mut window = Window::registered(senior(1));
    let number = window.holder.number.clone();
    let operation = issue(&mut window, own(), None);
    refuses(&mut window, &operation, Refusal::LogInNotKnown);
    for wrong in [
        |made: &mut WindowLogIn| made.device.0 += 1,
        |made: &mut WindowLogIn| made.at = made.at.plus_ms(-DAY),
        |made: &mut WindowLogIn| made.holder = senior(2).citizen_ref,
        |made: &mut WindowLogIn| made.acting = senior(2).citizen_ref,
    ] {
        logged_in(&mut window, &number, &number);
        wrong(window.log_ins.get_mut(&Uuid::from_u128(1)).unwrap());
        let operation = issue(&mut window, own(), None);
        refuses(&mut window, &operation, Refusal::LogInNotKnown);
    }
    logged_in(&mut window, &number, &number);
    let operation = issue(&mut window, own(), None);
    assert_eq!(window.decides(&operation).verdict, APPLIED);
}

#[test]
fn i3_an_agent_proved_by_a_phone_counts_by_their_own_log_in() {
    let by = AgentProof::Code { log_in: Uuid::from_u128(1) };
    let agent = ProvedAgent { number: mother(), role: AgentRole::Relative, by };
    let proof = || Proof::Bound { agent: Box::new(agent.clone()) };
    let mut window = Window::registered(senior(1));
    binds(&mut window, &mother());
    let holder = window.holder.number.clone();
    logged_in(&mut window, &mother(), &holder);
    let operation = issue(&mut window, proof(), None);
    refuses(&mut window, &operation, Refusal::LogInNotKnown);
    logged_in(&mut window, &mother(), &mother());
    let operation = issue(&mut window, proof(), None);
    assert_eq!(window.decides(&operation).verdict, APPLIED);
}

#[test]
fn i2_a_relatives_code_counts_by_the_binding_of_the_registry() {
    let shown_by = ShownBy::Relative { agent: Box::new(mother()) };
    let proof = Proof::Code { log_in: Uuid::from_u128(1), shown_by };
    let mut window = Window::registered(child());
    logged_in(&mut window, &mother(), &child().number);
    let operation = issue(&mut window, proof.clone(), Some(guardian(mother())));
    refuses(&mut window, &operation, Refusal::AgentNotBound);
    let operation = issue(&mut window, proof.clone(), None);
    refuses(&mut window, &operation, Refusal::NotBound);
    binds(&mut window, &mother());
    let operation = issue(&mut window, proof, Some(guardian(mother())));
    assert_eq!(window.decides(&operation).verdict, APPLIED);
}

#[test]
fn i4_a_child_without_a_card_is_served_with_its_guardian() {
    let mut window = Window::registered(child());
    binds(&mut window, &mother());
    let alone = issue(&mut window, document(None, Some(SUPERVISOR)), Some(guardian(mother())));
    refuses(&mut window, &alone, Refusal::DocumentNeedsGuardian);
    let with_mother = document(Some(by_card(mother(), AgentRole::Guardian)), None);
    let operation = issue(&mut window, with_mother, Some(guardian(mother())));
    let decision = window.decides(&operation);
    assert_eq!((decision.verdict, decision.reviews), (APPLIED, vec![]));
}

#[test]
fn i4_e8_a_document_shows_a_guardian_whom_the_registry_does_not_bind_yet() {
    let shown_by = |kind| {
        let mut proof = document(Some(by_card(mother(), AgentRole::Guardian)), None);
        if let Proof::Document { document, .. } = &mut proof {
            *document = kind;
        }
        proof
    };
    let mut window = Window::registered(child());
    let named = Agent { proof: vec![Digest::of(b"birth certificate")], ..guardian(mother()) };
    let unshown = issue(&mut window, shown_by(Document::TemporaryCard), Some(named.clone()));
    refuses(&mut window, &unshown, Refusal::NotBound);
    let shown = issue(&mut window, shown_by(Document::BirthCertificate), Some(named));
    let decision = window.decides(&shown);
    assert_eq!((decision.verdict, decision.reviews), (APPLIED, vec![BINDING_UNVERIFIED]));
}

#[test]
fn i4_of_age_an_issue_needs_another_person_a_supervisor_of_the_site() {
    let mut window = Window::registered(senior(1));
    for (supervisor, refusal) in [
        (None, Refusal::DocumentNeedsSupervisor),
        (Some(CLERK), Refusal::SamePerson),
        (Some(STRANGER), Refusal::NotPermitted),
        (Some(DISMISSED), Refusal::NotPermitted),
    ] {
        let operation = issue(&mut window, document(None, supervisor), None);
        refuses(&mut window, &operation, refusal);
    }
    let operation = issue(&mut window, document(None, Some(SUPERVISOR)), None);
    let decision = window.decides(&operation);
    assert_eq!((decision.verdict, decision.reviews), (APPLIED, vec![DOCUMENT]));
    // A paper is good for no further copy, and for a loss at once.
    let OpBody::Issue { serial, .. } = operation.body else { unreachable!() };
    let reprint = window.writes(CLERK, MORNING, OpBody::Reprint { serial, agent: None });
    window.refuses(&reprint, Refusal::DocumentNotFor);
    window.desk.proof = document(None, None);
    window.does(CLERK, OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true });
    assert_eq!(window.state_of(serial), Some(CodeState::Lost));
}

#[test]
fn i4_a5_a_confirmation_heard_of_after_the_supervisors_dismissal_is_late() {
    let mut window = Window::registered(senior(1));
    window.desk.proof = document(None, Some(DISMISSED));
    let before = MORNING.plus_ms(-MINUTE);
    let serial = window.desk.serial(&window.holder.number);
    let body = issue_body(&window.holder, Action::Apply, serial, before.day(), Some(1));
    let operation = window.writes(CLERK, before, body);
    window.received_at = Some(MORNING.plus_ms(60 * MINUTE));
    assert_eq!(window.decides(&operation).verdict, Verdict::Late);
}

#[test]
fn i4_who_is_not_in_the_registry_is_not_proved_by_a_paper() {
    let mut window = Window::unknown(senior(1));
    let operation = issue(&mut window, document(None, Some(SUPERVISOR)), None);
    refuses(&mut window, &operation, Refusal::DocumentNotRegistered);
    let mut window = Window::registered(senior(2));
    let without_picture = match document(None, Some(SUPERVISOR)) {
        Proof::Document { document, guardian, confirmed, .. } => {
            Proof::Document { document, evidence: Vec::new(), guardian, confirmed }
        }
        other => other,
    };
    let operation = issue(&mut window, without_picture, None);
    refuses(&mut window, &operation, Refusal::DocumentNotScanned);
}

#[test]
fn i5_a_roster_takes_no_loss() {
    let mut window = Window::registered(senior(1));
    let roster = Proof::Roster {
        institution: Uuid::from_u128(1),
        list: Uuid::from_u128(2),
        agent: Box::new(mother()),
    };
    window.rosters.push(RosterId { institution: Uuid::from_u128(1), list: Uuid::from_u128(2) });
    let agent = Agent { role: AgentRole::Institution, ..guardian(mother()) };
    let operation = issue(&mut window, roster, Some(agent));
    assert_eq!(window.decides(&operation).verdict, APPLIED);
    let OpBody::Issue { serial, .. } = operation.body else { unreachable!() };
    let loss = window.writes(
        CLERK,
        MORNING,
        OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true },
    );
    window.refuses(&loss, Refusal::RosterNotFor);
}
