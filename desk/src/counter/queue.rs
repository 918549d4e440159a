//! The queue (同步), and carrying it by hand.

use super::{Counter, CounterEvent, actions::verdict_failure, format::time_text};
use crate::{
    store::{
        Page,
        queue::{QueueFilter, QueueRow, QueueState as Stored},
        receipt::Outcome,
    },
    view::{Failure, PageInput, QueuePageView, QueueRowView, QueueState, StatusView},
};
use rules::{Sensitive, permission::Duty, wire::Verdict};
use std::path::PathBuf;

impl Counter {
    /// Operations of this desk, newest first.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn queue(&self, page: PageInput) -> Result<QueuePageView, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let filter = match page.state.as_deref() {
            Some("pending" | "sending" | "received") => QueueFilter::Waiting,
            Some("accepted") => QueueFilter::Decided(Outcome::Accepted),
            Some("conflict") => QueueFilter::Decided(Outcome::Conflict),
            Some("rejected") => QueueFilter::Decided(Outcome::Rejected),
            _ => QueueFilter::All,
        };
        let rows = desk.queue(&operator, filter, store_page(&page)).await?;
        Ok(QueuePageView { total: rows.total, rows: rows.rows.iter().map(row).collect() })
    }

    /// Synchronises now.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn sync_now(&self) -> Result<StatusView, Failure> {
        let desk = self.desk()?;
        desk.operator()?.may(Duty::ViewQueue)?;
        desk.sync().now();
        self.status().await
    }

    /// Writes the queue to an encrypted file in the desk's folder and says where.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn export_queue(&self, passphrase: String) -> Result<String, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let folder = self.folder.join("carried");
        let path = desk.export_queue(&operator, &folder, &Sensitive::new(passphrase)).await?;
        Ok(path.display().to_string())
    }

    /// Takes in another desk's queue file and sends it on to the centre.
    ///
    /// # Errors
    /// Not permitted; a damaged or foreign file; the disk's.
    pub async fn import_queue(&self, path: String, passphrase: String) -> Result<u32, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let taken = desk.import_queue(&operator, &PathBuf::from(path), &Sensitive::new(passphrase)).await?;
        self.tell(CounterEvent::Lists);
        Ok(taken)
    }
}

pub(super) const fn store_page(page: &PageInput) -> Page {
    Page { offset: page.offset, limit: page.limit }
}

pub(super) const fn state(state: Stored) -> QueueState {
    match state {
        Stored::Pending => QueueState::Pending,
        Stored::Received | Stored::Decided(Outcome::NeedsApproval) => QueueState::Received,
        Stored::Decided(Outcome::Accepted) => QueueState::Accepted,
        Stored::Decided(Outcome::Conflict) => QueueState::Conflict,
        Stored::Decided(Outcome::Rejected) => QueueState::Rejected,
    }
}

fn row(row: &QueueRow) -> QueueRowView {
    QueueRowView {
        seq: u32::try_from(row.seq).unwrap_or(u32::MAX),
        kind: row.kind.clone(),
        action: row.action,
        case_number: row.case_number.clone(),
        masked_name: row.masked_name.clone(),
        at: time_text(row.at),
        staff: row.operator.clone(),
        state: state(row.state),
        failure: row
            .verdict
            .as_ref()
            .filter(|verdict| !matches!(verdict, Verdict::Applied { .. }))
            .map(verdict_failure),
    }
}
