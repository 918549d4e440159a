//! The private PostgreSQL cluster.

use rig::RigFolder;
use rig::postgres::Postgres;

#[tokio::test]
async fn committed_rows_survive_a_killed_server() {
    let folder = RigFolder::new("postgres-killed").unwrap();
    let mut postgres = Postgres::start(&folder).await.unwrap();
    postgres.query("CREATE TABLE sheet (name TEXT)").await.unwrap();
    postgres.query("INSERT INTO sheet VALUES ('随申码')").await.unwrap();
    let url = postgres.url();
    postgres.kill();
    assert!(postgres.query("SELECT 1").await.is_err());
    postgres.start_again(&folder).await.unwrap();
    assert_eq!(postgres.query("SELECT name FROM sheet").await.unwrap(), "随申码");
    assert_eq!(postgres.url(), url);
}

#[tokio::test]
async fn a_refused_statement_fails_with_the_servers_message() {
    let folder = RigFolder::new("postgres-refuses").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let error = postgres.query("SELECT * FROM no_such_table").await.unwrap_err();
    assert!(error.to_string().contains("no_such_table"), "{error}");
}
