//! Decides which evidence each reason needs.

use super::{Content, Evidence, EvidenceKind, Reason};

/// Returns the sets of evidence for a reason, one of which must be complete.
///
/// "Chip photo or live photo" gives two sets of one piece each.
pub fn evidence_needed(reason: Reason, under_fourteen: bool) -> Vec<Vec<EvidenceKind>> {
    use EvidenceKind::{
        BirthCertificate, CardScan, ChipPhoto, ChipRead, GuardianConsent, HouseholdBook,
        HouseholdBookChangePage, LivePhoto, NewCardScan,
    };
    match reason {
        Reason::RareCharacter => vec![vec![ChipRead, CardScan]],
        Reason::Separator | Reason::TypingError => vec![vec![ChipRead]],
        Reason::CutOff => vec![vec![CardScan, HouseholdBook]],
        Reason::LegalChange => vec![vec![NewCardScan, HouseholdBookChangePage]],
        Reason::AnotherPerson => vec![vec![ChipPhoto, LivePhoto]],
        Reason::PoorPhoto => vec![vec![ChipPhoto], vec![LivePhoto]],
        Reason::OutdatedPhoto if under_fourteen => vec![
            vec![NewCardScan, GuardianConsent, HouseholdBook],
            vec![NewCardScan, GuardianConsent, BirthCertificate],
        ],
        // P4: the expired card proves nothing; only the renewed card does.
        Reason::OutdatedPhoto | Reason::ExpiredCard => vec![vec![NewCardScan]],
    }
}

/// Returns the missing pieces of the set that is nearest to complete; empty if one is complete.
pub fn evidence_missing(content: &Content, under_fourteen: bool) -> Vec<EvidenceKind> {
    evidence_lacking(content.reason, &content.evidence, under_fourteen)
}

/// Works as [`evidence_missing`], for a form without a new value.
pub fn evidence_lacking(reason: Reason, evidence: &[Evidence], under_fourteen: bool) -> Vec<EvidenceKind> {
    let there = |kind: &EvidenceKind| evidence.iter().any(|piece| piece.kind == *kind);
    let missing = |set: Vec<EvidenceKind>| Vec::from_iter(set.into_iter().filter(|kind| !there(kind)));
    let sets = evidence_needed(reason, under_fourteen);
    sets.into_iter().map(missing).min_by_key(Vec::len).unwrap_or_default()
}
