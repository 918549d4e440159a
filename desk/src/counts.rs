//! Small questions that screens ask all the time, each answered by one look into the store.

use crate::{
    Desk,
    citizen::Known,
    error::DeskError,
    session::Operator,
    store::{self, Page, draft::Draft, operation::Depth, retention, setting},
};
use rules::{
    At,
    correction::Digest,
    life::Code,
    op::{CitizenRef, OpBody},
    permission::Duty,
    staff::lockout,
    wire::{CorrectionRecord, Staff},
};

/// A member of staff as this desk knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As the centre said.
    pub staff: Staff,
    /// Locked here after failed logins, until when (S4).
    pub locked_until: Option<At>,
    /// Last login at this desk.
    pub last_login: Option<At>,
}

impl Desk {
    /// How much waits to be sent, and since when.
    ///
    /// # Errors
    /// The disk's.
    pub async fn queue_depth(&self) -> Result<Depth, DeskError> {
        store::operation::depth(&mut *self.store.read().await?).await
    }

    /// Conflicts nobody has dealt with.
    ///
    /// # Errors
    /// The disk's.
    pub async fn open_conflicts(&self) -> Result<u32, DeskError> {
        store::conflict::open_count(&mut *self.store.read().await?).await
    }

    /// Corrections that wait for an approver.
    ///
    /// # Errors
    /// The disk's.
    pub async fn waiting_approvals(&self) -> Result<u32, DeskError> {
        let none = Page { offset: 0, limit: 0 };
        Ok(self.corrections_to_approve(none).await?.total)
    }

    /// Escalations of the site that are open.
    ///
    /// # Errors
    /// The disk's.
    pub async fn open_escalations(&self) -> Result<u32, DeskError> {
        Ok(self.escalations(Page { offset: 0, limit: 0 }).await?.total)
    }

    /// All corrections of a citizen that this desk knows, oldest first.
    ///
    /// # Errors
    /// The disk's.
    pub async fn corrections_of(&self, citizen_ref: &CitizenRef) -> Result<Vec<CorrectionRecord>, DeskError> {
        store::correction::of_citizen(&mut *self.store.read().await?, citizen_ref).await
    }

    /// All codes of a citizen that this desk knows, oldest first; `None`: it knows nothing of them.
    ///
    /// # Errors
    /// The disk's.
    pub async fn codes_of(&self, citizen_ref: &CitizenRef) -> Result<Option<Vec<Code>>, DeskError> {
        let mut read = self.store.read().await?;
        let known = Known::read(&mut read, citizen_ref, &self.sync, self.clock.read().at).await?;
        let is_known = known.cached.is_some() || !known.codes.is_empty();
        Ok(is_known.then(|| known.codes.into_iter().map(|known| known.code).collect()))
    }

    /// Whether a picture or scan is complete at the centre.
    ///
    /// # Errors
    /// The disk's.
    pub async fn is_uploaded(&self, digest: &Digest) -> Result<bool, DeskError> {
        store::blob::is_uploaded(&mut *self.store.read().await?, digest).await
    }

    /// The draft of a form that belongs to one case only, whichever it is.
    ///
    /// # Errors
    /// The disk's.
    pub async fn draft(&self, form: &str) -> Result<Option<Draft>, DeskError> {
        store::draft::of_form(&mut *self.store.read().await?, form).await
    }

    /// M2 of a citizen: from the registry's view, else from what was done here; empty when neither
    /// is kept.
    ///
    /// # Errors
    /// The disk's.
    pub async fn masked_name(&self, citizen_ref: Option<&CitizenRef>) -> Result<String, DeskError> {
        let Some(citizen_ref) = citizen_ref else { return Ok(String::new()) };
        let mut read = self.store.read().await?;
        if let Some(cached) = store::citizen::get(&mut read, citizen_ref).await? {
            return Ok(cached.view.name.masked());
        }
        let last = store::operation::last_of_citizen(&mut read, citizen_ref).await?;
        Ok(match last.map(|operation| operation.body) {
            Some(OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. }) => {
                holder.name.masked()
            }
            _ => String::new(),
        })
    }

    /// Days that rows about citizens stay after acknowledgement.
    ///
    /// # Errors
    /// The disk's.
    pub async fn retention_days(&self) -> Result<u32, DeskError> {
        Ok(self.setting(setting::RETENTION_DAYS).await?.unwrap_or(retention::CITIZEN_DAYS))
    }

    /// Staff of the site, with what this desk knows of their logins.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn accounts(&self, operator: &Operator) -> Result<Vec<Account>, DeskError> {
        let staff = self.staff_list(operator).await?;
        let now = self.clock.read().at;
        let mut read = self.store.read().await?;
        let mut accounts = Vec::with_capacity(staff.len());
        for staff in staff {
            let failures = store::staff::failures(&mut read, &staff.number).await?;
            let last_login = store::audit::last_login(&mut read, &staff.number).await?;
            accounts.push(Account { locked_until: lockout(failures, now), last_login, staff });
        }
        Ok(accounts)
    }

    /// Lifts the lock after failed logins.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's.
    pub async fn unlock_account(&self, operator: &Operator, staff: &str) -> Result<(), DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let mut write = self.store.write().await?;
        store::staff::put_failures(&mut write, staff, rules::staff::Failures::default()).await?;
        let entry = store::audit::Entry {
            operator: &operator.staff,
            event: store::audit::Event::AccountUnlocked,
            outcome: "ok",
            case_number: None,
            detail: staff,
        };
        store::audit::append(&mut write, &self.clock.read(), &entry).await?;
        write.commit().await
    }
}
