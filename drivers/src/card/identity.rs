use std::fmt;

use serde::{Deserialize, Serialize};

use super::ChipPhoto;

/// Which arrangement of the 256-byte text block a card uses, told by the type flag at byte 248.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Layout {
    /// Resident identity card (居民身份证); flag is a space.
    Mainland,
    /// Foreign permanent resident identity card of 2017 (外国人永久居留身份证); flag `I`.
    ForeignPermanentResident2017,
    /// Residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证); flag `J`.
    HongKongMacaoTaiwan,
    /// Foreign permanent resident identity card of 2023; flag `Y`.
    ForeignPermanentResident2023,
}

/// Until when a card is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardEnd {
    /// The last day, `YYYYMMDD` as stored.
    Date(String),
    /// `长期`: valid for life.
    LongTerm,
}

/// What the chip of an identity document holds. Text is trimmed of its padding and otherwise untouched:
/// private-use characters are kept, nothing is checked beyond its shape.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityCard {
    /// Which arrangement the text had.
    pub layout: Layout,
    /// Chinese name. May be empty on the foreign permanent resident cards.
    pub name: String,
    /// UTF-16 units the name uses of the 15 of its field. A full field may hold a cut-off name.
    pub name_units: u16,
    /// Name in Latin letters, on the foreign permanent resident cards.
    pub english_name: Option<String>,
    /// Sex code as stored (GB/T 2261.1: `0`, `1`, `2`, `9`).
    pub sex: String,
    /// Ethnic group code (民族, GB/T 3304), two digits, mainland layout only.
    pub ethnic_group: Option<String>,
    /// Birth date, `YYYYMMDD`.
    pub birth: String,
    /// Address printed on the card.
    pub address: Option<String>,
    /// Citizen or resident number (公民身份号码): 18 characters, 15 on the 2017 foreign layout.
    pub number: String,
    /// Issuing authority; its four-character code on the 2017 foreign layout.
    pub issuer: Option<String>,
    /// First day of validity, `YYYYMMDD`.
    pub valid_from: String,
    /// Last day of validity.
    pub valid_to: CardEnd,
    /// Number of the travel permit (通行证号码), on the residence permit.
    pub pass_number: Option<String>,
    /// How often the document was issued (residence permit) or renewed (foreign 2023), as stored.
    pub issue_count: Option<String>,
    /// Three-letter country or region code, on the foreign permanent resident cards.
    pub country: Option<String>,
    /// Newest address written to the chip after issue (追加地址), where the reader can ask for it.
    pub added_address: Option<String>,
    /// The stored portrait.
    pub photo: ChipPhoto,
}

impl fmt::Debug for IdentityCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdentityCard").field("layout", &self.layout).finish_non_exhaustive()
    }
}
