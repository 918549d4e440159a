//! Members of staff in the form that decisions take: what held when, and whose key is whose.

use rules::{
    At, Refusal, SiteCode, StaffNumber,
    authority::StaffRecord,
    correction::Actor,
    keys::{KeyId, PublicKey},
    permission::{Duty, permit},
    policy::CLOCK_TOLERANCE_MS,
};

/// A staff account with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteOperator {
    /// Staff number (工号) of the account.
    pub number: StaffNumber,
    /// Versions of the account, oldest first. The first counts from ever.
    pub versions: Vec<StaffRecord>,
}

impl SiteOperator {
    /// Returns the version that held at an instant; `None` only for an account without versions.
    #[must_use]
    pub fn at(&self, at: At) -> Option<&StaffRecord> {
        self.versions.iter().rev().find(|version| version.from <= at).or(self.versions.first())
    }

    /// Returns a key of this person if it was theirs at an instant. The clock tolerance applies,
    /// because the instant is told by a desk's clock.
    #[must_use]
    pub fn key(&self, id: KeyId, at: At) -> Option<&PublicKey> {
        let first = self.versions.iter().position(|version| version.public_key.key_id() == id)?;
        let until = self.versions[first..].iter().find(|version| version.public_key.key_id() != id);
        let is_theirs = until.is_none_or(|next| at < next.from.plus_ms(CLOCK_TOLERANCE_MS));
        is_theirs.then_some(&self.versions[first].public_key)
    }

    /// Returns whether a key was ever this person's. Nobody has one twice.
    #[must_use]
    pub fn has_had(&self, key: &PublicKey) -> bool {
        self.versions.iter().any(|version| version.public_key.key_id() == key.key_id())
    }

    /// S5: checks at the centre that the account belonged to the site, was enabled at `at`, and had
    /// a role for `duty`. Returns the version that held.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`] if any of these fails.
    pub fn check<'a>(
        operator: Option<&'a Self>,
        site: Option<&SiteCode>,
        duty: Duty,
        at: At,
    ) -> Result<&'a StaffRecord, Refusal> {
        let held = operator.and_then(|operator| operator.at(at)).ok_or(Refusal::NotPermitted)?;
        if site.is_some_and(|site| allows(held, site, duty)) { Ok(held) } else { Err(Refusal::NotPermitted) }
    }

    /// Returns whether the account had been disabled at an instant.
    #[must_use]
    pub fn is_dismissed(&self, at: At) -> bool {
        self.at(at).is_some_and(|held| !held.active)
    }

    /// A5: returns whether the duty was taken away between `at`, when the operation was done, and
    /// `received_at`: by dismissal, another site or other roles. A desk's key alone could date it
    /// back. The clock tolerance is the grace for operations under way.
    #[must_use]
    pub fn is_late(&self, site: &SiteCode, duty: Duty, at: At, received_at: At) -> bool {
        let since = received_at.plus_ms(-CLOCK_TOLERANCE_MS);
        let mut later = self.versions.iter().filter(|version| at < version.from && version.from <= since);
        later.any(|version| !allows(version, site, duty))
            && self.at(at).is_some_and(|held| allows(held, site, duty))
    }
}

fn allows(version: &StaffRecord, site: &SiteCode, duty: Duty) -> bool {
    version.active && version.site == *site && permit(&version.roles, duty).is_ok()
}

/// Returns an account in the form that the rules of corrections take.
#[must_use]
pub fn actor(version: &StaffRecord) -> Actor {
    Actor { staff: version.number.clone(), roles: version.roles.clone() }
}
