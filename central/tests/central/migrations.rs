//! Forward migration of the schema from every earlier version.

use central::store::postgres::{MIGRATIONS, PgStore};
use rig::{RigFolder, postgres::Postgres};
use sqlx::migrate::Migrator;
use std::borrow::Cow;

const OP_ID: &str = "00000000-0000-0000-0000-000000000007";

/// Inserts a desk in its second enrolment, with an operation of the first, and a code with
/// an unreadable day.
async fn rows_of_the_first_version(postgres: &Postgres) {
    let log = |epoch: u32, id: &str| {
        format!(
            "INSERT INTO op_log (device, epoch, seq, bucket, hash, received_at, operation)
             VALUES (7, {epoch}, 1, 0, '', 0, '{{\"op_id\":\"{id}\"}}');"
        )
    };
    let statements = [
        "INSERT INTO device (device, site, desk_number, epoch) VALUES (7, '310101', 1, 2);".to_owned(),
        log(1, OP_ID),
        log(2, "00000000-0000-0000-0000-000000000008"),
        "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies)
         VALUES (0, '', '', 3, 0, -98990, 1);"
            .to_owned(),
    ];
    postgres.query(&statements.concat()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_version_migrates_with_its_rows_and_a_newer_one_is_refused() {
    let folder = RigFolder::new("central-migrations").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    for steps in 0..=MIGRATIONS.iter().count() {
        let store = PgStore::connect(&postgres.url(), 2).await.unwrap();
        let earlier = MIGRATIONS.iter().take(steps).cloned().collect::<Vec<_>>();
        let earlier = Migrator { migrations: Cow::Owned(earlier), ..Migrator::DEFAULT };
        earlier.run(store.pool()).await.unwrap();
        if steps > 0 {
            postgres.query("INSERT INTO site (site, name) VALUES ('310101', '演练大厅')").await.unwrap();
        }
        if steps == 1 {
            rows_of_the_first_version(&postgres).await;
        }
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!(store.desks().await.unwrap().len(), usize::from(steps == 1), "the program works on it");
        if steps == 1 {
            let noted = "SELECT op_id, epoch, seq FROM earlier_op";
            assert_eq!(postgres.query(noted).await.unwrap(), format!("{OP_ID}|1|1"));
            let days = postgres.query("SELECT valid_through FROM code").await.unwrap();
            assert_eq!(days, "10101", "a day that can be read");
        }
        let kept = postgres.query("SELECT count(*) FROM site").await.unwrap();
        assert_eq!(kept, if steps > 0 { "1" } else { "0" });
        if steps == MIGRATIONS.iter().count() {
            let tomorrow =
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                            VALUES (9999, 'of tomorrow', true, '\\x00', 0)";
            postgres.query(tomorrow).await.unwrap();
            assert!(store.migrate().await.is_err(), "never with an older program");
        }
        store.pool().close().await;
        postgres.query("DROP SCHEMA public CASCADE").await.unwrap();
        postgres.query("CREATE SCHEMA public").await.unwrap();
    }
}
