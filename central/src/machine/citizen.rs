//! Everything the centre knows about one citizen, as the decisions need it, and what a decision changes.

use rules::{
    Day, Policy,
    correction::Digest,
    eligibility::{Eligibility, Knowledge, eligibility, needs_guardian},
    life::{Code, CodeState, Holder, Serial},
    op::CitizenRef,
    person::{DisabilityCertificate, IdNumber, Name},
    wire::{CorrectionRecord, Escalation},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A record of the registry, or of a holder seen at a desk whom the registry does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Grows with every change of this record.
    pub version: u64,
    /// 公民身份号码
    pub number: IdNumber,
    /// 姓名
    pub name: Name,
    /// Photo.
    pub photo: Option<Digest>,
    /// E5: 本市户籍
    pub shanghai_household: bool,
    /// E6: 残疾人证
    pub certificate: Option<DisabilityCertificate>,
    /// In the registry; `false` = known only from a desk, so that E3 is never granted.
    pub registered: bool,
}

/// One code with what only the centre knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCode {
    /// The code.
    pub code: Code,
    /// L3: lost against this one, the first applied that day.
    pub duplicate_of: Option<Serial>,
}

/// Everything about one citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    /// Who.
    pub citizen_ref: CitizenRef,
    /// First byte of SM3 of the reference.
    pub bucket: u8,
    /// The record; `None` = never heard of.
    pub person: Option<Person>,
    /// All codes, oldest first.
    pub codes: Vec<IssuedCode>,
    /// L3: days used up, with the code that used each.
    pub issue_days: BTreeMap<Day, Serial>,
    /// Corrections, oldest first.
    pub corrections: Vec<CorrectionRecord>,
    /// Escalations, oldest first.
    pub escalations: Vec<Escalation>,
    /// References of those who are bound to this citizen (E9).
    pub relatives: Vec<CitizenRef>,
}

/// What a decision changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Somebody the registry does not know, or a corrected record.
    Person(Person),
    /// A new code, whatever its state.
    CodeAdded(IssuedCode),
    /// A code changed its state.
    CodeState(Serial, CodeState),
    /// One more copy.
    CodePrinted(Serial),
    /// A day is used up.
    DayUsed(Day, Serial),
    /// A correction as it is now.
    Correction(Box<CorrectionRecord>),
    /// An escalation as it is now.
    Escalation(Box<Escalation>),
}

impl Citizen {
    /// Somebody nothing is known of.
    #[must_use]
    pub fn unknown(citizen_ref: CitizenRef) -> Self {
        Self {
            bucket: citizen_ref.bucket(),
            citizen_ref,
            person: None,
            codes: Vec::new(),
            issue_days: BTreeMap::new(),
            corrections: Vec::new(),
            escalations: Vec::new(),
            relatives: Vec::new(),
        }
    }

    /// The code with this serial.
    #[must_use]
    pub fn code(&self, serial: Serial) -> Option<&IssuedCode> {
        self.codes.iter().find(|issued| issued.code.serial == serial)
    }

    /// L7: the one code that counts on `today`.
    #[must_use]
    pub fn live_code(&self, today: Day) -> Option<&IssuedCode> {
        self.codes.iter().rev().find(|issued| issued.code.verifies(today))
    }

    /// The code stored as live, expired or not: what `current_code` names.
    #[must_use]
    pub fn current_code(&self) -> Option<&IssuedCode> {
        self.codes.iter().rev().find(|issued| issued.code.state == CodeState::Live)
    }

    /// E8: under 14 on `today`.
    #[must_use]
    pub fn under_fourteen(&self, today: Day, policy: &Policy) -> bool {
        self.person.as_ref().is_some_and(|person| needs_guardian(&person.number, today, policy))
    }

    /// E1–E8 with the registry's word; somebody it does not know has neither household nor certificate.
    #[must_use]
    pub fn eligibility(&self, number: &IdNumber, today: Day, policy: &Policy) -> Eligibility {
        let known = self.person.as_ref().filter(|person| person.registered);
        let knowledge = Knowledge::Registry {
            shanghai_household: known.is_some_and(|person| person.shanghai_household),
            certificate: known.and_then(|person| person.certificate.clone()),
        };
        eligibility(number, &knowledge, today, policy)
    }

    /// The holder as the rules of a code's life see them.
    #[must_use]
    pub fn holder(&self, number: &IdNumber, today: Day, policy: &Policy) -> Holder {
        Holder {
            eligibility: self.eligibility(number, today, policy),
            codes: self.codes.iter().map(|issued| issued.code.clone()).collect(),
            issue_days: self.issue_days.keys().copied().collect(),
            unused_corrections: self.unused_corrections(),
        }
    }

    /// Applied corrections that no `replace` has used.
    fn unused_corrections(&self) -> Vec<Uuid> {
        let corrections = self.corrections.iter().map(|record| &record.correction);
        corrections
            .filter(|correction| correction.allows_replacement(true))
            .map(|correction| correction.id)
            .collect()
    }

    /// Takes an effect over, so that the next operation on this citizen sees it.
    pub fn take(&mut self, effect: &Effect) {
        match effect {
            Effect::Person(person) => self.person = Some(person.clone()),
            Effect::CodeAdded(issued) => {
                let later = self.codes.partition_point(|other| other.code.issued_at <= issued.code.issued_at);
                self.codes.insert(later, issued.clone());
            }
            Effect::CodeState(serial, state) => self.change_code(*serial, |code| code.state = *state),
            Effect::CodePrinted(serial) => {
                self.change_code(*serial, |code| code.copies = code.copies.saturating_add(1))
            }
            Effect::DayUsed(day, serial) => {
                self.issue_days.insert(*day, *serial);
            }
            Effect::Correction(record) => {
                put(&mut self.corrections, (**record).clone(), |one| one.correction.id)
            }
            Effect::Escalation(escalation) => {
                put(&mut self.escalations, (**escalation).clone(), |one| one.id)
            }
        }
    }

    fn change_code(&mut self, serial: Serial, change: impl FnOnce(&mut Code)) {
        if let Some(issued) = self.codes.iter_mut().find(|issued| issued.code.serial == serial) {
            change(&mut issued.code);
        }
    }
}

/// Replaces the element with the same id, or adds it at the end.
fn put<T>(list: &mut Vec<T>, element: T, id: impl Fn(&T) -> Uuid) {
    match list.iter_mut().find(|one| id(one) == id(&element)) {
        Some(place) => *place = element,
        None => list.push(element),
    }
}
