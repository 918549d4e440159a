//! What changes of the centre do to this desk's rows.

use super::{Write, code, correction, escalation, queue, setting, staff};
use crate::error::DeskError;
use rules::{At, wire::Change};

/// Writes one change down. The centre names citizens by their numbers, and this desk files them by
/// its own references.
pub(crate) async fn apply(write: &mut Write, change: &Change, at: At) -> Result<(), DeskError> {
    match change {
        Change::Staff(record) => staff::put(write, record).await,
        Change::Escalation(record) => {
            let citizen_ref = write.citizen_ref(&record.number);
            escalation::put(write, &citizen_ref, record).await
        }
        Change::Correction(record) => {
            let citizen_ref = write.citizen_ref(&record.number);
            let waits = queue::correction_waits(write, &citizen_ref).await?;
            correction::put_central(write, &citizen_ref, record, waits, at).await
        }
        Change::CodeChanged { code: word } => code::state::tell(write, word, at).await,
        Change::Settings(settings) => setting::put_central(write, settings).await,
        Change::Policy(policy) => setting::put(write, setting::POLICY, policy).await,
    }
}
