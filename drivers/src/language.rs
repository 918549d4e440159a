use serde::{Deserialize, Serialize};

/// The language of a sentence shown to the clerk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese (zh-CN), the language of the counter.
    #[default]
    Chinese,
    /// English, the second language.
    English,
}

impl Language {
    /// Picks the sentence of this language.
    pub(crate) fn pick(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}
