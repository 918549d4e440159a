//! Replacements after corrections, as the centre decides them.

use crate::common::correcting::{MAKER, commanded, draft, opened};
use central::{
    machine::correction::needed,
    machine::{
        channel::{self, Asking, Request},
        citizen::Citizen,
    },
    store::Store as _,
    sync,
};
use central_fixture::{
    MemoryStore,
    desk::{DAY, Desk, Holder, MORNING, SITE, issue_body, number, rulebook, senior},
    people::employ,
};
use rules::{
    At, DeviceNumber, Refusal,
    correction::{
        Content, Correction, CorrectionCommand, Digest, Evidence, EvidenceKind, Field, Reason, State, Value,
    },
    life::{Action, CodeState, Serial},
    op::{Agent, AgentRole, OpBody, Operation},
    permission::Role,
    person::Name,
    time::Day,
    wire::{Change, Channel, Verdict},
};
use uuid::Uuid;

const SUPERVISOR: &str = "20002";

/// A store with one enrolled desk and one holder.
struct Counter {
    store: MemoryStore,
    desk: Desk,
    holder: Holder,
}

impl Counter {
    async fn open(holder: Holder) -> Self {
        let (store, desk) = (MemoryStore::default(), Desk::new(DeviceNumber(7), 1));
        store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
        for (number, role) in [(MAKER, Role::Clerk), (SUPERVISOR, Role::Supervisor)] {
            employ(&store, &SITE.parse().unwrap(), number, &[role]).await;
        }
        store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
        Self { store, desk, holder }
    }

    async fn decided(&mut self, operation: Operation) -> Verdict {
        let (after, at) = (operation.seq - 1, operation.wall);
        sync::push(&self.store, &rulebook(), &self.desk.push(vec![operation]), at).await.unwrap();
        while sync::apply(&self.store, &rulebook(), 4, at).await.unwrap() > 0 {}
        self.store.results(self.desk.device, self.desk.epoch, after, 1).await.unwrap().remove(0).verdict
    }

    async fn does(&mut self, who: &str, at: At, body: OpBody) -> Verdict {
        self.desk.operator = who.parse().unwrap();
        let operation = self.desk.operation(&self.holder.number, at, body);
        self.decided(operation).await
    }

    /// Issues a code; returns its serial and last valid day.
    async fn issue(&mut self, agent: Option<Agent>) -> (Serial, Day) {
        let serial = self.desk.serial(&self.holder.number);
        let mut body = issue_body(&self.holder, Action::Apply, serial, MORNING.day(), Some(1));
        let OpBody::Issue { agent: acting, valid_through, .. } = &mut body else { unreachable!() };
        *acting = agent.map(Box::new);
        let valid_through = *valid_through;
        assert_eq!(self.does(MAKER, MORNING, body).await, Verdict::Applied { action: Some(Action::Apply) });
        (serial, valid_through)
    }

    /// Creates, submits and approves a correction.
    async fn correct(&mut self, correction: &Correction) {
        let approval = CorrectionCommand::Approve {
            digest: correction.content.digest(),
            opened: correction.content.evidence.iter().map(|piece| piece.digest.clone()).collect(),
        };
        for digest in needed(&correction.content) {
            self.store.note_blob(digest, self.desk.device).await.unwrap();
        }
        for (who, body) in [
            (MAKER, opened(correction, &self.holder)),
            (MAKER, commanded(correction.id, CorrectionCommand::Submit)),
            (SUPERVISOR, commanded(correction.id, approval)),
        ] {
            assert_eq!(self.does(who, MORNING, body).await, Verdict::Applied { action: None });
        }
    }

    async fn replace(
        &mut self,
        correction: Uuid,
        valid_through: Day,
        at: At,
        agent: Option<Agent>,
    ) -> Verdict {
        let body = self.replacement(correction, valid_through, at, agent);
        self.does(MAKER, at, body).await
    }

    fn replacement(&mut self, correction: Uuid, valid_through: Day, at: At, agent: Option<Agent>) -> OpBody {
        let serial = self.desk.serial(&self.holder.number);
        let mut body = issue_body(&self.holder, Action::Replace, serial, at.day(), Some(2));
        let OpBody::Issue { agent: acting, correction: used, valid_through: end, .. } = &mut body else {
            unreachable!()
        };
        (*acting, *used, *end) = (agent.map(Box::new), Some(correction), valid_through);
        body
    }

    async fn citizen(&self) -> Citizen {
        self.store.citizen(&self.holder.citizen_ref).await.unwrap().unwrap()
    }
}

fn name_correction(holder: &Holder) -> Correction {
    draft(Uuid::from_u128(1), holder, "王秀瑛", 1)
}

/// Returns a photo correction, begun after the name correction.
fn photo_correction(holder: &Holder) -> Correction {
    let name = draft(Uuid::from_u128(2), holder, "王秀瑛", 2);
    let content = Content {
        before: Value::Photo(None),
        after: Value::Photo(Some(Digest::of(b"photo"))),
        reason: Reason::PoorPhoto,
        evidence: vec![Evidence { kind: EvidenceKind::ChipPhoto, ..name.content.evidence[0].clone() }],
        ..name.content
    };
    Correction { field: Field::Photo, content, ..name }
}

const REPLACED: Verdict = Verdict::Applied { action: Some(Action::Replace) };

#[tokio::test]
async fn e7_a_corrected_sheet_is_replaced_though_the_holder_is_no_longer_eligible() {
    // The holder turns eighteen eight days later and has no certificate.
    let mut counter = Counter::open(Holder::new(number("20080310", 1), "王秀英")).await;
    let (old, valid_through) = counter.issue(None).await;
    let correction = name_correction(&counter.holder);
    counter.correct(&correction).await;
    let later = MORNING.plus_ms(10 * DAY);
    let again = counter.desk.issue(&counter.holder, Action::Reissue, later, Some(2));
    assert_eq!(counter.decided(again).await, Verdict::NotEligible, "a new one is refused");
    assert_eq!(counter.replace(correction.id, valid_through, later, None).await, REPLACED);
    let citizen = counter.citizen().await;
    assert_eq!(citizen.code(old).unwrap().code.state, CodeState::Superseded);
    let live = citizen.codes.iter().filter(|issued| issued.code.state == CodeState::Live);
    assert_eq!(live.map(|issued| issued.code.valid_through).collect::<Vec<_>>(), [valid_through]);
    let second = counter.replace(correction.id, valid_through, later, None).await;
    assert_eq!(second, Verdict::Rejected { code: Refusal::NoApprovedCorrection }, "once");
}

#[tokio::test]
async fn cr_the_makers_site_alone_learns_that_a_correction_is_used() {
    const OTHER_SITE: &str = "310104";
    let mut counter = Counter::open(senior(1)).await;
    let (_, valid_through) = counter.issue(None).await;
    let correction = name_correction(&counter.holder);
    counter.correct(&correction).await;
    // The replacement happens at another site than the correction.
    let mut elsewhere = Desk::new(DeviceNumber(8), 1);
    elsewhere.site = OTHER_SITE.parse().unwrap();
    counter.store.enrol(&elsewhere.head(), &elsewhere.certificate()).await.unwrap();
    employ(&counter.store, &OTHER_SITE.parse().unwrap(), "10009", &[Role::Clerk]).await;
    std::mem::swap(&mut counter.desk, &mut elsewhere);
    let body = counter.replacement(correction.id, valid_through, MORNING, None);
    assert_eq!(counter.does("10009", MORNING, body).await, REPLACED);
    for (site, learns) in [(SITE, &[true][..]), (OTHER_SITE, &[])] {
        let told = counter.store.changes(&site.parse().unwrap(), 0, 1_000).await.unwrap();
        let states = told.iter().filter_map(|(_, change)| match change {
            Change::Correction(record) if record.correction.id == correction.id => {
                Some(matches!(record.correction.state, State::Applied { replaced: true, .. }))
            }
            _ => None,
        });
        assert_eq!(states.collect::<Vec<_>>(), learns, "N-2: {site}");
    }
}

#[tokio::test]
async fn cr_a_desk_unaware_of_a_newer_correction_may_replace_after_the_older_one() {
    let mut counter = Counter::open(senior(1)).await;
    let (_, valid_through) = counter.issue(None).await;
    let (older, newer) = (name_correction(&counter.holder), photo_correction(&counter.holder));
    counter.correct(&older).await;
    counter.correct(&newer).await;
    for correction in [older.id, newer.id] {
        assert_eq!(counter.replace(correction, valid_through, MORNING, None).await, REPLACED);
    }
}

#[tokio::test]
async fn e8_a_childs_replacement_names_the_guardian() {
    let mut counter = Counter::open(Holder::new(number("20160310", 1), "王秀英")).await;
    let book = Evidence {
        kind: EvidenceKind::HouseholdBook,
        digest: Digest::of(b"household book"),
        media_type: "image/jpeg".to_owned(),
        page: 1,
    };
    let mother = Agent {
        role: AgentRole::Guardian,
        number: number("19850301", 1),
        name: Name::read("李四").unwrap().name,
        binding_verified: false,
        proof: vec![book.digest.clone()],
        consent: true,
    };
    let (_, valid_through) = counter.issue(Some(mother.clone())).await;
    let mut correction = name_correction(&counter.holder);
    correction.content.evidence.push(book);
    correction.content.agent = Some(Box::new(mother.clone()));
    counter.correct(&correction).await;
    let alone = counter.replace(correction.id, valid_through, MORNING, None).await;
    assert_eq!(alone, Verdict::Rejected { code: Refusal::GuardianNeeded });
    assert_eq!(counter.replace(correction.id, valid_through, MORNING, Some(mother)).await, REPLACED);
}

#[tokio::test]
async fn cr_a_kiosk_cannot_escalate_a_correction_begun_at_a_counter() {
    let mut counter = Counter::open(senior(1)).await;
    let correction = name_correction(&counter.holder);
    let begun = opened(&correction, &counter.holder);
    assert_eq!(counter.does(MAKER, MORNING, begun).await, Verdict::Applied { action: None });
    let mut citizen = counter.citizen().await;
    assert!(matches!(citizen.corrections[0].correction.state, State::Draft));
    let rulebook = rulebook();
    let (acting, acting_ref) = (counter.holder.person(), counter.holder.citizen_ref.clone());
    let asking = Asking {
        acting: &acting,
        acting_ref: &acting_ref,
        channel: Channel::Kiosk,
        site: &SITE.parse().unwrap(),
        at: MORNING,
        rulebook: &rulebook,
    };
    let mut filed = |field| {
        let escalation = Request::Escalate { id: Uuid::from_u128(9), field, remark: None };
        channel::decide(&mut citizen, &escalation, &asking).map(|_| ())
    };
    assert_eq!(filed(Field::Name), Err(Refusal::CorrectionOpen));
    assert_eq!(filed(Field::Photo), Ok(()));
}

#[tokio::test]
async fn cr_one_report_of_a_field_is_open_at_a_time() {
    let counter = Counter::open(senior(1)).await;
    let mut citizen = counter.citizen().await;
    let rulebook = rulebook();
    let (acting, acting_ref) = (counter.holder.person(), counter.holder.citizen_ref.clone());
    let asking = Asking {
        acting: &acting,
        acting_ref: &acting_ref,
        channel: Channel::Kiosk,
        site: &SITE.parse().unwrap(),
        at: MORNING,
        rulebook: &rulebook,
    };
    let filed = |citizen: &mut _, id, field| {
        let escalation = Request::Escalate { id: Uuid::from_u128(id), field, remark: None };
        channel::decide(citizen, &escalation, &asking).map(|_| ())
    };
    assert_eq!(filed(&mut citizen, 1, Field::Photo), Ok(()));
    assert_eq!(filed(&mut citizen, 2, Field::Photo), Err(Refusal::CorrectionOpen));
    assert_eq!(filed(&mut citizen, 3, Field::Name), Ok(()), "the other field");
    citizen.escalations.iter_mut().for_each(|filed| filed.closed = true);
    assert_eq!(filed(&mut citizen, 4, Field::Photo), Ok(()), "the report before was closed");
}
