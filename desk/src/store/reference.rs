//! The key under which this desk files citizens. Nobody else has it, so that its rows say nothing
//! elsewhere (C2).

use rules::{op::CitizenRef, person::IdNumber};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Key of this desk's citizen references. It follows from the vault's data key, which is drawn when
/// the folder is made.
#[derive(Clone)]
pub(super) struct ReferenceKey(Arc<Zeroizing<[u8; 32]>>);

impl ReferenceKey {
    pub(super) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(Arc::new(key))
    }

    /// Returns the reference of the person with this number.
    pub(super) fn of(&self, number: &IdNumber) -> CitizenRef {
        CitizenRef::at_desk(number, &self.0)
    }
}
