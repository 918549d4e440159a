//! The queue (同步), and its transfer by hand.

use super::store_page;
use crate::{
    core::{Core, CounterEvent},
    format::time_text,
    verdict::verdict_failure,
    view::{Failure, PageInput, QueuePageView, QueueRowView, QueueState},
};
use desk::store::{
    queue::{QueueFilter, QueueRow, QueueState as Stored},
    receipt::ReceiptOutcome,
    transfer::RefusedBatch,
};
use rules::{
    case_number::{grouped, ungrouped},
    failure::CounterFailure,
    wire::ProtocolError,
};
use std::{path::PathBuf, sync::Arc};

/// The outbox of this desk, and its transfer by hand.
pub struct Queue {
    core: Arc<Core>,
}

impl Queue {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns the operations of this desk, or those in one state.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn page(&self, page: PageInput, state: Option<QueueState>) -> Result<QueuePageView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let filter = match state {
            None => QueueFilter::All,
            Some(QueueState::Pending) => QueueFilter::Pending,
            Some(QueueState::Received) => QueueFilter::Received,
            Some(QueueState::Accepted) => QueueFilter::Decided(ReceiptOutcome::Accepted),
            Some(QueueState::Conflict) => QueueFilter::Decided(ReceiptOutcome::Conflict),
            Some(QueueState::Rejected) => QueueFilter::Decided(ReceiptOutcome::Rejected),
        };
        let case = ungrouped(page.text.as_deref().unwrap_or_default());
        let rows = desk.lists.queue.page(&operator, filter, &case, store_page(&page)).await?;
        let imports_refused = desk.transfer.refused().await?.iter().map(import_failure).collect();
        Ok(QueuePageView { total: rows.total, rows: rows.rows.iter().map(row).collect(), imports_refused })
    }

    /// Writes the outbox to a file in the desk's folder that the centre alone can open; returns its
    /// path.
    ///
    /// # Errors
    /// Not permitted; the centre's key was taken back; the database fails.
    pub async fn export(&self) -> Result<String, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let folder = self.core.folder().join("transfer");
        let path = desk.transfer.export(&operator, &folder).await?;
        Ok(path.display().to_string())
    }

    /// Imports the outbox file of another desk and sends it to the centre.
    ///
    /// # Errors
    /// Not permitted; a damaged or foreign file; the database fails.
    pub async fn import(&self, path: String) -> Result<u32, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let taken = desk.transfer.import(&operator, &PathBuf::from(path)).await?;
        self.core.announce(CounterEvent::Lists);
        Ok(u32::try_from(taken).unwrap_or(u32::MAX))
    }
}

pub(crate) const fn state(state: Stored) -> QueueState {
    match state {
        Stored::Pending => QueueState::Pending,
        Stored::Received | Stored::Decided(ReceiptOutcome::NeedsApproval) => QueueState::Received,
        Stored::Decided(ReceiptOutcome::Accepted) => QueueState::Accepted,
        Stored::Decided(ReceiptOutcome::Conflict) => QueueState::Conflict,
        Stored::Decided(ReceiptOutcome::Rejected) => QueueState::Rejected,
    }
}

fn row(row: &QueueRow) -> QueueRowView {
    QueueRowView {
        seq: u32::try_from(row.seq).unwrap_or(u32::MAX),
        kind: row.kind,
        action: row.action,
        case_number: row.case_number.as_deref().map(grouped),
        masked_name: row.masked_name.clone(),
        at: time_text(row.at),
        staff: row.operator.to_string(),
        state: state(row.state),
        failure: row.verdict.as_ref().and_then(verdict_failure),
    }
}

/// Words why the centre refused operations of another desk that were imported here, and what to do.
fn import_failure(batch: &RefusedBatch) -> Failure {
    let (device, first, last) = (batch.device, batch.first_seq, batch.last_seq);
    match &batch.why {
        ProtocolError::Fenced { .. } => CounterFailure::ImportFenced { device, first, last },
        ProtocolError::Quarantined => CounterFailure::ImportQuarantined { device, first, last },
        ProtocolError::Revoked => CounterFailure::ImportRevoked { device, first, last },
        ProtocolError::Gap { .. } => CounterFailure::ImportGap { device, first, last },
        _ => CounterFailure::ImportDamaged { device, first, last },
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::At;
    use std::collections::BTreeSet;

    #[test]
    fn a_refused_import_names_the_desk_the_operations_and_what_to_do() {
        let whys = [
            ProtocolError::Fenced { current: 2 },
            ProtocolError::Quarantined,
            ProtocolError::Revoked,
            ProtocolError::Gap { resend_from: 4 },
            ProtocolError::Malformed,
        ];
        let shown = whys.clone().map(|why| {
            import_failure(&RefusedBatch {
                device: rules::DeviceNumber(10_003),
                epoch: 1,
                first_seq: 12,
                last_seq: 40,
                why,
                taken_in_at: At(0),
            })
        });
        for failure in &shown {
            for words in [&failure.zh, &failure.en] {
                assert!(["10003", "12", "40"].iter().all(|number| words.contains(number)), "{words}");
            }
        }
        assert_eq!(shown.iter().map(|failure| &failure.code).collect::<BTreeSet<_>>().len(), whys.len());
    }
}
