//! Drafts: a correction while it is being filled in, known to this desk only.

use super::form::{Form, form_of};
use crate::{
    case::{InFront, read_agent},
    view::{Failure, FormField},
};
use desk::{Desk, DeskError, session::Operator, store};
use rules::{
    Day, Policy, Refusal, Sensitive,
    correction::{
        Content, Correction, Digest, Evidence, EvidenceKind, Field, HolderFacts, Tie, Value, check_content,
        check_guardian_with,
    },
    failure::CounterFailure,
    op::Agent,
    person::{IdNumber, Name},
    photo::check_reason,
    proof::Proof,
    wire::CorrectionRecord,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Media type of the records made here.
pub(crate) const TEXT: &str = "text/plain;charset=utf-8";

/// Version of the stored format. A draft of any other version cannot be read.
const VERSION: u32 = 1;

/// A correction that is being filled in: saved at every change, kept over lock, crash and power
/// cut.
#[derive(Serialize, Deserialize)]
pub(crate) struct Draft {
    version: u32,
    pub id: Uuid,
    pub field: Field,
    pub escalation: Option<Uuid>,
    pub case_number: String,
    pub number: IdNumber,
    pub proof: Proof,
    pub holder_name: Name,
    pub under_fourteen: bool,
    pub before: Value,
    pub chip_name: Option<Name>,
    pub registry_version: u64,
    pub evidence: Vec<Evidence>,
    pub form: Form,
    /// Revision of the correction this draft changes; 0: it was never submitted.
    pub revision: u32,
    /// The photo's figures are within the limits.
    pub photo_is_good: bool,
    /// E8: the registry binds the guardian to the holder.
    pub guardian_bound: bool,
    /// The draft that was here could not be read, and nothing was typed since.
    pub replaces_unreadable: bool,
}

/// A draft as it was found in the store.
pub(crate) enum Saved {
    /// A draft of this version.
    Readable(Box<Draft>),
    /// A text that is no draft of this version.
    Unreadable(Key, String),
}

/// The name under which the store keeps a draft. It tells which draft it was even when the content
/// cannot be read.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub field: Field,
    pub id: Uuid,
}

impl Key {
    const FIELDS: [(Field, &str); 2] = [(Field::Name, "name"), (Field::Photo, "photo")];

    /// Returns the key in words: `correction name 0199…`.
    pub(crate) fn words(self) -> String {
        let field = Self::FIELDS.iter().find(|(field, _)| *field == self.field).map_or("", |(_, word)| word);
        format!("correction {field} {}", self.id)
    }

    fn parse(words: &str) -> Option<Self> {
        let (word, id) = words.strip_prefix("correction ")?.split_once(' ')?;
        let (field, _) = Self::FIELDS.into_iter().find(|(_, known)| *known == word)?;
        Some(Self { field, id: id.parse().ok()? })
    }
}

impl Saved {
    /// Reads a draft of the store; `None` if it belongs to another form.
    pub(crate) fn read(saved: &store::draft::Draft) -> Option<Self> {
        let key = Key::parse(&saved.form)?;
        let draft = serde_json::from_str::<Draft>(saved.content.expose()).ok();
        Some(match draft.filter(|draft| draft.version == VERSION) {
            Some(draft) => Self::Readable(Box::new(draft)),
            None => Self::Unreadable(key, saved.case_number.clone()),
        })
    }

    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Readable(draft) => draft.key(),
            Self::Unreadable(key, _) => *key,
        }
    }

    pub(crate) fn case_number(&self) -> &str {
        match self {
            Self::Readable(draft) => &draft.case_number,
            Self::Unreadable(_, case_number) => case_number,
        }
    }
}

impl Draft {
    pub(crate) const fn key(&self) -> Key {
        Key { field: self.field, id: self.id }
    }

    /// Returns the content to submit. It needs a reason and a new value.
    pub(crate) fn content(&self) -> Result<Content, Failure> {
        let reason = self
            .form
            .reason
            .ok_or_else(|| Failure::from(CounterFailure::ReasonMissing).at(FormField::Reason))?;
        let after = match self.field {
            Field::Name => {
                let text = self.form.name.as_deref().unwrap_or_default();
                let name = Name::read(text)
                    .map_err(|error| Failure::from(Refusal::from(error)).at(FormField::Name))?;
                if !name.unmapped.is_empty() {
                    return Err(Failure::from(Refusal::NameUnmapped).at(FormField::Name));
                }
                Value::Name(name.name)
            }
            Field::Photo => {
                let photo = self
                    .form
                    .photo
                    .clone()
                    .ok_or_else(|| Failure::from(CounterFailure::PhotoMissing).at(FormField::Photo))?;
                Value::Photo(Some(photo))
            }
        };
        let shortfall = self.form.photo_shortfall.clone().filter(|text| !text.trim().is_empty());
        Ok(Content {
            before: self.before.clone(),
            after,
            reason,
            evidence: self.evidence.clone(),
            chip_name: self.chip_name.clone(),
            registry_version: self.registry_version,
            photo_shortfall: shortfall,
            agent: self.agent().and_then(Result::ok).map(Box::new),
        })
    }

    /// Returns the content with the record of the guardian's consent, which is made at submission.
    pub(crate) fn content_to_come(&self, today: Day, policy: &Policy) -> Result<Content, Failure> {
        let content = self.content()?;
        Ok(Content { evidence: self.evidence_to_come(today, policy), ..content })
    }

    /// Returns the evidence, with the consent of a guardian who may act.
    pub(crate) fn evidence_to_come(&self, today: Day, policy: &Policy) -> Vec<Evidence> {
        let mut evidence = self.evidence.clone();
        if self.under_fourteen && self.guardian(today, policy).is_ok() {
            evidence.push(Evidence {
                kind: EvidenceKind::GuardianConsent,
                digest: Digest::of(b""),
                media_type: TEXT.to_owned(),
                page: 1,
            });
        }
        evidence
    }

    /// Returns who acts for a holder under 14 (E8), as far as it was typed.
    fn agent(&self) -> Option<Result<Agent, Failure>> {
        let typed = self.form.guardian().filter(|_| self.under_fourteen)?;
        let is_blank = typed.number.trim().is_empty() && typed.name.trim().is_empty();
        (!is_blank)
            .then(|| read_agent(&typed).map(|agent| Agent { binding_verified: self.guardian_bound, ..agent }))
    }

    /// Checks whether the guardian may act (E8).
    pub(crate) fn guardian(&self, today: Day, policy: &Policy) -> Result<(), Failure> {
        let agent = self.agent().ok_or(Refusal::GuardianNeeded)??;
        let tie = Tie {
            is_holder: agent.number.modern() == self.number.modern(),
            is_bound: agent.binding_verified,
        };
        check_guardian_with(&agent, &self.evidence, tie, today, policy)?;
        Ok(())
    }

    /// Returns everything that stands against submitting, each at its field.
    pub(crate) fn problems(&self, missing_glyphs: bool, today: Day, policy: &Policy) -> Vec<Failure> {
        let mut problems = Vec::new();
        let guardian = self.guardian(today, policy).err().filter(|_| self.under_fourteen);
        match self.content_to_come(today, policy) {
            Err(failure) => problems.push(failure),
            Ok(content) => {
                // The guardian has a line of their own.
                let facts = HolderFacts { under_fourteen: self.under_fourteen, guardian: Ok(()) };
                if let Err(refusal) = check_content(self.field, &content, facts) {
                    problems.push(Failure::from(refusal).at(field_of(refusal)));
                }
                let falls_short = self.field == Field::Photo && !self.photo_is_good;
                if let Err(refusal) = check_reason(falls_short, content.photo_shortfall.as_deref()) {
                    problems.push(Failure::from(refusal).at(field_of(refusal)));
                }
            }
        }
        if missing_glyphs {
            problems.push(Failure::from(Refusal::NameNotPrintable).at(FormField::Name));
        }
        problems.extend(guardian.map(|failure| failure.at(FormField::Guardian)));
        problems
    }
}

/// Returns the field of the form that a refusal belongs to.
const fn field_of(refusal: Refusal) -> FormField {
    match refusal {
        Refusal::EvidenceMissing => FormField::Evidence,
        Refusal::PhotoReasonNeeded => FormField::PhotoShortfall,
        Refusal::DiffersFromChip
        | Refusal::NotOneDifference
        | Refusal::NotCutOff
        | Refusal::CorrectionField => FormField::Reason,
        _ => FormField::Name,
    }
}

/// Returns what the registry has now in this field.
fn before(person: &InFront, field: Field) -> Value {
    match field {
        Field::Name => Value::Name(person.name().clone()),
        Field::Photo => Value::Photo(person.citizen.right.photo.clone()),
    }
}

/// Returns a draft that changes a submitted correction: the form as submitted, against what the
/// registry has now.
pub(crate) fn draft_again(
    person: &InFront,
    record: &CorrectionRecord,
    photo_is_good: bool,
) -> Result<Draft, Failure> {
    let Correction { id, field, revision, content, escalation, .. } = &record.correction;
    let case_number = record.case_number.clone().ok_or(DeskError::CaseUnknown)?;
    Ok(Draft {
        escalation: *escalation,
        chip_name: content.chip_name.clone(),
        evidence: content.evidence.clone(),
        form: form_of(&record.correction),
        revision: *revision,
        photo_is_good,
        guardian_bound: content.agent.as_ref().is_some_and(|agent| agent.binding_verified),
        ..new_draft(person, Key { field: *field, id: *id }, case_number)
    })
}

/// Returns a draft with an empty form. The chip's name stands in it: the chip comes before the face
/// of the card and everything else that can be typed (order of truth).
pub(crate) fn new_draft(person: &InFront, Key { field, id }: Key, case_number: String) -> Draft {
    let read = &person.card_holder.name.name;
    let chip = Some(read).filter(|_| person.card_holder.is_by_card());
    let name = (field == Field::Name).then(|| read.expose().to_owned());
    Draft {
        version: VERSION,
        id,
        field,
        escalation: None,
        case_number,
        number: person.card_holder.number.clone(),
        proof: person.card_holder.proof.clone(),
        holder_name: read.clone(),
        under_fourteen: person.citizen.holder.eligibility.needs_guardian(),
        before: before(person, field),
        chip_name: chip.cloned(),
        registry_version: person.citizen.right.version,
        evidence: Vec::new(),
        form: Form { name, ..Form::default() },
        revision: 0,
        photo_is_good: false,
        guardian_bound: false,
        replaces_unreadable: false,
    }
}

pub(crate) async fn save(desk: &Desk, operator: &Operator, draft: &Draft) -> Result<(), Failure> {
    let text = serde_json::to_string(draft).map_err(|error| DeskError::Store(Box::new(error)))?;
    Ok(desk.case.save_draft(operator, &draft.case_number, &draft.key().words(), Sensitive::new(text)).await?)
}

/// Returns the draft of this id, if there is one.
pub(crate) async fn find(desk: &Desk, id: Uuid) -> Result<Option<Saved>, Failure> {
    for (field, _) in Key::FIELDS {
        if let Some(saved) = desk.case.draft(&Key { field, id }.words()).await? {
            return Ok(Saved::read(&saved));
        }
    }
    Ok(None)
}
