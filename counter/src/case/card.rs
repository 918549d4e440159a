//! From what a card says to a person the rules know.

use crate::view::{CardKind, Failure};
use drivers::card::{Card, CardEnd, ChipPhoto, IdentityCard, Layout, SocialSecurityCard};
use rules::{
    Day,
    eligibility::age_on,
    failure::CounterFailure,
    person::{CHIP_FIELD_UNITS, IdNumber, IdNumberError, Name, NameError, NameReading, Sex},
    proof::{ChipCard, Proof},
};

/// The person a card names.
#[derive(Clone, Debug)]
pub(crate) struct CardHolder {
    /// N1.
    pub number: IdNumber,
    /// N2–N4: as read and as the rules write it.
    pub name: NameReading,
    /// As the card says.
    pub sex: Sex,
    /// Which card.
    pub kind: CardKind,
    /// Last valid day; `None` = 长期 or not told by this card.
    pub valid_through: Option<Day>,
    /// 长期
    pub long_term: bool,
    /// The chip's portrait, still in its closed format.
    pub photo: Option<ChipPhoto>,
    /// The day it was read.
    pub read_on: Day,
    /// How they were proved.
    pub proof: Proof,
}

impl CardHolder {
    /// Reads the content of a card with the rules of names and numbers.
    pub(crate) fn read(card: &Card, today: Day) -> Result<Self, Failure> {
        match card {
            Card::Identity(card) => Self::of_identity(card, today),
            Card::SocialSecurity(card) => Self::of_social_security(card, today),
            Card::Identifier(_) => Err(Failure::from(CounterFailure::NotAnIdentity)),
        }
    }

    fn of_identity(card: &IdentityCard, today: Day) -> Result<Self, Failure> {
        let chip_name =
            if card.name.is_empty() { card.english_name.as_deref().unwrap_or_default() } else { &card.name };
        let (kind, chip) = match card.layout {
            Layout::Mainland => (CardKind::Resident, ChipCard::Resident),
            Layout::HongKongMacaoTaiwan => (CardKind::HongKongMacaoTaiwan, ChipCard::HongKongMacaoTaiwan),
            Layout::ForeignPermanentResident2017 | Layout::ForeignPermanentResident2023 => {
                (CardKind::ForeignPermanentResident, ChipCard::ForeignPermanentResident)
            }
        };
        let (valid_through, long_term) = match &card.valid_to {
            CardEnd::LongTerm => (None, true),
            CardEnd::Date(text) => (day(text), false),
        };
        Ok(Self {
            number: IdNumber::read_on(&card.number, today).map_err(number_failure)?,
            name: Name::read_from_chip(chip_name, card.name_units).map_err(name_failure)?,
            sex: sex(&card.sex),
            kind,
            valid_through,
            long_term,
            photo: Some(card.photo.clone()),
            read_on: today,
            proof: Proof::Chip { card: chip },
        })
    }

    fn of_social_security(card: &SocialSecurityCard, today: Day) -> Result<Self, Failure> {
        // A name field that is full may be cut, whatever its own unit of length (N4).
        let units = if card.name_fills_field { CHIP_FIELD_UNITS } else { 0 };
        Ok(Self {
            number: IdNumber::read_on(&card.number, today).map_err(number_failure)?,
            name: Name::read_from_chip(&card.name, units).map_err(name_failure)?,
            sex: sex(&card.sex),
            kind: CardKind::SocialSecurity,
            valid_through: day(&card.expires),
            long_term: false,
            photo: None,
            read_on: today,
            proof: Proof::Chip { card: ChipCard::SocialSecurity },
        })
    }

    /// Tells whether the card is past its last day.
    pub(crate) fn is_expired(&self) -> bool {
        self.valid_through.is_some_and(|last| last < self.read_on)
    }

    /// Returns the age in completed years on the day of reading (E4).
    pub(crate) fn age(&self) -> u8 {
        age_on(self.number.birth(), self.read_on)
    }
}

fn day(text: &str) -> Option<Day> {
    Day::strptime("%Y%m%d", text).ok()
}

fn sex(code: &str) -> Sex {
    code.parse().ok().and_then(Sex::from_code).unwrap_or(Sex::Unknown)
}

/// Returns the failure for an invalid number on a chip: the card is damaged or not genuine.
fn number_failure(error: IdNumberError) -> Failure {
    CounterFailure::CardNumber { why: error.into() }.into()
}

fn name_failure(error: NameError) -> Failure {
    rules::Refusal::from(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(english_name: &str) -> Card {
        Card::Identity(IdentityCard {
            layout: Layout::ForeignPermanentResident2023,
            name: String::new(),
            name_units: 0,
            english_name: Some(english_name.to_owned()),
            sex: "1".to_owned(),
            ethnic_group: None,
            birth: "19900101".to_owned(),
            address: None,
            number: "911031199001010018".to_owned(),
            issuer: None,
            valid_from: "20200101".to_owned(),
            valid_to: CardEnd::Date("20300101".to_owned()),
            pass_number: None,
            issue_count: Some("00".to_owned()),
            country: Some("UTO".to_owned()),
            added_address: None,
            photo: ChipPhoto::new(&[0x57; ChipPhoto::LENGTH]).unwrap(),
        })
    }

    #[test]
    fn n2_a_foreigner_without_a_chinese_name_is_read_by_the_latin_one_as_the_chip_has_it() {
        let today = Day::constant(2026, 11, 27);
        for name in ["SAMPLE, TESTINA", "SAMPLE, TESTINA MAXIMILIANA ELISABETH"] {
            let holder = CardHolder::read(&foreign(name), today).unwrap();
            assert_eq!(holder.name.name.expose(), name);
            assert_eq!(holder.kind, CardKind::ForeignPermanentResident);
        }
    }

    fn social_security(name: &str, name_fills_field: bool) -> Card {
        Card::SocialSecurity(SocialSecurityCard {
            card_id: "31000000000000000000000000000000".to_owned(),
            class: "3".to_owned(),
            version: "3.00".to_owned(),
            initialiser: "310000000000000000000000".to_owned(),
            issued: "20200101".to_owned(),
            expires: "20991231".to_owned(),
            card_number: "A00000001".to_owned(),
            number: "11010519491231002X".to_owned(),
            name: name.to_owned(),
            name_fills_field,
            sex: "2".to_owned(),
            ethnic_group: "01".to_owned(),
            birthplace: None,
            birth: "19491231".to_owned(),
        })
    }

    #[test]
    fn n4_a_name_that_fills_the_field_of_a_social_security_card_may_be_cut() {
        let today = Day::constant(2026, 11, 27);
        for fills_field in [true, false] {
            let holder =
                CardHolder::read(&social_security("MAXIMILIANA ELISABETH ANNA MAR", fills_field), today);
            assert_eq!(holder.unwrap().name.may_be_cut, fills_field);
        }
    }
}
