//! Decides the centre's answer to a scanned code (M6, M7).

use crate::{
    keys::Class,
    life::{Code, Standing},
    payload::{Claims, PayloadError},
    policy::CLOCK_TOLERANCE_MS,
    time::At,
    wire::VerifyAnswer,
};

/// Answer to a scan, and what may be shown with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// State of the code now.
    pub answer: VerifyAnswer,
    /// Whether masked holder and dates may be shown: the code belongs to this system and
    /// is well signed.
    pub shows_holder: bool,
    /// Whether it may be used to register for a nucleic-acid test (M7).
    pub registers: bool,
}

/// Decides the answer to a scanned text.
///
/// `read` is the result of verifying its signature, `code` the centre's record of its serial,
/// `class` the class of the centre. A well-signed code without a record is provisional, because its
/// desk may still be offline. It is never unknown and never valid.
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

/// Returns the answer for a text that is not a valid code.
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
