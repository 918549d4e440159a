//! The ID cards of invented citizens.

use crate::citizen::Citizen;
use drivers::{card::Layout, emulate::EmulatedIdentity};

/// Returns a citizen's ID card, as the chip stores it.
#[must_use]
pub fn identity(citizen: &Citizen) -> EmulatedIdentity {
    EmulatedIdentity {
        name: citizen.name.to_owned(),
        sex: citizen.sex.code().to_owned(),
        birth: citizen.birth.strftime("%Y%m%d").to_string(),
        address: "上海市演练区样例路1号".to_owned(),
        number: citizen.number.clone(),
        valid_from: "20200101".to_owned(),
        valid_to: "长期".to_owned(),
        ..EmulatedIdentity::synthetic(Layout::Mainland)
    }
}
