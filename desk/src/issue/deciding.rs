//! What a decision is made from, and the changes it makes to codes.

use crate::{
    citizen::Known,
    clock::Reading,
    core::Core,
    error::DeskError,
    store::{self, Connection, Write},
};
use rules::{
    life::{Holder, Now, Outcome},
    op::{CitizenRef, Declared, Operation},
    person::IdNumber,
};

/// Everything a decision is made from, read in the transaction that will write its outcome.
pub(super) struct Deciding {
    pub(super) citizen_ref: CitizenRef,
    pub(super) known: Known,
    pub(super) holder: Holder,
    pub(super) now: Now,
    pub(super) reading: Reading,
}

impl Deciding {
    /// Reads what this desk knows of a citizen now.
    pub(super) async fn read(
        core: &Core,
        connection: &mut Connection,
        number: &IdNumber,
        declared: Option<&Declared>,
    ) -> Result<Self, DeskError> {
        let reading = core.clock.read();
        let citizen_ref = core.citizen_ref(number);
        let known = Known::read(connection, &citizen_ref, &core.sync, reading.at).await?;
        let now = reading.now(known.fresh);
        let holder = known.holder(number, declared, now.at.day(), &core.policy());
        Ok(Self { citizen_ref, known, holder, now, reading })
    }

    /// Writes the ends of codes that an operation brings. They may be known from the registry's
    /// view only, so they get their rows first.
    pub(super) async fn write_ends(
        &self,
        write: &mut Write,
        operation: &Operation,
        outcome: &Outcome,
    ) -> Result<(), DeskError> {
        let at = self.reading.at;
        for (serial, state) in &outcome.changes {
            let known = self.known.codes.iter().find(|known| known.code.serial == *serial);
            let known = known.ok_or(DeskError::CodeUnknown)?;
            store::code::put_seen(write, Some(&self.citizen_ref), &known.code, at).await?;
            store::code::state::change(write, operation, *serial, *state, at).await?;
        }
        Ok(())
    }
}
