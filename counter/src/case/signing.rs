//! 无误 or 有误 on the citizen window, and the signature: asked, answered, and kept as evidence.

use super::{
    CaseInHand,
    answer::{Asked, CorrectionAsked, Matter, is_asked},
};
use crate::{
    core::{Core, CounterEvent},
    view::{CitizenWindowView, CounterView, Failure},
};
use desk::{Desk, store::blob::Blob};
use rules::{
    Language,
    case_number::grouped,
    correction::{Digest, EvidenceKind, Field},
    failure::CounterFailure,
    handwriting::{CitizenAnswer, Point, Signature, SignedFor, Unsigned},
    life::Action,
    permission::Duty,
};
use std::sync::Arc;
use uuid::Uuid;

/// Media type of the record of why there is no signature.
const TEXT: &str = "text/plain;charset=utf-8";

/// Answers and signatures of the citizen window.
pub struct Signatures {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
}

impl Signatures {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>) -> Self {
        Self { core, case }
    }

    /// Takes 无误 or 有误 from the citizen window.
    ///
    /// # Errors
    /// Nobody is at work, or nothing is asked now.
    pub async fn answer(&self, right: bool) -> Result<CitizenWindowView, Failure> {
        self.change(|asked| asked.answer(right))?;
        self.case.citizen_window().await
    }

    /// Takes the strokes of the signature below 无误.
    ///
    /// # Errors
    /// Nobody is at work, no signature is awaited, or the strokes are none.
    pub async fn sign(&self, strokes: Vec<Vec<Point>>) -> Result<CitizenWindowView, Failure> {
        let signature = Signature::read(strokes)?;
        self.change(|asked| asked.sign(signature))?;
        self.case.citizen_window().await
    }

    /// Takes from the clerk why the citizen does not sign.
    ///
    /// # Errors
    /// Not permitted; nothing is asked now, or it is answered.
    pub async fn leave_unsigned(&self, reason: Unsigned) -> Result<CounterView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Serve)?;
        self.change(|asked| asked.leave_unsigned(reason))?;
        self.case.view().await
    }

    /// Asks the citizen once more; the answer so far is gone.
    ///
    /// # Errors
    /// Not permitted; nothing is asked now.
    pub async fn ask_again(&self) -> Result<CounterView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Serve)?;
        self.change(|asked| {
            *asked = Asked::about(asked.matter.clone());
            Ok(())
        })?;
        self.case.view().await
    }

    fn change(&self, change: impl FnOnce(&mut Asked) -> Result<(), Failure>) -> Result<(), Failure> {
        self.core.desk()?.session.operator()?;
        {
            let mut case = self.case.state();
            case.asked_now().ok_or_else(|| Failure::from(CounterFailure::NobodyAsked))?;
            case.asked.as_mut().map_or(Ok(()), change)?;
        }
        self.core.announce(CounterEvent::Case);
        Ok(())
    }
}

/// Returns what the citizen is to be asked before this action, where this desk asks.
pub(super) fn question(core: &Core, action: Action) -> Option<Asked> {
    let asks = core.config().citizen_window.asks_signature() && is_asked(action);
    asks.then(|| Asked::about(Matter::Action(action)))
}

/// Checks that the citizen did not answer 有误 to what is about to be done.
pub(super) fn check_not_wrong(case: &CaseInHand) -> Result<(), Failure> {
    case.state().asked_now().map_or(Ok(()), |asked| Ok(asked.outcome().map(|_| ())?))
}

/// Keeps the signature for this action as evidence and returns the answer for its operation;
/// `None` where nobody is asked.
pub(super) async fn kept_answer(
    case: &CaseInHand,
    desk: &Desk,
    case_number: &str,
    action: Action,
) -> Result<Option<CitizenAnswer>, Failure> {
    let matter = Matter::Action(action);
    let record = {
        let case = case.state();
        let Some(asked) = case.asked.as_ref().filter(|asked| asked.matter == matter) else { return Ok(None) };
        let signed = SignedFor {
            case_number: &grouped(case_number),
            matter: action.label(Language::Chinese),
            content: None,
            at: desk.read_clock().at,
        };
        asked.outcome()?.map(|signature| record_of(signature, &signed))
    };
    Ok(Some(match record {
        Ok(record) => CitizenAnswer::Signed { signature: desk.blob.keep(&record).await? },
        Err(reason) => CitizenAnswer::Unsigned { reason },
    }))
}

/// Returns the record of the answer to a correction, as evidence of it: the signature, or why there
/// is none. `None` where nobody is asked.
///
/// # Errors
/// [`CounterFailure::CitizenSaysWrong`] after 有误.
pub(crate) fn answer_to_correction(
    (core, case): (&Core, &CaseInHand),
    desk: &Desk,
    case_number: &str,
    (id, field, content): (Uuid, Field, &Digest),
) -> Result<Option<Blob>, Failure> {
    if !core.config().citizen_window.asks_signature() {
        return Ok(None);
    }
    let signed = SignedFor {
        case_number: &grouped(case_number),
        matter: match field {
            Field::Name => "更正姓名",
            Field::Photo => "更正照片",
        },
        content: Some(content),
        at: desk.read_clock().at,
    };
    let case = case.state();
    let is_about = |asked: &&Asked| match &asked.matter {
        Matter::Correction(about) => about.id == id && about.content == *content,
        Matter::Action(_) => false,
    };
    let outcome =
        case.asked.as_ref().filter(is_about).map_or(Ok(Err(Unsigned::default())), Asked::outcome)?;
    Ok(Some(match outcome {
        Ok(signature) => record_of(signature, &signed),
        Err(reason) => unsigned_record(reason, &signed),
    }))
}

/// Asks the citizen in front about a correction whose form is complete; `None` takes the question
/// back. The answer to the same content stays. Returns whether anything changed.
pub(crate) fn ask_about_correction(
    core: &Core,
    case: &CaseInHand,
    id: Uuid,
    complete: Option<CorrectionAsked>,
) -> bool {
    let complete = complete.filter(|_| core.config().citizen_window.asks_signature());
    let mut case = case.state();
    let matter = complete.map(|about| Matter::Correction(Box::new(about)));
    let known = case.asked.as_ref().map(|asked| &asked.matter);
    let is_other = match known {
        Some(Matter::Correction(about)) => about.id != id,
        Some(Matter::Action(_)) => true,
        None => false,
    };
    if known == matter.as_ref() || (matter.is_none() && is_other) {
        return false;
    }
    case.asked = matter.map(Asked::about);
    true
}

/// Tells whether a piece of evidence is the answer of the citizen window.
pub(crate) fn is_answer(kind: EvidenceKind) -> bool {
    kind == EvidenceKind::Signature
}

fn record_of(signature: &Signature, signed: &SignedFor<'_>) -> Blob {
    Blob { bytes: signature.record(signed).into_bytes(), media_type: Signature::MEDIA_TYPE.to_owned() }
}

fn unsigned_record(reason: Unsigned, signed: &SignedFor<'_>) -> Blob {
    let SignedFor { case_number, matter, at, content } = signed;
    let content = content.map(ToString::to_string).unwrap_or_default();
    let text = format!(
        "未签名\n原因 {}\n办件 {case_number}\n事项 {matter}\n内容 {content}\n{}\n",
        reason.label(Language::Chinese),
        at.civil().strftime("%Y-%m-%d %H:%M:%S")
    );
    Blob { bytes: text.into_bytes(), media_type: TEXT.to_owned() }
}
