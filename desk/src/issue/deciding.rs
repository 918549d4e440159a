//! What a decision is made from, and the changes it makes to codes.

use crate::{
    citizen::Known,
    clock::Reading,
    core::Core,
    error::DeskError,
    store::{self, Connection, Write, operation::NewOperation},
};
use rules::{
    Policy, Refusal,
    life::{Holder, Now, Outcome},
    op::{CitizenRef, Declared, Operation},
    person::IdNumber,
    proof::{Act, Proof},
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
        let known = Known::read(connection, &citizen_ref, core, &reading).await?;
        let now = reading.now(known.fresh);
        let holder = known.holder(number, declared, now.at.day(), &core.policy());
        Ok(Self { citizen_ref, known, holder, now, reading })
    }

    /// Checks that the proof of an operation allows it for this citizen (I1–I5).
    pub(super) fn allowed(
        &self,
        new: &NewOperation,
        number: &IdNumber,
        policy: &Policy,
    ) -> Result<(), DeskError> {
        let Some(act) = new.body.act() else { return Ok(()) };
        let proof = new.proof.as_deref().ok_or(Refusal::ProofMissing)?;
        proof.allows(act, Some(number), self.now.at.day(), policy)?;
        if matches!(proof, Proof::Document { .. }) && act != Act::ReportLoss {
            if !self.known.fresh {
                return Err(Refusal::DocumentNeedsCentre.into());
            }
            if !self.known.cached.as_ref().is_some_and(|cached| cached.view.registered) {
                return Err(Refusal::DocumentNotRegistered.into());
            }
            if proof.evidence().is_empty() {
                return Err(Refusal::DocumentNotScanned.into());
            }
        }
        Ok(())
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
