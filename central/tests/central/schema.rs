//! The schema, its two roles, the line to the database, and what `check` says of them.

use central::store::postgres::{PgStore, Schema};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rig::{
    RigError, RigFolder,
    central::Central,
    postgres::{Postgres, SERVICE_ROLE},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_is_made_once_and_a_newer_one_is_refused() {
    let folder = RigFolder::new("central-migrations").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 2).await.unwrap();
    assert!(matches!(store.schema().await.unwrap(), Schema::Behind(1..)));
    store.migrate(central::clock::now()).await.unwrap();
    store.put_site(&"310101".parse().unwrap(), "演练大厅").await.unwrap();
    store.migrate(central::clock::now()).await.unwrap();
    assert!(store.desks().await.unwrap().is_empty(), "the program works on it");
    assert_eq!(postgres.query("SELECT site FROM site").await.unwrap(), "310101");

    postgres.query(TOMORROW).await.unwrap();
    assert!(store.migrate(central::clock::now()).await.is_err(), "never with an older program");
    assert_eq!(store.schema().await.unwrap(), Schema::Ready, "but the older program works on");
}

const TOMORROW: &str =
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                        VALUES (9999, 'of tomorrow', true, '\\x00', 0)";

#[tokio::test(flavor = "multi_thread")]
async fn serve_never_changes_the_schema_and_serves_on_one_of_tomorrow() {
    let folder = RigFolder::new("central-two-roles").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let mut centre = Central::start(&folder, &postgres).await.unwrap();
    assert!(centre.command(&["migrate"]).await.is_err(), "the service's role must not");
    for statement in [
        "DELETE FROM audit_leaf",
        "UPDATE op_log SET hash = hash",
        "DELETE FROM legal_hold",
        "UPDATE staff_version SET number = number",
        "CREATE TABLE mine (n integer)",
        "TRUNCATE audit_event",
    ] {
        let store = PgStore::connect(&postgres.service_url(), 1).await.unwrap();
        assert!(sqlx_refuses(&store, statement).await, "{statement}");
    }
    assert_eq!(postgres_excess(&postgres.service_url()).await, None);
    assert_eq!(postgres_excess(&postgres.url()).await, Some("is a superuser"));

    postgres.query(TOMORROW).await.unwrap();
    postgres.query("ALTER TABLE site ADD COLUMN of_tomorrow text").await.unwrap();
    assert!(centre.is_ready().await, "the process of before goes on");
    centre.start_again(&folder).await.unwrap();
    centre.command(&["site", "add", "--site", "310104", "--name", "演练大厅"]).await.unwrap();

    postgres.query("DELETE FROM _sqlx_migrations WHERE version = 1").await.unwrap();
    let refused = centre.command(&["serve"]).await.unwrap_err();
    assert!(refused.to_string().contains("lacks 1 migration(s)"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_there_is_cut_into_months_and_its_roles_work_on() {
    let folder = RigFolder::new("central-migrate-log").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 1).await.unwrap();
    store.migrate(central::clock::now()).await.unwrap();
    let first = include_str!("../../migrations/0001_first.sql");
    let table = |name: &str| {
        let from = first.find(&format!("CREATE TABLE {name} (")).unwrap();
        &first[from..from + first[from..].find("\n);").unwrap() + 2]
    };
    let before = format!(
        "DROP TABLE op_log, batch_proof, archived_op, archived_month; DROP FUNCTION make_log_months;
         ALTER TABLE device_head DROP COLUMN month_seq, DROP COLUMN month_since;
         {}; {};
         GRANT SELECT, INSERT ON op_log, batch_proof TO {SERVICE_ROLE};
         INSERT INTO op_log SELECT 7, 1, seq, 1, '', '', at, NULL, '{{}}'
             FROM (VALUES (1, 1764518399999), (2, 1764518400000), (3, {now})) AS rows(seq, at);
         INSERT INTO batch_proof VALUES (7, 1, 1, 1, 1764518399999, '', '[]');
         DELETE FROM _sqlx_migrations WHERE version = 16",
        table("op_log"),
        table("batch_proof"),
        now = central::clock::now().0,
    );
    postgres.query(&before).await.unwrap();
    store.migrate(central::clock::now()).await.unwrap();
    let parts = "SELECT string_agg(tableoid::regclass::text, ' ' ORDER BY seq) FROM op_log WHERE seq < 3";
    assert_eq!(postgres.query(parts).await.unwrap(), "op_log_202511 op_log_202512");
    assert_eq!(postgres.query("SELECT count(*) FROM op_log").await.unwrap(), "3");
    assert_eq!(
        postgres.query("SELECT tableoid::regclass FROM batch_proof").await.unwrap(),
        "batch_proof_202511"
    );
    let may = format!(
        "SELECT has_table_privilege('{SERVICE_ROLE}', 'op_log', 'INSERT')::text
             || has_table_privilege('{SERVICE_ROLE}', 'op_log', 'DELETE')
             || has_table_privilege('{SERVICE_ROLE}', 'op_log_202511', 'SELECT')"
    );
    assert_eq!(postgres.query(&may).await.unwrap(), "truefalsefalse");
}

async fn sqlx_refuses(store: &PgStore, statement: &'static str) -> bool {
    let outcome = sqlx::raw_sql(statement).execute(store.pool()).await;
    outcome.is_err_and(|error| {
        error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("42501"))
    })
}

async fn postgres_excess(url: &str) -> Option<&'static str> {
    PgStore::connect(url, 1).await.unwrap().excess_of_rights().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_missing_and_how_to_get_it() {
    let folder = RigFolder::new("central-check").unwrap();
    let mut postgres = Postgres::start(&folder).await.unwrap();
    let centre = Central::start(&folder, &postgres).await.unwrap();
    let said = centre.command(&["check"]).await.unwrap();
    assert!(said.contains("ok       schema: up to date"), "{said}");
    assert!(said.contains("ok       rights: those of the service, and no more"), "{said}");
    assert!(said.contains("ok       log: partitions through 20"), "{said}");
    assert!(!said.contains("MISSING"), "{said}");

    // Two years without a migration.
    let later = "DO $$ DECLARE part text; BEGIN FOR part IN SELECT relname FROM pg_class
        WHERE relname ~ '^(op_log|batch_proof)_[0-9]{6}$' LOOP EXECUTE 'DROP TABLE ' || part; END LOOP; END $$";
    postgres.query(later).await.unwrap();
    assert!(failing(&centre).await.contains("MISSING  log: no partition for this month"));
    centre.migrate(&postgres).await.unwrap();
    assert!(centre.command(&["check"]).await.unwrap().contains("ok       log: partitions through 20"));

    postgres.query("DELETE FROM _sqlx_migrations WHERE version = 1").await.unwrap();
    let said = failing(&centre).await;
    assert!(said.contains("MISSING  schema: 1 migration(s) behind: run `suishen-central migrate`"), "{said}");
    postgres.query(&format!("ALTER ROLE {SERVICE_ROLE} PASSWORD 'another'")).await.unwrap();
    let said = failing(&centre).await;
    assert!(said.contains(&format!("refuses the role {SERVICE_ROLE}: password, or pg_hba.conf")), "{said}");
    postgres.stop();
    let said = failing(&centre).await;
    assert!(said.contains("MISSING  database: no PostgreSQL at 127.0.0.1:"), "{said}");
}

async fn failing(centre: &Central) -> String {
    match centre.command(&["check"]).await.unwrap_err() {
        RigError::CommandFailed { message, .. } => message,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_to_the_database_is_tls_and_takes_no_other_server() {
    let folder = RigFolder::new("central-database-tls").unwrap();
    let mut postgres = Postgres::start(&folder).await.unwrap();
    let place = folder.below("database-ca").unwrap();
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = place.join(name);
        std::fs::write(&file, ca.pem()).unwrap();
        (ca, file)
    };
    let ((ca, trusted), (_, other)) = (authority("ca.pem"), authority("other.pem"));
    let pair = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (place.join("server.pem"), place.join("server.key"));
    std::fs::write(&certificate, params.signed_by(&pair, &ca).unwrap().pem()).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    postgres.speak_tls(&certificate, &key, &folder).await.unwrap();

    let with =
        |ca: &std::path::Path| format!("{}?sslmode=verify-full&sslrootcert={}", postgres.url(), ca.display());
    let store = PgStore::connect(&with(&trusted), 1).await.unwrap();
    assert!(store.is_encrypted().await.unwrap());
    let refused = PgStore::connect(&with(&other), 1).await.unwrap_err();
    assert!(refused.to_string().contains("no TLS: invalid peer certificate"), "{refused}");
}
