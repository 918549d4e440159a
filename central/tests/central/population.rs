//! Repeated imports of the registry, with corrections and unbound relatives in between.

use crate::common::correcting::{EVIDENCE, approve, commanded, draft, opened};
use central::{
    store::{
        Store as _,
        postgres::{ImportRow, PgStore},
    },
    sync,
};
use central_fixture::{
    desk::{Desk, Holder, MORNING, SITE, rulebook, senior},
    people::employ,
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    DeviceNumber, correction::CorrectionCommand, digest::Digest, op::CitizenRef, permission::Role,
    person::Name,
};
use uuid::Uuid;

fn row(holder: &Holder, name: &str, relatives: &[&Holder]) -> ImportRow {
    let bound = relatives
        .iter()
        .map(|relative| (relative.citizen_ref.clone(), relative.number.clone(), "子".to_owned()));
    ImportRow {
        citizen_ref: holder.citizen_ref.clone(),
        number: holder.number.clone(),
        name: Name::read(name).unwrap().name,
        photo: None,
        shanghai_household: true,
        certificate: None,
        relatives: bound.collect(),
    }
}

/// Returns version and name of the stored record.
async fn record(store: &PgStore, holder: &Holder) -> (u64, String) {
    let person = store.citizen(&holder.citizen_ref).await.unwrap().unwrap().person.unwrap();
    (person.version, person.name.expose().to_owned())
}

async fn relatives(store: &PgStore, holder: &Holder) -> Vec<CitizenRef> {
    store.citizen(&holder.citizen_ref).await.unwrap().unwrap().relatives
}

async fn started(name: &str) -> (PgStore, Postgres, RigFolder) {
    let folder = RigFolder::new(name).unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 4).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    (store, postgres, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_name_stays_until_the_registry_delivers_another() {
    let (store, _postgres, _folder) = started("central-population").await;
    let holder = senior(1);
    let mut desk = Desk::new(DeviceNumber(1), 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    for (number, role) in [("10001", Role::Clerk), ("10002", Role::Supervisor)] {
        employ(&store, &SITE.parse().unwrap(), number, &[role]).await;
    }
    store.import(&[row(&holder, "王秀英", &[])]).await.unwrap();
    let correction = draft(Uuid::from_u128(1), &holder, "王秀瑛", 1);
    store.note_blob(&Digest::of(EVIDENCE), DeviceNumber(1)).await.unwrap();
    let mut operations = Vec::new();
    for (who, body) in [
        ("10001", opened(&correction, &holder)),
        ("10001", commanded(correction.id, CorrectionCommand::Submit)),
        ("10002", commanded(correction.id, approve(&correction))),
    ] {
        desk.operator = who.parse().unwrap();
        operations.push(desk.operation(&holder.number, MORNING, body));
    }
    sync::push(&store, &rulebook(), &desk.push(operations), MORNING).await.unwrap();
    while sync::apply(&store, &rulebook(), 4, MORNING).await.unwrap() > 0 {}
    assert_eq!(record(&store, &holder).await, (2, "王秀瑛".to_owned()));

    // The registry does not know of the correction and delivers the old name again.
    for _ in 0..2 {
        store.import(&[row(&holder, "王秀英", &[])]).await.unwrap();
        assert_eq!(record(&store, &holder).await, (2, "王秀瑛".to_owned()));
    }
    // Another field changed; the delivered name is still the old one.
    let moved = |name| ImportRow { shanghai_household: false, ..row(&holder, name, &[]) };
    store.import(&[moved("王秀英")]).await.unwrap();
    assert_eq!(record(&store, &holder).await, (3, "王秀瑛".to_owned()));
    // The registry delivers the corrected name: nothing changes here.
    store.import(&[moved("王秀瑛")]).await.unwrap();
    assert_eq!(record(&store, &holder).await, (3, "王秀瑛".to_owned()));
    // A later change of the registry counts, even back to the old name.
    store.import(&[moved("王秀英")]).await.unwrap();
    assert_eq!(record(&store, &holder).await, (4, "王秀英".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn e9_a_relative_missing_from_the_new_record_is_unbound() {
    let (store, _postgres, _folder) = started("central-relatives").await;
    let (holder, other, son, daughter) = (senior(1), senior(2), senior(3), senior(4));
    let both = row(&holder, "王秀英", &[&son, &daughter]);
    store.import(&[both, row(&other, "王秀英", &[&son])]).await.unwrap();
    assert_eq!(relatives(&store, &holder).await.len(), 2);
    // Of two records of one person in a delivery, the last counts, relatives included.
    let first = row(&holder, "王秀英", &[&son, &daughter]);
    store.import(&[first, row(&holder, "王秀英", &[&daughter])]).await.unwrap();
    assert_eq!(relatives(&store, &holder).await, vec![daughter.citizen_ref.clone()]);
    assert_eq!(
        relatives(&store, &other).await,
        vec![son.citizen_ref.clone()],
        "who is not delivered is left alone"
    );
    store.import(&[row(&holder, "王秀英", &[])]).await.unwrap();
    assert_eq!(relatives(&store, &holder).await, []);
    assert_eq!(record(&store, &holder).await.0, 1, "the record itself is the same");
}
