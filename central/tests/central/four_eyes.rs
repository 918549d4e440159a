//! Four eyes at the centre.
//!
//! Desks check four eyes too, but a desk may be tampered with. Here each operation is correctly
//! chained and signed, so only the centre protects the registry.

use crate::common::{
    client::Centre,
    correcting::{self, EVIDENCE, MAKER, approve, commanded, opened},
};
use central::{
    store::{Store, postgres::PgStore},
    sync,
};
use central_fixture::{
    MemoryStore,
    desk::{self, DAY, Desk, Holder, MORNING, SITE, rulebook, senior, staff},
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    Refusal,
    correction::{Content, Correction, CorrectionCommand, Digest, Evidence, EvidenceKind, State, Value},
    op::{Agent, AgentRole, OpBody, Operation},
    permission::Role,
    person::IdNumber,
    wire::{Change, Verdict},
};
use uuid::Uuid;

const SUPERVISOR: &str = "20002";
const CLERK: &str = "20003";
/// Supervisor of another site.
const STRANGER: &str = "20004";
const OTHER_SITE: &str = "310104";

fn content(holder: &Holder) -> Content {
    draft(Uuid::nil(), holder).content
}

fn draft(id: Uuid, holder: &Holder) -> Correction {
    correcting::draft(id, holder, "王秀瑛", 1)
}

/// Returns an approval as an honest desk sends it.
fn approval(holder: &Holder) -> CorrectionCommand {
    approve(&draft(Uuid::nil(), holder))
}

/// Returns every way around the second pair of eyes: operator, command, expected refusal.
fn forgeries(holder: &Holder) -> Vec<(&'static str, CorrectionCommand, Refusal)> {
    let honest = |holder| approval(holder);
    let with = |digest: Digest, opened: Vec<Digest>, reauthenticated| CorrectionCommand::Approve {
        digest,
        opened,
        reauthenticated,
    };
    let (digest, evidence) = (content(holder).digest(), Digest::of(EVIDENCE));
    let other = Content { registry_version: 2, ..content(holder) }.digest();
    vec![
        (MAKER, honest(holder), Refusal::SamePerson),
        (CLERK, honest(holder), Refusal::NotPermitted),
        (STRANGER, honest(holder), Refusal::NotPermitted),
        ("nobody", honest(holder), Refusal::NotPermitted),
        (SUPERVISOR, with(other, vec![evidence.clone()], true), Refusal::ContentChanged),
        (SUPERVISOR, with(digest.clone(), Vec::new(), true), Refusal::EvidenceNotOpened),
        (SUPERVISOR, with(digest, vec![evidence], false), Refusal::ReauthenticationNeeded),
        // Commands reserved for the centre itself.
        (SUPERVISOR, CorrectionCommand::Apply { registry_version: 1 }, Refusal::NotPermitted),
        (MAKER, CorrectionCommand::MarkReplaced, Refusal::NotPermitted),
    ]
}

fn by(desk: &mut Desk, who: &str, holder: &Holder, body: OpBody) -> Operation {
    desk.operator = who.parse().unwrap();
    desk.operation(&holder.citizen_ref, MORNING, body)
}

async fn decided<S: Store>(store: &S, desk: &Desk, operation: Operation) -> Verdict {
    let after = operation.seq - 1;
    sync::push(store, &rulebook(), &desk.push(vec![operation]), MORNING).await.unwrap();
    while sync::apply(store, &rulebook(), 4, MORNING).await.unwrap() > 0 {}
    store.results(desk.device, desk.epoch, after, 1).await.unwrap().remove(0).verdict
}

async fn holds<S: Store>(store: &S) {
    let mut desk = Desk::new(300, 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    let mut elsewhere = Desk::new(301, 1);
    elsewhere.site = OTHER_SITE.to_owned();
    store.enrol(&elsewhere.head(), &elsewhere.certificate()).await.unwrap();
    for (site, number, roles) in [
        (SITE, MAKER, &[Role::Clerk, Role::Supervisor][..]),
        (SITE, SUPERVISOR, &[Role::Supervisor]),
        (SITE, CLERK, &[Role::Clerk]),
        (OTHER_SITE, STRANGER, &[Role::Supervisor]),
    ] {
        store.put_staff(site, &staff(number, roles), None).await.unwrap();
    }
    let holder = senior(1);
    store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let id = Uuid::from_u128(0x300);

    // No desk can claim a correction that is past draft, or one in another person's name.
    let approved = State::Approved {
        approver: SUPERVISOR.parse().unwrap(),
        at: MORNING,
        digest: content(&holder).digest(),
    };
    let claimed = Correction { state: approved, ..draft(id, &holder) };
    let operation = by(&mut desk, MAKER, &holder, opened(&claimed, &holder));
    assert_eq!(decided(store, &desk, operation).await, rejected(Refusal::CorrectionState));
    let operation = by(&mut desk, SUPERVISOR, &holder, opened(&draft(id, &holder), &holder));
    assert!(matches!(decided(store, &desk, operation).await, Verdict::Rejected { .. }), "another's name");

    for body in [opened(&draft(id, &holder), &holder), commanded(id, CorrectionCommand::Submit)] {
        let operation = by(&mut desk, MAKER, &holder, body);
        assert_eq!(decided(store, &desk, operation).await, Verdict::Applied { action: None });
    }
    for (who, command, refusal) in forgeries(&holder) {
        let operation = by(&mut desk, who, &holder, commanded(id, command.clone()));
        assert_eq!(decided(store, &desk, operation).await, rejected(refusal), "{who} {command:?}");
        nothing_happened(store, &holder, id).await;
    }

    // The second pair of eyes approves.
    let operation = by(&mut desk, SUPERVISOR, &holder, commanded(id, approval(&holder)));
    assert_eq!(decided(store, &desk, operation).await, Verdict::Applied { action: None });
    let citizen = store.citizen(&holder.citizen_ref).await.unwrap().unwrap();
    let person = citizen.person.unwrap();
    assert_eq!((person.version, person.name.expose()), (2, "王秀瑛"));
    assert!(matches!(citizen.corrections[0].correction.state, State::Applied { replaced: false, .. }));
    // A second approval is refused.
    let operation = by(&mut desk, SUPERVISOR, &holder, commanded(id, approval(&holder)));
    assert_eq!(decided(store, &desk, operation).await, rejected(Refusal::CorrectionState));
    let told = store.changes(SITE, 0, 1_000).await.unwrap();
    let is_applied = |change: &Change| matches!(change, Change::Correction(record) if matches!(record.correction.state, State::Applied { .. }));
    assert_eq!(told.iter().filter(|(_, change)| is_applied(change)).count(), 1, "the desks of the site hear");
}

async fn nothing_happened<S: Store>(store: &S, holder: &Holder, id: Uuid) {
    let citizen = store.citizen(&holder.citizen_ref).await.unwrap().unwrap();
    assert_eq!(citizen.person, Some(holder.person()), "the registry stays as it was");
    let record = citizen.corrections.iter().find(|record| record.correction.id == id).unwrap();
    assert!(matches!(record.correction.state, State::Submitted { .. }), "{:?}", record.correction.state);
}

fn rejected(code: Refusal) -> Verdict {
    Verdict::Rejected { code }
}

#[tokio::test]
async fn cr_four_eyes_hold_in_memory() {
    holds(&MemoryStore::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cr_four_eyes_hold_on_postgresql() {
    let folder = RigFolder::new("central-four-eyes").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 8).await.unwrap();
    store.migrate().await.unwrap();
    holds(&store).await;
}

/// A desk claims that a guardian acted; the centre checks who, and trusts only its own record
/// of the binding.
#[tokio::test]
async fn e8_the_centre_checks_who_acted_for_a_child() {
    let store = MemoryStore::default();
    let mut desk = Desk::new(300, 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    for (number, roles) in [(MAKER, &[Role::Clerk][..]), (SUPERVISOR, &[Role::Supervisor])] {
        store.put_staff(SITE, &staff(number, roles), None).await.unwrap();
    }
    let child = Holder::new(desk::number("20200505", 1), "王秀英");
    store.put_person(&child.citizen_ref, &child.person()).await.unwrap();
    let mother = Holder::new(desk::number("19850301", 1), "李四");
    let agent = |number: &IdNumber| {
        Some(Box::new(Agent {
            role: AgentRole::Guardian,
            number: number.clone(),
            name: mother.name.clone(),
            phone: None,
            binding_verified: true,
            proof: Vec::new(),
            consent: true,
        }))
    };
    let page = Evidence {
        kind: EvidenceKind::BirthCertificate,
        digest: Digest::of(b"page"),
        media_type: "image/jpeg".to_owned(),
        page: 1,
    };
    let on_paper = {
        let mut content = Content { agent: agent(&mother.number), ..content(&child) };
        content.evidence.push(page);
        content
    };
    for (nth, content, answer) in [
        (1, content(&child), rejected(Refusal::GuardianNeeded)),
        (2, Content { agent: agent(&child.number), ..content(&child) }, rejected(Refusal::GuardianNeeded)),
        (3, Content { agent: agent(&mother.number), ..content(&child) }, rejected(Refusal::AgentNotBound)),
        (4, on_paper.clone(), Verdict::Applied { action: None }),
    ] {
        let id = Uuid::from_u128(nth);
        let offered = Correction { content, ..draft(id, &child) };
        let operation = by(&mut desk, MAKER, &child, opened(&offered, &child));
        assert_eq!(decided(&store, &desk, operation).await, Verdict::Applied { action: None });
        let operation = by(&mut desk, MAKER, &child, commanded(id, CorrectionCommand::Submit));
        assert_eq!(decided(&store, &desk, operation).await, answer, "{nth}");
        if answer != (Verdict::Applied { action: None }) {
            let operation = by(&mut desk, MAKER, &child, commanded(id, CorrectionCommand::Withdraw));
            decided(&store, &desk, operation).await;
        }
    }
    let approve = CorrectionCommand::Approve {
        digest: on_paper.digest(),
        opened: on_paper.evidence.iter().map(|piece| piece.digest.clone()).collect(),
        reauthenticated: true,
    };
    let operation = by(&mut desk, SUPERVISOR, &child, commanded(Uuid::from_u128(4), approve));
    assert_eq!(decided(&store, &desk, operation).await, Verdict::Applied { action: None });

    // With a binding in the registry, no paper proof is needed.
    store.bind(&child.citizen_ref, &mother.citizen_ref, "母亲").await.unwrap();
    let back = Content {
        before: on_paper.after.clone(),
        after: Value::Name(child.name.clone()),
        chip_name: Some(child.name.clone()),
        registry_version: 2,
        agent: agent(&mother.number),
        ..content(&child)
    };
    let id = Uuid::from_u128(5);
    let offered = Correction { content: back, ..draft(id, &child) };
    for body in [opened(&offered, &child), commanded(id, CorrectionCommand::Submit)] {
        let operation = by(&mut desk, MAKER, &child, body);
        assert_eq!(decided(&store, &desk, operation).await, Verdict::Applied { action: None });
    }
}

/// Pushes the forgeries of a tampered desk to the real server and reads the registry.
#[tokio::test(flavor = "multi_thread")]
async fn cr_four_eyes_hold_against_a_tampered_desk() {
    let centre = Centre::start("central-tampered").await;
    for (number, roles) in
        [(MAKER, &["clerk", "supervisor"][..]), (SUPERVISOR, &["supervisor"]), (CLERK, &["clerk"])]
    {
        centre.staff_with(number, roles).await;
    }
    let (mut desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let holder = senior(1).with_key(&Centre::index_key(&enrolled));
    let people = centre.folder.path().join("people.csv");
    let line = format!("number,name,household\n{},{},true\n", holder.number.expose(), holder.name.expose());
    std::fs::write(&people, line).unwrap();
    centre.central.command(&["import-population", people.to_str().unwrap()]).await.unwrap();
    let (id, at) = (Uuid::from_u128(0x301), central::clock::now().plus_ms(-DAY));
    let mut push = async |who: &str, body: OpBody| {
        desk.operator = who.parse().unwrap();
        let operation = desk.operation(&holder.citizen_ref, at, body);
        let pushed = centre.push(&desk, &token, vec![operation]).await;
        pushed.results.unwrap().verify(&enrolled.root).unwrap()[0].verdict.clone()
    };
    let registered = async || {
        let row = "SELECT c.version, c.name, k.record::json->'correction'->'state'->>'state'
                   FROM citizen c JOIN correction k ON k.bucket = c.bucket AND k.citizen_ref = c.citizen_ref";
        centre.postgres.query(row).await.unwrap()
    };
    push(MAKER, opened(&draft(id, &holder), &holder)).await;
    push(MAKER, commanded(id, CorrectionCommand::Submit)).await;
    for (who, command, refusal) in forgeries(&holder) {
        assert_eq!(push(who, commanded(id, command)).await, rejected(refusal), "{who}");
        assert_eq!(registered().await, "1|王秀英|submitted");
    }
    assert_eq!(push(SUPERVISOR, commanded(id, approval(&holder))).await, Verdict::Applied { action: None });
    assert_eq!(registered().await, "2|王秀瑛|applied");
}
