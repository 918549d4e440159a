//! Published lists for verifiers: whole filters, deltas, and removal of old versions.

use central::store::{
    Store as _, StoreError,
    postgres::{ListKind, PgStore},
};
use central_fixture::{
    desk::{Desk, MINUTE, MORNING, SITE, rulebook, senior, serial_of},
    people::{self, employ},
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    At, DeviceNumber,
    keys::{Class, DeskKey, KeyList, Signer as _, SoftwareKey},
    life::{Action, CodeState, Serial},
    op::OpBody,
    permission::Role,
    verification::RecordedCode,
};
use std::time::Duration;

const HOUR: i64 = 60 * MINUTE;

/// Starts a database with the centre's schema and connects a store to it.
async fn base(name: &str, connections: u32) -> (RigFolder, Postgres, PgStore) {
    let folder = RigFolder::new(name).unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), connections).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    (folder, postgres, store)
}

/// Publishes at `now`. Instead of signatures, the bodies hold versions and the number of serials.
async fn publish(store: &PgStore, now: At) -> bool {
    let filter =
        |serials: &[Serial], version: u64| Ok::<_, StoreError>(format!("{version}: {}", serials.len()));
    let delta =
        |serials: Vec<Serial>, since: u64, version: u64| Ok(format!("{since}-{version}: {}", serials.len()));
    store.publish_revocations(now, (4 * HOUR, false), filter, delta).await.unwrap()
}

async fn bodies(postgres: &Postgres, kind: &str) -> String {
    let rows = format!("SELECT body FROM trust_list WHERE kind = '{kind}' ORDER BY version");
    postgres.query(&rows).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_filters_are_rare_deltas_grow_between_them_and_old_versions_are_removed() {
    let (_folder, postgres, store) = base("central-lists", 4).await;
    let mut desk = Desk::new(DeviceNumber(1), 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    employ(&store, &SITE.parse().unwrap(), "10001", &[Role::Clerk]).await;
    assert!(publish(&store, MORNING).await);
    assert_eq!(bodies(&postgres, "revocations").await, "1: 0");
    assert_eq!(bodies(&postgres, "revocation_delta").await, "1-1: 0");
    assert!(!publish(&store, MORNING.plus_ms(MINUTE)).await, "nothing new");

    let mut lose = async |person: u32, at: At| {
        let issue = desk.issue(&senior(person), Action::Apply, at, None);
        let lost = OpBody::ReportLoss { serial: serial_of(&issue), agent: None, consequence_confirmed: true };
        let lost = desk.operation(&senior(person).number, at, lost);
        central::sync::push(&store, &rulebook(), &desk.push(vec![issue, lost]), at).await.unwrap();
        while central::sync::apply(&store, &rulebook(), 4, at).await.unwrap() > 0 {}
    };
    for (person, hours) in [(1, 1), (2, 2), (3, 3)] {
        let at = MORNING.plus_ms(hours * HOUR);
        lose(person, at).await;
        assert!(publish(&store, at.plus_ms(1_000)).await);
    }
    assert_eq!(bodies(&postgres, "revocations").await, "1: 0", "no new filter within four hours");
    assert_eq!(bodies(&postgres, "revocation_delta").await, "1-4: 3", "one delta with all since");
    let newest = store.published_version(ListKind::RevocationDelta).await.unwrap();
    assert_eq!(newest, 4);

    // A new filter repeats what the deltas said, for verifiers that fetch only filters; then
    // nothing more is published.
    assert!(publish(&store, MORNING.plus_ms(5 * HOUR)).await);
    assert_eq!(bodies(&postgres, "revocations").await, "1: 0\n5: 3");
    assert_eq!(bodies(&postgres, "revocation_delta").await, "5-5: 0");
    assert!(!publish(&store, MORNING.plus_ms(10 * HOUR)).await);

    // The first filter was replaced more than a day ago, the second just now.
    lose(4, MORNING.plus_ms(29 * HOUR)).await;
    lose(5, MORNING.plus_ms(30 * HOUR)).await;
    assert!(publish(&store, MORNING.plus_ms(30 * HOUR + 1_000)).await);
    assert_eq!(bodies(&postgres, "revocations").await, "5: 3\n6: 5");
    assert_eq!(bodies(&postgres, "revocation_delta").await, "6-6: 0");
}

/// Returns the number of sequential scans of the code table so far.
async fn read_whole(postgres: &Postgres) -> String {
    postgres.query("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'code'").await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn checking_for_new_revocations_does_not_scan_the_codes() {
    // One connection, so that the plans cached by earlier statements stay in use.
    let (_folder, postgres, store) = base("central-lists-codes", 1).await;
    let mut at = MORNING;
    assert!(publish(&store, at).await);
    let mut nothing_new = async || {
        at = at.plus_ms(MINUTE);
        assert!(!publish(&store, at).await);
    };
    // Repeated statements get a cached plan.
    for _ in 0..8 {
        nothing_new().await;
    }
    postgres
        .query(
            "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies)
             SELECT i % 256, int8send(i), int8send(i), 0, 0, 20991231, 1 FROM generate_series(1, 50000) AS i;
             ANALYZE code",
        )
        .await
        .unwrap();
    // A connection reports its statistics with its first transaction after a second.
    let mut scans = async || {
        for _ in 0..8 {
            nothing_new().await;
        }
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        nothing_new().await;
        read_whole(&postgres).await
    };
    assert_eq!(scans().await, scans().await);
}

/// Returns the number of pages read of the code table so far, cached or not.
async fn read_pages(postgres: &Postgres) -> u64 {
    let pages = "SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables WHERE relname = 'code'";
    postgres.query(pages).await.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_reads_no_page_of_the_code_table_and_sees_changes() {
    let (_folder, postgres, store) = base("central-lists-scans", 1).await;
    postgres
        .query(
            "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies, claims, key_id)
             SELECT i % 256, set_byte(int8send(i) || int8send(i), 0, i % 256), int8send(i), 0, 0, 20991231, 1,
                    sha256(int8send(i)), int8send(i)
             FROM generate_series(1, 50000) AS i",
        )
        .await
        .unwrap();
    // Autovacuum would do this after a while.
    postgres.query("VACUUM ANALYZE code").await.unwrap();
    let serial = |number: u64| {
        let mut bytes = [number.to_be_bytes(), number.to_be_bytes()].concat();
        bytes[0] = bytes[7];
        Serial(bytes.try_into().unwrap())
    };
    let asked: Vec<Serial> = (49_900..50_100).map(serial).collect();
    let known = async || {
        // The second call comes after a second, because only then a connection
        // reports its statistics.
        let before = store.codes(&asked).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(store.codes(&asked).await.unwrap().len(), before.len());
        before
    };
    let found = known().await;
    let before = read_pages(&postgres).await;
    known().await;
    let read = read_pages(&postgres).await - before;
    assert!(
        read <= 2,
        "{read} pages for 202 codes: each of the two statements looks at the visibility map once"
    );
    let states = |found: &[Option<Result<RecordedCode, StoreError>>]| -> Vec<Option<CodeState>> {
        found.iter().map(|code| code.as_ref().map(|code| code.as_ref().unwrap().code.state)).collect()
    };
    let live = |count| vec![Some(CodeState::Live); count];
    assert_eq!(states(&found), [live(101), vec![None; 99]].concat(), "50,000 is the last there is");

    let lost = format!(
        "UPDATE code SET state = 1, revoked_at = 1 WHERE serial = '\\x{}'",
        rules::hex::encode(&asked[1].0)
    );
    postgres.query(&lost).await.unwrap();
    let found = known().await;
    assert_eq!(states(&found)[..3], [live(1), vec![Some(CodeState::Lost)], live(1)].concat());
}

/// Returns a key of the centre as `serve` stores it.
fn own_key(secret: u8) -> DeskKey {
    DeskKey {
        public_key: SoftwareKey::from_bytes(&[secret; 32]).unwrap().public_key(),
        device: DeviceNumber(0),
        epoch: 1,
        site: "000000".parse().unwrap(),
        class: Class::Practice,
        not_before: At(0),
        not_after: MORNING.plus_ms(1_000 * 24 * HOUR),
        retired_at: None,
        compromised_since: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_the_centres_own_key_is_replaced_once_and_old_codes_stay_valid() {
    let (_folder, _postgres, store) = base("central-lists-keys", 4).await;
    let issuers = people::issuers(&SoftwareKey::from_bytes(&[99; 32]).unwrap());
    let certify = |key: DeskKey| issuers.sign(key, MORNING).map_err(|_| StoreError::Range("certificate"));
    let published = async |now: At| {
        let text = |list: KeyList| Ok(serde_json::to_string(&list).unwrap());
        store.publish_keys(Class::Practice, now, At(0), false, text).await.unwrap()
    };
    let held = async |version: u64| store.published(ListKind::Keys, Some(version)).await.unwrap().is_some();
    let day = |days: i64| MORNING.plus_ms(days * 24 * HOUR);

    for _ in 0..2 {
        store.put_own_key(own_key(1), day(0), certify).await.unwrap();
    }
    assert!(published(day(0)).await);
    assert!(!published(day(1)).await, "put on record once");
    assert!(!store.revoke_desk(DeviceNumber(0), day(1), None, certify).await.unwrap(), "no desk's");

    store.put_own_key(own_key(2), day(10), certify).await.unwrap();
    assert!(published(day(10)).await);
    let key = async |secret: u8| store.desk_key(own_key(secret).public_key.key_id()).await.unwrap().unwrap();
    let (old, new) = (key(1).await, key(2).await);
    assert!(old.was_valid(day(9)) && !old.was_valid(day(11)));
    assert!(new.was_valid(day(9)) && new.was_valid(day(11)));
    assert_eq!((old.epoch, new.epoch), (1, 2));
    let again = store.put_own_key(own_key(1), day(11), certify).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "an old folder of secrets");

    // A holder of the first list can still fetch the difference, since it was in force
    // until just now.
    assert!(held(1).await && held(2).await);
    store.put_own_key(own_key(3), day(12), certify).await.unwrap();
    assert!(published(day(12)).await);
    assert!(!held(1).await && held(2).await && held(3).await);
}
