//! Checks the content of a correction, reason by reason, before it is submitted or approved.

use super::{Content, Field, HolderFacts, Reason, Value, evidence_missing};
use crate::{
    Refusal,
    person::{Name, NameDifference, is_private_use, is_separator},
    photo::check_reason,
};

/// Checks that a correction of `field` with this content may be submitted, and so approved.
///
/// Sources rank in this order: registry, chip, face of the card, household book, declaration. So a
/// new name must equal the chip's, unless the chip is known to be wrong: cut off (N3), overtaken by
/// a legal change (N4), or holding a character that cannot be mapped (N1).
///
/// # Errors
/// The [`Refusal`] of the first check that fails.
pub fn check_content(field: Field, content: &Content, holder: HolderFacts) -> Result<(), Refusal> {
    if content.reason.field() != field {
        return Err(Refusal::CorrectionField);
    }
    match (field, &content.before, &content.after) {
        (Field::Name, Value::Name(before), Value::Name(after)) => check_name(content, before, after)?,
        (Field::Photo, Value::Photo(before), Value::Photo(Some(after))) => {
            if before.as_ref() == Some(after) {
                return Err(Refusal::NothingChanged);
            }
        }
        _ => return Err(Refusal::CorrectionField),
    }
    // Only the desk that has the pixels can measure whether the photo is below the limits.
    check_reason(false, content.photo_shortfall.as_deref())?;
    if !evidence_missing(content, holder.under_fourteen).is_empty() {
        return Err(Refusal::EvidenceMissing);
    }
    Ok(())
}

fn check_name(content: &Content, before: &Name, after: &Name) -> Result<(), Refusal> {
    after.check()?;
    if !after.unmapped().is_empty() {
        return Err(Refusal::NameUnmapped);
    }
    if before == after {
        return Err(Refusal::NothingChanged);
    }
    // New card and household book prove a legal change, whatever the old chip says.
    if content.reason == Reason::LegalChange {
        return Ok(());
    }
    let chip = content.chip_name.as_ref().ok_or(Refusal::EvidenceMissing)?;
    match content.reason {
        Reason::RareCharacter if equals_where_mapped(chip, after) => Ok(()),
        Reason::Separator if !chip.compares_equal(after) => Err(Refusal::DiffersFromChip),
        Reason::Separator => match before.differences(after).as_slice() {
            [difference] if is_of_separator(difference) => Ok(()),
            _ => Err(Refusal::NotOneDifference),
        },
        Reason::CutOff if chip.was_cut_for_want_of_room(after) => Ok(()),
        Reason::CutOff => Err(Refusal::NotCutOff),
        Reason::TypingError if chip == after => Ok(()),
        _ => Err(Refusal::DiffersFromChip),
    }
}

/// N2: returns whether a separator was changed, added or removed.
///
/// A space is not a separator, but a separator may have been written as one.
fn is_of_separator(difference: &NameDifference) -> bool {
    let other = |side: Option<char>| side.is_none_or(|c| c == ' ' || is_separator(c));
    let either = [difference.before, difference.after].into_iter().flatten().any(is_separator);
    either && other(difference.before) && other(difference.after)
}

/// N1: returns whether the names are equal, where a private-use character of the chip may stand for
/// any one character.
fn equals_where_mapped(chip: &Name, name: &Name) -> bool {
    let (mut chip, mut name) = (chip.expose().chars(), name.expose().chars());
    loop {
        match (chip.next(), name.next()) {
            (None, None) => return true,
            (Some(on_chip), Some(entered)) if on_chip == entered || is_private_use(on_chip) => {}
            _ => return false,
        }
    }
}
