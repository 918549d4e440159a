//! The key a desk signs with, which is renewed while the desk is at work (B4).

use rules::{
    At,
    issuing::Issued,
    keys::{DeskKey, Signer},
};
use std::sync::{Arc, PoisonError, RwLock};

/// A key with its certificate.
#[derive(Clone)]
pub(crate) struct CertifiedKey {
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) certificate: Issued<DeskKey>,
}

impl CertifiedKey {
    /// Returns the key as the centre signed it.
    pub(crate) const fn key(&self) -> &DeskKey {
        &self.certificate.value
    }

    /// Returns whether the key may sign now.
    pub(crate) fn has_ended(&self, now: At) -> bool {
        now >= self.key().not_after
    }
}

/// The keys of a desk at work. Whoever signs takes the key once, so that key id and signature
/// belong together.
pub(crate) struct Signing {
    held: RwLock<Held>,
}

struct Held {
    in_use: CertifiedKey,
    /// End of the next key, once it is certified.
    next_ends: Option<At>,
}

impl Signing {
    pub(crate) fn new(in_use: CertifiedKey, next: Option<&Issued<DeskKey>>) -> Self {
        Self { held: RwLock::new(Held { in_use, next_ends: next.map(|next| next.value.not_after) }) }
    }

    /// Returns the key in use.
    pub(crate) fn key(&self) -> CertifiedKey {
        self.held.read().unwrap_or_else(PoisonError::into_inner).in_use.clone()
    }

    /// Returns when the last certified key ends.
    pub(crate) fn ends_at(&self) -> At {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.next_ends.unwrap_or(held.in_use.key().not_after)
    }

    /// Notes that the next key is certified.
    pub(crate) fn expect(&self, next: &DeskKey) {
        self.held.write().unwrap_or_else(PoisonError::into_inner).next_ends = Some(next.not_after);
    }

    /// Takes the next key into use.
    pub(crate) fn take_up(&self, in_use: CertifiedKey) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Held { in_use, next_ends: None };
    }
}
