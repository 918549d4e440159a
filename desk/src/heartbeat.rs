//! What this desk says of itself at every contact: nothing about citizens, and enough for whoever
//! keeps three thousand desks at work.

use crate::{
    clock::TrustedClock,
    desk_key::Signing,
    error::DeskError,
    identity::Identity,
    store::{Store, audit, outbox},
    vault::Vault,
};
use rules::{
    keys::Class,
    program::ProgramVersion,
    window::KeyProtection,
    wire::{DeskAudit, DeviceTrouble, DeviceTroubles, Heartbeat},
};
use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

/// Component that knows how this desk is.
pub struct Vitals {
    store: Store,
    clock: Arc<TrustedClock>,
    signing: Arc<Signing>,
    class: Class,
    /// What protects the desk's keys at rest.
    pub(crate) protection: KeyProtection,
    /// Folder whose disk is measured.
    folder: PathBuf,
    /// Devices in trouble, as the counter said last.
    troubles: RwLock<DeviceTroubles>,
}

impl Vitals {
    pub(crate) fn new(
        vault: &Vault,
        identity: &Identity,
        (store, clock, signing): (&Store, &Arc<TrustedClock>, &Arc<Signing>),
    ) -> Self {
        Self {
            store: store.clone(),
            clock: clock.clone(),
            signing: signing.clone(),
            class: identity.class(),
            protection: vault.protection(),
            folder: vault.folder().to_owned(),
            troubles: RwLock::default(),
        }
    }

    /// Notes which devices are in trouble, for the next heartbeat. More than a desk has kinds of
    /// devices are not noted.
    pub fn note_devices(&self, troubles: Vec<DeviceTrouble>) {
        if let Ok(troubles) = DeviceTroubles::try_from(troubles) {
            *self.troubles.write().unwrap_or_else(PoisonError::into_inner) = troubles;
        }
    }

    /// Returns how this desk is now.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn read(&self) -> Result<Heartbeat, DeskError> {
        let depth = outbox::depth(&mut *self.store.read().await?).await?;
        Ok(Heartbeat {
            program: ProgramVersion::THIS,
            class: self.class,
            protection: self.protection,
            troubles: self.troubles.read().unwrap_or_else(PoisonError::into_inner).clone(),
            waiting: depth.waiting,
            oldest_waiting: depth.oldest,
            clock_ahead_ms: self.clock.read().contact_offset_ms.saturating_neg(),
            disk_free: self.disk_free(),
            keys_end: self.signing.ends_at(),
        })
    }

    /// Returns what an assertion shows: the audit (D1) and how this desk is.
    pub(crate) async fn shown(&self) -> Result<(DeskAudit, Heartbeat), DeskError> {
        let shown = audit::shown(&mut *self.store.read().await?).await?;
        Ok((shown, self.read().await?))
    }

    /// Returns the bytes that this program may still write.
    fn disk_free(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}
