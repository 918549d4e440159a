//! A correction while it is being typed: a draft on this desk and nothing else.

use super::{agent, case::InFront};
use crate::view::{AgentInput, CorrectionInput, Failure};
use desk::{Desk, DeskError, session::Operator, store::blob::Blob};
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
    wire::CorrectionRecord,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Media type of the records made here.
pub(super) const TEXT: &str = "text/plain;charset=utf-8";

/// What is being typed: saved at every change, kept over lock, crash and power cut.
#[derive(Serialize, Deserialize)]
pub(super) struct Draft {
    pub id: Uuid,
    pub field: Field,
    pub escalation: Option<Uuid>,
    pub case_number: String,
    pub number: IdNumber,
    pub holder_name: Name,
    pub under_fourteen: bool,
    pub before: Value,
    pub chip_name: Option<Name>,
    pub registry_version: u64,
    pub evidence: Vec<Evidence>,
    pub input: CorrectionInput,
    /// Revision of the correction this draft changes; 0: it was never handed in.
    pub revision: u32,
    /// The photo's figures are within the limits.
    pub photo_is_good: bool,
    /// E8: the registry binds the guardian to the holder.
    #[serde(default)]
    pub guardian_bound: bool,
}

impl Draft {
    pub(super) fn form(id: Uuid) -> String {
        format!("correction {id}")
    }

    /// The content as it would be handed in; without a reason or a new value it is not one yet.
    pub(super) fn content(&self) -> Result<Content, Failure> {
        let reason =
            self.input.reason.ok_or_else(|| Failure::from(CounterFailure::ReasonMissing).at("reason"))?;
        let after = match self.field {
            Field::Name => {
                let text = self.input.name.as_deref().unwrap_or_default();
                let name =
                    Name::read(text).map_err(|error| Failure::from(Refusal::from(error)).at("name"))?;
                if !name.unmapped.is_empty() {
                    return Err(Failure::from(Refusal::NameUnmapped).at("name"));
                }
                Value::Name(name.name)
            }
            Field::Photo => {
                let photo = self
                    .input
                    .photo
                    .clone()
                    .ok_or_else(|| Failure::from(CounterFailure::PhotoMissing).at("photo"))?;
                Value::Photo(Some(Digest(photo)))
            }
        };
        let shortfall = self.input.photo_shortfall.clone().filter(|text| !text.trim().is_empty());
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

    /// As [`Self::content`], with the record of the guardian's consent that is made when it is
    /// handed in.
    pub(super) fn content_to_come(&self, today: Day, policy: &Policy) -> Result<Content, Failure> {
        let mut content = self.content()?;
        if self.under_fourteen && self.guardian(today, policy).is_ok() {
            content.evidence.push(Evidence {
                kind: EvidenceKind::GuardianConsent,
                digest: Digest::of(b""),
                media_type: TEXT.to_owned(),
                page: 1,
            });
        }
        Ok(content)
    }

    /// E8: who acts for a holder under 14, as far as anything was typed.
    fn agent(&self) -> Option<Result<Agent, Failure>> {
        let typed = self.input.guardian.as_ref().filter(|_| self.under_fourteen)?;
        let is_blank = typed.number.trim().is_empty() && typed.name.trim().is_empty();
        (!is_blank)
            .then(|| agent::read(typed).map(|agent| Agent { binding_verified: self.guardian_bound, ..agent }))
    }

    /// E8: whether they may act.
    pub(super) fn guardian(&self, today: Day, policy: &Policy) -> Result<(), Failure> {
        let agent = self.agent().ok_or(Refusal::GuardianNeeded)??;
        let tie = Tie {
            is_holder: agent.number.modern() == self.number.modern(),
            is_bound: agent.binding_verified,
        };
        check_guardian_with(&agent, &self.evidence, tie, today, policy)?;
        Ok(())
    }

    /// Everything that stands against handing in, each at its field.
    pub(super) fn problems(&self, missing_glyphs: bool, today: Day, policy: &Policy) -> Vec<Failure> {
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
            problems.push(Failure::from(Refusal::NameNotPrintable).at("name"));
        }
        problems.extend(guardian.map(|failure| failure.at("guardian")));
        problems
    }
}

/// The part of the form a refusal is about.
const fn field_of(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::EvidenceMissing => "evidence",
        Refusal::PhotoReasonNeeded => "photo_shortfall",
        Refusal::DiffersFromChip
        | Refusal::NotOneDifference
        | Refusal::NotCutOff
        | Refusal::CorrectionField => "reason",
        _ => "name",
    }
}

/// What the registry has now of a field.
fn before(person: &InFront, field: Field) -> Value {
    match field {
        Field::Name => Value::Name(person.name().clone()),
        Field::Photo => Value::Photo(person.citizen.right.photo.clone()),
    }
}

/// A correction that was handed in, to be changed: what was typed, against what the registry has
/// now.
pub(super) fn draft_again(
    person: &InFront,
    record: &CorrectionRecord,
    photo_is_good: bool,
) -> Result<Draft, Failure> {
    let Correction { id, field, revision, content, escalation, .. } = &record.correction;
    Ok(Draft {
        id: *id,
        field: *field,
        escalation: *escalation,
        case_number: record.case_number.clone().ok_or(DeskError::CaseUnknown)?,
        number: person.bearer.number.clone(),
        holder_name: person.bearer.name.name.clone(),
        under_fourteen: person.citizen.holder.eligibility.needs_guardian(),
        before: before(person, *field),
        chip_name: content.chip_name.clone(),
        registry_version: person.citizen.right.version,
        evidence: content.evidence.clone(),
        input: typed(&record.correction),
        revision: *revision,
        photo_is_good,
        guardian_bound: content.agent.as_ref().is_some_and(|agent| agent.binding_verified),
    })
}

/// What was typed to make this content.
pub(super) fn typed(correction: &Correction) -> CorrectionInput {
    let content = &correction.content;
    let (name, photo) = match &content.after {
        Value::Name(name) => (Some(name.expose().to_owned()), None),
        Value::Photo(photo) => (None, photo.as_ref().map(|digest| digest.0.clone())),
    };
    CorrectionInput {
        id: correction.id.to_string(),
        reason: Some(content.reason),
        name,
        photo,
        photo_shortfall: content.photo_shortfall.clone(),
        guardian: content.agent.as_deref().map(agent::typed),
    }
}

pub(super) fn new_draft(
    person: &InFront,
    field: Field,
    escalation: Option<Uuid>,
    case_number: String,
) -> Draft {
    let chip = &person.bearer.name.name;
    let id = Uuid::now_v7();
    Draft {
        id,
        field,
        escalation,
        case_number,
        number: person.bearer.number.clone(),
        holder_name: chip.clone(),
        under_fourteen: person.citizen.holder.eligibility.needs_guardian(),
        before: before(person, field),
        chip_name: Some(chip.clone()),
        registry_version: person.citizen.right.version,
        evidence: Vec::new(),
        input: CorrectionInput {
            id: id.to_string(),
            reason: None,
            // The chip comes before the face of the card and everything else that can be typed
            // (order of truth).
            name: (field == Field::Name).then(|| chip.expose().to_owned()),
            photo: None,
            photo_shortfall: None,
            guardian: None,
        },
        revision: 0,
        photo_is_good: false,
        guardian_bound: false,
    }
}

/// The reading of the chip as evidence: what was read, character by character.
pub(super) fn chip_record(person: &InFront) -> Blob {
    let as_read = person.bearer.name.as_read.expose();
    let points: Vec<_> = as_read
        .chars()
        .map(|character| format!("{character} {}", rules::person::code_point_text(character)))
        .collect();
    let valid = match (person.bearer.valid_through, person.bearer.long_term) {
        (_, true) => "长期".to_owned(),
        (Some(last), _) if person.bearer.expired() => format!("{last}，已过期"),
        (Some(last), _) => last.to_string(),
        (None, false) => "本卡未载明".to_owned(),
    };
    let text = format!(
        "芯片读取记录\n号码 {}\n姓名 {as_read}\n字符 {}\n证件有效期至 {valid}\n读取日 {}\n",
        person.bearer.number.masked(),
        points.join("、"),
        person.bearer.read_on
    );
    Blob { bytes: text.into_bytes(), media_type: TEXT.to_owned() }
}

/// Who the guardian is and that they consent (E8).
pub(super) fn consent_record(guardian: &AgentInput, desk: &Desk) -> Blob {
    let text = format!(
        "监护人同意书\n监护人 {}\n证件号码 {}\n联系电话 {}\n已当面同意本次更正。\n{}\n",
        guardian.name,
        guardian.number,
        guardian.phone.as_deref().unwrap_or("—"),
        desk.read_clock().at.day()
    );
    Blob { bytes: text.into_bytes(), media_type: TEXT.to_owned() }
}

pub(super) async fn save(desk: &Desk, operator: &Operator, draft: &Draft) -> Result<(), Failure> {
    let text = serde_json::to_string(draft).map_err(|error| DeskError::Store(Box::new(error)))?;
    Ok(desk.save_draft(operator, &draft.case_number, &Draft::form(draft.id), Sensitive::new(text)).await?)
}

pub(super) async fn load(desk: &Desk, id: Uuid) -> Result<Option<Draft>, Failure> {
    let Some(saved) = desk.draft(&Draft::form(id)).await? else { return Ok(None) };
    let draft = serde_json::from_str(saved.content.expose()).map_err(|_| DeskError::DatabaseDamaged)?;
    Ok(Some(draft))
}
