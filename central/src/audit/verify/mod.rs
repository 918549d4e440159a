//! D3: compares the audit log with the tables, row by row, and names every row that differs.
//!
//! Nothing here trusts the database. The tree is computed again from the leaves and compared with
//! heads that this centre signed; batches are checked with keys that it certified; rows are
//! compared with what the log says they were last.

mod accounts;
mod agreed;
mod desk;
mod duty;
mod facts;
mod keys;
mod months;
mod sessions;
mod tree;

pub use accounts::{AccountFacts, AccountRow, ActRow, VersionRow};
pub use desk::{DeskCheck, KeptOperation, OperationRow};
pub use facts::{CodeRow, Facts};
pub use keys::{CertificateRow, DeskRow, HeadRow, KeyFacts};
pub use months::MonthFacts;
pub use sessions::{ProofRow, SessionRow, Statements};
pub use tree::TreeCheck;

use std::fmt;

/// Where the log says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In this leaf.
    Leaf(u64),
    /// In a sealed event that waits to become a leaf.
    Waiting,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(position) => write!(f, "leaf {position}"),
            Self::Waiting => f.write_str("a waiting event"),
        }
    }
}

/// Everything that differs, as sentences that name the row.
#[derive(Debug, Default)]
pub struct Findings(Vec<String>);

impl Findings {
    /// Adds a difference.
    pub fn add(&mut self, finding: impl fmt::Display) {
        self.0.push(finding.to_string());
    }

    /// Returns all differences in the order they were found.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.0
    }
}
