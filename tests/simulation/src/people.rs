//! Invented people: citizens old enough to hold a code, and the staff of two sites.

use central::{
    machine::citizen::Person,
    store::{NewVersion, Store, StoreError},
};
use central_fixture::{desk::number, people::staff};
use rules::{
    SiteCode, StaffNumber,
    authority::StaffRecord,
    issuing::Issued,
    keys::SoftwareKey,
    op::CitizenRef,
    permission::Role,
    person::{IdNumber, Name},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Key of the citizen references in the simulation.
pub const INDEX_KEY: [u8; 32] = [7; 32];
/// Numbers of the sites; desks alternate between them.
pub const SITES: [SiteCode; 2] = [SiteCode::new(310_001), SiteCode::new(310_002)];

/// A person who comes to the counter.
#[derive(Clone, Debug)]
pub struct Citizen {
    /// 公民身份号码 of the person.
    pub number: IdNumber,
    /// 姓名 of the person.
    pub name: Name,
    /// Pseudonym of the person.
    pub citizen_ref: CitizenRef,
}

/// Returns the first `count` citizens, all over 60 (E2).
#[must_use]
pub fn citizens(count: usize) -> Vec<Citizen> {
    (0..count).filter_map(citizen).collect()
}

fn citizen(at: usize) -> Option<Citizen> {
    let number = number("19400101", u32::try_from(at).ok()?);
    let name = Name::read("试无名").ok()?.name;
    let citizen_ref = CitizenRef::at_centre(&number, &INDEX_KEY);
    Some(Citizen { number, name, citizen_ref })
}

/// Returns the staff number of a site's clerk.
#[must_use]
pub fn clerk(site: &SiteCode) -> StaffNumber {
    staff_number(format!("{site}1"))
}

/// Returns the staff number of a site's supervisor.
#[must_use]
pub fn supervisor(site: &SiteCode) -> StaffNumber {
    staff_number(format!("{site}2"))
}

/// Returns the staff number of the clerk at the desk that is stolen.
#[must_use]
pub fn insider() -> StaffNumber {
    staff_number(format!("{}3", SITES[0]))
}

/// Returns the account of that clerk.
#[must_use]
pub fn insider_account() -> NewVersion {
    staff(&SITES[0], insider().as_str(), &[Role::Clerk])
}

/// Returns a person's key, made once in the process.
#[must_use]
pub fn key(staff: &StaffNumber) -> Arc<SoftwareKey> {
    static KEYS: Mutex<BTreeMap<StaffNumber, Arc<SoftwareKey>>> = Mutex::new(BTreeMap::new());
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = || Arc::new(central_fixture::people::key(staff));
    Arc::clone(keys.entry(staff.clone()).or_insert_with(made))
}

fn staff_number(text: String) -> StaffNumber {
    text.try_into().unwrap_or(StaffNumber::NOBODY)
}

/// Fills the registry and the staff list, whose records `sign` signs.
///
/// # Errors
/// [`StoreError`] if the store fails.
pub async fn settle<S: Store>(
    store: &S,
    citizens: &[Citizen],
    sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>, StoreError> + Send + Copy,
) -> Result<(), StoreError> {
    for citizen in citizens {
        let person = Person {
            version: 1,
            number: citizen.number.clone(),
            name: citizen.name.clone(),
            photo: None,
            shanghai_household: true,
            certificate: None,
            registered: true,
        };
        store.put_person(&citizen.citizen_ref, &person).await?;
    }
    for site in SITES {
        for (number, role) in [(clerk(&site), Role::Clerk), (supervisor(&site), Role::Supervisor)] {
            store.put_staff(staff(&site, number.as_str(), &[role]), sign).await?;
        }
    }
    store.put_staff(insider_account(), sign).await?;
    Ok(())
}
