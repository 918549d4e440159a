//! What changes of the centre do to this desk's rows.

use super::{Connection, code, correction, escalation, queue, setting, staff};
use crate::error::DeskError;
use rules::{At, wire::Change};

/// Writes one change down.
pub(crate) async fn apply(connection: &mut Connection, change: &Change, at: At) -> Result<(), DeskError> {
    match change {
        Change::Staff(record) => staff::put(connection, record).await,
        Change::Escalation(record) => escalation::put(connection, record).await,
        Change::Correction(record) => {
            let waits = queue::correction_waits(&mut *connection, &record.citizen_ref).await?;
            correction::put_central(connection, record, waits, at).await
        }
        Change::CodeChanged { citizen_ref, code: word } => {
            code::state::tell(connection, citizen_ref, word, at).await
        }
        Change::Policy(policy) => setting::put(connection, setting::POLICY, policy).await,
    }
}
