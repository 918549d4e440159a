use super::*;
use crate::store::outbox::{Depth, depth, hand_over, waiting};
use crate::{
    clock::Contact,
    store::{Store, queue, retention},
    vault::Vault,
};
use rules::{DeviceNumber, business_time::ClockReading, keys::SoftwareKey, life::Serial};
use tempfile::TempDir;

const AUTHOR: Author = Author { device: DeviceNumber(7), epoch: 1 };
const AGAIN: Author = Author { device: DeviceNumber(7), epoch: 2 };
const MONDAY: At = At(1_764_554_400_000);
const TUESDAY: At = At(MONDAY.0 + DAY_MS);
const DAY_MS: i64 = 86_400_000;

async fn open_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    (folder, store)
}

fn reading(at: At) -> Reading {
    Reading {
        at,
        wall: at,
        monotonic_ms: 0,
        boot_id: Uuid::nil(),
        last_contact: None,
        contact_offset_ms: 0,
        set_back: false,
        not_before: at,
        is_centre_time: false,
    }
}

/// A session of the clerk's, begun now.
fn session(reading: &Reading) -> SessionKey {
    let person = SoftwareKey::from_bytes(&[41; 32]).unwrap();
    let staff = "1001".parse().unwrap();
    SessionKey::begin((Uuid::now_v7(), &[43; 32]), AUTHOR, staff, reading, &person).unwrap()
}

async fn append_at(write: &mut Write, author: Author, reading: &Reading) -> Operation {
    let body = OpBody::Reprint { serial: Serial([7; 16]), agent: None };
    let new = NewOperation {
        op_id: Uuid::now_v7(),
        consent: None,
        proof: None,
        answer: None,
        idempotency_key: None,
        citizen: None,
        operator: "1001".parse().unwrap(),
        case_number: None,
        body,
    };
    append(write, author, reading, &session(reading), new).await.unwrap()
}

async fn append_one(write: &mut Write, author: Author) -> Operation {
    append_at(write, author, &reading(MONDAY)).await
}

async fn of_day(connection: &mut Connection, at: At) -> u32 {
    queue::kinds_of_day(connection, at.day()).await.unwrap().iter().map(|(_, count)| count).sum()
}

#[tokio::test]
async fn the_chain_goes_on_from_what_was_committed_and_from_nothing_else() {
    let (_folder, store) = open_store().await;
    let mut write = store.write().await.unwrap();
    append_one(&mut write, AUTHOR).await;
    let last = append_one(&mut write, AUTHOR).await;
    write.commit().await.unwrap();

    let mut given_up = store.write().await.unwrap();
    append_one(&mut given_up, AUTHOR).await;
    drop(given_up);

    let mut write = store.write().await.unwrap();
    let next = append_one(&mut write, AUTHOR).await;
    assert_eq!((next.seq, &next.prev_hash), (3, &last.hash));
    let first_of_epoch = append_one(&mut write, AGAIN).await;
    assert_eq!((first_of_epoch.seq, first_of_epoch.prev_hash), (1, genesis()));
    let back = append_one(&mut write, AUTHOR).await;
    assert_eq!((back.seq, back.prev_hash), (4, next.hash));
    write.commit().await.unwrap();
}

#[tokio::test]
async fn a_day_that_a_clock_set_to_and_fro_begins_twice_is_counted_whole() {
    let (_folder, store) = open_store().await;
    let mut write = store.write().await.unwrap();
    for at in [MONDAY, MONDAY, TUESDAY, MONDAY, TUESDAY, TUESDAY] {
        append_at(&mut write, AUTHOR, &reading(at)).await;
    }
    // Its head is asked for anew, and the day goes on.
    write.commit().await.unwrap();
    let mut write = store.write().await.unwrap();
    write.head = None;
    append_at(&mut write, AUTHOR, &reading(TUESDAY)).await;
    assert_eq!((of_day(&mut write, MONDAY).await, of_day(&mut write, TUESDAY).await), (3, 4));
    assert_eq!(of_day(&mut write, At(MONDAY.0 - DAY_MS)).await, 0);
    let (begun,): (i64,) =
        sqlx::query_as("SELECT count(*) FROM log_day").fetch_one(&mut *write).await.unwrap();
    assert_eq!(begun, 4);
}

#[tokio::test]
async fn s9_what_was_handed_to_a_new_enrolment_waits_there_and_its_first_form_is_emptied() {
    let (_folder, store) = open_store().await;
    let mut write = store.write().await.unwrap();
    let old = [append_one(&mut write, AUTHOR).await, append_one(&mut write, AUTHOR).await];
    assert_eq!(depth(&mut write).await.unwrap(), Depth { waiting: 2, oldest: Some(MONDAY) });
    hand_over(&mut write, AGAIN, &reading(TUESDAY)).await.unwrap();
    assert_eq!(waiting(&mut write, AUTHOR.epoch).await.unwrap(), [] as [u64; 0]);
    assert_eq!(waiting(&mut write, AGAIN.epoch).await.unwrap(), [1, 2]);
    assert_eq!(depth(&mut write).await.unwrap(), Depth { waiting: 2, oldest: Some(MONDAY) });
    let handed = get(&mut write, AGAIN.epoch, 2).await.unwrap().unwrap();
    assert_eq!((handed.op_id, &handed.body), (old[1].op_id, &old[1].body));

    let later = At(TUESDAY.0 + 8 * DAY_MS);
    while retention::purge_some(&mut write, later, 7).await.unwrap() > 0 {}
    assert!(get(&mut write, AUTHOR.epoch, 1).await.unwrap().is_none());
    assert!(hash(&mut write, AUTHOR.epoch, 1).await.unwrap().is_some(), "the chain stays");
    assert!(get(&mut write, AGAIN.epoch, 1).await.unwrap().is_some(), "what waits stays");
}

#[tokio::test]
async fn s9_a_day_that_is_empty_is_not_looked_through_again_and_one_with_an_open_conflict_is() {
    let (_folder, store) = open_store().await;
    let mut write = store.write().await.unwrap();
    for at in [MONDAY, TUESDAY, At(TUESDAY.0 + 30 * DAY_MS)] {
        append_at(&mut write, AUTHOR, &reading(at)).await;
    }
    for statement in [
        "INSERT INTO receipt_batch (id, signed, at) VALUES (1, '', 0)",
        "INSERT INTO receipt (n, receipt_id, verdict, outcome, decided_at, batch)
             SELECT n, '', '', 'accepted', at, 1 FROM operation",
        "INSERT INTO conflict (epoch, seq, verdict, at) VALUES (1, 2, '', 0)",
    ] {
        sqlx::query(statement).execute(&mut *write).await.unwrap();
    }
    sync_state::advance_settled(&mut write).await.unwrap();
    let now = At(TUESDAY.0 + 31 * DAY_MS);
    while retention::purge_some(&mut write, now, 7).await.unwrap() > 0 {}
    let days: Vec<(bool, bool)> = sqlx::query_as(
        "SELECT d.has_content, p.record IS NOT NULL FROM log_day d JOIN operation p ON p.n = d.first ORDER BY d.first",
    )
    .fetch_all(&mut *write)
    .await
    .unwrap();
    assert_eq!(days, [(false, false), (true, true), (true, true)]);
    sqlx::query("UPDATE conflict SET resolved_at = 0").execute(&mut *write).await.unwrap();
    while retention::purge_some(&mut write, now, 7).await.unwrap() > 0 {}
    assert!(get(&mut write, 1, 2).await.unwrap().is_none());
    assert!(get(&mut write, 1, 3).await.unwrap().is_some());
}

#[tokio::test]
async fn l10_the_newest_operation_shows_how_far_the_clock_had_come() {
    let (_folder, store) = open_store().await;
    let mut write = store.write().await.unwrap();
    let mark = async |write: &mut Write| sync_state::get(write).await.unwrap().wall_high_water;
    assert_eq!(mark(&mut write).await, At(0));
    append_one(&mut write, AUTHOR).await;
    assert_eq!(mark(&mut write).await, MONDAY);

    // The centre's clock is an hour ahead. What was done before it was heard counts no more.
    let wall = At(MONDAY.0 - 60_000);
    let desk = ClockReading { wall, monotonic_ms: 0, boot_id: Uuid::nil() };
    let contact = Contact { centre: At(wall.0 + 3_600_000), desk };
    sync_state::put_contact(&mut write, &contact).await.unwrap();
    assert_eq!(mark(&mut write).await, wall);
    let heard = Reading {
        at: At(MONDAY.0 + 3_600_000),
        wall: MONDAY,
        contact_offset_ms: 3_600_000,
        last_contact: Some(contact.centre),
        ..reading(MONDAY)
    };
    append_at(&mut write, AUTHOR, &heard).await;
    assert_eq!(mark(&mut write).await, heard.high_water());
    assert_eq!(heard.high_water(), MONDAY);

    append_at(&mut write, AUTHOR, &Reading { set_back: true, ..heard }).await;
    assert_eq!(mark(&mut write).await, At(i64::MAX), "until the centre tells its time");
}
