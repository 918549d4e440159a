//! Invented staff with keys that follow from their numbers, so that a test needs no log-in.

#![expect(clippy::unwrap_used, reason = "a fixture fails as the test does, by panicking")]

use central::store::{NewVersion, Result, Store, StoreError};
use rules::{
    At, Sensitive, SiteCode, StaffNumber,
    authority::{StaffRecord, WrappedKey},
    digest::Digest,
    issuing::{Issued, Issuers},
    keys::{Class, Signer as _, SoftwareKey},
    permission::Role,
};

/// Seed of a person's key.
pub fn secret(staff: &StaffNumber) -> [u8; 32] {
    let Digest(mut secret) = Digest::of(format!("key of {staff}").as_bytes());
    // Below the order of the curve.
    secret[0] = 1;
    secret
}

/// Key of a person.
pub fn key(staff: &StaffNumber) -> SoftwareKey {
    SoftwareKey::from_bytes(&secret(staff)).unwrap()
}

/// Root key of a centre in memory.
pub fn root() -> SoftwareKey {
    SoftwareKey::from_bytes(&[1; 32]).unwrap()
}

/// Issuing keys of a centre with this root, always in force.
pub fn issuers(root: &SoftwareKey) -> Issuers {
    let mut next = 100;
    let random = || {
        next += 1;
        [next; 32]
    };
    Issuers::draw(root, Class::Practice, (At(0), At(i64::MAX / 2)), random).unwrap()
}

/// Signs records as the centre does.
pub fn sign(record: StaffRecord) -> Result<Issued<StaffRecord>> {
    let at = record.from;
    issuers(&root()).sign(record, at).map_err(|_| StoreError::Range("staff record"))
}

/// A new account at a site. Nobody knows its password.
pub fn staff(site: &SiteCode, number: &str, roles: &[Role]) -> NewVersion {
    let number: StaffNumber = number.parse().unwrap();
    let record = StaffRecord {
        name: Sensitive::new("测试".to_owned()),
        site: site.to_owned(),
        roles: roles.to_vec(),
        public_key: key(&number).public_key(),
        active: true,
        from: At(0),
        version: 1,
        number,
    };
    NewVersion {
        record,
        replaces: None,
        wrapped_key: WrappedKey::of_nobody(),
        password_since: At(0),
        totp_secret: None,
        change: None,
        code: None,
    }
}

/// The version after the first, changed and in force from `from` on.
pub fn then(first: &NewVersion, from: At, change: impl FnOnce(&mut StaffRecord)) -> NewVersion {
    let mut next = NewVersion { replaces: Some(first.record.version), ..first.clone() };
    (next.record.from, next.record.version) = (from, first.record.version + 1);
    change(&mut next.record);
    next
}

/// Employs somebody at a site.
pub async fn employ<S: Store>(store: &S, site: &SiteCode, number: &str, roles: &[Role]) -> NewVersion {
    let staff = staff(site, number, roles);
    store.put_staff(staff.clone(), sign).await.unwrap();
    staff
}

/// Employs somebody who is dismissed at `from`.
pub async fn dismiss<S: Store>(store: &S, staff: &NewVersion, from: At) {
    store.put_staff(then(staff, from, |record| record.active = false), sign).await.unwrap();
}
