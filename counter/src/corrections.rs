//! Corrections (更正) of name and photo at this desk, and their approval (审批).
//!
//! What is being typed is a draft on this desk and nothing else; handing in makes it an operation.
//! Whether it may be handed in, approved or sent back is decided by `rules::correction`.

use super::{
    Counter, CounterEvent,
    actions::password_again,
    agent::is_bound,
    correction_draft::{Draft, TEXT, chip_record, consent_record, draft_again, load, new_draft, save},
    correction_view::row,
    failure::no_citizen,
    format::{data_url, time_text},
    people::{JPEG, is_good_photo, picture_gone},
    queue::store_page,
};
use crate::{
    picture::Picture,
    view::{CorrectionInput, CorrectionPageView, CorrectionView, EscalationView, Failure, PageInput},
};
use desk::{
    Desk, DeskError,
    correction::{CorrectionStep, HandIn, OpenCorrectionRequest},
    session::Operator,
    store::{
        Page, Rows,
        blob::Blob,
        correction::{CorrectionFilter, state_word},
    },
};
use rules::{
    Sensitive,
    correction::{Digest, Evidence, EvidenceKind, Field, Rejection, State, Value, open_correction},
    op::HolderSeen,
    permission::Duty,
    wire::CorrectionRecord,
};
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn parse_id(id: &str) -> Result<Uuid, Failure> {
    Uuid::try_parse(id).map_err(|_| DeskError::CorrectionUnknown.into())
}

impl Counter {
    /// F7: begins a correction for the citizen in front, or opens the one that is open already.
    ///
    /// # Errors
    /// Not permitted; nobody in front; the disk's.
    pub async fn open_correction(
        self: &Arc<Self>,
        field: Field,
        escalation: Option<String>,
    ) -> Result<CorrectionView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let open = self.open_one(&desk, field).await?;
        if let Some(id) = open {
            return self.correction_view(&desk, &operator, id).await;
        }
        let case_number = self.case_number(&desk).await?;
        let escalation = escalation.as_deref().map(parse_id).transpose()?;
        let (mut draft, chip) = {
            let case = self.case();
            let person = case.in_front().ok_or_else(no_citizen)?;
            (new_draft(person, field, escalation, case_number), chip_record(person))
        };
        self.attach(&desk, &mut draft, EvidenceKind::ChipRead, &chip).await?;
        let chip_portrait = self.case().in_front().and_then(|person| person.chip_portrait.clone());
        if let Some(jpeg) = chip_portrait.filter(|_| field == Field::Photo) {
            self.attach(
                &desk,
                &mut draft,
                EvidenceKind::ChipPhoto,
                &Blob { bytes: jpeg, media_type: JPEG.to_owned() },
            )
            .await?;
        }
        save(&desk, &operator, &draft).await?;
        self.tell(CounterEvent::Case); // it has a number now
        self.correction_view(&desk, &operator, draft.id).await
    }

    /// The draft or correction that is open for this citizen and field.
    async fn open_one(&self, desk: &Desk, field: Field) -> Result<Option<Uuid>, Failure> {
        let (open, cases) = {
            let case = self.case();
            let person = case.in_front().ok_or_else(no_citizen)?;
            let known = person.citizen.corrections.iter().map(|record| &record.correction);
            (open_correction(known, field).map(|open| open.id), person.citizen.unfinished.clone())
        };
        if open.is_some() {
            return Ok(open);
        }
        let own = self.case().number.clone();
        for number in cases.into_iter().map(|case| case.case_number).chain(own) {
            for saved in desk.case.drafts(&number).await? {
                if let Ok(draft) = serde_json::from_str::<Draft>(saved.content.expose())
                    && draft.field == field
                {
                    return Ok(Some(draft.id));
                }
            }
        }
        Ok(None)
    }

    /// One correction, as typed so far or as handed in.
    ///
    /// # Errors
    /// Not permitted; unknown correction; the disk's.
    pub async fn correction(&self, id: String) -> Result<CorrectionView, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        may_look(&operator)?;
        self.correction_view(&desk, &operator, parse_id(&id)?).await
    }

    /// Saves everything typed so far. Durable when this returns.
    ///
    /// # Errors
    /// Not permitted; unknown draft; the disk's.
    pub async fn save_correction(&self, input: CorrectionInput) -> Result<CorrectionView, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&input.id)?;
        let _turn = self.turn.lock().await; // whoever changes the draft meanwhile would be overwritten
        let mut draft = self.draft_or_begin(&desk, id).await?;
        if input.photo != draft.input.photo {
            draft.photo_is_good = match &input.photo {
                Some(digest) => {
                    let digest = Digest(digest.clone());
                    let kept = self.keep_cropped(&desk, &digest).await?.ok_or_else(picture_gone)?;
                    if let Some(live) = kept.live {
                        self.attach_live_photo(&desk, &mut draft, &live).await?;
                    }
                    kept.is_good
                }
                None => false,
            };
        }
        draft.input = input;
        draft.guardian_bound = guardian_bound(&desk, &draft).await?;
        save(&desk, &operator, &draft).await?;
        self.correction_view(&desk, &operator, id).await
    }

    /// The draft; a correction that was handed in becomes one again, against what the registry has
    /// now.
    async fn draft_or_begin(&self, desk: &Desk, id: Uuid) -> Result<Draft, Failure> {
        if let Some(draft) = load(desk, id).await? {
            return Ok(draft);
        }
        let record = desk.correction.get(id).await?;
        let photo_is_good = match &record.correction.content.after {
            Value::Photo(Some(digest)) => is_good_photo(&desk.blob.get(digest).await?),
            Value::Photo(None) | Value::Name(_) => false,
        };
        let case = self.case();
        let person = case
            .in_front()
            .filter(|person| person.citizen.citizen_ref == record.citizen_ref)
            .ok_or_else(no_citizen)?;
        draft_again(person, &record, photo_is_good)
    }

    /// Adds a picture as evidence.
    ///
    /// # Errors
    /// Not permitted; the picture is gone; the disk's.
    pub async fn add_evidence(
        &self,
        id: String,
        kind: EvidenceKind,
        handle: String,
    ) -> Result<CorrectionView, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&id)?;
        let page = self.picture(&handle)?.evidence()?; // takes its time, so before the turn
        let _turn = self.turn.lock().await;
        let mut draft = self.draft_or_begin(&desk, id).await?;
        self.attach(&desk, &mut draft, kind, &Blob { bytes: page, media_type: JPEG.to_owned() }).await?;
        save(&desk, &operator, &draft).await?;
        self.correction_view(&desk, &operator, id).await
    }

    /// The photo was taken here: the picture it was cut from takes the place of any earlier live
    /// photo.
    async fn attach_live_photo(
        &self,
        desk: &Desk,
        draft: &mut Draft,
        picture: &Picture,
    ) -> Result<(), Failure> {
        let page = Blob { bytes: picture.evidence()?, media_type: JPEG.to_owned() };
        let digest = Digest::of(&page.bytes);
        draft.evidence.retain(|piece| piece.kind != EvidenceKind::LivePhoto || piece.digest == digest);
        self.attach(desk, draft, EvidenceKind::LivePhoto, &page).await
    }

    /// E8: what the registry says of them now, and the record of their consent, in the place of an
    /// earlier one.
    async fn record_guardian(&self, desk: &Desk, draft: &mut Draft) -> Result<(), Failure> {
        draft.guardian_bound = guardian_bound(desk, draft).await?;
        let may_act = draft.guardian(desk.read_clock().at.day(), &desk.policy()).is_ok();
        let Some(guardian) = draft.input.guardian.clone().filter(|_| draft.under_fourteen && may_act) else {
            return Ok(());
        };
        let is_record =
            |piece: &Evidence| piece.kind == EvidenceKind::GuardianConsent && piece.media_type == TEXT;
        draft.evidence.retain(|piece| !is_record(piece));
        self.attach(desk, draft, EvidenceKind::GuardianConsent, &consent_record(&guardian, desk)).await
    }

    async fn attach(
        &self,
        desk: &Desk,
        draft: &mut Draft,
        kind: EvidenceKind,
        blob: &Blob,
    ) -> Result<(), Failure> {
        let digest = desk.blob.keep(blob).await?;
        if draft.evidence.iter().any(|piece| piece.digest == digest && piece.kind == kind) {
            return Ok(());
        }
        let pages = draft.evidence.iter().filter(|piece| piece.kind == kind).count();
        let page = u16::try_from(pages + 1).unwrap_or(u16::MAX);
        draft.evidence.push(Evidence { kind, digest, media_type: blob.media_type.clone(), page });
        Ok(())
    }

    /// Removes a piece of evidence from a draft.
    ///
    /// # Errors
    /// Not permitted; unknown draft; the disk's.
    pub async fn remove_evidence(&self, id: String, digest: String) -> Result<CorrectionView, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&id)?;
        let _turn = self.turn.lock().await;
        let mut draft = self.draft_or_begin(&desk, id).await?;
        draft.evidence.retain(|piece| piece.digest.0 != digest);
        save(&desk, &operator, &draft).await?;
        self.correction_view(&desk, &operator, id).await
    }

    /// A piece of evidence of a correction, as data URL. That an approver opened it is remembered
    /// for the approval.
    ///
    /// # Errors
    /// Not permitted; no piece of this correction, or neither here nor at the centre.
    pub async fn evidence(&self, id: String, digest: String) -> Result<String, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        may_look(&operator)?;
        let (id, digest) = (parse_id(&id)?, Digest(digest));
        let own = match self.draft_of(&desk, &operator, id).await? {
            Some(draft) => draft.evidence.iter().any(|piece| piece.digest == digest),
            None => false,
        };
        if !own {
            let record = self.record(&desk, id).await?;
            if !record.correction.content.evidence.iter().any(|piece| piece.digest == digest) {
                return Err(DeskError::BlobUnknown.into());
            }
        }
        let blob = desk.blob.get(&digest).await?;
        if !own && operator.may(Duty::Approve).is_ok() {
            desk.correction.open_evidence(&operator, id, &digest).await?;
        }
        Ok(data_url(&blob.media_type, &blob.bytes))
    }

    /// F9: hands in.
    ///
    /// # Errors
    /// The first problem that stands against it, at its field; nothing is handed in then and the
    /// draft stays.
    pub async fn submit_correction(self: &Arc<Self>, id: String) -> Result<CorrectionView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        let id = parse_id(&id)?;
        let mut draft = self.draft_or_begin(&desk, id).await?;
        self.record_guardian(&desk, &mut draft).await?;
        if let Some(problem) = self.problems(&desk, &draft).into_iter().next() {
            return Err(problem);
        }
        let content = draft.content()?;
        let handed_in = if draft.revision == 0 {
            HandIn::New(Box::new(OpenCorrectionRequest {
                id,
                case_number: draft.case_number.clone(),
                holder: HolderSeen {
                    number: draft.number.clone(),
                    name: draft.holder_name.clone(),
                    photo: None,
                    declared: None,
                    registry_version: Some(draft.registry_version),
                },
                field: draft.field,
                content,
                escalation: draft.escalation,
            }))
        } else {
            HandIn::Again { id, revision: draft.revision, content: Box::new(content) }
        };
        let form = Draft::form(id);
        desk.correction.submit(&operator, handed_in, (&draft.case_number, &form)).await?;
        self.after_step(&desk).await;
        self.correction_view(&desk, &operator, id).await
    }

    /// Takes back: a draft is thrown away, a correction that was handed in is withdrawn.
    ///
    /// # Errors
    /// Not permitted; unknown correction; the disk's.
    pub async fn withdraw_correction(self: &Arc<Self>, id: String) -> Result<CorrectionView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&id)?;
        let mut view = self.correction_view(&desk, &operator, id).await?;
        if let Some(draft) = load(&desk, id).await? {
            desk.case.discard_draft(&draft.case_number, &Draft::form(id)).await?;
            if draft.revision == 0 {
                state_word(&State::Withdrawn).clone_into(&mut view.state);
                return Ok(view);
            }
        }
        let record = desk.correction.get(id).await?;
        desk.correction.step(&operator, id, record.correction.revision, CorrectionStep::Withdraw).await?;
        self.after_step(&desk).await;
        self.correction_view(&desk, &operator, id).await
    }

    /// Approves exactly what was shown, with the password again.
    ///
    /// # Errors
    /// The password; not permitted; the maker's own; evidence not opened; changed since.
    pub async fn approve_correction(
        self: &Arc<Self>,
        id: String,
        digest: String,
        password: String,
        second_factor: Option<String>,
    ) -> Result<CorrectionView, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        let proof = password_again(&desk, &operator, password, second_factor).await?;
        let revision = desk.correction.get(parse_id(&id)?).await?.correction.revision;
        let step = CorrectionStep::Approve { digest: Digest(digest), proof };
        self.decide_correction((&id, revision), step).await
    }

    /// Sends the revision that was shown back, with the password again.
    ///
    /// # Errors
    /// The password; not permitted; the maker's own.
    pub async fn reject_correction(
        self: &Arc<Self>,
        id: String,
        revision: u32,
        rejection: Rejection,
        password: String,
        second_factor: Option<String>,
    ) -> Result<CorrectionView, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        password_again(&desk, &operator, password, second_factor).await?;
        self.decide_correction((&id, revision), CorrectionStep::Reject(rejection)).await
    }

    async fn decide_correction(
        self: &Arc<Self>,
        (id, revision): (&str, u32),
        step: CorrectionStep,
    ) -> Result<CorrectionView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        let id = parse_id(id)?;
        desk.correction.step(&operator, id, revision, step).await?;
        self.after_step(&desk).await;
        self.correction_view(&desk, &operator, id).await
    }

    async fn after_step(&self, desk: &Desk) {
        self.refresh_citizen(desk).await;
        self.tell(CounterEvent::Case);
        self.tell(CounterEvent::Status);
        self.tell(CounterEvent::Lists);
    }

    /// Escalations of this site, oldest first.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn escalations(&self) -> Result<Vec<EscalationView>, Failure> {
        let desk = self.desk()?;
        desk.session.operator()?.may(Duty::Correct)?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        let escalations = desk.correction.escalations(page).await?.rows;
        Ok(escalations
            .into_iter()
            .map(|escalation| EscalationView {
                id: escalation.id.to_string(),
                masked_name: escalation.masked_name,
                masked_number: escalation.masked_number,
                field: escalation.field,
                channel: escalation.channel,
                at: time_text(escalation.at),
                remark: escalation.remark.map(Sensitive::into_exposed),
            })
            .collect())
    }

    /// Corrections this desk knows.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn corrections(&self, page: PageInput) -> Result<CorrectionPageView, Failure> {
        let desk = self.desk()?;
        desk.session.operator()?.may(Duty::Correct)?;
        let filter = if page.state.as_deref() == Some("open") {
            CorrectionFilter::Open
        } else {
            CorrectionFilter::All
        };
        Ok(correction_page(&desk, &desk.correction.page(filter, store_page(&page)).await?))
    }

    /// What waits for an approver here.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn approvals(&self, page: PageInput) -> Result<CorrectionPageView, Failure> {
        let desk = self.desk()?;
        desk.session.operator()?.may(Duty::Approve)?;
        Ok(correction_page(&desk, &desk.correction.to_approve(store_page(&page)).await?))
    }
}

/// Whoever makes or approves corrections sees them; nobody else sees a citizen through them (S5).
fn may_look(operator: &Operator) -> Result<(), Failure> {
    operator.may(Duty::Correct).or_else(|_| operator.may(Duty::Approve)).map_err(Failure::from)
}

async fn guardian_bound(desk: &Desk, draft: &Draft) -> Result<bool, Failure> {
    match &draft.input.guardian {
        Some(guardian) => is_bound(desk, &draft.number, guardian).await,
        None => Ok(false),
    }
}

fn correction_page(desk: &Desk, found: &Rows<CorrectionRecord>) -> CorrectionPageView {
    let now = desk.read_clock().at;
    CorrectionPageView {
        total: found.total,
        rows: found.rows.iter().map(|record| row(record, now)).collect(),
    }
}
