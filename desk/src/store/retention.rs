//! What a desk forgets, and when (S9): rows about citizens go a few days after the centre has
//! everything about them; the audit is never removed here (at least 190 days are asked for); the
//! operation log keeps its chain and loses its content.

use super::Connection;
use crate::error::DeskError;
use rules::At;

/// Days rows about a citizen stay, unless the site sets another number.
pub const CITIZEN_DAYS: u32 = 7;

/// Rows of one kind that go in one transaction: after a long outage there are many, and the clerk
/// must not wait for them.
pub(crate) const ROWS_AT_A_TIME: u32 = 500;

const DAY_MS: i64 = 86_400_000;

/// What goes: of which table, and which of its rows: what follows `FROM`. `?1` is the instant
/// before which things are old. What waits for the centre never goes.
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

const STEPS: [Step; 15] = [
    // Citizens first: everything else of theirs follows them.
    delete(
        "citizen",
        "citizen_ref",
        "citizen WHERE fetched_at < ?1 AND citizen_ref NOT IN
             (SELECT citizen_ref FROM outbox WHERE citizen_ref IS NOT NULL)",
    ),
    Step {
        emptied: "record = NULL, idempotency_key = NULL",
        table: "operation",
        key: "n",
        // CROSS: through the days that are old and not yet empty, not through the whole log.
        which: "day_of_log d CROSS JOIN operation p ON p.n >= d.first AND p.n < d.ends_before
             WHERE d.has_content AND d.at < ?1 AND p.record IS NOT NULL AND p.at < ?1
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.n = p.n)
             AND p.n <= ifnull((SELECT recheck_after FROM sync_state), p.n)
             AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.n = p.n AND r.decided_at >= ?1)
             AND NOT EXISTS (SELECT 1 FROM conflict c WHERE c.epoch = p.epoch AND c.seq = p.seq AND c.resolved_at IS NULL)",
    },
    Step {
        emptied: "has_content = 0",
        table: "log_day",
        key: "first",
        // To the newest something may still be added, by a clock that was set back.
        which: "day_of_log d WHERE d.has_content AND d.at < ?1
             AND EXISTS (SELECT 1 FROM log_day later WHERE later.first > d.first)
             AND NOT EXISTS (SELECT 1 FROM operation p WHERE p.n >= d.first AND p.n < d.ends_before AND p.record IS NOT NULL)",
    },
    // With what moved it. Not before a view of its holder: the code may have ended since.
    delete(
        "code",
        "serial",
        "code WHERE changed_at < ?1
             AND CASE WHEN citizen_ref IS NOT NULL THEN citizen_ref NOT IN (SELECT citizen_ref FROM citizen)
                 ELSE serial NOT IN (SELECT c.value ->> '$.serial' FROM citizen v, json_each(v.view, '$.codes') c) END
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.n = (code.epoch << 32 | code.seq))
             AND NOT EXISTS (SELECT 1 FROM code_change h CROSS JOIN outbox o ON o.n = h.n WHERE h.serial = code.serial)",
    ),
    delete(
        "correction",
        "id",
        "correction WHERE changed_at < ?1 AND NOT is_open AND citizen_ref NOT IN
             (SELECT citizen_ref FROM outbox WHERE citizen_ref IS NOT NULL)",
    ),
    delete(
        "evidence_opened",
        "correction_id, revision, operator, digest",
        "evidence_opened WHERE correction_id NOT IN (SELECT id FROM correction)",
    ),
    delete("escalation", "id", "escalation WHERE closed AND at < ?1"),
    delete(
        "draft",
        "case_number, form",
        "draft WHERE saved_at < ?1 AND case_number IN (SELECT case_number FROM case_file WHERE state = 'closed')",
    ),
    delete(
        "phone",
        "case_number",
        "phone WHERE left_at < ?1 AND case_number NOT IN (SELECT case_number FROM case_waiting)",
    ),
    delete("call", "n", "call WHERE at < ?1 AND subject NOT IN (SELECT subject FROM call_subject)"),
    delete(
        "job_person",
        "job, position",
        "job_person WHERE job IN (SELECT id FROM job WHERE changed_at < ?1)",
    ),
    delete("job", "id", "job WHERE changed_at < ?1 AND id NOT IN (SELECT job FROM job_person)"),
    delete("visit", "id", "visit WHERE state = 'returned' AND changed_at < ?1"),
    // A photo goes with the view that names it, a page with its correction or draft.
    delete(
        "blob",
        "digest",
        "blob WHERE complete = 1 AND stored_at < ?1
             AND digest NOT IN (SELECT view ->> '$.photo' FROM citizen WHERE view ->> '$.photo' IS NOT NULL)
             AND digest NOT IN (SELECT page.value FROM job j, json_each(j.consent) page)
             AND digest NOT IN (SELECT photo FROM job_person WHERE photo IS NOT NULL)
             AND digest NOT IN (SELECT named.atom FROM correction c, json_tree(c.record, '$.correction.content') named
                 WHERE c.is_open AND named.type = 'text')
             AND digest NOT IN (SELECT named.atom FROM draft d,
                 json_tree(CASE WHEN json_valid(d.content) THEN d.content ELSE '{}' END) named
                 WHERE named.type = 'text')",
    ),
    Step {
        emptied: "citizen_ref = NULL",
        table: "case_file",
        key: "case_number",
        which: "case_file WHERE citizen_ref IS NOT NULL AND state = 'closed' AND changed_at < ?1",
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
        let statement = format!("{forget} WHERE ({key}) IN (SELECT {key} FROM {which} LIMIT ?2)");
        gone += sqlx::query(&statement)
            .bind(before)
            .bind(ROWS_AT_A_TIME)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    }
    Ok(gone)
}
