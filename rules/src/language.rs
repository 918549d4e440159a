//! Languages in which the counter speaks to people.

use serde::{Deserialize, Serialize};

/// Language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub enum Language {
    /// Simplified Chinese (简体中文).
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English, the second language.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Returns the one of two texts that is in this language.
    pub const fn pick(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}
