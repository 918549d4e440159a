//! What a desk forgets, and when (S9): rows about citizens go a few days after the centre has everything about
//! them; the audit is never removed here (at least 190 days are asked for); the operation log keeps its chain and loses its content.

use super::Connection;
use crate::error::DeskError;
use rules::At;

/// Days rows about a citizen stay, unless the site sets another number.
pub const CITIZEN_DAYS: u32 = 7;

/// Rows of one kind that go in one transaction: after a long outage there are many, and the clerk must not wait for them.
pub(crate) const ROWS_AT_A_TIME: u32 = 500;

const DAY_MS: i64 = 86_400_000;

/// What goes: of which table, and which of its rows. `?1` is the instant before which things are old. What waits for
/// the centre never goes.
struct Step {
    table: &'static str,
    key: &'static str,
    which: &'static str,
    /// Columns that are emptied in rows that stay; empty: the rows themselves go.
    emptied: &'static str,
}

const fn delete(table: &'static str, key: &'static str, which: &'static str) -> Step {
    Step { table, key, which, emptied: "" }
}

const STEPS: [Step; 10] = [
    // Citizens first: everything else of theirs follows them. CROSS: what waits leads to its operations, not the whole log to what waits.
    delete(
        "citizen",
        "citizen_ref",
        "fetched_at < ?1 AND citizen_ref NOT IN
             (SELECT citizen_ref FROM outbox CROSS JOIN operation USING (epoch, seq) WHERE citizen_ref IS NOT NULL)",
    ),
    Step {
        emptied: "record = NULL, press = NULL",
        table: "operation",
        key: "epoch, seq",
        which: "(record IS NULL) = 0 AND at < ?1
             AND EXISTS (SELECT 1 FROM receipt r WHERE r.epoch = operation.epoch AND r.seq = operation.seq
                           AND r.decided_at < ?1)
             AND NOT EXISTS (SELECT 1 FROM conflict c WHERE c.epoch = operation.epoch AND c.seq = operation.seq
                               AND c.resolved_at IS NULL)",
    },
    delete(
        "code_change",
        "epoch, seq, serial",
        "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.epoch = code_change.epoch AND o.seq = code_change.seq)
             AND serial IN (SELECT serial FROM code WHERE changed_at < ?1)",
    ),
    delete(
        "code",
        "serial",
        "changed_at < ?1 AND serial NOT IN (SELECT serial FROM code_change)
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.epoch = code.epoch AND o.seq = code.seq)",
    ),
    delete(
        "correction",
        "id",
        "changed_at < ?1 AND NOT is_open AND citizen_ref NOT IN
             (SELECT citizen_ref FROM outbox CROSS JOIN operation USING (epoch, seq) WHERE citizen_ref IS NOT NULL)",
    ),
    delete(
        "evidence_opened",
        "correction_id, revision, operator, digest",
        "correction_id NOT IN (SELECT id FROM correction)",
    ),
    delete("escalation", "id", "closed AND at < ?1"),
    delete("blob", "digest", "complete = 1 AND stored_at < ?1"),
    delete(
        "draft",
        "case_number, form",
        "saved_at < ?1 AND case_number IN (SELECT case_number FROM case_file WHERE state = 'closed')",
    ),
    Step {
        emptied: "citizen_ref = NULL",
        table: "case_file",
        key: "case_number",
        which: "citizen_ref IS NOT NULL AND state = 'closed' AND changed_at < ?1",
    },
];

/// Removes some of what is old enough. Returns how many rows went; 0: nothing is left to remove.
pub(crate) async fn purge_some(
    connection: &mut Connection,
    now: At,
    citizen_days: u32,
) -> Result<u64, DeskError> {
    let before = now.0 - i64::from(citizen_days) * DAY_MS;
    let mut gone = 0;
    for Step { table, key, which, emptied } in STEPS {
        let forget = if emptied.is_empty() {
            format!("DELETE FROM {table}")
        } else {
            format!("UPDATE {table} SET {emptied}")
        };
        let statement =
            format!("{forget} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {which} LIMIT ?2)");
        gone += sqlx::query(&statement)
            .bind(before)
            .bind(ROWS_AT_A_TIME)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    }
    Ok(gone)
}
