//! Corrections that touch another site or another citizen, on both stores.

use crate::common::correcting::{EVIDENCE, approve, commanded, draft, opened};
use central::{
    machine::citizen::Effect,
    store::{Changed, ChannelEvent, Completion, Store, postgres::PgStore},
    sync,
};
use central_fixture::{
    MemoryStore,
    desk::{Desk, Holder, MORNING, SITE, rulebook, senior},
    people::employ,
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    DeviceNumber, Refusal,
    correction::{Correction, CorrectionCommand, Dismissal, Field},
    digest::Digest,
    op::OpBody,
    permission::Role,
    wire::{Change, Channel, Escalation, Verdict},
};
use uuid::Uuid;

const OTHER_SITE: &str = "310104";

async fn decided<S: Store>(store: &S, desk: &mut Desk, who: &str, holder: &Holder, body: OpBody) -> Verdict {
    desk.operator = who.parse().unwrap();
    let operation = desk.operation(&holder.number, MORNING, body);
    let after = operation.seq - 1;
    sync::push(store, &rulebook(), &desk.push(vec![operation]), MORNING).await.unwrap();
    while sync::apply(store, &rulebook(), 4, MORNING).await.unwrap() > 0 {}
    store.results(desk.device, desk.epoch, after, 1).await.unwrap().remove(0).verdict
}

/// Files an escalation as a kiosk of `SITE` does.
async fn filed<S: Store>(store: &S, holder: &Holder, field: Field, nth: u128) -> Uuid {
    let id = Uuid::from_u128(0x900 + nth);
    let (claim, mut citizen) = store.claim_citizen(&holder.citizen_ref).await.unwrap();
    let escalation = Effect::Escalation(Box::new(Escalation {
        id,
        number: holder.number.clone(),
        masked_name: "王**".to_owned(),
        field,
        channel: Channel::Kiosk,
        at: MORNING,
        remark: None,
        closed: false,
        dismissed: None,
    }));
    citizen.take(&escalation);
    let mut changed = Changed::none(citizen);
    changed.note(&escalation);
    let event = ChannelEvent {
        id: Uuid::from_u128(nth),
        citizen_ref: holder.citizen_ref.clone(),
        acting_ref: holder.citizen_ref.clone(),
        channel: Channel::Kiosk,
        client: "kiosk".to_owned(),
        site: SITE.parse().unwrap(),
        action: "escalate",
        serial: None,
        at: MORNING,
    };
    let completion = Completion { changed: vec![changed], event: Some(event), ..Completion::at(MORNING) };
    store.complete(claim, completion).await.unwrap();
    id
}

async fn holds<S: Store>(store: &S) {
    let mut here = Desk::new(DeviceNumber(2), 1);
    store
        .enrol(&Desk::new(DeviceNumber(1), 1).head(), &Desk::new(DeviceNumber(1), 1).certificate())
        .await
        .unwrap();
    here.site = OTHER_SITE.parse().unwrap();
    store.enrol(&here.head(), &here.certificate()).await.unwrap();
    for (number, role) in [("10001", Role::Clerk), ("10002", Role::Supervisor)] {
        employ(store, &OTHER_SITE.parse().unwrap(), number, &[role]).await;
    }
    let holder = senior(1);
    store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let of_photo = filed(store, &holder, Field::Photo, 3).await;
    let escalation = Some(filed(store, &holder, Field::Name, 1).await);
    store.note_blob(&Digest::of(EVIDENCE), DeviceNumber(2)).await.unwrap();
    let correction = Correction { escalation, ..draft(Uuid::from_u128(2), &holder, "王秀瑛", 1) };
    for (who, body) in [
        ("10001", opened(&correction, &holder)),
        ("10001", commanded(correction.id, CorrectionCommand::Submit)),
        ("10002", commanded(correction.id, approve(&correction))),
    ] {
        let verdict = decided(store, &mut here, who, &holder, body).await;
        assert_eq!(verdict, Verdict::Applied { action: None });
    }
    for site in [SITE, OTHER_SITE] {
        let told = store.changes(&site.parse().unwrap(), 0, 100).await.unwrap();
        let closed = |change: &Change| matches!(change, Change::Escalation(one) if one.closed);
        assert!(told.iter().any(|(_, change)| closed(change)), "{site} has it in its list still");
    }

    let reports = store.citizen(&holder.citizen_ref).await.unwrap().unwrap().escalations;
    let open: Vec<Uuid> = reports.iter().filter(|one| !one.closed).map(|one| one.id).collect();
    assert_eq!(open, [of_photo], "a correction of the name answers no report of the photo");

    // A correction of another citizen in the same bucket tries to reuse the id.
    let bucket = holder.citizen_ref.bucket();
    let victim = (2..).map(senior).find(|one| one.citizen_ref.bucket() == bucket).unwrap();
    let stolen = draft(correction.id, &victim, "王秀瑛", 0);
    let verdict = decided(store, &mut here, "10001", &victim, opened(&stolen, &victim)).await;
    assert_eq!(verdict, Verdict::Rejected { code: Refusal::NotPermitted });
    let kept = store.citizen(&holder.citizen_ref).await.unwrap().unwrap();
    assert_eq!(kept.corrections[0].number, holder.number);
    assert_eq!(kept.corrections.len(), 1, "nobody's correction is overwritten");
    needs_no_correction(store, &mut here).await;
}

/// A report that needs no correction is closed once, with its reason, and both sites hear of it.
async fn needs_no_correction<S: Store>(store: &S, here: &mut Desk) {
    let holder = senior(40);
    store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let id = filed(store, &holder, Field::Name, 2).await;
    let dismissal = |id, reason| OpBody::EscalationDismissed { id, reason };
    let reason = Dismissal::RegisteredRightly;
    let rejected = |code| Verdict::Rejected { code };

    let stranger = senior(41);
    let verdict = decided(store, here, "10001", &stranger, dismissal(id, reason)).await;
    assert_eq!(verdict, rejected(Refusal::EscalationClosed), "nobody answers for somebody else");
    let begun = draft(Uuid::from_u128(77), &holder, "王秀瑛", 1);
    decided(store, here, "10001", &holder, opened(&begun, &holder)).await;
    let verdict = decided(store, here, "10001", &holder, dismissal(id, reason)).await;
    assert_eq!(verdict, rejected(Refusal::CorrectionOpen));
    decided(store, here, "10001", &holder, commanded(begun.id, CorrectionCommand::Withdraw)).await;
    let verdict = decided(store, here, "10001", &holder, dismissal(id, reason)).await;
    assert_eq!(verdict, Verdict::Applied { action: None });
    let verdict = decided(store, here, "10001", &holder, dismissal(id, Dismissal::Duplicate)).await;
    assert_eq!(verdict, rejected(Refusal::EscalationClosed));

    let kept = store.citizen(&holder.citizen_ref).await.unwrap().unwrap().escalations;
    assert_eq!((kept[0].closed, kept[0].dismissed), (true, Some(reason)));
    for site in [SITE, OTHER_SITE] {
        let told = store.changes(&site.parse().unwrap(), 0, 100).await.unwrap();
        let closed =
            |change: &Change| matches!(change, Change::Escalation(one) if one.id == id && one.closed);
        assert!(told.iter().any(|(_, change)| closed(change)), "{site} has it in its list still");
    }
}

#[tokio::test]
async fn corrections_stay_with_their_citizen_and_reach_both_sites_in_memory() {
    holds(&MemoryStore::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_stay_with_their_citizen_and_reach_both_sites_on_postgresql() {
    let folder = RigFolder::new("central-elsewhere").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 8).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    holds(&store).await;
}
