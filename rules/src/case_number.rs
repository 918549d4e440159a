//! Case numbers (办件编号): site 6 + date 8 + desk 3 + sequence 4 + check digits (ISO 7064), made offline, unique for ever.

use crate::{Refusal, time::Day};
use serde::{Deserialize, Serialize};

/// A checked case number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber(String);

impl CaseNumber {
    /// Assembles one. `site` six digits, `desk` 1–999, `sequence` 1–9999 of the day.
    pub fn new(_site: &str, _day: Day, _desk: u16, _sequence: u16) -> Result<Self, Refusal> {
        todo!()
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl From<CaseNumber> for String {
    fn from(n: CaseNumber) -> String {
        n.0
    }
}
impl TryFrom<String> for CaseNumber {
    type Error = Refusal;
    fn try_from(_text: String) -> Result<Self, Refusal> {
        todo!()
    }
}
