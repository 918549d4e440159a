//! English sentences for refusals, shortfalls, correction reasons and rejections.

use super::Refusal;
use crate::{
    correction::{Reason, Rejection},
    eligibility::Shortfall,
};

pub(super) const fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotEligible => {
            "From 18 to 59 a code needs Shanghai household registration and a valid disability certificate; check the documents and explain the conditions."
        }
        Refusal::EligibilityNotKnown => {
            "The registry cannot be asked offline; scan the disability certificate and state the household registration first."
        }
        Refusal::AlreadyIssuedToday => {
            "A code was issued to this holder today and only one a day is allowed; come back tomorrow, or reprint the sheet."
        }
        Refusal::HasHadACode => {
            "The holder has had a code before; use re-application or reissue instead of first issue."
        }
        Refusal::NeverHadACode => "The holder has never had a code; use first issue.",
        Refusal::ReissueInstead => "The last code is still live or reported lost; use reissue instead.",
        Refusal::ReapplyInstead => "The last code has expired or was voided; use re-application instead.",
        Refusal::CodeNotLive => "This code is not live; refresh the holder and act on the present state.",
        Refusal::UnknownCode => {
            "This code does not belong to the holder; read the card again and choose anew."
        }
        Refusal::SerialReused => "The new code's serial has been used before; start the action again.",
        Refusal::NotAnIssue => {
            "This action issues no code; go back to the holder and choose first issue, re-application or reissue."
        }
        Refusal::NotConfirmedByHolder => {
            "The holder has not confirmed name and photo; show them for confirmation, or start a correction if they are wrong."
        }
        Refusal::ConsequenceNotConfirmed => {
            "The consequence has not been confirmed; explain that the code will end, and confirm before going on."
        }
        Refusal::ClockNotTrusted => {
            "This desk's clock is off or was set back, so nothing is issued offline; reconnect to set the clock. Losses can still be reported."
        }
        Refusal::OfflineTooLong => {
            "The centre has not been reached for too long, so nothing is issued offline; reconnect and synchronise. Losses can still be reported."
        }
        Refusal::GuardianNeeded => {
            "Under 14 a guardian must act; read the guardian's card and record the consent."
        }
        Refusal::AgentNotBound => {
            "The agent is not registered as a relative; scan the household book or birth certificate first."
        }
        Refusal::VoidReasonNeeded => "Voiding a code needs a reason; write it and try again.",
        Refusal::NotPermitted => "Your role does not allow this; ask somebody who has it.",
        Refusal::SamePerson => "Maker and approver must be two people; let another supervisor approve.",
        Refusal::NoApprovedCorrection => {
            "There is no applied and unused correction to replace the code for; make a correction first, or reissue."
        }
        Refusal::NameNotPrintable => {
            "No print font has a character of this name; note the character, report it, and issue once the font is there."
        }
        Refusal::NameUnmapped => {
            "The name holds a private character that cannot be converted; compare with the card and start a name correction."
        }
        Refusal::NumberLength => "The number must have 18 or 15 characters; check it and type it again.",
        Refusal::NumberCharacter => {
            "The number holds a character that does not belong; compare it with the card, digit by digit."
        }
        Refusal::NumberRegion => {
            "The number names a region or country that does not exist; check it and type it again."
        }
        Refusal::NumberBirthDate => {
            "The birth date in the number does not exist or lies in the future; check it and type it again."
        }
        Refusal::NumberCheckDigit => {
            "The number's check digit does not fit, so one character is probably wrong; compare it with the card."
        }
        Refusal::NameEmpty => "The name is empty; enter it.",
        Refusal::NameTooLong => "The name is longer than 50 characters; check it and enter it again.",
        Refusal::NameCharacter => {
            "The name holds a character that names do not have; check the marked position."
        }
        Refusal::SerialMalformed => "This is not the serial of a code; scan or choose it again.",
        Refusal::CaseNumberMalformed => {
            "The case number is wrong; compare it with the receipt and type it again."
        }
        Refusal::CorrectionState => {
            "The correction's present state does not allow this; refresh and look again."
        }
        Refusal::NotTheMaker => {
            "Only the person who started this correction may change or submit it; ask them, or withdraw it and start anew."
        }
        Refusal::CorrectionField => {
            "Values or reason do not fit the field; choose a reason for the name or for the photo."
        }
        Refusal::NothingChanged => {
            "Nothing is different; change it before submitting, or withdraw the correction."
        }
        Refusal::EvidenceMissing => "Evidence is missing; add what the list asks for, then submit.",
        Refusal::DiffersFromChip => {
            "The new name differs from the chip's; check it, or choose cut-off or change of name with its evidence."
        }
        Refusal::NotOneDifference => {
            "This reason allows one separator to differ and nothing else; check the name or choose another reason."
        }
        Refusal::NotCutOff => {
            "The chip's name is not the cut-off beginning of the new one; check the name or choose another reason."
        }
        Refusal::PhotoReasonNeeded => "The photo is below the limits; take another, or write why it is used.",
        Refusal::CorrectionOpen => {
            "A correction of this field is open already; open that one and go on there."
        }
        Refusal::ContentChanged => "The correction changed after you looked at it; look again, then decide.",
        Refusal::EvidenceNotOpened => "Some evidence has not been opened; open each piece, then approve.",
        Refusal::ReauthenticationNeeded => "This needs your password again; enter it.",
        Refusal::PasswordTooWeak => {
            "The password needs at least 10 characters, or 8 of three kinds; choose a stronger one."
        }
        Refusal::PasswordTooOld => "The password is older than allowed; change it, then log in.",
        Refusal::AccountLocked => {
            "The account is locked for 15 minutes after wrong passwords; wait, or ask the security administrator."
        }
        Refusal::OfflineVerifierTooOld => {
            "The offline login is older than 72 hours; reconnect and log in once."
        }
        Refusal::RolesConflict => {
            "System, security and audit duties cannot be in one account; make separate accounts."
        }
        Refusal::PolicyOutOfRange => {
            "The numbers of the rules are out of range; use 1-168 hours offline, at least one day of validity, and ages in ascending order."
        }
    }
}

pub(super) const fn shortfall(shortfall: Shortfall) -> &'static str {
    match shortfall {
        Shortfall::NoCertificate => {
            "From 18 to 59 a disability certificate is needed and none is on record; the federation of disabled persons issues it."
        }
        Shortfall::CertificateExpired => {
            "The disability certificate has expired; have it renewed, then come again."
        }
        Shortfall::CertificateOfAnother => {
            "The disability certificate belongs to another number; check whether it is the right one."
        }
        Shortfall::CertificateInvalid => {
            "The disability certificate's number is wrong; type or scan it again."
        }
        Shortfall::NotRegisteredHere => {
            "From 18 to 59 Shanghai household registration is needed; the code on the phone can be used instead."
        }
        Shortfall::NotKnownOffline => {
            "This cannot be known offline yet; scan the disability certificate and state the household registration."
        }
        Shortfall::NotBornYet => {
            "The number's birth date lies in the future; check the number and this desk's date."
        }
    }
}

pub(super) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::N1 => "Rare character",
        Reason::N2 => "Separator written differently",
        Reason::N3 => "Long name cut off",
        Reason::N4 => "Legal change of name",
        Reason::N5 => "Typing error in the record",
        Reason::P1 => "Photo of another person",
        Reason::P2 => "Photo blurred, mirrored or badly cropped",
        Reason::P3 => "Photo outdated, looks have changed",
        Reason::P4 => "ID card expired, photo old",
    }
}

pub(super) const fn rejection(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::E1 => "Evidence is missing. Please bring the documents listed and come again.",
        Rejection::E2 => "The evidence cannot be read. Please bring the clear originals.",
        Rejection::E3 => "What is asked for differs from its source. Please check it and ask again.",
        Rejection::E4 => "The card has expired or is not valid. Please renew it and come again.",
        Rejection::E5 => {
            "Only the holder or a guardian can ask for this. Please let them come with their card."
        }
        Rejection::E6 => {
            "This is for the police registry. Please have it changed at your police station first."
        }
        Rejection::E7 => {
            "Somebody else's identity seems to have been used. If you object, please come with a valid card."
        }
        Rejection::E8 => "This was asked for before. Please use the earlier case number.",
    }
}
