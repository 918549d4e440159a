//! What this desk says of itself at every contact: nothing about citizens, and enough for whoever
//! keeps three thousand desks at work.

use crate::{
    clock::TrustedClock,
    desk_key::Signing,
    error::DeskError,
    identity::Identity,
    store::{Store, audit, conflict, outbox},
    vault::Vault,
};
use rules::{
    StaffNumber,
    keys::Class,
    program::ProgramVersion,
    window::KeyProtection,
    wire::{DeskAudit, DeviceTrouble, DeviceTroubles, EarlierRow, Heartbeat},
};
use std::{
    path::PathBuf,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
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
    /// Who is logged in.
    staff: RwLock<Option<StaffNumber>>,
    /// Whether the centre should hear of a change before the next log-in is due.
    is_news: AtomicBool,
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
            staff: RwLock::default(),
            is_news: AtomicBool::new(false),
        }
    }

    /// Notes which devices are in trouble, for the next heartbeat. More than a desk has kinds of
    /// devices are not noted.
    pub fn note_devices(&self, troubles: Vec<DeviceTrouble>) {
        if let Ok(troubles) = DeviceTroubles::try_from(troubles) {
            let mut known = self.troubles.write().unwrap_or_else(PoisonError::into_inner);
            if *known != troubles {
                *known = troubles;
                self.is_news.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Notes who is logged in, for the next heartbeat.
    pub(crate) fn note_staff(&self, staff: Option<&StaffNumber>) {
        let mut known = self.staff.write().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() != staff {
            *known = staff.cloned();
            self.is_news.store(true, Ordering::Relaxed);
        }
    }

    /// Takes the news that the centre should hear of soon: somebody came or went, or a device got
    /// into trouble or out of it.
    pub(crate) fn take_news(&self) -> bool {
        self.is_news.swap(false, Ordering::Relaxed)
    }

    /// Returns how this desk is now.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn read(&self) -> Result<Heartbeat, DeskError> {
        let mut read = self.store.read().await?;
        let depth = outbox::depth(&mut read).await?;
        let conflicts = conflict::open_count(&mut read).await?;
        drop(read);
        Ok(Heartbeat {
            program: ProgramVersion::THIS,
            class: self.class,
            protection: self.protection,
            troubles: self.troubles.read().unwrap_or_else(PoisonError::into_inner).clone(),
            staff: self.staff.read().unwrap_or_else(PoisonError::into_inner).clone(),
            conflicts,
            waiting: depth.waiting,
            oldest_waiting: depth.oldest,
            clock_ahead_ms: self.clock.read().contact_offset_ms.saturating_neg(),
            disk_free: self.disk_free(),
            keys_end: self.signing.ends_at(),
        })
    }

    /// Returns what an assertion shows: the audit with this row of it (D1), and how this desk is.
    pub(crate) async fn shown(
        &self,
        earlier: Option<u64>,
    ) -> Result<(DeskAudit, Option<EarlierRow>, Heartbeat), DeskError> {
        let mut read = self.store.read().await?;
        let shown = audit::shown(&mut read).await?;
        let earlier = match earlier {
            Some(number) => Some(EarlierRow { number, hash: audit::hash_of(&mut read, number).await? }),
            None => None,
        };
        drop(read);
        Ok((shown, earlier, self.read().await?))
    }

    /// Returns the bytes that this program may still write.
    fn disk_free(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}
