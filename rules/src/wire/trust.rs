//! Signed lists that every verifier needs.

use crate::{
    issuing::{Issuable, Issued, IssuingKey, Purpose, RevokedIssuers},
    keys::{Class, DeskKey, KeyList, Signed},
    life::Serial,
    payload::OfflineAnswer,
    program::RequiredProgram,
    time::At,
};
use serde::{Deserialize, Serialize};

/// Answer to `GET /v1/keys`: a whole signed list. `?since=version` returns 304 if nothing changed,
/// or a delta.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustResponse {
    /// Signed list of desk keys.
    pub keys: Issued<KeyList>,
    /// Class of the centre, practice or live.
    pub class: Class,
}

/// Answer to `GET /v1/keys/delta?since=`: desk keys added or changed since a version.
///
/// Applied to the list of version `since`, it gives the list of `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyListDelta {
    /// Version that the delta starts from.
    pub since: u64,
    /// Version that the delta leads to.
    pub version: u64,
    /// When the delta was made.
    pub made_at: At,
    /// Class of the keys, practice or live.
    pub class: Class,
    /// New or changed keys.
    pub desks: Vec<DeskKey>,
}

impl Issuable for KeyListDelta {
    const PURPOSE: Purpose = Purpose::Lists;
}

impl KeyListDelta {
    /// Returns the list of `version`, made from the list of `since`; `None` if `list`
    /// is another one.
    ///
    /// The caller verifies the delta's own signature; the result is trusted through it.
    pub fn applied_to(&self, list: &KeyList) -> Option<KeyList> {
        if list.version != self.since || list.class != self.class {
            return None;
        }
        let is_changed = |desk: &DeskKey| self.desks.iter().any(|new| new.public_key == desk.public_key);
        let kept = list.desks.iter().filter(|desk| !is_changed(desk));
        let desks = kept.chain(&self.desks).cloned().collect();
        Some(KeyList { version: self.version, made_at: self.made_at, class: self.class, desks })
    }
}

/// Answer to `GET /v1/revocations/delta?since=`: serials revoked since the filter of that version.
///
/// Filters are rebuilt rarely, and the delta grows in between. A verifier checks both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevocationDelta {
    /// Version of the filter it extends.
    pub since: u64,
    /// Version, which increases with every delta and filter. It equals the filter's while nothing
    /// was revoked since.
    pub version: u64,
    /// When the delta was made.
    pub made_at: At,
    /// Class of the codes, practice or live.
    pub class: Class,
    /// Serials revoked since the filter was made.
    pub revoked: Vec<Serial>,
}

impl Issuable for RevocationDelta {
    const PURPOSE: Purpose = Purpose::Lists;
}

impl RevocationDelta {
    /// Updates an offline answer, given with the filter of version `filter`, with
    /// the later revocations.
    ///
    /// An answer given with another filter is returned unchanged.
    #[must_use]
    pub fn applied_to(&self, filter: u64, keys_made_at: At, answer: OfflineAnswer) -> OfflineAnswer {
        if filter != self.since {
            return answer;
        }
        OfflineAnswer {
            probably_revoked: answer.probably_revoked || self.revoked.contains(&answer.claims.serial),
            as_of: self.made_at.min(keys_made_at),
            ..answer
        }
    }
}

/// Answer to `GET /v1/trust-anchors`: what desks know their centre by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustAnchors {
    /// Version of the list; each change increments it by one.
    pub version: u64,
    /// When the list was made.
    pub made_at: At,
    /// Class of the centre, practice or live.
    pub class: Class,
    /// Authorities of the centre's TLS certificate, PEM: the old and the new side by side while
    /// they change. `None`: those of the enrolment.
    pub ca_bundle: Option<String>,
    /// Issuing keys that the root took back, as the root signed them.
    pub revoked: Option<Signed<RevokedIssuers>>,
    /// Oldest program that may issue codes (L13); `None`: any may.
    pub required: Option<RequiredProgram>,
    /// Key to which desks seal what the centre alone may read (C3), as the root signed it.
    pub sealing: Signed<IssuingKey>,
}

impl Issuable for TrustAnchors {
    const PURPOSE: Purpose = Purpose::Lists;
}
