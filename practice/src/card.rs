//! The cards that citizens bring.

use drivers::emulate::{
    EmulatedSocialSecurity, Faults, InsertedCard, MemoryPageCard, SocialSecurityProgram, VirtualReader,
};

use crate::citizen::{Brings, Citizen};

/// Lays the citizen's card on a virtual reader, until the value is dropped.
///
/// # Errors
/// [`std::io::Error`] if the system cannot start a thread for the card.
pub fn lay(citizen: &Citizen, reader: VirtualReader, faults: Faults) -> std::io::Result<InsertedCard> {
    match citizen.brings {
        Brings::IdentityCard => reader.insert(MemoryPageCard::new(&learn::card::identity(citizen)), faults),
        Brings::SocialSecurityCard => {
            reader.insert(SocialSecurityProgram::new(social_security(citizen)), faults)
        }
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
