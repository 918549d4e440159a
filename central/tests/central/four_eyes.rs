//! Four eyes at the centre.
//!
//! Desks check four eyes too, but a desk may be tampered with. Here each operation is correctly
//! chained and signed, so only the centre protects the registry.

use crate::common::{
    client::{Centre, ok},
    correcting::{self, EVIDENCE, MAKER, approve, commanded, opened},
};
use central::{
    store::{Store, postgres::PgStore},
    sync,
};
use central_fixture::{
    MemoryStore, Session,
    desk::{self, DAY, Desk, Holder, MORNING, SITE, rulebook, senior},
    people::{self, employ},
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    DeviceNumber, Refusal,
    correction::{
        Content, Correction, CorrectionCommand, Digest, Evidence, EvidenceKind, Rejection, State, Value,
    },
    keys::SoftwareKey,
    op::{Agent, AgentRole, OpBody, Operation},
    permission::Role,
    person::IdNumber,
    wire::{Change, PushRequest, PushResponse, Verdict},
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

/// Returns every way around the second pair of eyes by people who sign for themselves: operator,
/// command, expected refusal.
fn forgeries(holder: &Holder) -> Vec<(&'static str, CorrectionCommand, Refusal)> {
    let honest = |holder| approval(holder);
    let with = |digest: Digest, opened: Vec<Digest>| CorrectionCommand::Approve { digest, opened };
    let (digest, evidence) = (content(holder).digest(), Digest::of(EVIDENCE));
    let other = Content { registry_version: 2, ..content(holder) }.digest();
    vec![
        (MAKER, honest(holder), Refusal::SamePerson),
        (CLERK, honest(holder), Refusal::NotPermitted),
        (STRANGER, honest(holder), Refusal::NotPermitted),
        (SUPERVISOR, with(other, vec![evidence]), Refusal::ContentChanged),
        (SUPERVISOR, with(digest, Vec::new()), Refusal::EvidenceNotOpened),
        // Commands reserved for the centre itself.
        (SUPERVISOR, CorrectionCommand::Apply { registry_version: 1 }, Refusal::NotPermitted),
        (MAKER, CorrectionCommand::MarkReplaced, Refusal::NotPermitted),
    ]
}

fn by(desk: &mut Desk, who: &str, holder: &Holder, body: OpBody) -> Operation {
    desk.operator = who.parse().unwrap();
    desk.operation(&holder.number, MORNING, body)
}

async fn decided<S: Store>(store: &S, desk: &Desk, operation: Operation) -> Verdict {
    let after = operation.seq - 1;
    sync::push(store, &rulebook(), &desk.push(vec![operation]), MORNING).await.unwrap();
    while sync::apply(store, &rulebook(), 4, MORNING).await.unwrap() > 0 {}
    store.results(desk.device, desk.epoch, after, 1).await.unwrap().remove(0).verdict
}

async fn holds<S: Store>(store: &S) {
    let mut desk = Desk::new(DeviceNumber(300), 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    let mut elsewhere = Desk::new(DeviceNumber(301), 1);
    elsewhere.site = OTHER_SITE.parse().unwrap();
    store.enrol(&elsewhere.head(), &elsewhere.certificate()).await.unwrap();
    for (site, number, roles) in [
        (SITE, MAKER, &[Role::Clerk, Role::Supervisor][..]),
        (SITE, SUPERVISOR, &[Role::Supervisor]),
        (SITE, CLERK, &[Role::Clerk]),
        (OTHER_SITE, STRANGER, &[Role::Supervisor]),
    ] {
        employ(store, &site.parse().unwrap(), number, roles).await;
    }
    let holder = senior(1);
    store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let id = Uuid::from_u128(0x300);
    store.note_blob(&Digest::of(EVIDENCE), DeviceNumber(300)).await.unwrap();

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

    // N-2: a supervisor of another site, at a desk there.
    let send_back =
        CorrectionCommand::Reject { rejection: Rejection::EvidenceUnreadable, documents: Vec::new() };
    for command in [approval(&holder), send_back] {
        let operation = by(&mut elsewhere, STRANGER, &holder, commanded(id, command.clone()));
        let verdict = decided(store, &elsewhere, operation).await;
        assert_eq!(verdict, rejected(Refusal::NotPermitted), "{command:?}");
        nothing_happened(store, &holder, id).await;
    }

    // The supervisor is logged in, but did not give the password again.
    let operation = by(&mut desk, SUPERVISOR, &holder, commanded(id, approval(&holder)));
    let operation = desk.seal(Operation { consent: None, ..operation });
    assert_eq!(decided(store, &desk, operation).await, rejected(Refusal::ReauthenticationNeeded));
    // Somebody whom the centre does not know.
    let operation = by(&mut desk, "99999", &holder, commanded(id, approval(&holder)));
    assert_eq!(decided(store, &desk, operation).await, Verdict::Unproven);
    nothing_happened(store, &holder, id).await;

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
    let told = store.changes(&SITE.parse().unwrap(), 0, 1_000).await.unwrap();
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
    store.migrate(MORNING).await.unwrap();
    holds(&store).await;
}

/// A desk claims that a guardian acted; the centre checks who, and trusts only its own record
/// of the binding.
#[tokio::test]
async fn e8_the_centre_checks_who_acted_for_a_child() {
    let store = MemoryStore::default();
    let mut desk = Desk::new(DeviceNumber(300), 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    for (number, roles) in [(MAKER, &[Role::Clerk][..]), (SUPERVISOR, &[Role::Supervisor])] {
        employ(&store, &SITE.parse().unwrap(), number, roles).await;
    }
    let child = Holder::new(desk::number("20200505", 1), "王秀英");
    store.put_person(&child.citizen_ref, &child.person()).await.unwrap();
    let mother = Holder::new(desk::number("19850301", 1), "李四");
    let agent = |number: &IdNumber| {
        Some(Box::new(Agent {
            role: AgentRole::Guardian,
            number: number.clone(),
            name: mother.name.clone(),
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
    };
    for piece in &on_paper.evidence {
        store.note_blob(&piece.digest, DeviceNumber(300)).await.unwrap();
    }
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

/// Everything that a desk can forge that has its own key and no person's, and one clerk who works
/// there: the batch's operation, with the proofs that come with it.
type Forgery = fn(&mut Desk, &Holder, OpBody) -> PushRequest;

/// Ways to name the supervisor without their key. The clerk [`MAKER`] works at the desk.
const AS_THE_SUPERVISOR: [(&str, Forgery); 5] = [
    ("no session at all", |desk, holder, body| {
        let operation = by(desk, SUPERVISOR, holder, body);
        desk.push_with(vec![operation], Vec::new())
    }),
    ("a session signed by a key of the desk", |desk, holder, body| {
        let (own, nth) = (SoftwareKey::from_bytes(&[9; 32]).unwrap(), desk.sessions.len());
        let (staff, place) = (SUPERVISOR.parse().unwrap(), (desk.device, desk.epoch));
        let at = central::clock::now().plus_ms(-DAY);
        desk.sessions.insert(0, Session::begin_with(&own, &staff, place, nth, (desk.boot, at)));
        desk.operator = staff;
        let operation = desk.operation_by(&own, &holder.number, at, body);
        let request = desk.push(vec![operation]);
        desk.sessions.remove(0);
        request
    }),
    ("in the clerk's session", |desk, holder, body| {
        desk.logged_in = Some(MAKER.parse().unwrap());
        let operation = by(desk, SUPERVISOR, holder, body);
        let operation = desk.seal(Operation { consent: None, ..operation });
        desk.logged_in = None;
        desk.push(vec![operation])
    }),
    ("with the clerk's consent", |desk, holder, body| {
        desk.logged_in = Some(MAKER.parse().unwrap());
        desk.operator = SUPERVISOR.parse().unwrap();
        let at = central::clock::now().plus_ms(-DAY);
        let key = people::key(&MAKER.parse().unwrap());
        let operation = desk.operation_by(&key, &holder.number, at, body);
        desk.logged_in = None;
        desk.push(vec![operation])
    }),
    ("changed after the clerk did it", |desk, holder, body| {
        let operation = by(desk, MAKER, holder, body);
        let proofs = desk.push(vec![operation.clone()]).sessions;
        let operation = desk.seal(Operation { operator: SUPERVISOR.parse().unwrap(), ..operation });
        desk.push_with(vec![operation], proofs)
    }),
];

/// A tampered desk has its own key and names the supervisor. It gets nothing, everything it tried
/// is listed, and the desk's honest operations go on.
#[tokio::test(flavor = "multi_thread")]
async fn c1_a_desk_key_alone_passes_no_four_eyes() {
    let centre = Centre::start("central-tampered").await;
    for (number, roles) in
        [(MAKER, &["clerk", "supervisor"][..]), (SUPERVISOR, &["supervisor"]), (CLERK, &["clerk"])]
    {
        centre.staff_with(number, roles).await;
    }
    let (mut desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let holder = senior(1);
    let people = centre.folder.path().join("people.csv");
    let line = format!("number,name,household\n{},{},true\n", holder.number.expose(), holder.name.expose());
    std::fs::write(&people, line).unwrap();
    centre.central.command(&["import-population", people.to_str().unwrap()]).await.unwrap();
    let (id, at) = (Uuid::from_u128(0x301), central::clock::now().plus_ms(-DAY));
    let told = async |request: &PushRequest| {
        let pushed: PushResponse = ok(centre.post("/v1/sync/push", Some(&token), request).await).await;
        pushed.results.unwrap().verify(&enrolled.trust()).unwrap()[0].verdict.clone()
    };
    let push = async |desk: &mut Desk, who: &str, body: OpBody| {
        desk.operator = who.parse().unwrap();
        let operation = desk.operation(&holder.number, at, body);
        told(&desk.push(vec![operation])).await
    };
    let registered = async || {
        let row = "SELECT c.version, c.name, k.record::json->'correction'->'state'->>'state'
                   FROM citizen c JOIN correction k ON k.bucket = c.bucket AND k.citizen_ref = c.citizen_ref";
        centre.postgres.query(row).await.unwrap()
    };
    push(&mut desk, MAKER, opened(&draft(id, &holder), &holder)).await;
    push(&mut desk, MAKER, commanded(id, CorrectionCommand::Submit)).await;
    // There is no other site here.
    let known = forgeries(&holder).into_iter().filter(|(who, ..)| *who != STRANGER);
    for (who, command, refusal) in known {
        assert_eq!(push(&mut desk, who, commanded(id, command)).await, rejected(refusal), "{who}");
        assert_eq!(registered().await, "1|王秀英|submitted");
    }
    // With the evidence here, a forged approval would be applied at once.
    centre.upload(&token, EVIDENCE).await;
    for (how, forge) in AS_THE_SUPERVISOR {
        let request = forge(&mut desk, &holder, commanded(id, approval(&holder)));
        assert_eq!(told(&request).await, Verdict::Unproven, "{how}");
        assert_eq!(registered().await, "1|王秀英|submitted", "{how}");
        let listed = "SELECT count(*) FROM review r JOIN op_log l USING (device, epoch, seq)
                      WHERE r.reason = 'unproven' AND l.unproven IS NOT NULL AND l.seq = ";
        let listed = format!("{listed}{}", request.batch.first_seq);
        assert_eq!(centre.postgres.query(&listed).await.unwrap(), "1", "{how}");
    }
    let log = centre.central.log().unwrap();
    assert_eq!(log.matches("nobody's word stands behind an operation").count(), AS_THE_SUPERVISOR.len());
    let approved = push(&mut desk, SUPERVISOR, commanded(id, approval(&holder))).await;
    assert_eq!(approved, Verdict::Applied { action: None });
    assert_eq!(registered().await, "2|王秀瑛|applied");
}
