//! What is done to the store and read of it without the centre: by its administrator, by an auditor
//! with the database before them, and by whoever can write rows.

use super::{MemoryStore, Rows};
use central::{
    machine::{
        citizen::{Citizen, IssuedCode},
        ingest::DeviceHead,
        people::SiteOperator,
    },
    store::Item,
};
use rules::{At, DeviceNumber, StaffNumber, keys::DeskKey, life::Serial, op::CitizenRef, wire::Verdict};
use std::collections::BTreeMap;

impl MemoryStore {
    /// Returns every logged operation with all that stands beside it, in order.
    #[must_use]
    pub fn items(&self) -> Vec<(Item, Option<(Verdict, At)>)> {
        let rows = self.rows();
        rows.log.iter().map(|(key, item)| (item.clone(), rows.results.get(key).cloned())).collect()
    }

    /// Returns the operations listed for review: device, epoch, sequence number, reason.
    #[must_use]
    pub fn reviews(&self) -> Vec<(DeviceNumber, u32, u64, &'static str)> {
        self.rows().reviews.clone()
    }

    /// Returns the head of every enrolment.
    #[must_use]
    pub fn heads(&self) -> Vec<DeviceHead> {
        self.rows().heads.values().cloned().collect()
    }

    /// Returns the codes of refused sheets that are no citizen's.
    #[must_use]
    pub fn voided(&self) -> Vec<IssuedCode> {
        self.rows().voided.values().cloned().collect()
    }

    /// Returns the present state of every key for codes.
    #[must_use]
    pub fn keys(&self) -> Vec<DeskKey> {
        let mut keys: Vec<DeskKey> = self.rows().keys.values().cloned().collect();
        keys.sort_by_key(|key| (key.device, key.epoch, key.public_key.key_id()));
        keys
    }

    /// Takes a desk out of service and retires its keys (B5). Returns the keys in their new state.
    #[must_use]
    pub fn revoke(&self, device: DeviceNumber, now: At, compromised_since: Option<At>) -> Vec<DeskKey> {
        let mut rows = self.rows();
        rows.heads.values_mut().filter(|head| head.device == device).for_each(|head| head.revoked = true);
        let mut retired = Vec::new();
        for key in rows.keys.values_mut().filter(|key| key.device == device) {
            key.retired_at = key.retired_at.or(Some(now));
            key.compromised_since = compromised_since;
            retired.push(key.clone());
        }
        retired
    }

    /// Copies the whole store, as a backup does.
    #[must_use]
    pub fn image(&self) -> Self {
        let copy = Self::default();
        copy.put_back(self);
        copy
    }

    /// Puts everything back to what it is in another store.
    pub fn put_back(&self, image: &Self) {
        let rows: Rows = image.rows().clone();
        *self.rows() = rows;
    }

    /// Edits the citizens with their codes.
    pub fn edit_citizens<T>(&self, edit: impl FnOnce(&mut BTreeMap<CitizenRef, Citizen>) -> T) -> T {
        edit(&mut self.rows().citizens)
    }

    /// Edits the log, by device, epoch and sequence number.
    pub fn edit_log<T>(&self, edit: impl FnOnce(&mut BTreeMap<(DeviceNumber, u32, u64), Item>) -> T) -> T {
        edit(&mut self.rows().log)
    }

    /// Edits the verdicts, by device, epoch and sequence number.
    pub fn edit_verdicts<T>(
        &self,
        edit: impl FnOnce(&mut BTreeMap<(DeviceNumber, u32, u64), (Verdict, At)>) -> T,
    ) -> T {
        edit(&mut self.rows().results)
    }

    /// Edits the accounts.
    pub fn edit_operators<T>(&self, edit: impl FnOnce(&mut BTreeMap<StaffNumber, SiteOperator>) -> T) -> T {
        edit(&mut self.rows().operators)
    }

    /// Edits the heads of desks, by device and epoch.
    pub fn edit_heads<T>(&self, edit: impl FnOnce(&mut BTreeMap<(DeviceNumber, u32), DeviceHead>) -> T) -> T {
        edit(&mut self.rows().heads)
    }

    /// Returns one code with its holder.
    #[must_use]
    pub fn code_of(&self, serial: Serial) -> Option<(CitizenRef, IssuedCode)> {
        let rows = self.rows();
        let mut citizens = rows.citizens.values();
        citizens.find_map(|citizen| Some((citizen.citizen_ref.clone(), citizen.code(serial)?.clone())))
    }
}
