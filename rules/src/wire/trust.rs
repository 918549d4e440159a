//! Lists every verifier needs.

use crate::{
    keys::{Class, DeskKey, KeyList, Signed},
    life::Serial,
    payload::OfflineAnswer,
    time::At,
};
use serde::{Deserialize, Serialize};

/// `GET /v1/keys`, `GET /v1/revocations`: whole signed lists; `?since=version` gives 304 when unchanged or a delta (see the centre's docs).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustResponse {
    /// The keys.
    pub keys: Signed<KeyList>,
    /// Practice or live.
    pub class: Class,
}

/// `GET /v1/keys/delta?since=`: the desk keys that are new or changed since a version. The result of applying it to the list of `since` is the
/// list of `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyListDelta {
    /// Version it starts from.
    pub since: u64,
    /// Version it leads to.
    pub version: u64,
    /// When it was made.
    pub made_at: At,
    /// Practice or live.
    pub class: Class,
    /// New or changed keys, by device and epoch.
    pub desks: Vec<DeskKey>,
}

impl KeyListDelta {
    /// The list of `version`, made from the list of `since`; `None` when `list` is another one. The delta's own signature is what makes
    /// the result trustworthy.
    pub fn applied_to(&self, list: &KeyList) -> Option<KeyList> {
        if list.version != self.since || list.class != self.class {
            return None;
        }
        let is_changed = |desk: &DeskKey| {
            self.desks.iter().any(|new| (new.device, new.epoch) == (desk.device, desk.epoch))
        };
        let kept = list.desks.iter().filter(|desk| !is_changed(desk));
        let desks = kept.chain(&self.desks).cloned().collect();
        Some(KeyList { version: self.version, made_at: self.made_at, class: self.class, desks })
    }
}

/// `GET /v1/revocations/delta?since=`: all serials revoked since the filter of that version, to be checked beside it. Whole filters are made
/// seldom, and between two of them the delta grows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationDelta {
    /// Version of the filter it belongs to.
    pub since: u64,
    /// Grows with every delta and filter; that of the filter itself while nothing was revoked since.
    pub version: u64,
    /// When it was made.
    pub made_at: At,
    /// Practice or live.
    pub class: Class,
    /// Serials that are new.
    pub revoked: Vec<Serial>,
}

impl RevocationDelta {
    /// An offline answer that was given with the filter of version `filter`, with what was revoked since. An answer given with another filter
    /// stays as it is.
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
