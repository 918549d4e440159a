//! D1: compares what a desk shows of its audit at a contact with what it showed before.

use rules::{
    At,
    wire::{DeskAudit, EarlierRow},
};

/// Newest state of a desk's audit that the centre knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAudit {
    /// Epoch of the enrolment in which it was shown.
    pub epoch: u32,
    /// What was shown.
    pub audit: DeskAudit,
    /// Desk's time of the assertion that showed it.
    pub issued_at: At,
}

/// Decision on what a desk shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// It continues what was known, and is known from now on.
    Keep,
    /// Nothing to compare: an assertion that was overtaken by a newer one, or a desk that never
    /// showed anything.
    Pass,
    /// It has grown. Whether it continues what was known, the row of this number shows, which is to
    /// be shown as well.
    Ask(u64),
    /// The desk's files were put back, cut, altered or replaced.
    Mismatch(Mismatch),
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It shows nothing, and showed something before.
    #[error("shows no audit any more")]
    Missing,
    /// The database is another file than before.
    #[error("another database without a new enrolment")]
    Generation,
    /// Rows are gone.
    #[error("{had} audit rows before, {has} now")]
    Fewer {
        /// Rows shown before.
        had: u64,
        /// Rows shown now.
        has: u64,
    },
    /// The row that was the newest is another one.
    #[error("audit row {0} is another one than before")]
    Altered(u64),
}

/// Compares what a desk shows in enrolment `epoch` with what is known: the newest row of its audit,
/// and `earlier`, the one that was the newest before. A new enrolment begins anew: a security
/// administrator has looked at the desk.
#[must_use]
pub fn compare(
    known: Option<&KnownAudit>,
    epoch: u32,
    (shown, earlier): (Option<&DeskAudit>, Option<&EarlierRow>),
    issued_at: At,
) -> Contact {
    let known = known.filter(|known| known.epoch == epoch);
    let (known, shown) = match (known, shown) {
        (None, None) => return Contact::Pass,
        (None, Some(_)) => return Contact::Keep,
        (Some(_), None) => return Contact::Mismatch(Mismatch::Missing),
        (Some(known), Some(shown)) => (known, shown),
    };
    if shown.generation != known.audit.generation {
        return Contact::Mismatch(Mismatch::Generation);
    }
    if issued_at < known.issued_at {
        return Contact::Pass;
    }
    let (had, has) = (known.audit.rows, shown.rows);
    if has < had {
        return Contact::Mismatch(Mismatch::Fewer { had, has });
    }
    let now = match earlier {
        _ if has == had => &shown.hash,
        Some(row) if row.number == had => &row.hash,
        // Before the first row is nothing that could be another.
        _ if had == 0 => return Contact::Keep,
        _ => return Contact::Ask(had),
    };
    if *now == known.audit.hash { Contact::Keep } else { Contact::Mismatch(Mismatch::Altered(had)) }
}
