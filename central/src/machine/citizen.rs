//! The record of one citizen as decisions read it, and the effects that change it.

use rules::{
    Day, Policy,
    correction::Digest,
    eligibility::{Eligibility, Knowledge, eligibility, needs_guardian},
    life::{Code, CodeState, Holder, Serial},
    op::{CitizenRef, Operation},
    payload::SignedSymbol,
    person::{DisabilityCertificate, IdNumber, Name},
    verification::{Imprint, RecordedCode},
    wire::{CorrectionRecord, Escalation},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A registry record, or a holder seen at a desk who is not in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Version of this record; grows with every change.
    pub version: u64,
    /// 公民身份号码 of the person.
    pub number: IdNumber,
    /// 姓名 as registered, or as seen at the desk.
    pub name: Name,
    /// SM3 digest of the photo.
    pub photo: Option<Digest>,
    /// E5: whether the person has 本市户籍.
    pub shanghai_household: bool,
    /// E6: the 残疾人证, if any.
    pub certificate: Option<DisabilityCertificate>,
    /// Whether the registry has this person; `false` = known only from a desk, so that E3
    /// is never granted.
    pub registered: bool,
}

/// A code with the facts only the centre knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCode {
    /// The code itself.
    pub code: Code,
    /// L3: the code applied first that day, to which this one lost.
    pub duplicate_of: Option<Serial>,
    /// B1: the only symbol signed for it; `None` if its operation could not be read.
    pub symbol: Option<SignedSymbol>,
}

impl IssuedCode {
    /// Returns what a scan of the code is compared with.
    #[must_use]
    pub fn recorded(self) -> RecordedCode {
        let imprint = self.symbol.map(|symbol| Imprint { claims: symbol.claims, key_id: symbol.key_id });
        RecordedCode { code: self.code, imprint }
    }
}

/// Everything the centre knows about one citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    /// Pseudonym of the citizen.
    pub citizen_ref: CitizenRef,
    /// Bucket of the reference; partitions the store.
    pub bucket: u8,
    /// The person's record; `None` = never heard of.
    pub person: Option<Person>,
    /// All codes, oldest first.
    pub codes: Vec<IssuedCode>,
    /// L3: days used for an issue, each with the code that used it.
    pub issue_days: BTreeMap<Day, Serial>,
    /// Corrections, oldest first.
    pub corrections: Vec<CorrectionRecord>,
    /// Escalations, oldest first.
    pub escalations: Vec<Escalation>,
    /// E9: references of the people bound to this citizen.
    pub relatives: Vec<CitizenRef>,
}

/// One change that a decision makes to a citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A new or corrected record of the person.
    Person(Person),
    /// A new code, in whatever state.
    CodeAdded(IssuedCode),
    /// A new state of an existing code.
    CodeState(Serial, CodeState),
    /// One more printed copy of a code.
    CodePrinted(Serial),
    /// L3: a day used for an issue, with the code that used it.
    DayUsed(Day, Serial),
    /// A correction with its new content.
    Correction(Box<CorrectionRecord>),
    /// An escalation with its new content.
    Escalation(Box<Escalation>),
}

impl Citizen {
    /// Returns a citizen about whom nothing is known.
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

    /// Returns the code with this serial.
    #[must_use]
    pub fn code(&self, serial: Serial) -> Option<&IssuedCode> {
        self.codes.iter().find(|issued| issued.code.serial == serial)
    }

    /// Returns the correction with this id.
    #[must_use]
    pub fn correction(&self, id: Uuid) -> Option<&CorrectionRecord> {
        self.corrections.iter().find(|record| record.correction.id == id)
    }

    /// L7: returns the only code that verifies on `today`.
    #[must_use]
    pub fn live_code(&self, today: Day) -> Option<&IssuedCode> {
        self.codes.iter().rev().find(|issued| issued.code.verifies(today))
    }

    /// Returns the code stored as live, expired or not; the wire calls it `current_code`.
    #[must_use]
    pub fn current_code(&self) -> Option<&IssuedCode> {
        self.codes.iter().rev().find(|issued| issued.code.state == CodeState::Live)
    }

    /// E8: returns whether the person is under 14 on `today`.
    #[must_use]
    pub fn under_fourteen(&self, today: Day, policy: &Policy) -> bool {
        self.person.as_ref().is_some_and(|person| needs_guardian(&person.number, today, policy))
    }

    /// E1–E8: decides eligibility with registry data. A person not in the registry has neither
    /// household nor certificate.
    #[must_use]
    pub fn eligibility(&self, number: &IdNumber, today: Day, policy: &Policy) -> Eligibility {
        let known = self.person.as_ref().filter(|person| person.registered);
        let knowledge = Knowledge::Registry {
            shanghai_household: known.is_some_and(|person| person.shanghai_household),
            certificate: known.and_then(|person| person.certificate.clone()),
        };
        eligibility(number, &knowledge, today, policy)
    }

    /// Returns the holder in the form that the rules of a code's life take.
    #[must_use]
    pub fn holder(&self, number: &IdNumber, today: Day, policy: &Policy) -> Holder {
        Holder {
            eligibility: self.eligibility(number, today, policy),
            codes: self.codes.iter().map(|issued| issued.code.clone()).collect(),
            issue_days: self.issue_days.keys().copied().collect(),
            unused_corrections: self.unused_corrections(),
        }
    }

    /// Returns applied corrections that no `replace` has used.
    fn unused_corrections(&self) -> Vec<Uuid> {
        let corrections = self.corrections.iter().map(|record| &record.correction);
        corrections
            .filter(|correction| correction.allows_replacement(true))
            .map(|correction| correction.id)
            .collect()
    }

    /// Applies an effect, so that the next operation on this citizen sees it.
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

    /// B1: keeps the symbol that was signed for a code.
    pub fn keep_symbol(&mut self, serial: Serial, symbol: SignedSymbol) {
        if let Some(issued) = self.codes.iter_mut().find(|issued| issued.code.serial == serial) {
            issued.symbol = Some(symbol);
        }
    }

    fn change_code(&mut self, serial: Serial, change: impl FnOnce(&mut Code)) {
        if let Some(issued) = self.codes.iter_mut().find(|issued| issued.code.serial == serial) {
            change(&mut issued.code);
        }
    }
}

/// Replaces the element with the same id, or appends it.
fn put<T>(list: &mut Vec<T>, element: T, id: impl Fn(&T) -> Uuid) {
    match list.iter_mut().find(|one| id(one) == id(&element)) {
        Some(place) => *place = element,
        None => list.push(element),
    }
}

/// Returns the citizen that an operation concerns, by the centre's own key: a reference of the desk
/// would mean nothing here. An operation that names nobody is filed under an all-zero reference.
#[must_use]
pub fn citizen_of(operation: &Operation, index_key: &[u8; 32]) -> CitizenRef {
    let number = operation.citizen.as_ref();
    number.map_or_else(nobody, |number| CitizenRef::at_centre(number, index_key))
}

/// The reference of nobody.
#[must_use]
pub const fn nobody() -> CitizenRef {
    CitizenRef([0; 32])
}
