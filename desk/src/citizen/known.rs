//! What a desk knows of a citizen without asking: the centre's last view, with what was done here
//! since laid over it.

use super::view::KnownCode;
use crate::{
    clock::Reading,
    core::Core,
    error::DeskError,
    store::{self, Connection, citizen::Cached, code::LocalCode},
};
use rules::{
    Day, DeviceNumber, Policy,
    correction::Correction,
    eligibility::{Knowledge, eligibility},
    life::{Code, Holder},
    op::{CitizenRef, Declared},
    payload,
    person::IdNumber,
    wire::{CitizenView, CorrectionRecord},
};

/// A view this young, seen while the line is up, is the centre's word for the case at the window.
/// Longer than a case takes with an elderly citizen, shorter than a lunch break.
pub const FRESH_MS: i64 = 10 * 60 * 1000;

/// What this desk knows of a citizen, read in one transaction.
pub(crate) struct Known {
    pub(crate) cached: Option<Cached>,
    pub(crate) fresh: bool,
    pub(crate) codes: Vec<KnownCode>,
    local: Vec<LocalCode>,
    corrections: Vec<CorrectionRecord>,
}

impl Known {
    /// Reads it, from the kit of a home visit too. The line says whether a view of some age may
    /// still decide.
    pub(crate) async fn read(
        connection: &mut Connection,
        citizen_ref: &CitizenRef,
        core: &Core,
        reading: &Reading,
    ) -> Result<Self, DeskError> {
        let (line, now) = (&core.sync, reading.at);
        let cached = store::citizen::get(connection, citizen_ref).await?;
        let in_kit = store::visit::view(&core.store, connection, citizen_ref, reading).await?;
        let cached = newer(cached, in_kit);
        let seen = cached.as_ref().map_or(&[][..], |cached| &cached.view.codes);
        let local = store::code::of_citizen(connection, citizen_ref, seen).await?;
        let corrections = store::correction::of_citizen(connection, citizen_ref).await?;
        let fresh = cached.as_ref().is_some_and(|cached| {
            line.vouches_for(cached.fetched_at) && (0..FRESH_MS).contains(&now.since_ms(cached.fetched_at))
        });
        let codes = merge(cached.as_ref(), &local);
        Ok(Self { cached, fresh, codes, local, corrections })
    }

    /// Returns what the rules need of the citizen.
    pub(crate) fn holder(
        &self,
        number: &IdNumber,
        declared: Option<&Declared>,
        today: Day,
        policy: &Policy,
    ) -> Holder {
        let knowledge = self.knowledge(declared);
        let mut issue_days: Vec<Day> =
            self.cached.iter().flat_map(|cached| cached.view.issue_days.iter().copied()).collect();
        issue_days.extend(self.local.iter().filter_map(|local| local.counts_for));
        issue_days.sort_unstable();
        issue_days.dedup();
        Holder {
            eligibility: eligibility(number, &knowledge, today, policy),
            codes: self.codes.iter().map(|known| known.code.clone()).collect(),
            issue_days,
            unused_corrections: self.unused_corrections(),
        }
    }

    /// Returns who says whether the citizen is eligible (E5): the registry only in a fresh view,
    /// otherwise the clerk.
    fn knowledge(&self, declared: Option<&Declared>) -> Knowledge {
        match (&self.cached, declared) {
            (Some(cached), _) if self.fresh => Knowledge::Registry {
                shanghai_household: cached.view.shanghai_household,
                certificate: cached.view.certificate.clone(),
            },
            (_, Some(declared)) => Knowledge::Declared {
                shanghai_household: declared.shanghai_household,
                certificate: declared.certificate.clone(),
            },
            (_, None) => Knowledge::Nothing,
        }
    }

    /// Returns all corrections: those only the view has, then those of this desk.
    pub(crate) fn corrections(&self) -> impl Iterator<Item = &Correction> + Clone {
        let own = self.corrections.iter().map(|record| &record.correction);
        self.made_elsewhere().map(|(_, correction)| correction).chain(own)
    }

    /// Returns the corrections that only the view has, with the view.
    fn made_elsewhere(&self) -> impl Iterator<Item = (&CitizenView, &Correction)> + Clone {
        let is_here = |id| self.corrections.iter().any(|record| record.correction.id == id);
        let views = self.cached.iter().map(|cached| &cached.view);
        views
            .flat_map(|view| view.corrections.iter().map(move |correction| (view, correction)))
            .filter(move |(_, correction)| !is_here(correction.id))
    }

    /// Returns all corrections as records, oldest first.
    pub(super) fn records(&self) -> Vec<CorrectionRecord> {
        let elsewhere = self.made_elsewhere().map(|(view, correction)| CorrectionRecord {
            number: view.number.clone(),
            masked_name: view.name.masked(),
            under_fourteen: false,
            correction: correction.clone(),
            case_number: None,
            device: DeviceNumber(0),
        });
        let mut all: Vec<_> = self.corrections.iter().cloned().chain(elsewhere).collect();
        all.sort_by_key(|record| record.correction.id);
        all
    }

    /// Returns the corrections that allow a `replace` and have none here, in order.
    fn unused_corrections(&self) -> Vec<uuid::Uuid> {
        let used = |id| {
            let alive = |local: &&LocalCode| local.code.state != rules::life::CodeState::Voided;
            self.local.iter().filter(alive).any(|local| local.correction == Some(id))
        };
        let unused =
            |correction: &&Correction| correction.allows_replacement(self.fresh) && !used(correction.id);
        let mut unused: Vec<_> = self.corrections().filter(unused).map(|correction| correction.id).collect();
        unused.sort_unstable();
        unused
    }
}

/// Returns the symbol of a code, if it is the one in the registry's view.
fn symbol_in(cached: Option<&Cached>, code: &Code) -> Option<String> {
    let symbol = cached.and_then(|cached| cached.view.symbol.clone());
    symbol.filter(|text| payload::decode(text).is_ok_and(|read| read.claims.serial == code.serial))
}

/// Returns the view that came later. A code that had ended in the other one has ended.
fn newer(one: Option<Cached>, other: Option<Cached>) -> Option<Cached> {
    let (Some(one), Some(other)) = (&one, &other) else { return one.or(other) };
    let (earlier, later) = if one.fetched_at < other.fetched_at { (one, other) } else { (other, one) };
    let mut later = later.clone();
    for ended in &earlier.view.codes {
        if let Some(code) = later.view.codes.iter_mut().find(|code| code.serial == ended.serial) {
            code.state = code.state.moved_to(ended.state);
        }
    }
    Some(later)
}

/// Merges the registry's codes with this desk's own: what was done here counts while the centre has
/// not seen it. A code has ended when either says so, whichever is younger; where they name two
/// ends the registry is right.
fn merge(cached: Option<&Cached>, local: &[LocalCode]) -> Vec<KnownCode> {
    let mut codes: Vec<KnownCode> = cached
        .iter()
        .flat_map(|cached| cached.view.codes.iter())
        .map(|code| KnownCode {
            code: code.clone(),
            case_number: None,
            payload: symbol_in(cached, code),
            counts_for: None,
            waits: false,
        })
        .collect();
    for here in local {
        let known = KnownCode {
            code: here.code.clone(),
            case_number: here.case_number.clone(),
            payload: here.payload.clone(),
            counts_for: here.counts_for,
            waits: here.waits,
        };
        match codes.iter_mut().find(|code| code.code.serial == here.code.serial) {
            None => codes.push(known),
            Some(central) => {
                let code = Code {
                    state: central.code.state.moved_to(here.code.state),
                    provisional: here.code.provisional && central.code.provisional,
                    copies: here.code.copies.max(central.code.copies),
                    ..here.code.clone()
                };
                let payload = known.payload.or(central.payload.take());
                *central = KnownCode { code, payload, ..known };
            }
        }
    }
    codes.sort_by_key(|known| (known.code.issued_at, known.code.serial));
    codes
}
