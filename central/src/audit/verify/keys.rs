//! What the log says of desks: whether they may work, which keys spoke for them, and their
//! certificates.

use super::{Findings, Place};
use crate::audit::event::record_digest;
use rules::{
    DeviceNumber,
    correction::Digest,
    issuing::{Issued, Trust},
    keys::{DeskKey, KeyId, PublicKey},
};
use std::collections::BTreeMap;

/// A row of `desk_key`.
#[derive(Clone, Debug)]
pub struct CertificateRow {
    /// Certificate in its newest state, as the centre signed it.
    pub certificate: Issued<DeskKey>,
    /// Whether the other columns repeat what it says.
    pub columns_agree: bool,
}

/// A row of `device_head`.
#[derive(Clone, Debug)]
pub struct HeadRow {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of the enrolment.
    pub epoch: u32,
    /// Key that its batches are checked with.
    pub public_key: Vec<u8>,
    /// The renewed key beside it, if any.
    pub next_key: Option<Vec<u8>>,
    /// Last sequence number received.
    pub received_through: u64,
    /// Hash of that operation.
    pub last_hash: Digest,
}

/// A row of `device`.
#[derive(Clone, Copy, Debug)]
pub struct DeskRow {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Whether it was taken out of service.
    pub is_revoked: bool,
    /// Whether its enrolment is barred.
    pub is_quarantined: bool,
}

/// Keys that speak for one enrolment, as in a row of `device_head`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Speaking {
    present: KeyId,
    next: Option<KeyId>,
}

/// Everything the log says of keys.
#[derive(Debug, Default)]
pub struct KeyFacts {
    speaking: BTreeMap<(DeviceNumber, u32), Speaking>,
    certificates: BTreeMap<(u32, KeyId), (Place, Digest)>,
    revoked: BTreeMap<DeviceNumber, Place>,
    quarantined: BTreeMap<DeviceNumber, Place>,
}

impl KeyFacts {
    /// A new enrolment ends what was said of the earlier ones.
    pub(super) fn enrolled(&mut self, desk: (DeviceNumber, u32), key_id: KeyId) {
        self.revoked.remove(&desk.0);
        self.quarantined.remove(&desk.0);
        self.speaking.insert(desk, Speaking { present: key_id, next: None });
    }

    pub(super) fn renewed(&mut self, desk: (DeviceNumber, u32), present: KeyId, next: KeyId) {
        self.speaking.insert(desk, Speaking { present, next: Some(next) });
    }

    /// A key was taken up again: as in the row, it stands beside the newest that was known.
    pub(super) fn adopted(&mut self, desk: (DeviceNumber, u32), key_id: KeyId) {
        let before = self.speaking.get(&desk).map(|known| known.next.unwrap_or(known.present));
        self.speaking.insert(desk, Speaking { present: before.unwrap_or(key_id), next: Some(key_id) });
    }

    pub(super) fn revoked(&mut self, place: Place, device: DeviceNumber) {
        self.revoked.insert(device, place);
    }

    pub(super) fn quarantined(&mut self, place: Place, device: DeviceNumber) {
        self.quarantined.insert(device, place);
    }

    pub(super) fn certified(
        &mut self,
        place: Place,
        device: DeviceNumber,
        key_id: KeyId,
        certificate: Digest,
    ) {
        self.certificates.insert((device.0, key_id), (place, certificate));
    }

    /// Returns the keys that speak for a desk at this place of the log.
    pub(super) fn speaking(&self, desk: (DeviceNumber, u32)) -> Vec<KeyId> {
        let keys = self.speaking.get(&desk).map(|keys| [Some(keys.present), keys.next]);
        keys.into_iter().flatten().flatten().collect()
    }

    /// Checks a row of `desk_key`: signed by the root, and the newest that the log has of this key.
    /// Returns the key if the centre certified it.
    pub fn certificate(
        &mut self,
        row: &CertificateRow,
        trust: &Trust,
        findings: &mut Findings,
    ) -> Option<DeskKey> {
        let key = &row.certificate.value;
        let (device, epoch, key_id) = (key.device, key.epoch, key.public_key.key_id());
        let name = format!("certificate of desk {device}/{epoch}, key {key_id}");
        let said = self.certificates.remove(&(device.0, key_id));
        if row.certificate.verify(trust).is_err() {
            findings.add(format_args!("{name}: not signed by this centre"));
            return None;
        }
        match said {
            None => findings.add(format_args!("{name}: in the table, and in no leaf")),
            Some((place, digest)) if record_digest(&row.certificate) != digest => {
                findings.add(format_args!("{name}: another one than by {place}"));
            }
            Some(_) if !row.columns_agree => {
                findings.add(format_args!("{name}: the row says other than the certificate"));
            }
            Some(_) => {}
        }
        Some(key.clone())
    }

    /// Names keys that the log has and the table has not.
    pub fn end_certificates(&mut self, findings: &mut Findings) {
        for ((device, key_id), (place, _)) in std::mem::take(&mut self.certificates) {
            findings.add(format_args!("key {key_id} of desk {device}: in {place}, and not in the table"));
        }
    }

    /// Checks that whoever the log has out of service is so in a row of `device`.
    pub fn desk(&self, row: &DeskRow, findings: &mut Findings) {
        for (said, is, word) in [
            (&self.revoked, row.is_revoked, "out of service"),
            (&self.quarantined, row.is_quarantined, "in quarantine"),
        ] {
            if let Some(place) = said.get(&row.device).filter(|_| !is) {
                findings.add(format_args!("desk {}: {word} by {place}, and not in the table", row.device));
            }
        }
    }

    /// Compares the keys in a row of `device_head`.
    pub fn head(&self, row: &HeadRow, findings: &mut Findings) {
        let desk = (row.device, row.epoch);
        let id = |key: &[u8]| PublicKey::from_bytes(key).ok().map(|key| key.key_id());
        let next = row.next_key.as_deref().map(id);
        let is_said = self
            .speaking
            .get(&desk)
            .is_some_and(|keys| id(&row.public_key) == Some(keys.present) && next == keys.next.map(Some));
        if !is_said {
            findings.add(format_args!("desk {}/{}: its keys are others than the log says", desk.0, desk.1));
        }
    }
}
