//! What it does to this desk's rows that the centre, restored from a backup, decides an operation
//! otherwise than before.
//!
//! An end always wins: what either decision ended is ended here. A code that was refused once does
//! not come to life by itself; the conflict says what the centre says now, and somebody looks the
//! holder up.

use super::{Connection, audit, code, conflict, correction, operation, queue, receipt::ReceiptOutcome};
use crate::{clock::Reading, error::DeskError};
use rules::{
    At,
    op::{OpBody, Operation},
    wire::{Receipt, Verdict},
};

/// Takes the later decision over.
pub(super) async fn take(
    connection: &mut Connection,
    receipt: &Receipt,
    before: &Verdict,
    reading: &Reading,
) -> Result<(), DeskError> {
    let of = (receipt.epoch, receipt.seq);
    let (was_taken, is_taken) = (is_applied(before), is_applied(&receipt.verdict));
    // The action a blind wish became differs: nothing of this desk's follows from that.
    if was_taken && is_taken {
        return Ok(());
    }
    let done = operation::get(&mut *connection, of.0, of.1).await?;
    if matches!(&done, Some(Operation { body: OpBody::Printed { .. }, .. })) {
        return Ok(());
    }
    if is_taken {
        if let Some(done) = &done {
            code::state::end_again(&mut *connection, done, reading.at).await?;
        }
    } else if !matches!(receipt.verdict, Verdict::NeedsApproval | Verdict::Late) {
        let frees_day = !matches!(receipt.verdict, Verdict::DuplicateSameDay { .. });
        code::state::void_made_by(&mut *connection, of, frees_day, reading.at).await?;
        operation::release_idempotency_key(&mut *connection, of.0, of.1).await?;
    }
    conflict::open_anew(&mut *connection, of, before, &receipt.verdict, reading.at).await?;
    if let Some(done) = &done {
        corrections(&mut *connection, done, reading.at).await?;
    }
    note(connection, receipt, done.as_ref(), reading).await
}

const fn is_applied(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Applied { .. })
}

/// Lets the centre's copy of the citizen's corrections count as soon as nothing of this desk waits
/// on them.
async fn corrections(connection: &mut Connection, done: &Operation, at: At) -> Result<(), DeskError> {
    let is_correction =
        matches!(done.body, OpBody::CorrectionOpened { .. } | OpBody::CorrectionCommanded { .. });
    if !is_correction {
        return Ok(());
    }
    let of = (done.epoch, done.seq);
    let Some(citizen_ref) = operation::citizen_ref(&mut *connection, of).await? else { return Ok(()) };
    correction::central_counts(&mut *connection, &citizen_ref).await?;
    if !queue::correction_waits(&mut *connection, &citizen_ref).await? {
        correction::adopt_central(connection, &citizen_ref, at).await?;
    }
    Ok(())
}

async fn note(
    connection: &mut Connection,
    receipt: &Receipt,
    done: Option<&Operation>,
    reading: &Reading,
) -> Result<(), DeskError> {
    let outcome = super::to_word(&ReceiptOutcome::of(&receipt.verdict))?;
    let detail = format!("{}/{} decided anew", receipt.epoch, receipt.seq);
    let entry = audit::Entry {
        case_number: done.and_then(|done| done.case_number.as_deref()),
        ..audit::Entry::of_program(audit::Event::Receipt, &outcome, &detail)
    };
    audit::append(connection, reading, &entry).await
}
