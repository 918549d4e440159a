//! Version of the schema, and what the role of the service may do with it.

use super::{PgStore, Write};
use crate::store::{Result, StoreError};
use rules::At;
use sqlx::Connection as _;
use std::collections::BTreeSet;

/// Schema migrations, which only go forward.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Tables whose rows stand for ever. Whoever has the password of the service can add to them and
/// neither change nor remove a row.
const APPEND_ONLY: [&str; 15] = [
    "op_log",
    "archived_op",
    "archived_month",
    "batch_proof",
    "session",
    "op_result",
    "staff_version",
    "account_act",
    "audit_leaf",
    "audit_node",
    "look_up",
    "look_up_release",
    "channel_login",
    "legal_hold",
    "legal_hold_lift",
];

/// Partitions of the log are reached through it alone.
const PARTITIONS: &str = "
    SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits
    WHERE inhparent IN ('op_log'::regclass, 'batch_proof'::regclass)";

/// State of the schema as this program sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Every migration of this program is applied. There may be later ones: a schema serves the
    /// program before it too.
    Ready,
    /// This number of migrations is missing.
    Behind(usize),
}

impl PgStore {
    /// Migrates the schema to this program's version, and makes the partitions of the log for the
    /// months around and after `now`. A second process waits for the first.
    ///
    /// # Errors
    /// [`StoreError::Database`] if a migration fails or the schema is newer than the program.
    pub async fn migrate(&self, now: At) -> Result<()> {
        let mut connection = self.unhurried().await?;
        MIGRATIONS.run(&mut connection).await.map_err(|error| StoreError::Database(error.to_string()))?;
        connection.close().await?;
        self.make_log_months(now).await
    }

    /// Returns whether this program can work on the schema.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn schema(&self) -> Result<Schema> {
        let mut connection = self.pool().acquire().await?;
        let exists: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&mut *connection)
            .await?;
        let applied: BTreeSet<i64> = if exists {
            let applied = "SELECT version FROM _sqlx_migrations WHERE success";
            sqlx::query_scalar(applied).fetch_all(&mut *connection).await?.into_iter().collect()
        } else {
            BTreeSet::new()
        };
        let missing = MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.version)).count();
        Ok(if missing == 0 { Schema::Ready } else { Schema::Behind(missing) })
    }

    /// Lets `role` read and write the tables, and only add to those whose rows stand for ever. It
    /// gets no right to change the schema. To be repeated after each migration.
    ///
    /// # Errors
    /// [`StoreError`] if the role does not exist or is the owner, who has every right.
    pub async fn admit(&self, role: &str) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        let owns: bool =
            sqlx::query_scalar("SELECT current_user = $1").bind(role).fetch_one(&mut *write).await?;
        if owns {
            return Err(StoreError::Database(format!(
                "{role} owns the tables; the service needs another role"
            )));
        }
        let quoted: String =
            sqlx::query_scalar("SELECT quote_ident($1)").bind(role).fetch_one(&mut *write).await?;
        let partitions: String = sqlx::query_scalar(PARTITIONS).fetch_one(&mut *write).await?;
        for statement in [
            format!("GRANT USAGE ON SCHEMA public TO {quoted}"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}"),
            format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"),
            format!("REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM {quoted}"),
            format!("REVOKE UPDATE, DELETE ON {} FROM {quoted}", APPEND_ONLY.join(", ")),
            format!("REVOKE ALL ON {partitions} FROM {quoted}"),
        ] {
            sqlx::raw_sql(&statement).execute(&mut *write).await?;
        }
        write.commit().await
    }

    /// Returns what the role of this connection may do that the service's must not: `None` if it
    /// may change neither the schema nor the log.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn excess_of_rights(&self) -> Result<Option<&'static str>> {
        let (superuser, creates, edits): (bool, bool, bool) = sqlx::query_as(
            "SELECT rolsuper, has_schema_privilege('public', 'CREATE'),
                    has_table_privilege('audit_leaf', 'UPDATE') OR has_table_privilege('audit_leaf', 'DELETE')
             FROM pg_roles WHERE rolname = current_user",
        )
        .fetch_one(self.pool())
        .await?;
        Ok(if superuser {
            Some("is a superuser")
        } else if creates {
            Some("may change the schema")
        } else if edits {
            Some("may edit the audit log")
        } else {
            None
        })
    }

    /// Returns whether every server is reached by a socket or a loopback address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.servers.each().iter().all(|options| {
            let host = options.get_host();
            options.get_socket().is_some()
                || host == "localhost"
                || host.starts_with('/')
                || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        })
    }

    /// Returns whether the line to the database is encrypted.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn is_encrypted(&self) -> Result<bool> {
        let ssl = "SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)";
        Ok(sqlx::query_scalar(ssl).fetch_one(self.pool()).await?)
    }

    /// Returns whether the server keeps what it has committed, with the setting that is off if not.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn undurable_setting(&self) -> Result<Option<String>> {
        let off =
            "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'";
        Ok(sqlx::query_scalar(off).fetch_optional(self.pool()).await?)
    }

    /// Returns whether a commit waits for a standby, so that a promotion loses nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn is_synchronous(&self) -> Result<bool> {
        let names = "SELECT current_setting('synchronous_standby_names') <> ''";
        Ok(sqlx::query_scalar(names).fetch_one(self.pool()).await?)
    }
}
