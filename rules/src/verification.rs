//! What the centre tells whoever scans a code (M6, M7).

use crate::{
    keys::Class,
    life::{Code, Standing},
    payload::{Claims, PayloadError},
    policy::CLOCK_TOLERANCE_MS,
    time::At,
    wire::VerifyAnswer,
};

/// The answer, and what may go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the code is now.
    pub answer: VerifyAnswer,
    /// The masked holder and the dates may be shown: the code is ours and well signed.
    pub shows_holder: bool,
    /// M7: may be used to register for a nucleic-acid test.
    pub registers: bool,
}

/// Decides what a scanned text is, now. `read` is what checking its signature gave, `code` what the centre has under its serial, `class` the
/// centre's own. A well-signed code the centre has not heard of (the desk is still offline) is provisional: never unknown, and never valid.
pub fn verify_online(
    read: Result<&Claims, PayloadError>,
    code: Option<&Code>,
    class: Class,
    now: At,
) -> Finding {
    match read {
        Err(error) => Finding { answer: answer_to(error), shows_holder: false, registers: false },
        Ok(claims) if claims.class != class => {
            Finding { answer: VerifyAnswer::OtherClass, shows_holder: false, registers: false }
        }
        Ok(claims) => {
            let answer = standing_of(claims, code, now);
            Finding { answer, shows_holder: true, registers: answer == VerifyAnswer::Valid }
        }
    }
}

fn standing_of(claims: &Claims, code: Option<&Code>, now: At) -> VerifyAnswer {
    if claims.issued_at > now.plus_ms(CLOCK_TOLERANCE_MS) {
        return VerifyAnswer::NotYetValid;
    }
    let Some(code) = code else {
        return if now >= claims.expires_at { VerifyAnswer::Expired } else { VerifyAnswer::Provisional };
    };
    match code.standing(now.day()) {
        Standing::Live if code.provisional => VerifyAnswer::Provisional,
        Standing::Live => VerifyAnswer::Valid,
        Standing::Expired => VerifyAnswer::Expired,
        Standing::Lost => VerifyAnswer::Lost,
        Standing::Superseded => VerifyAnswer::Superseded,
        Standing::Voided => VerifyAnswer::Voided,
    }
}

/// What a text is that is no good code, in the words of an answer.
pub const fn answer_to(error: PayloadError) -> VerifyAnswer {
    match error {
        PayloadError::TooLong | PayloadError::Foreign => VerifyAnswer::Foreign,
        PayloadError::Damaged => VerifyAnswer::Damaged,
        PayloadError::UnknownKey | PayloadError::WrongSignature | PayloadError::KeyNotValid => {
            VerifyAnswer::WrongSignature
        }
        PayloadError::Practice | PayloadError::Live => VerifyAnswer::OtherClass,
        PayloadError::NotYetValid => VerifyAnswer::NotYetValid,
        PayloadError::Expired => VerifyAnswer::Expired,
    }
}
