//! Decides the centre's answer to a scanned code (M6, M7, B1–B3).

use crate::{
    digest::Digest,
    keys::{DeskKey, KeyId, PublicKey},
    life::{Code, Standing},
    payload::{self, Claims, PayloadError, Verifier},
    time::At,
    wire::VerifyAnswer,
};

/// A symbol whose signature verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSymbol {
    /// Claims in the symbol.
    pub claims: Claims,
    /// Which symbol it is.
    pub imprint: Imprint,
}

impl VerifiedSymbol {
    /// Verifies the signature of a symbol with the key that it names. [`Verifier::check`] judges
    /// the claims.
    ///
    /// # Errors
    /// The [`PayloadError`] that says what is wrong with the text or the signature.
    pub fn verify(text: &str, key: &PublicKey) -> Result<Self, PayloadError> {
        let claims = payload::verify_with(text, key)?;
        let imprint = Imprint { claims: claims.digest(), key_id: key.key_id() };
        Ok(Self { claims, imprint })
    }
}

/// What distinguishes one symbol from any other: what it says and which key signed it (B1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imprint {
    /// Digest of the claims.
    pub claims: Digest,
    /// Identifier of the signing key.
    pub key_id: KeyId,
}

/// What the centre has on record of a serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCode {
    /// Code as the centre has it now.
    pub code: Code,
    /// The only symbol that was signed for it; `None` for a code that was voided without its
    /// operation being read.
    pub imprint: Option<Imprint>,
}

/// Answer to a scan, and what may be shown with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// State of the code now.
    pub answer: VerifyAnswer,
    /// Whether masked holder and dates may be shown: the code is one of this system.
    pub shows_holder: bool,
    /// Whether it may be used to register for a nucleic-acid test (M7), and the holder's health
    /// state may be asked for (M6).
    pub registers: bool,
}

impl Finding {
    const fn blank(answer: VerifyAnswer) -> Self {
        Self { answer, shows_holder: false, registers: false }
    }

    fn of_holder(answer: VerifyAnswer) -> Self {
        Self { answer, shows_holder: true, registers: answer == VerifyAnswer::Valid }
    }
}

/// Returns the watermark of an answer (M6): scanner, place and time, so that a shared picture shows
/// its origin.
pub fn watermark(scanner: &str, place: &str, now: At) -> String {
    format!("{} · {} · {}", scanner.trim(), place.trim(), now.civil().strftime("%Y-%m-%d %H:%M:%S"))
}

/// Decides the answer to a scanned text.
///
/// `read` is the symbol with the key that signed it, or what is wrong with its signature;
/// `recorded` is what the centre has of its serial.
pub fn verify_online(
    read: Result<(&VerifiedSymbol, &DeskKey), PayloadError>,
    recorded: Option<&RecordedCode>,
    verifier: &Verifier<'_>,
    now: At,
) -> Finding {
    let checked = read.and_then(|(symbol, key)| {
        verifier.check(&symbol.claims, key, now)?;
        Ok((symbol, key))
    });
    let (symbol, key) = match checked {
        Ok(checked) => checked,
        Err(error) => return Finding::blank(answer_to(error)),
    };
    match recorded {
        None => unrecorded(symbol, key, verifier, now),
        Some(RecordedCode { code, imprint: Some(imprint) }) if *imprint == symbol.imprint => {
            Finding::of_holder(standing_of(code, now))
        }
        // B1: another name, number or date under a serial of somebody else.
        Some(RecordedCode { imprint: Some(_), .. }) => Finding::blank(VerifyAnswer::WrongSignature),
        Some(RecordedCode { code, imprint: None }) => match standing_of(code, now) {
            VerifyAnswer::Valid | VerifyAnswer::Provisional => Finding::blank(VerifyAnswer::WrongSignature),
            ended => Finding::blank(ended),
        },
    }
}

/// B3: a code without a record may still be on its way, but only from a desk that may sign now, and
/// only as long as a desk may issue without the centre (L11).
fn unrecorded(symbol: &VerifiedSymbol, key: &DeskKey, verifier: &Verifier<'_>, now: At) -> Finding {
    let Claims { issued_at, expires_at, .. } = symbol.claims;
    let is_recent = now.since_ms(issued_at) <= verifier.policy.offline_limit_ms();
    if now >= expires_at {
        Finding::blank(VerifyAnswer::Expired)
    } else if is_recent && key.is_in_force(now) {
        Finding::of_holder(VerifyAnswer::Provisional)
    } else {
        Finding::blank(VerifyAnswer::Unknown)
    }
}

fn standing_of(code: &Code, now: At) -> VerifyAnswer {
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
        PayloadError::UnknownKey
        | PayloadError::WrongSignature
        | PayloadError::KeyNotValid
        | PayloadError::ImpossibleValidity => VerifyAnswer::WrongSignature,
        PayloadError::Practice | PayloadError::Live => VerifyAnswer::OtherClass,
        PayloadError::NotYetValid => VerifyAnswer::NotYetValid,
        PayloadError::Expired => VerifyAnswer::Expired,
    }
}
