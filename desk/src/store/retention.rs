//! What a desk forgets, and when (S9): rows about citizens go a few days after the centre has everything about
//! them; the audit is never removed here (at least 190 days are asked for); the operation log keeps its chain and loses its content.

use super::Connection;
use crate::error::DeskError;
use rules::At;

/// Days rows about a citizen stay, unless the site sets another number.
pub const CITIZEN_DAYS: u32 = 7;

const DAY_MS: i64 = 86_400_000;

/// Removes what is old enough. Returns how many rows went. What waits for the centre never goes.
pub(crate) async fn purge(connection: &mut Connection, now: At, citizen_days: u32) -> Result<u64, DeskError> {
    let before = now.0 - i64::from(citizen_days) * DAY_MS;
    let steps = [
        // Citizens first: everything else of theirs follows them.
        "DELETE FROM citizen WHERE fetched_at < ?1 AND citizen_ref NOT IN
             (SELECT citizen_ref FROM operation JOIN outbox USING (epoch, seq) WHERE citizen_ref IS NOT NULL)",
        "UPDATE operation SET record = NULL, press = NULL WHERE record IS NOT NULL AND at < ?1
             AND EXISTS (SELECT 1 FROM receipt r WHERE r.epoch = operation.epoch AND r.seq = operation.seq
                           AND r.decided_at < ?1)
             AND NOT EXISTS (SELECT 1 FROM conflict c WHERE c.epoch = operation.epoch AND c.seq = operation.seq
                               AND c.resolved_at IS NULL)",
        "DELETE FROM code_change WHERE NOT EXISTS
             (SELECT 1 FROM outbox o WHERE o.epoch = code_change.epoch AND o.seq = code_change.seq)
             AND serial IN (SELECT serial FROM code WHERE changed_at < ?1)",
        "DELETE FROM code WHERE changed_at < ?1 AND serial NOT IN (SELECT serial FROM code_change)
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.epoch = code.epoch AND o.seq = code.seq)",
        "DELETE FROM correction WHERE changed_at < ?1 AND NOT is_open AND citizen_ref NOT IN
             (SELECT citizen_ref FROM operation JOIN outbox USING (epoch, seq) WHERE citizen_ref IS NOT NULL)",
        "DELETE FROM evidence_opened WHERE correction_id NOT IN (SELECT id FROM correction)",
        "DELETE FROM escalation WHERE closed AND at < ?1",
        "DELETE FROM blob WHERE complete = 1 AND stored_at < ?1",
        "DELETE FROM draft WHERE saved_at < ?1 AND case_number IN
             (SELECT case_number FROM case_file WHERE state = 'closed')",
        "UPDATE case_file SET citizen_ref = NULL WHERE citizen_ref IS NOT NULL AND state = 'closed' AND changed_at < ?1",
    ];
    let mut gone = 0;
    for step in steps {
        gone += sqlx::query(step).bind(before).execute(&mut *connection).await?.rows_affected();
    }
    Ok(gone)
}
