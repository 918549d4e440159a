//! The centre's decisions as pure state machines: no clock, no randomness, no waiting, no storage.
//!
//! There are two stages. [`ingest`] takes a desk's head and a batch, and decides whether the batch
//! is appended. [`apply`] takes a [`citizen::Citizen`] and one operation, and decides the verdict
//! and the effects. Adapters in [`crate::sync`] load the input from a [`crate::store::Store`] and
//! write the outcome in one transaction. The simulation runs the same machines.

pub mod apply;
pub mod cases;
pub mod channel;
pub mod citizen;
pub mod clock;
pub mod contact;
pub mod correction;
pub mod decision;
pub mod evidence;
pub mod ingest;
pub mod issue;
pub mod log_in;
pub mod people;
pub mod program;
pub mod proof;
pub mod receipt;
pub mod roster;

use citizen::{Citizen, IssuedCode, Person, citizen_of};
use rules::{
    At, Policy,
    keys::Class,
    life::Code,
    op::{CitizenRef, Operation},
    payload::{Claims, Verifier},
    person::{IdNumber, Name},
    wire::{CitizenView, Relative, TagKey},
};

/// Policy, class and keys every decision is made under.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// Numbers the rules use.
    pub policy: Policy,
    /// Class of the centre: practice or live.
    pub class: Class,
    /// Short name of the centre, in every code.
    pub issuer: String,
    /// Key of the centre's citizen references. It never leaves the centre (C2).
    pub index_key: [u8; 32],
    /// Rules switched off to show that the simulation notices.
    #[cfg(feature = "sabotage")]
    pub sabotage: Sabotage,
}

/// Rules that a test may switch off.
#[cfg(feature = "sabotage")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotage {
    /// Batches are taken without checking their chain, and a changed hash under a known sequence
    /// number goes unnoticed.
    pub chain_check_off: bool,
    /// The day limit (L3) is not checked.
    pub day_limit_off: bool,
}

impl Rulebook {
    /// Returns a rule book with no rule switched off.
    #[must_use]
    pub fn new(policy: Policy, class: Class, issuer: &str, index_key: [u8; 32]) -> Self {
        Self {
            policy,
            class,
            issuer: issuer.to_owned(),
            index_key,
            #[cfg(feature = "sabotage")]
            sabotage: Sabotage::default(),
        }
    }

    /// Returns the reference of the person with this number.
    #[must_use]
    pub fn citizen_ref(&self, number: &IdNumber) -> CitizenRef {
        CitizenRef::at_centre(number, &self.index_key)
    }

    /// Returns the citizen that an operation concerns, [`citizen_of()`].
    #[must_use]
    pub fn citizen_of(&self, operation: &Operation) -> CitizenRef {
        citizen_of(operation, &self.index_key)
    }

    /// Returns the claims that the symbol of a code makes.
    #[must_use]
    pub fn claims(&self, code: &Code, name: &Name, number: &IdNumber) -> Claims {
        Claims {
            issuer: self.issuer.clone(),
            issued_at: code.issued_at,
            expires_at: At::end_of(code.valid_through),
            serial: code.serial,
            masked_name: name.masked(),
            masked_number: number.masked(),
            class: self.class,
        }
    }

    /// Returns the text of the symbol on the sheet of a code (B1); `None` if it says another name
    /// or number than the person has now, or is not known.
    #[must_use]
    pub fn symbol_of(&self, issued: &IssuedCode, person: &Person) -> Option<String> {
        let claims = self.claims(&issued.code, &person.name, &person.number);
        issued.symbol.as_ref().and_then(|symbol| symbol.text(&claims))
    }

    /// Returns what a window is shown of a citizen at `now`, with all their corrections; `None` of
    /// somebody without a record. The relatives are tagged with `tag_key`.
    #[must_use]
    pub fn view_of(
        &self,
        citizen: Citizen,
        (relatives, tag_key): (Vec<Relative>, TagKey),
        now: At,
    ) -> Option<CitizenView> {
        let live = citizen.live_code(now.day());
        let symbol =
            live.zip(citizen.person.as_ref()).and_then(|(issued, person)| self.symbol_of(issued, person));
        let person = citizen.person?;
        Some(CitizenView {
            version: person.version,
            number: person.number,
            name: person.name,
            photo: person.photo,
            registered: person.registered,
            shanghai_household: person.shanghai_household,
            certificate: person.certificate,
            relatives,
            tag_key,
            codes: citizen.codes.into_iter().map(|issued| issued.code).collect(),
            symbol,
            issue_days: citizen.issue_days.into_keys().collect(),
            corrections: citizen.corrections.into_iter().map(|record| record.correction).collect(),
            escalations: citizen.escalations.into_iter().filter(|one| !one.closed).collect(),
            server_time: now,
        })
    }

    /// Returns what every symbol is checked against.
    #[must_use]
    pub fn verifier(&self) -> Verifier<'_> {
        Verifier { issuer: &self.issuer, class: self.class, policy: &self.policy }
    }

    /// Returns whether chains are checked.
    #[must_use]
    pub fn checks_chain(&self) -> bool {
        #[cfg(feature = "sabotage")]
        return !self.sabotage.chain_check_off;
        #[cfg(not(feature = "sabotage"))]
        true
    }

    /// Returns whether the day limit (L3) is checked.
    #[must_use]
    pub fn checks_day(&self) -> bool {
        #[cfg(feature = "sabotage")]
        return !self.sabotage.day_limit_off;
        #[cfg(not(feature = "sabotage"))]
        true
    }
}
