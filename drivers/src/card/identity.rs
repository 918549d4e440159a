//! Content of an identity document's chip.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ChipPhoto;

/// Layout of the 256-byte text block. The type flag at byte 248 tells which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Layout {
    /// Resident identity card (居民身份证); the flag is a space.
    Mainland,
    /// Foreign permanent resident identity card of 2017 (外国人永久居留身份证); flag `I`.
    ForeignPermanentResident2017,
    /// Residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证); flag `J`.
    HongKongMacaoTaiwan,
    /// Foreign permanent resident identity card of 2023; flag `Y`.
    ForeignPermanentResident2023,
}

/// End of a card's validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardEnd {
    /// Last valid day, `YYYYMMDD` as stored.
    Date(String),
    /// Valid for life (`长期`).
    LongTerm,
}

/// Content of an identity document's chip.
///
/// Text has its padding trimmed and is otherwise unchanged: private-use characters are kept, and
/// only the format of values is checked.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityCard {
    /// Layout that the text had.
    pub layout: Layout,
    /// Chinese name. It may be empty on foreign permanent resident cards.
    pub name: String,
    /// Number of UTF-16 code units of the name, at most 15. If all are used, the name may
    /// be cut off.
    pub name_units: u16,
    /// Name in Latin letters, on foreign permanent resident cards.
    pub english_name: Option<String>,
    /// Sex code as stored (GB/T 2261.1: `0`, `1`, `2`, `9`).
    pub sex: String,
    /// Ethnic group code (民族, GB/T 3304), two digits, in the mainland layout only.
    pub ethnic_group: Option<String>,
    /// Birth date, `YYYYMMDD`.
    pub birth: String,
    /// Address that is printed on the card.
    pub address: Option<String>,
    /// Citizen or resident number (公民身份号码): 18 characters, 15 in the foreign layout of 2017.
    pub number: String,
    /// Issuing authority; in the foreign layout of 2017, its four-character code.
    pub issuer: Option<String>,
    /// First day of validity, `YYYYMMDD`.
    pub valid_from: String,
    /// Last day of validity, or that there is none.
    pub valid_to: CardEnd,
    /// Number of the travel permit (通行证号码), on residence permits.
    pub pass_number: Option<String>,
    /// Number of issues (residence permit) or renewals (foreign 2023), as stored.
    pub issue_count: Option<String>,
    /// Three-letter country or region code, on foreign permanent resident cards.
    pub country: Option<String>,
    /// Latest address written to the chip after issue (追加地址), if the reader can ask for it.
    pub added_address: Option<String>,
    /// Portrait as stored on the chip.
    pub photo: ChipPhoto,
}

impl fmt::Debug for IdentityCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdentityCard").field("layout", &self.layout).finish_non_exhaustive()
    }
}
