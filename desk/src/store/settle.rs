//! What receipts of the centre do to this desk's rows.

use super::{
    Connection, audit, call_back, code, conflict, correction, escalation, operation, overturned, queue,
    receipt::{self, Kept},
    sync_state,
};
use crate::{clock::Reading, error::DeskError, identity::Author, store::receipt::VerifiedReceiptBatch};
use rules::{
    Refusal,
    op::{OpBody, Operation},
    wire::{Receipt, Verdict},
};

/// Settles the operations of a receipt batch. Returns those that were new, in order.
pub(crate) async fn receipts(
    connection: &mut Connection,
    author: Author,
    batch: &VerifiedReceiptBatch,
    reading: &Reading,
) -> Result<Vec<(u64, Verdict)>, DeskError> {
    let mut kept_batch = None;
    let mut batch_proves = false;
    let mut new = Vec::new();
    for receipt in batch.receipts() {
        if receipt.device != author.device || receipt.epoch != author.epoch {
            continue;
        }
        let ours = operation::hash(&mut *connection, receipt.epoch, receipt.seq).await?;
        if ours.as_ref() != Some(&receipt.hash) {
            continue;
        }
        let batch_id = match kept_batch {
            Some(id) => id,
            None => {
                *kept_batch.insert(receipt::put_batch(&mut *connection, batch.signed(), reading.at).await?)
            }
        };
        let kept = receipt::put(&mut *connection, receipt, batch_id).await?;
        batch_proves |= kept != Kept::Known;
        match kept {
            Kept::New => settle(&mut *connection, receipt, reading).await?,
            Kept::Overturned { before } => {
                overturned::take(&mut *connection, receipt, &before, reading).await?;
            }
            Kept::Known | Kept::Renewed => continue,
        }
        new.push((receipt.seq, receipt.verdict.clone()));
    }
    if !new.is_empty() {
        sync_state::advance_settled(&mut *connection).await?;
        call_back::forget_phones(&mut *connection).await?;
    }
    if let (Some(id), false) = (kept_batch, batch_proves) {
        receipt::drop_batch(connection, id).await?;
    }
    Ok(new)
}

async fn settle(connection: &mut Connection, receipt: &Receipt, reading: &Reading) -> Result<(), DeskError> {
    let Receipt { epoch, seq, verdict, .. } = receipt;
    // Retention empties only what has a receipt, so a missing record means this one has been
    // settled before.
    let Some(done) = operation::get(&mut *connection, *epoch, *seq).await? else { return Ok(()) };
    let is_applied = matches!(verdict, Verdict::Applied { .. });
    match verdict {
        Verdict::Applied { .. } => code::state::confirm(&mut *connection, &done, reading.at).await?,
        // Somebody at the centre will decide; what was done here stands until then, and stays
        // provisional.
        Verdict::NeedsApproval | Verdict::Late => {}
        Verdict::DuplicateSameDay { .. }
        | Verdict::NotEligible
        | Verdict::StaleVersion { .. }
        | Verdict::Unproven
        | Verdict::Rejected { .. } => {
            // Of two on one day the day is used up by the one that won.
            let frees_day = !matches!(verdict, Verdict::DuplicateSameDay { .. });
            code::state::undo(&mut *connection, &done, frees_day, reading.at).await?;
            operation::release_idempotency_key(&mut *connection, *epoch, *seq).await?;
            if let OpBody::EscalationDismissed { id, .. } = &done.body
                && *verdict != (Verdict::Rejected { code: Refusal::EscalationClosed })
            {
                escalation::reopen(&mut *connection, *id).await?;
            }
        }
    }
    if !is_applied && concerns_a_person(&done) {
        conflict::open(&mut *connection, &done, verdict, reading.at).await?;
    }
    let is_correction =
        matches!(done.body, OpBody::CorrectionOpened { .. } | OpBody::CorrectionCommanded { .. });
    if is_correction
        && let Some(citizen_ref) = operation::citizen_ref(&mut *connection, (*epoch, *seq)).await?
    {
        if !is_applied {
            correction::central_counts(&mut *connection, &citizen_ref).await?;
        }
        if !queue::correction_waits(&mut *connection, &citizen_ref).await? {
            correction::adopt_central(&mut *connection, &citizen_ref, reading.at).await?;
        }
    }
    if !is_applied {
        let outcome = super::to_word(&receipt::ReceiptOutcome::of(verdict))?;
        let detail = format!("{epoch}/{seq}");
        let entry = audit::Entry {
            case_number: done.case_number.as_deref(),
            ..audit::Entry::of_program(audit::Event::Receipt, &outcome, &detail)
        };
        audit::append(connection, reading, &entry).await?;
    }
    Ok(())
}

/// Returns whether a refused operation concerns a person: a count of sheets does not.
const fn concerns_a_person(operation: &Operation) -> bool {
    !matches!(operation.body, OpBody::Printed { .. })
}
