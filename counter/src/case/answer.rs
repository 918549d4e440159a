//! What the citizen is asked on the citizen window (客显), and their answer so far. No I/O here.

use crate::{
    failure::out_of_step,
    view::{AnswerState, Failure},
};
use rules::{
    correction::{Digest, Field},
    failure::CounterFailure,
    handwriting::{Signature, Unsigned},
    life::Action,
};
use uuid::Uuid;

/// What the citizen is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    /// An action on a code, which is being confirmed.
    Action(Action),
    /// A correction whose form is complete.
    Correction(Box<CorrectionAsked>),
}

/// A correction as the citizen is asked about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CorrectionAsked {
    pub id: Uuid,
    pub field: Field,
    /// Digest of what the citizen sees: an answer counts for this and no other content.
    pub content: Digest,
    /// Value in the registry: a name, or a photo as a data URL; `None` if it has none.
    pub before: Option<String>,
    /// New value, likewise.
    pub after: Option<String>,
}

/// How far the citizen is.
#[derive(Debug, Default)]
pub(crate) enum Answer {
    /// No answer yet.
    #[default]
    None,
    /// 无误; the signature is awaited.
    Right,
    /// 有误: name or photo is wrong.
    Wrong,
    /// 无误, with the signature written under it.
    Signed(Signature),
    /// The clerk said why they do not sign.
    Unsigned(Unsigned),
}

/// A question to the citizen and their answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub matter: Matter,
    pub answer: Answer,
}

impl Asked {
    pub(crate) fn about(matter: Matter) -> Self {
        Self { matter, answer: Answer::None }
    }

    /// Returns how far it is, for the windows.
    pub(crate) const fn state(&self) -> AnswerState {
        match self.answer {
            Answer::None => AnswerState::Asked,
            Answer::Right => AnswerState::Signing,
            Answer::Signed(_) => AnswerState::Signed,
            Answer::Wrong => AnswerState::Wrong,
            Answer::Unsigned(_) => AnswerState::Unsigned,
        }
    }

    /// Takes 无误 or 有误. After either the other may still be given, until it is signed.
    pub(crate) fn answer(&mut self, right: bool) -> Result<(), Failure> {
        match self.answer {
            Answer::None | Answer::Right | Answer::Wrong => {
                self.answer = if right { Answer::Right } else { Answer::Wrong };
                Ok(())
            }
            Answer::Signed(_) | Answer::Unsigned(_) => Err(CounterFailure::NobodyAsked.into()),
        }
    }

    /// Takes the signature below 无误.
    pub(crate) fn sign(&mut self, signature: Signature) -> Result<(), Failure> {
        match self.answer {
            Answer::Right => {
                self.answer = Answer::Signed(signature);
                Ok(())
            }
            _ => Err(CounterFailure::NobodyAsked.into()),
        }
    }

    /// Takes from the clerk why the citizen does not sign. What they signed or called wrong stays.
    pub(crate) fn leave_unsigned(&mut self, reason: Unsigned) -> Result<(), Failure> {
        match self.answer {
            Answer::None | Answer::Right | Answer::Unsigned(_) => {
                self.answer = Answer::Unsigned(reason);
                Ok(())
            }
            Answer::Wrong | Answer::Signed(_) => Err(out_of_step()),
        }
    }

    /// Returns the signature, or why there is none.
    ///
    /// # Errors
    /// [`CounterFailure::CitizenSaysWrong`] after 有误.
    pub(crate) fn outcome(&self) -> Result<Result<&Signature, Unsigned>, CounterFailure> {
        match &self.answer {
            Answer::Signed(signature) => Ok(Ok(signature)),
            Answer::None | Answer::Right => Ok(Err(Unsigned::default())),
            Answer::Unsigned(reason) => Ok(Err(*reason)),
            Answer::Wrong => Err(CounterFailure::CitizenSaysWrong),
        }
    }
}

/// Tells whether the citizen is asked before this action: it makes or ends a code on their word.
pub(crate) const fn is_asked(action: Action) -> bool {
    action.makes_code() || matches!(action, Action::ReportLoss)
}
