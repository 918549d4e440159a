//! Decides which evidence each reason needs.

use super::{Content, EvidenceKind, Reason};

/// Returns the sets of evidence for a reason, one of which must be complete.
///
/// "Chip photo or live photo" gives two sets of one piece each.
pub fn evidence_needed(reason: Reason, under_fourteen: bool) -> Vec<Vec<EvidenceKind>> {
    use EvidenceKind::{
        BirthCertificate, CardScan, ChipPhoto, ChipRead, GuardianConsent, HouseholdBook,
        HouseholdBookChangePage, LivePhoto, NewCardScan,
    };
    match reason {
        Reason::N1 => vec![vec![ChipRead, CardScan]],
        Reason::N2 | Reason::N5 => vec![vec![ChipRead]],
        Reason::N3 => vec![vec![CardScan, HouseholdBook]],
        Reason::N4 => vec![vec![NewCardScan, HouseholdBookChangePage]],
        Reason::P1 => vec![vec![ChipPhoto, LivePhoto]],
        Reason::P2 => vec![vec![ChipPhoto], vec![LivePhoto]],
        Reason::P3 if under_fourteen => vec![
            vec![NewCardScan, GuardianConsent, HouseholdBook],
            vec![NewCardScan, GuardianConsent, BirthCertificate],
        ],
        // P4: the expired card proves nothing; only the renewed card does.
        Reason::P3 | Reason::P4 => vec![vec![NewCardScan]],
    }
}

/// Returns the missing pieces of the set that is nearest to complete; empty if one is complete.
pub fn evidence_missing(content: &Content, under_fourteen: bool) -> Vec<EvidenceKind> {
    let there = |kind: &EvidenceKind| content.evidence.iter().any(|piece| piece.kind == *kind);
    let missing = |set: Vec<EvidenceKind>| Vec::from_iter(set.into_iter().filter(|kind| !there(kind)));
    let sets = evidence_needed(content.reason, under_fourteen);
    sets.into_iter().map(missing).min_by_key(Vec::len).unwrap_or_default()
}
