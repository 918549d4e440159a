//! Corrections as the Correction and Approvals screens show them.

use super::{
    Counter,
    correction_draft::{Draft, load},
    format::{data_url, time_text},
    people::{JPEG, changed_at, measures, names_view},
    words,
};
use crate::{
    Desk,
    picture::Picture,
    session::Operator,
    store::{blob::Blob, correction::state_word},
    view::{CorrectionRowView, CorrectionView, EvidenceView, Failure, NamesView, PhotosView, SentenceView},
};
use rules::{
    At, Refusal,
    correction::{
        Digest, Due, Evidence, Field, Reason, State, Value, due, evidence_missing, evidence_needed,
    },
    op::CitizenRef,
    permission::Duty,
    person::Name,
    wire::CorrectionRecord,
};
use uuid::Uuid;

impl Counter {
    pub(super) fn lacks_glyphs(&self, draft: &Draft) -> bool {
        let name = draft.input.name.as_deref().unwrap_or_default();
        draft.field == Field::Name && self.fonts().is_ok_and(|fonts| !fonts.missing(name).is_empty())
    }

    pub(super) async fn correction_view(
        &self,
        desk: &Desk,
        operator: &Operator,
        id: Uuid,
    ) -> Result<CorrectionView, Failure> {
        match load(desk, id).await? {
            Some(draft) => self.draft_view(desk, operator, &draft).await,
            None => self.record_view(desk, operator, &desk.correction(id).await?).await,
        }
    }

    async fn draft_view(
        &self,
        desk: &Desk,
        operator: &Operator,
        draft: &Draft,
    ) -> Result<CorrectionView, Failure> {
        let citizen_ref = desk.citizen_ref(&draft.number);
        let reason = draft.input.reason;
        let after_name =
            draft.input.name.as_deref().and_then(|text| Name::read(text).ok()).map(|reading| reading.name);
        let after = match draft.field {
            Field::Name => after_name.map(Value::Name),
            Field::Photo => draft.input.photo.clone().map(|digest| Value::Photo(Some(Digest(digest)))),
        };
        Ok(CorrectionView {
            id: draft.id.to_string(),
            case_number: Some(draft.case_number.clone()),
            field: draft.field,
            revision: draft.revision,
            state: state_word(&State::Draft).to_owned(),
            rejection: None,
            reason,
            reasons: reasons(draft.field),
            masked_name: draft.holder_name.masked(),
            masked_number: draft.number.masked(),
            names: self.names(&draft.before, after.as_ref(), draft.chip_name.as_ref())?,
            photos: self.photos(desk, &draft.before, after.as_ref()).await?,
            evidence: self.evidence_views(desk, &draft.evidence).await?,
            evidence_needed: reason
                .map(|reason| evidence_needed(reason, draft.under_fourteen))
                .unwrap_or_default(),
            evidence_missing: draft
                .content()
                .map(|content| evidence_missing(&content, draft.under_fourteen))
                .unwrap_or_default(),
            problems: draft.problems(self.lacks_glyphs(draft)),
            guardian_needed: draft.under_fourteen,
            guardian_recorded: draft.guardian_recorded(),
            maker: operator.staff.clone(),
            approver: None,
            device: desk.identity().desk_key().device,
            submitted_at: None,
            overdue: false,
            digest: String::new(),
            registry_version: draft.registry_version.to_string(),
            photo_shortfall: draft.input.photo_shortfall.clone(),
            effect: effect(reason),
            earlier: earlier(desk, &citizen_ref, draft.id).await?,
            security_flag: reason.is_some_and(Reason::flags_security),
            approval_refusal: None,
            typed: Some(draft.input.clone()),
        })
    }

    async fn record_view(
        &self,
        desk: &Desk,
        operator: &Operator,
        record: &CorrectionRecord,
    ) -> Result<CorrectionView, Failure> {
        let correction = &record.correction;
        let content = &correction.content;
        let now = desk.read_clock().at;
        let (rejection, approver) = match &correction.state {
            State::Rejected { rejection, approver, .. } => (Some(*rejection), Some(approver.clone())),
            State::Approved { approver, .. } => (None, Some(approver.clone())),
            _ => (None, None),
        };
        Ok(CorrectionView {
            id: correction.id.to_string(),
            case_number: record.case_number.clone(),
            field: correction.field,
            revision: correction.revision,
            state: state_word(&correction.state).to_owned(),
            rejection,
            reason: Some(content.reason),
            reasons: reasons(correction.field),
            masked_name: record.masked_name.clone(),
            masked_number: record.masked_number.clone(),
            names: self.names(&content.before, Some(&content.after), content.chip_name.as_ref())?,
            photos: self.photos(desk, &content.before, Some(&content.after)).await?,
            evidence: self.evidence_views(desk, &content.evidence).await?,
            evidence_needed: evidence_needed(content.reason, record.under_fourteen),
            evidence_missing: evidence_missing(content, record.under_fourteen),
            problems: Vec::new(),
            guardian_needed: record.under_fourteen,
            guardian_recorded: correction.guardian_recorded,
            maker: correction.maker.clone(),
            approver,
            device: record.device,
            submitted_at: correction.state.submitted_at().map(time_text),
            overdue: is_late(record, now),
            digest: content.digest().0,
            registry_version: content.registry_version.to_string(),
            photo_shortfall: content.photo_shortfall.clone(),
            effect: effect(Some(content.reason)),
            earlier: earlier(desk, &record.citizen_ref, correction.id).await?,
            security_flag: content.reason.flags_security(),
            approval_refusal: operator
                .may(Duty::Approve)
                .and(if correction.maker == operator.staff { Err(Refusal::SamePerson) } else { Ok(()) })
                .err()
                .map(Failure::from),
            typed: None,
        })
    }

    fn names(
        &self,
        before: &Value,
        after: Option<&Value>,
        chip: Option<&Name>,
    ) -> Result<Option<NamesView>, Failure> {
        let Value::Name(before) = before else { return Ok(None) };
        let after = match after {
            Some(Value::Name(name)) => Some(name),
            _ => None,
        };
        Ok(Some(names_view(self.fonts()?, before, after, chip)))
    }

    async fn photos(
        &self,
        desk: &Desk,
        before: &Value,
        after: Option<&Value>,
    ) -> Result<Option<PhotosView>, Failure> {
        let Value::Photo(before) = before else { return Ok(None) };
        let after = match after {
            Some(Value::Photo(photo)) => photo.as_ref(),
            _ => None,
        };
        let shown = |blob: &Blob| data_url(&blob.media_type, &blob.bytes);
        // A photo that cannot be had (centre away) leaves its place empty; the approver cannot approve unseen evidence anyway.
        let before = match before {
            Some(digest) => desk.blob(digest).await.ok(),
            None => None,
        };
        let after = match after {
            Some(digest) => desk.blob(digest).await.ok(),
            None => None,
        };
        let measures = after.as_ref().and_then(|blob| {
            Picture::open(&blob.bytes).ok().map(|picture| measures(&picture.figures(blob.bytes.len())))
        });
        let chip = self
            .case()
            .in_front()
            .and_then(|person| person.chip_portrait.as_deref().map(|jpeg| data_url(JPEG, jpeg)));
        Ok(Some(PhotosView {
            before: before.as_ref().map(shown),
            after: after.as_ref().map(shown),
            chip,
            measures: measures.unwrap_or_default(),
        }))
    }

    async fn evidence_views(&self, desk: &Desk, evidence: &[Evidence]) -> Result<Vec<EvidenceView>, Failure> {
        let mut views = Vec::with_capacity(evidence.len());
        for piece in evidence {
            views.push(EvidenceView {
                kind: piece.kind,
                digest: piece.digest.0.clone(),
                page: piece.page,
                media_type: piece.media_type.clone(),
                uploaded: desk.is_uploaded(&piece.digest).await?,
            });
        }
        Ok(views)
    }
}

fn reasons(field: Field) -> Vec<Reason> {
    Reason::ALL.into_iter().filter(|reason| reason.field() == field).collect()
}

fn is_late(record: &CorrectionRecord, now: At) -> bool {
    record.correction.state.submitted_at().is_some_and(|at| due(at, true, now) != Due::InTime)
}

pub(super) fn row(record: &CorrectionRecord, now: At) -> CorrectionRowView {
    let correction = &record.correction;
    CorrectionRowView {
        id: correction.id.to_string(),
        case_number: record.case_number.clone(),
        field: correction.field,
        reason: correction.content.reason,
        state: state_word(&correction.state).to_owned(),
        masked_name: record.masked_name.clone(),
        masked_number: record.masked_number.clone(),
        maker: correction.maker.clone(),
        device: record.device,
        at: time_text(changed_at(correction)),
        overdue: is_late(record, now),
        risk: correction.content.is_flagged(),
    }
}

async fn earlier(desk: &Desk, citizen_ref: &CitizenRef, id: Uuid) -> Result<Vec<CorrectionRowView>, Failure> {
    let now = desk.read_clock().at;
    let records = desk.corrections_of(citizen_ref).await?;
    Ok(records.iter().filter(|record| record.correction.id != id).map(|record| row(record, now)).collect())
}

/// What approving does to the codes.
fn effect(reason: Option<Reason>) -> SentenceView {
    if reason.is_some_and(Reason::flags_security) {
        words::sentence(
            "批准后：登记照片更换，现有离线码立即作废；另一持码人的登记须一并核查。",
            "On approval the registry's photo changes and the live code is voided; the other person's record must be looked at.",
        )
    } else {
        words::sentence(
            "批准后：登记信息更正，可换发一次离线码；新码保留原有效期，原码失效。",
            "On approval the registry is corrected and one replacement may be made; it keeps the end of validity, and the old code ends.",
        )
    }
}
