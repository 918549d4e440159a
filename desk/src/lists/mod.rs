//! What the lists show: the day (日结), the queue (同步队列), conflicts (冲突), the audit (审计).

use crate::{
    Desk,
    error::DeskError,
    issue::entry,
    session::Operator,
    store::{
        self, Page, Rows,
        audit::{self, AuditCheck, AuditQuery, AuditRow, Event},
        case_file::{CaseFile, CaseState},
        conflict::Conflict,
        print_job::{InHand, Paper, PrintJob},
        queue::{QueueFilter, QueueRow},
        setting,
    },
};
use rules::{
    Day,
    correction::overdue_before,
    keys::Signed,
    permission::Duty,
    wire::{Receipt, Staff},
};
use serde::{Serialize, de::DeserializeOwned};
use std::io::Write;

/// One day at this desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Which day.
    pub day: Day,
    /// Cases opened that day, oldest first.
    pub cases: Vec<CaseFile>,
    /// Prints asked for that day, oldest first.
    pub prints: Vec<PrintJob>,
    /// Operations of that day by kind.
    pub operations: Vec<(String, u32)>,
    /// Operations of that day the centre has not decided on.
    pub waiting: u32,
    /// Conflicts nobody has dealt with, of any day.
    pub open_conflicts: u32,
    /// Corrections that are not finished, of any day.
    pub open_corrections: u32,
    /// Those of them older than five working days.
    pub overdue_corrections: u32,
}

impl Journal {
    /// Cases that are not closed.
    pub fn open_cases(&self) -> usize {
        self.cases.iter().filter(|case| case.state != CaseState::Closed).count()
    }

    /// Code sheets that came out: the clerk has had them in hand, good or spoilt, or the printer
    /// said that they are printed.
    pub fn printed_sheets(&self) -> usize {
        let came_out = |print: &&PrintJob| {
            print.confirmed.is_some() || print.spooler_state.as_deref() == Some("completed")
        };
        self.sheets().filter(came_out).count()
    }

    /// Code sheets found spoilt, oldest first. A spoilt receipt or notice is none.
    pub fn spoilt_sheets(&self) -> impl Iterator<Item = &PrintJob> {
        self.sheets().filter(|print| print.confirmed == Some(InHand::Spoilt))
    }

    /// How many code sheets were found spoilt.
    pub fn spoilt(&self) -> usize {
        self.spoilt_sheets().count()
    }

    /// Code sheets confirmed good.
    pub fn good_sheets(&self) -> usize {
        self.sheets().filter(|print| print.confirmed == Some(InHand::Good)).count()
    }

    fn sheets(&self) -> impl Iterator<Item = &PrintJob> {
        self.prints.iter().filter(|print| print.paper == Paper::Sheet)
    }
}

/// Rows of an export read at a time.
const EXPORT_STEP: u32 = 1_000;

impl Desk {
    /// The journal of a day.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn journal(&self, operator: &Operator, day: Day) -> Result<Journal, DeskError> {
        operator.may(Duty::Journal)?;
        let now = self.clock.read().at;
        let mut read = self.store.read().await?;
        let (open_corrections, overdue_corrections) =
            store::correction::unfinished(&mut read, overdue_before(now)).await?;
        Ok(Journal {
            day,
            cases: store::case_file::of_day(&mut read, day).await?,
            prints: store::print_job::of_day(&mut read, day).await?,
            operations: store::queue::kinds_of_day(&mut read, day).await?,
            waiting: store::queue::waiting_of_day(&mut read, day).await?,
            open_conflicts: store::conflict::open_count(&mut read).await?,
            open_corrections,
            overdue_corrections,
        })
    }

    /// A page of the queue.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn queue(
        &self,
        operator: &Operator,
        filter: QueueFilter,
        case: &str,
        page: Page,
    ) -> Result<Rows<QueueRow>, DeskError> {
        operator.may(Duty::ViewQueue)?;
        let mut read = self.store.read().await?;
        let state = store::sync_state::get(&mut read).await?;
        store::queue::page(&mut read, (filter, case), page, state.received_through).await
    }

    /// One operation of the current epoch.
    ///
    /// # Errors
    /// The disk's.
    pub async fn queue_row(&self, seq: u64) -> Result<Option<QueueRow>, DeskError> {
        let mut read = self.store.read().await?;
        let state = store::sync_state::get(&mut read).await?;
        store::queue::one(&mut read, self.identity.author().epoch, seq, state.received_through).await
    }

    /// The centre's signed word on an operation, to be shown or handed over as proof.
    ///
    /// # Errors
    /// The disk's.
    pub async fn receipt_proof(&self, seq: u64) -> Result<Option<Signed<Vec<Receipt>>>, DeskError> {
        let mut read = self.store.read().await?;
        store::receipt::proof(&mut read, self.identity.author().epoch, seq).await
    }

    /// Everything done in a case, oldest first.
    ///
    /// # Errors
    /// The disk's.
    pub async fn case_history(&self, case_number: &str) -> Result<Vec<QueueRow>, DeskError> {
        let mut read = self.store.read().await?;
        let state = store::sync_state::get(&mut read).await?;
        store::queue::of_case(&mut read, case_number, state.received_through).await
    }

    /// A page of conflicts, oldest first.
    ///
    /// # Errors
    /// The disk's.
    pub async fn conflicts(&self, open_only: bool, page: Page) -> Result<Rows<Conflict>, DeskError> {
        let mut read = self.store.read().await?;
        store::conflict::page(&mut read, open_only, page).await
    }

    /// One conflict that nobody has dealt with. A seq alone does not tell: a new enrolment counts
    /// from the beginning.
    ///
    /// # Errors
    /// [`DeskError::ConflictUnknown`]; the disk's.
    pub async fn open_conflict(&self, (epoch, seq): (u32, u64)) -> Result<Conflict, DeskError> {
        let mut read = self.store.read().await?;
        store::conflict::open_one(&mut read, (epoch, seq)).await?.ok_or(DeskError::ConflictUnknown)
    }

    /// A supervisor has dealt with a conflict: called back, notice handed over.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; [`DeskError::ConflictUnknown`]; the disk's.
    pub async fn resolve_conflict(
        &self,
        operator: &Operator,
        (epoch, seq): (u32, u64),
        note: &str,
    ) -> Result<(), DeskError> {
        operator.may(Duty::ResolveConflicts)?;
        let reading = self.clock.read();
        let mut write = self.store.write().await?;
        store::conflict::resolve(&mut write, (epoch, seq), &operator.staff, note, reading.at).await?;
        let detail = format!("{epoch}/{seq}");
        audit::append(&mut write, &reading, &entry(operator, Event::ConflictResolved, None, &detail)).await?;
        write.commit().await
    }

    /// A page of the audit, newest first.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn audit(
        &self,
        operator: &Operator,
        query: &AuditQuery,
        page: Page,
    ) -> Result<Rows<AuditRow>, DeskError> {
        operator.may(Duty::Audit)?;
        let mut read = self.store.read().await?;
        audit::search(&mut read, query, page).await
    }

    /// Walks the audit's chain and its seals: gaps and edits are found.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn check_audit(&self, operator: &Operator) -> Result<AuditCheck, DeskError> {
        operator.may(Duty::Audit)?;
        let mut read = self.store.read().await?;
        audit::check(&mut read, &self.identity.keys()).await
    }

    /// Writes the whole audit as JSON lines, oldest first. The rows carry their hashes, so that the
    /// file can be checked by itself. Returns how many rows were written.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn export_audit(
        &self,
        operator: &Operator,
        file: &mut (dyn Write + Send),
    ) -> Result<u64, DeskError> {
        operator.may(Duty::Audit)?;
        self.note(&entry(operator, Event::AuditExported, None, "")).await?;
        let mut last = 0;
        loop {
            let mut read = self.store.read().await?;
            let rows = audit::after(&mut read, last, EXPORT_STEP).await?;
            drop(read);
            let Some(newest) = rows.last() else { return Ok(last) };
            last = newest.n;
            for row in &rows {
                writeln!(file, "{}", store::to_json(row)?)?;
            }
        }
    }

    /// A setting of this desk.
    ///
    /// # Errors
    /// The disk's.
    pub async fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, DeskError> {
        let mut read = self.store.read().await?;
        setting::get(&mut read, name).await
    }

    /// Changes a setting. Audited by name; the value is not.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn change_setting<T: Serialize + Sync>(
        &self,
        operator: &Operator,
        name: &str,
        value: &T,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Configure)?;
        let mut write = self.store.write().await?;
        setting::put(&mut write, name, value).await?;
        audit::append(&mut write, &self.clock.read(), &entry(operator, Event::SettingChanged, None, name))
            .await?;
        write.commit().await
    }

    /// Staff of the site, by number, for the Accounts screen.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn staff_list(&self, operator: &Operator) -> Result<Vec<Staff>, DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let mut read = self.store.read().await?;
        store::staff::all(&mut read).await
    }
}
