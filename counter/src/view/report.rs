//! The report for support, as it is shown before it is saved.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A report for support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReportView {
    /// Its files, in the order they are shown.
    pub files: Vec<ReportFileView>,
}

/// One file of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReportFileView {
    /// Name in the bundle.
    pub name: String,
    /// The whole text.
    pub text: String,
}
