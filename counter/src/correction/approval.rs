//! Approval (审批): the second pair of eyes on a correction.

use super::{Corrections, correction_page, parse_id};
use crate::{
    core::Core,
    credentials::password_again,
    lists::store_page,
    view::{CorrectionPageView, CorrectionView, Failure, PageInput},
};
use desk::correction::CorrectionStep;
use rules::{
    Refusal, Sensitive,
    correction::{Digest, EvidenceKind, Rejection},
    permission::Duty,
};
use std::sync::Arc;

/// Approval of corrections.
pub struct Approvals {
    core: Arc<Core>,
    correction: Arc<Corrections>,
}

impl Approvals {
    pub(crate) fn new(core: Arc<Core>, correction: Arc<Corrections>) -> Self {
        Self { core, correction }
    }

    /// Returns the corrections that wait for an approver here.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn list(&self, page: PageInput) -> Result<CorrectionPageView, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Approve)?;
        Ok(correction_page(&desk, &desk.correction.to_approve(store_page(&page)).await?))
    }

    /// Approves exactly the content that was shown. Needs the password again.
    ///
    /// # Errors
    /// The password; not permitted; the maker's own; evidence not opened; changed since.
    pub async fn approve(
        &self,
        id: String,
        digest: String,
        password: Sensitive<String>,
    ) -> Result<CorrectionView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let proof = password_again(&desk, &operator, password).await?;
        let revision = desk.correction.get(parse_id(&id)?).await?.correction.revision;
        // A digest that is none cannot be that of the content.
        let digest: Digest = digest.parse().map_err(|_| Refusal::ContentChanged)?;
        let step = CorrectionStep::Approve { digest, proof: Box::new(proof) };
        self.decide((&id, revision), step).await
    }

    /// Rejects the revision that was shown, with the documents the citizen has to bring. Needs the
    /// password again.
    ///
    /// # Errors
    /// The password; not permitted; the maker's own; no document ticked though some are missing.
    pub async fn reject(
        &self,
        id: String,
        revision: u32,
        (rejection, documents): (Rejection, Vec<EvidenceKind>),
        password: Sensitive<String>,
    ) -> Result<CorrectionView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        password_again(&desk, &operator, password).await?;
        self.decide((&id, revision), CorrectionStep::Reject { rejection, documents }).await
    }

    async fn decide(
        &self,
        (id, revision): (&str, u32),
        step: CorrectionStep,
    ) -> Result<CorrectionView, Failure> {
        let _permit = self.correction.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let id = parse_id(id)?;
        desk.correction.step(&operator, id, revision, step).await?;
        self.correction.after_step(&desk).await;
        self.correction.view_of(&desk, &operator, id).await
    }
}
