//! Migration of the schema.

use central::store::postgres::PgStore;
use rig::{RigFolder, postgres::Postgres};

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_is_made_once_and_a_newer_one_is_refused() {
    let folder = RigFolder::new("central-migrations").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 2).await.unwrap();
    store.migrate().await.unwrap();
    store.put_site("310101", "演练大厅").await.unwrap();
    store.migrate().await.unwrap();
    assert!(store.desks().await.unwrap().is_empty(), "the program works on it");
    assert_eq!(postgres.query("SELECT site FROM site").await.unwrap(), "310101");

    let tomorrow = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                    VALUES (9999, 'of tomorrow', true, '\\x00', 0)";
    postgres.query(tomorrow).await.unwrap();
    assert!(store.migrate().await.is_err(), "never with an older program");
}
