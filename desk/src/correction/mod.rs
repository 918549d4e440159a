//! Corrections (更正) of name and photo, as far as they happen at a desk: started, edited, submitted,
//! approved or sent back, each as an operation the centre decides again.

mod dismiss;
mod steps;

use crate::{
    core::Core,
    error::DeskError,
    session::{Operator, Reauthenticated},
    store::{
        self, Page, Rows,
        audit::{self, Event},
        correction::CorrectionFilter,
    },
};
use rules::{
    Refusal,
    correction::{Content, Digest, EvidenceKind, Field, Rejection, overdue_before},
    op::{CitizenRef, HolderSeen},
    permission::Duty,
    proof::Proof,
    wire::{CorrectionRecord, Escalation, ReportNumber},
};
use std::sync::Arc;
use uuid::Uuid;

/// A correction to be started.
#[derive(Clone, Debug)]
pub struct OpenCorrectionRequest {
    /// Made when the draft was begun.
    pub id: Uuid,
    /// Number of the case.
    pub case_number: String,
    /// The holder as the card says.
    pub holder: HolderSeen,
    /// How the holder was proved.
    pub proof: Proof,
    /// Field to correct.
    pub field: Field,
    /// What is asked for, as far as it is known.
    pub content: Content,
    /// Kiosk or portal escalation it answers.
    pub escalation: Option<Uuid>,
}

/// A correction to submit: a new one, or a known one with other content.
#[derive(Clone, Debug)]
pub enum HandIn {
    /// A correction that was started at this desk and never submitted.
    New(Box<OpenCorrectionRequest>),
    /// Edited since it was handed in, sent back or overtaken.
    Again {
        /// Id of the correction.
        id: Uuid,
        /// The revision that was edited.
        revision: u32,
        /// Content in place of the submitted one.
        content: Box<Content>,
    },
}

/// A step of a person in a correction. Approving takes the proof of a password just given.
#[derive(Debug)]
pub enum CorrectionStep {
    /// Change the content.
    Edit(Box<Content>),
    /// Hands the content in for approval.
    Submit,
    /// Approve exactly this content.
    Approve {
        /// Digest the approver saw.
        digest: Digest,
        /// Shows that the approver has just given the password again.
        proof: Box<Reauthenticated>,
    },
    /// Send it back to its maker.
    Reject {
        /// Reason for it.
        rejection: Rejection,
        /// Documents that the citizen has to bring.
        documents: Vec<EvidenceKind>,
    },
    /// Take it back before it is decided.
    Withdraw,
}

/// Component for corrections.
pub struct Corrections {
    core: Arc<Core>,
}

impl Corrections {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Records that an approver opened a piece of evidence; approving needs all of them.
    ///
    /// # Errors
    /// Returns [`DeskError::CorrectionUnknown`] if there is no such correction, and a database
    /// error if the store fails.
    pub async fn open_evidence(
        &self,
        operator: &Operator,
        id: Uuid,
        digest: &Digest,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Approve)?;
        let mut write = self.core.store.write().await?;
        let record = store::correction::get(&mut write, id).await?.ok_or(DeskError::CorrectionUnknown)?;
        let revision = (id, record.correction.revision);
        store::correction::put_opened(&mut write, revision, &operator.staff, digest).await?;
        let detail = format!("{id} {digest}");
        let entry = operator.entry(Event::EvidenceOpened, record.case_number.as_deref(), &detail);
        audit::append(&mut write, &self.core.clock.read(), &entry).await?;
        write.commit().await
    }

    /// Returns the pieces of evidence of the present revision that this person has opened.
    ///
    /// # Errors
    /// Returns [`DeskError::CorrectionUnknown`] if there is no such correction, and a database
    /// error if the store fails.
    pub async fn opened_evidence(&self, operator: &Operator, id: Uuid) -> Result<Vec<Digest>, DeskError> {
        let mut read = self.core.store.read().await?;
        let record = store::correction::get(&mut read, id).await?.ok_or(DeskError::CorrectionUnknown)?;
        store::correction::all_opened(&mut read, (id, record.correction.revision), &operator.staff).await
    }

    /// Returns a correction.
    ///
    /// # Errors
    /// Returns [`DeskError::CorrectionUnknown`] if there is no such correction, and a database
    /// error if the store fails.
    pub async fn get(&self, id: Uuid) -> Result<CorrectionRecord, DeskError> {
        let mut read = self.core.store.read().await?;
        store::correction::get(&mut read, id).await?.ok_or(DeskError::CorrectionUnknown)
    }

    /// Returns a page of the corrections that wait for an approver: overdue first, then by risk and
    /// age.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn to_approve(&self, page: Page) -> Result<Rows<CorrectionRecord>, DeskError> {
        let overdue_before = overdue_before(self.core.clock.read().at);
        self.page(CorrectionFilter::Submitted { overdue_before }, page).await
    }

    /// Returns a page of corrections.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn page(
        &self,
        filter: CorrectionFilter,
        page: Page,
    ) -> Result<Rows<CorrectionRecord>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::correction::page(&mut read, filter, page).await
    }

    /// Returns the open escalations of a citizen that this site was told of, oldest first.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn escalations_of(&self, citizen_ref: &CitizenRef) -> Result<Vec<Escalation>, DeskError> {
        let mut read = self.core.store.read().await?;
        let mut filed = store::escalation::of_citizen(&mut read, citizen_ref).await?;
        filed.retain(|one| !one.closed);
        Ok(filed)
    }

    /// Returns an escalation that this site was told of, open or closed.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn escalation(&self, id: Uuid) -> Result<Option<Escalation>, DeskError> {
        store::escalation::get(&mut *self.core.store.read().await?, id).await
    }

    /// Returns the open escalations with this number on their ticket.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::EscalationClosed`] if they were all answered, and a database error
    /// if the store fails.
    pub async fn escalations_with(&self, number: &ReportNumber) -> Result<Vec<Escalation>, DeskError> {
        let mut read = self.core.store.read().await?;
        let mut filed = store::escalation::with_id_end(&mut read, number.id_end()).await?;
        let was_filed = !filed.is_empty();
        filed.retain(|one| !one.closed);
        if was_filed && filed.is_empty() { Err(Refusal::EscalationClosed.into()) } else { Ok(filed) }
    }

    /// Returns the inbox of escalations, oldest first.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn escalations(&self, page: Page) -> Result<Rows<Escalation>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::escalation::page(&mut read, page).await
    }

    /// Returns all corrections of a citizen that this desk knows, oldest first.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn of_citizen(&self, citizen_ref: &CitizenRef) -> Result<Vec<CorrectionRecord>, DeskError> {
        store::correction::of_citizen(&mut *self.core.store.read().await?, citizen_ref).await
    }
}
