//! Corrections as the Correction and Approvals screens show them.

use super::{
    Corrections,
    draft::{Draft, find},
    form::form_of,
    names::names_view,
    parse_id,
};
use crate::{
    case::changed_at,
    format::{data_url, time_text},
    photo_editing::{figures_of, measures},
    printing::{NoticeContent, NoticeReason},
    view::{
        CorrectionRowView, CorrectionView, CounterView, EvidenceView, Failure, FormField, NamesView,
        PhotosView, SentenceView,
    },
    words::{self, CodeInForce},
};
use desk::{Desk, DeskError, session::Operator};
use rules::{
    At,
    case_number::grouped,
    correction::{
        CorrectionState, Digest, Due, Evidence, EvidenceKind, Field, Reason, Rejection, State, Value, due,
        evidence_lacking, evidence_missing, evidence_needed, may_judge,
    },
    failure::{CounterFailure, notice_sentence},
    life::Code,
    op::CitizenRef,
    permission::Duty,
    person::Name,
    wire::CorrectionRecord,
};
use uuid::Uuid;

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

    pub(super) fn lacks_glyphs(&self, draft: &Draft) -> bool {
        let name = draft.form.name.as_deref().unwrap_or_default();
        draft.field == Field::Name && self.core.fonts().is_ok_and(|fonts| !fonts.missing(name).is_empty())
    }

    /// Everything that stands against handing this draft in.
    pub(super) fn problems(&self, desk: &Desk, draft: &Draft) -> Vec<Failure> {
        draft.problems(self.lacks_glyphs(draft), desk.read_clock().at.day(), &desk.policy())
    }

    pub(super) async fn view_of(
        &self,
        desk: &Desk,
        operator: &Operator,
        id: Uuid,
    ) -> Result<CorrectionView, Failure> {
        match self.draft_of(desk, operator, id).await? {
            Some(draft) => self.draft_view(desk, operator, &draft).await,
            None => self.record_view(desk, operator, &self.record(desk, id).await?).await,
        }
    }

    /// The draft, unless somebody else looks at what its maker has handed in: they see that.
    pub(super) async fn draft_of(
        &self,
        desk: &Desk,
        operator: &Operator,
        id: Uuid,
    ) -> Result<Option<Draft>, Failure> {
        let Some(saved) = find(desk, id).await? else { return Ok(None) };
        match desk.correction.get(id).await {
            Ok(record) if record.correction.maker != operator.staff => Ok(None),
            Ok(_) | Err(DeskError::CorrectionUnknown) => {
                Ok(Some(self.read_or_begin_again(desk, saved).await?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A correction this desk has, or one of the citizen in front that was made at another site.
    pub(super) async fn record(&self, desk: &Desk, id: Uuid) -> Result<CorrectionRecord, Failure> {
        match desk.correction.get(id).await {
            Ok(record) => Ok(record),
            Err(unknown) => {
                let case = self.case.state();
                let known = case.in_front().map_or(&[][..], |person| &person.citizen.corrections);
                known.iter().find(|record| record.correction.id == id).cloned().ok_or(unknown.into())
            }
        }
    }

    async fn draft_view(
        &self,
        desk: &Desk,
        operator: &Operator,
        draft: &Draft,
    ) -> Result<CorrectionView, Failure> {
        let citizen_ref = desk.citizen_ref(&draft.number);
        let (today, policy) = (desk.read_clock().at.day(), desk.policy());
        let (rejection, documents) = sent_back(desk, draft).await?;
        let notice = draft.replaces_unreadable.then(|| draft_unreadable(draft.field));
        let reason = draft.form.reason;
        let after_name =
            draft.form.name.as_deref().and_then(|text| Name::read(text).ok()).map(|reading| reading.name);
        let after = match draft.field {
            Field::Name => after_name.map(Value::Name),
            Field::Photo => draft.form.photo.clone().map(|digest| Value::Photo(Some(digest))),
        };
        Ok(CorrectionView {
            id: draft.id.to_string(),
            case_number: Some(grouped(&draft.case_number)),
            field: draft.field,
            revision: draft.revision,
            state: CorrectionState::Draft,
            rejection,
            documents,
            reason,
            reasons: reasons(draft.field),
            masked_name: draft.holder_name.masked(),
            masked_number: draft.number.masked(),
            names: self.names(&draft.before, after.as_ref(), draft.chip_name.as_ref())?,
            photos: photos(desk, &draft.before, after.as_ref(), &draft.evidence).await?,
            evidence: evidence_views(&draft.evidence, &[]),
            evidence_needed: reason
                .map(|reason| evidence_needed(reason, draft.under_fourteen))
                .unwrap_or_default(),
            evidence_missing: draft
                .content_to_come(today, &policy)
                .map(|content| evidence_missing(&content, draft.under_fourteen))
                .unwrap_or_default(),
            problems: notice.into_iter().chain(self.problems(desk, draft)).collect(),
            guardian_needed: draft.under_fourteen,
            guardian_recorded: draft.guardian(today, &policy).is_ok(),
            guardian_bound: draft.guardian_bound,
            maker: operator.staff.to_string(),
            approver: None,
            device: desk.identity().desk_key().device,
            submitted_at: None,
            overdue: false,
            digest: String::new(),
            registry_version: draft.registry_version.to_string(),
            photo_shortfall: draft.form.photo_shortfall.clone(),
            effect: effect(desk, &citizen_ref, reason).await?,
            earlier: earlier(desk, &citizen_ref, draft.id).await?,
            security_flag: reason.is_some_and(Reason::flags_security),
            approval_refusal: None,
            typed: Some(draft.form.input(draft.id)),
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
        let opened = match operator.may(Duty::Approve) {
            Ok(()) => desk.correction.opened_evidence(operator, correction.id).await.unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let (rejection, documents, approver) = match &correction.state {
            State::Rejected { rejection, documents, approver, .. } => {
                (Some(*rejection), documents.clone(), Some(approver.to_string()))
            }
            State::Approved { approver, .. } => (None, Vec::new(), Some(approver.to_string())),
            _ => (None, Vec::new(), None),
        };
        let citizen_ref = desk.citizen_ref(&record.number);
        Ok(CorrectionView {
            id: correction.id.to_string(),
            case_number: record.case_number.as_deref().map(grouped),
            field: correction.field,
            revision: correction.revision,
            state: correction.state.kind(),
            rejection,
            documents,
            reason: Some(content.reason),
            reasons: reasons(correction.field),
            masked_name: record.masked_name.clone(),
            masked_number: record.number.masked(),
            names: self.names(&content.before, Some(&content.after), content.chip_name.as_ref())?,
            photos: photos(desk, &content.before, Some(&content.after), &content.evidence).await?,
            evidence: evidence_views(&content.evidence, &opened),
            evidence_needed: evidence_needed(content.reason, record.under_fourteen),
            evidence_missing: evidence_missing(content, record.under_fourteen),
            problems: Vec::new(),
            guardian_needed: record.under_fourteen,
            guardian_recorded: correction.content.agent.is_some(),
            guardian_bound: content.agent.as_ref().is_some_and(|agent| agent.binding_verified),
            maker: correction.maker.to_string(),
            approver,
            device: record.device,
            submitted_at: correction.state.submitted_at().map(time_text),
            overdue: is_late(record, now),
            digest: content.digest().to_string(),
            registry_version: content.registry_version.to_string(),
            photo_shortfall: content.photo_shortfall.clone(),
            effect: effect(desk, &citizen_ref, Some(content.reason)).await?,
            earlier: earlier(desk, &citizen_ref, correction.id).await?,
            security_flag: content.reason.flags_security(),
            approval_refusal: may_judge(correction, &operator.actor()).err().map(Failure::from),
            typed: (correction.maker == operator.staff && correction.state.can_be_edited())
                .then(|| form_of(correction).input(correction.id)),
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
        Ok(Some(names_view(self.core.fonts()?, before, after, chip)))
    }
}

/// The notice in a form that takes the place of a draft that cannot be read.
fn draft_unreadable(field: Field) -> Failure {
    let failure = Failure::from(CounterFailure::DraftUnreadable);
    failure.at(match field {
        Field::Name => FormField::Name,
        Field::Photo => FormField::Photo,
    })
}

/// Why the correction this draft changes was sent back, if it was, and what has to be brought.
async fn sent_back(desk: &Desk, draft: &Draft) -> Result<(Option<Rejection>, Vec<EvidenceKind>), Failure> {
    if draft.revision == 0 {
        return Ok((None, Vec::new()));
    }
    Ok(match desk.correction.get(draft.id).await?.correction.state {
        State::Rejected { rejection, documents, .. } => (Some(rejection), documents),
        _ => (None, Vec::new()),
    })
}

/// The photos side by side. One that cannot be had (centre away) leaves its place empty.
async fn photos(
    desk: &Desk,
    before: &Value,
    after: Option<&Value>,
    evidence: &[Evidence],
) -> Result<Option<PhotosView>, Failure> {
    let Value::Photo(before) = before else { return Ok(None) };
    let after = match after {
        Some(Value::Photo(photo)) => photo.as_ref(),
        _ => None,
    };
    let chip = evidence.iter().find(|piece| piece.kind == EvidenceKind::ChipPhoto);
    let mut blobs = Vec::with_capacity(3);
    for digest in [before.as_ref(), after, chip.map(|piece| &piece.digest)] {
        blobs.push(match digest {
            Some(digest) => desk.blob.get(digest).await.ok(),
            None => None,
        });
    }
    let shown = |at: usize| blobs[at].as_ref().map(|blob| data_url(&blob.media_type, &blob.bytes));
    Ok(Some(PhotosView {
        before: shown(0),
        after: shown(1),
        chip: shown(2),
        measures: blobs[1]
            .as_ref()
            .and_then(figures_of)
            .map(|figures| measures(&figures))
            .unwrap_or_default(),
    }))
}

fn evidence_views(evidence: &[Evidence], opened: &[Digest]) -> Vec<EvidenceView> {
    let view = |piece: &Evidence| EvidenceView {
        kind: piece.kind,
        digest: piece.digest.to_string(),
        page: piece.page,
        opened: opened.contains(&piece.digest),
    };
    evidence.iter().map(view).collect()
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
        case_number: record.case_number.as_deref().map(grouped),
        field: correction.field,
        reason: correction.content.reason,
        state: correction.state.kind(),
        masked_name: record.masked_name.clone(),
        masked_number: record.number.masked(),
        maker: correction.maker.to_string(),
        device: record.device,
        at: time_text(changed_at(correction)),
        overdue: is_late(record, now),
        risk: correction.content.is_flagged(),
    }
}

async fn earlier(desk: &Desk, citizen_ref: &CitizenRef, id: Uuid) -> Result<Vec<CorrectionRowView>, Failure> {
    let now = desk.read_clock().at;
    let records = desk.correction.of_citizen(citizen_ref).await?;
    Ok(records.iter().filter(|record| record.correction.id != id).map(|record| row(record, now)).collect())
}

/// What approving does to registry and code.
async fn effect(
    desk: &Desk,
    citizen_ref: &CitizenRef,
    reason: Option<Reason>,
) -> Result<SentenceView, Failure> {
    let today = desk.read_clock().at.day();
    let code = match desk.citizen.codes(citizen_ref).await? {
        None => CodeInForce::NotKnown,
        Some(codes) => {
            let in_force = |code: &&Code| code.standing(today).counts();
            codes
                .iter()
                .rev()
                .find(in_force)
                .map_or(CodeInForce::None, |code| CodeInForce::Until(code.valid_through))
        }
    };
    let wrong_person = reason.is_some_and(Reason::flags_security);
    Ok(words::effect_of_approval(wrong_person, code, !desk.sync().is_online()))
}
