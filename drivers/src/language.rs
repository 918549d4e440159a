//! Languages of the sentences for clerks.

use serde::{Deserialize, Serialize};

/// Language of a sentence that is shown to the clerk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese (zh-CN), the main language of the counter.
    #[default]
    Chinese,
    /// English, the second language.
    English,
}

impl Language {
    /// Returns the sentence in this language.
    pub(crate) fn pick(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}
