//! The notice (一次性告知书) of a draft: everything the citizen has to bring before it can be handed in.

use super::{Corrections, draft::Draft, parse_id};
use crate::{
    printing::{NoticeContent, NoticeReason},
    view::{CounterView, Failure, FormField},
};
use desk::{Desk, DeskError};
use rules::{
    correction::{EvidenceKind, Field, evidence_lacking},
    failure::{CounterFailure, notice_sentence},
    permission::Duty,
};

/// What the notice tells where documents are missing.
const BRING: &str = "请补齐以下材料，携带原件再来办理。";

impl Corrections {
    /// F8: prints the notice of what a draft lacks, with the documents that are missing ticked.
    ///
    /// # Errors
    /// Not permitted; no such draft; no reason chosen yet, so that nobody knows what is needed;
    /// nothing is missing; what stands against printing.
    pub async fn print_missing(&self, id: &str) -> Result<CounterView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(id)?;
        let draft = self.draft_of(&desk, &operator, id).await?.ok_or(DeskError::CorrectionUnknown)?;
        let reason = self.missing(&desk, &draft)?;
        let said = NoticeContent {
            case_number: draft.case_number.clone(),
            masked_name: draft.holder_name.masked(),
            masked_number: draft.number.masked(),
            reasons: vec![reason],
        };
        self.case.printing.print_notice(&desk, said).await?;
        self.case.view().await
    }

    fn missing(&self, desk: &Desk, draft: &Draft) -> Result<NoticeReason, Failure> {
        let (today, policy) = (desk.read_clock().at.day(), desk.policy());
        let reason = draft.form.reason;
        let reason =
            reason.ok_or_else(|| Failure::from(CounterFailure::ReasonMissing).at(FormField::Reason))?;
        let mut lacking =
            evidence_lacking(reason, &draft.evidence_to_come(today, &policy), draft.under_fourteen);
        let no_guardian = draft.under_fourteen && draft.guardian(today, &policy).is_err();
        if no_guardian && !lacking.contains(&EvidenceKind::GuardianConsent) {
            lacking.push(EvidenceKind::GuardianConsent);
        }
        let no_photo = draft.field == Field::Photo && draft.form.photo.is_none();
        if no_photo && !lacking.iter().any(|kind| matches!(kind, EvidenceKind::LivePhoto)) {
            lacking.push(EvidenceKind::LivePhoto);
        }
        let problems = self.problems(desk, draft);
        let Some(first) = problems.first() else {
            return Err(CounterFailure::NothingMissing.into());
        };
        let mut documents: Vec<_> = lacking.iter().map(|kind| kind.to_bring()).collect();
        documents.dedup();
        let remedy = if documents.is_empty() { notice_sentence(&first.code) } else { BRING };
        let what = match draft.field {
            Field::Name => "姓名更正",
            Field::Photo => "照片更正",
        };
        Ok(NoticeReason { documents, ..NoticeReason::new(what, remedy) })
    }
}
