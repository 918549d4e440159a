//! The database's schema goes forward only, and every earlier version opens.

use central::store::postgres::{MIGRATIONS, PgStore};
use rig::{RigFolder, postgres::Postgres};
use sqlx::migrate::Migrator;
use std::borrow::Cow;

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_version_opens_and_keeps_its_rows_and_a_newer_one_is_refused() {
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
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        assert!(store.desks().await.unwrap().is_empty(), "the program works on it");
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
