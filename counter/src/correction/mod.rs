//! Corrections (更正) of name and photo at this desk, and their approval (审批).
//!
//! A form that is being filled in is a draft on this desk and nothing else; submitting makes it an
//! operation. `rules::correction` decides whether it may be submitted, approved or rejected.

mod approval;
mod draft;
mod escalation;
mod evidence;
mod form;
mod names;
mod signature;
mod view;

pub use approval::Approvals;
pub use escalation::Escalations;
pub use names::Names;

use crate::{
    case::{CaseInHand, is_bound, with_full_number, with_guardian},
    core::{Core, CounterEvent},
    failure::no_citizen,
    lists::store_page,
    photo_editing::{JPEG, PhotoEditing, is_good_photo, picture_gone},
    view::{CorrectionInput, CorrectionPageView, CorrectionView, Failure, PageInput},
};
use desk::{
    Desk, DeskError,
    correction::{CorrectionStep, HandIn, OpenCorrectionRequest},
    session::Operator,
    store::{Rows, blob::Blob, correction::CorrectionFilter},
};
use draft::{Draft, Key, Saved, draft_again, new_draft, save};
use evidence::chip_record;
use form::Form;
use rules::{
    correction::{CorrectionState, EvidenceKind, Field, Value, open_correction},
    failure::CounterFailure,
    op::HolderSeen,
    permission::Duty,
    proof::Act,
    wire::CorrectionRecord,
};
use std::sync::Arc;
use uuid::Uuid;

fn parse_id(id: &str) -> Result<Uuid, Failure> {
    Uuid::try_parse(id).map_err(|_| DeskError::CorrectionUnknown.into())
}

/// Corrections at this desk.
pub struct Corrections {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    photos: Arc<PhotoEditing>,
}

impl Corrections {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, photos: Arc<PhotoEditing>) -> Self {
        Self { core, case, photos }
    }

    /// F7: begins a correction for the citizen in front, or opens the one in progress.
    ///
    /// # Errors
    /// Not permitted; nobody in front; an escalation of somebody else; the database fails.
    pub async fn open(&self, field: Field, escalation: Option<String>) -> Result<CorrectionView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let escalation = escalation.as_deref().map(parse_id).transpose()?;
        if let Some(id) = escalation {
            self.check_escalation(&desk, id, field).await?;
        }
        let open = self.open_one(&desk, field).await?;
        self.case.state().leave_confirm();
        self.core.announce(CounterEvent::Case);
        if let Some(id) = open {
            let view = self.view_of(&desk, &operator, id).await?;
            return signature::asked(self, &desk, (id, view)).await;
        }
        let case_number = self.case.number(&desk).await?;
        let key = Key { field, id: Uuid::now_v7() };
        let mut draft = self.begin(&desk, key, case_number).await?;
        draft.escalation = escalation;
        save(&desk, &operator, &draft).await?;
        self.core.announce(CounterEvent::Case); // it has a number now
        self.view_of(&desk, &operator, draft.id).await
    }

    /// Checks that the citizen in front filed this escalation, about this field.
    async fn check_escalation(&self, desk: &Desk, id: Uuid, field: Field) -> Result<(), Failure> {
        let (citizen_ref, mut filed) = {
            let case = self.case.state();
            let citizen = &case.in_front().ok_or_else(no_citizen)?.citizen;
            (citizen.citizen_ref.clone(), citizen.escalations.clone())
        };
        // It may have come in since the card was read.
        filed.extend(desk.correction.escalations_of(&citizen_ref).await?);
        let is_theirs = filed.iter().any(|one| one.id == id && one.field == field);
        if is_theirs { Ok(()) } else { Err(CounterFailure::EscalationOfAnother.into()) }
    }

    /// Returns the draft or correction in progress for this citizen and field.
    async fn open_one(&self, desk: &Desk, field: Field) -> Result<Option<Uuid>, Failure> {
        let (open, cases) = {
            let case = self.case.state();
            let person = case.in_front().ok_or_else(no_citizen)?;
            let known = person.citizen.corrections.iter().map(|record| &record.correction);
            (open_correction(known, field).map(|open| open.id), person.citizen.unfinished.clone())
        };
        if open.is_some() {
            return Ok(open);
        }
        let own = self.case.state().number.clone();
        for number in cases.into_iter().map(|case| case.case_number).chain(own) {
            for saved in desk.case.drafts(&number).await? {
                if let Some(key) = Saved::read(&saved).map(|saved| saved.key())
                    && key.field == field
                {
                    return Ok(Some(key.id));
                }
            }
        }
        Ok(None)
    }

    /// Returns a correction, as typed so far or as submitted.
    ///
    /// # Errors
    /// Not permitted; unknown correction; the database fails.
    pub async fn view(&self, id: String) -> Result<CorrectionView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        may_look(&operator)?;
        let id = parse_id(&id)?;
        let view = self.view_of(&desk, &operator, id).await?;
        signature::asked(self, &desk, (id, view)).await
    }

    /// Notes which correction is open on the page; `None` when it was left (see [`CaseInHand`]).
    ///
    /// # Errors
    /// Not logged in; unknown correction; the database fails.
    pub async fn attend(&self, id: Option<String>) -> Result<(), Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?;
        let citizen_ref = match id {
            Some(id) => {
                let id = parse_id(&id)?;
                match draft::find(&desk, id).await? {
                    Some(saved) => desk.case.get(saved.case_number()).await?.citizen_ref,
                    None => Some(desk.citizen_ref(&self.record(&desk, id).await?.number)),
                }
            }
            None => None,
        };
        self.case.attend(citizen_ref).await;
        Ok(())
    }

    /// Saves everything typed so far. Durable when this returns.
    ///
    /// # Errors
    /// Not permitted; unknown draft; the database fails.
    pub async fn save(&self, input: CorrectionInput) -> Result<CorrectionView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&input.id)?;
        let _permit = self.case.permit().await; // whoever changes the draft meanwhile would be overwritten
        let mut draft = self.draft_or_begin(&desk, id).await?;
        let form = {
            let kept = draft.form.guardian();
            let case = self.case.state();
            let guardian = input
                .guardian
                .map(|typed| with_full_number(&case, typed, kept.as_ref().map(|kept| kept.number.as_str())));
            Form::from(CorrectionInput { guardian, ..input })
        };
        if form.photo != draft.form.photo {
            draft.photo_is_good = match &form.photo {
                Some(digest) => {
                    let kept = self.photos.keep_cropped(&desk, digest).await?.ok_or_else(picture_gone)?;
                    if let Some(live) = kept.live {
                        self.attach_live_photo(&desk, &mut draft, &live).await?;
                    }
                    kept.is_good
                }
                None => false,
            };
        }
        draft.form = form;
        draft.replaces_unreadable = false;
        draft.guardian_bound = guardian_bound(&desk, &draft).await?;
        save(&desk, &operator, &draft).await?;
        let view = self.view_of(&desk, &operator, id).await?;
        signature::asked(self, &desk, (id, view)).await
    }

    /// Returns the draft. A submitted correction becomes a draft again, against what the registry
    /// has now.
    async fn draft_or_begin(&self, desk: &Desk, id: Uuid) -> Result<Draft, Failure> {
        match draft::find(desk, id).await? {
            Some(saved) => self.read_or_begin_again(desk, saved).await,
            None => self.begin_from(&desk.correction.get(id).await?, desk).await,
        }
    }

    /// Returns the draft, or an empty form in the place of one that cannot be read. A correction
    /// that was submitted is begun again from its content.
    async fn read_or_begin_again(&self, desk: &Desk, saved: Saved) -> Result<Draft, Failure> {
        let (key, case_number) = match saved {
            Saved::Readable(draft) => return Ok(*draft),
            Saved::Unreadable(key, case_number) => (key, case_number),
        };
        tracing::warn!("the draft of a correction cannot be read");
        let mut draft = match desk.correction.get(key.id).await {
            Ok(record) => self.begin_from(&record, desk).await?,
            Err(DeskError::CorrectionUnknown) => {
                let whose = desk.case.get(&case_number).await?.citizen_ref;
                let in_front = self.case.state().in_front().map(|person| person.citizen.citizen_ref.clone());
                if in_front.is_none() || in_front != whose {
                    return Err(no_citizen());
                }
                self.begin(desk, key, case_number).await?
            }
            Err(error) => return Err(error.into()),
        };
        draft.replaces_unreadable = true;
        Ok(draft)
    }

    /// Begins a draft for the citizen in front, with the reading of their chip as evidence.
    async fn begin(&self, desk: &Desk, key: Key, case_number: String) -> Result<Draft, Failure> {
        let (mut draft, chip, portrait) = {
            let case = self.case.state();
            let person = case.in_front().ok_or_else(no_citizen)?;
            let (act, holder) = (Act::correcting(key.field), &person.card_holder);
            let today = person.citizen.now.at.day();
            holder.proof.may_begin(act, &holder.number, today, &desk.policy())?;
            let portrait = person.chip_portrait.clone().filter(|_| key.field == Field::Photo);
            let chip = holder.is_by_card().then(|| chip_record(person));
            (new_draft(person, key, case_number), chip, portrait)
        };
        if let Some(chip) = chip {
            self.attach(desk, &mut draft, EvidenceKind::ChipRead, &chip).await?;
        }
        if let Some(bytes) = portrait {
            let photo = Blob { bytes, media_type: JPEG.to_owned() };
            self.attach(desk, &mut draft, EvidenceKind::ChipPhoto, &photo).await?;
        }
        Ok(draft)
    }

    /// Begins a draft that changes a submitted correction.
    async fn begin_from(&self, record: &CorrectionRecord, desk: &Desk) -> Result<Draft, Failure> {
        let photo_is_good = match &record.correction.content.after {
            Value::Photo(Some(digest)) => is_good_photo(&desk.blob.get(digest).await?),
            Value::Photo(None) | Value::Name(_) => false,
        };
        let whose = desk.citizen_ref(&record.number);
        let case = self.case.state();
        let person =
            case.in_front().filter(|person| person.citizen.citizen_ref == whose).ok_or_else(no_citizen)?;
        draft_again(person, record, photo_is_good)
    }

    /// F9: submits the draft.
    ///
    /// # Errors
    /// The first problem that stands against it, at its field, or the citizen's 有误; nothing is
    /// handed in then and the draft stays.
    pub async fn submit(&self, id: String) -> Result<CorrectionView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let id = parse_id(&id)?;
        let mut draft = self.draft_or_begin(&desk, id).await?;
        let asked_about = signature::content_digest(&draft)?;
        self.record_guardian(&desk, &mut draft).await?;
        if let Some(problem) = self.problems(&desk, &draft).into_iter().next() {
            return Err(problem);
        }
        signature::attach_answer(self, &desk, &mut draft, &asked_about).await?;
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
                proof: {
                    let case = self.case.state();
                    let guardian = draft.form.guardian();
                    with_guardian(draft.proof.clone(), case.agent_card.as_ref(), guardian.as_ref())
                },
                field: draft.field,
                content,
                escalation: draft.escalation,
            }))
        } else {
            HandIn::Again { id, revision: draft.revision, content: Box::new(content) }
        };
        let key = draft.key().words();
        desk.correction.submit(&operator, handed_in, (&draft.case_number, &key)).await?;
        signature::forget(self, id);
        self.after_step(&desk).await;
        self.view_of(&desk, &operator, id).await
    }

    /// Discards a draft, or withdraws a correction that was submitted.
    ///
    /// # Errors
    /// Not permitted; unknown correction; the database fails.
    pub async fn withdraw(&self, id: String) -> Result<CorrectionView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&id)?;
        let mut view = self.view_of(&desk, &operator, id).await?;
        if let Some(saved) = draft::find(&desk, id).await? {
            desk.case.discard_draft(saved.case_number(), &saved.key().words()).await?;
            signature::forget(self, id);
            if view.revision == 0 {
                view.state = CorrectionState::Withdrawn;
                return Ok(view);
            }
        }
        let record = desk.correction.get(id).await?;
        desk.correction.step(&operator, id, record.correction.revision, CorrectionStep::Withdraw).await?;
        self.after_step(&desk).await;
        self.view_of(&desk, &operator, id).await
    }

    async fn after_step(&self, desk: &Desk) {
        self.case.refresh_citizen(desk).await;
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
        self.core.announce(CounterEvent::Lists);
    }

    /// Returns the corrections this desk knows.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn list(&self, page: PageInput) -> Result<CorrectionPageView, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Correct)?;
        Ok(correction_page(&desk, &desk.correction.page(CorrectionFilter::All, store_page(&page)).await?))
    }
}

/// Checks that the operator makes or approves corrections; nobody else sees a citizen through them
/// (S5).
fn may_look(operator: &Operator) -> Result<(), Failure> {
    operator.may(Duty::Correct).or_else(|_| operator.may(Duty::Approve)).map_err(Failure::from)
}

async fn guardian_bound(desk: &Desk, draft: &Draft) -> Result<bool, Failure> {
    match draft.form.guardian() {
        Some(guardian) => is_bound(desk, &draft.number, &guardian).await,
        None => Ok(false),
    }
}

fn correction_page(desk: &Desk, found: &Rows<CorrectionRecord>) -> CorrectionPageView {
    let now = desk.read_clock().at;
    CorrectionPageView {
        total: found.total,
        rows: found.rows.iter().map(|record| view::row(record, now)).collect(),
    }
}
