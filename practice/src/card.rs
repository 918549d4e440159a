//! The cards that citizens bring.

use drivers::card::Layout;
use drivers::emulate::{
    EmulatedIdentity, EmulatedSocialSecurity, Faults, InsertedCard, MemoryPageCard, SocialSecurityProgram,
    VirtualReader,
};

use crate::citizen::{Brings, Citizen};

/// Lays the citizen's card on a virtual reader, until the value is dropped.
///
/// # Errors
/// [`std::io::Error`] if the system cannot start a thread for the card.
pub fn lay(citizen: &Citizen, reader: VirtualReader, faults: Faults) -> std::io::Result<InsertedCard> {
    match citizen.brings {
        Brings::IdentityCard => reader.insert(MemoryPageCard::new(&identity(citizen)), faults),
        Brings::SocialSecurityCard => {
            reader.insert(SocialSecurityProgram::new(social_security(citizen)), faults)
        }
    }
}

fn identity(citizen: &Citizen) -> EmulatedIdentity {
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

fn social_security(citizen: &Citizen) -> EmulatedSocialSecurity {
    EmulatedSocialSecurity {
        name: citizen.name.to_owned(),
        number: citizen.number.clone(),
        birth: citizen.birth.strftime("%Y%m%d").to_string(),
        sex: citizen.sex.code().to_owned(),
        ..EmulatedSocialSecurity::synthetic()
    }
}
