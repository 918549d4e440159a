//! Whose each case number is. Two citizens under one are for somebody to look at; what is done for
//! them is decided as ever.

use rules::DeviceNumber;
use rules::op::{CitizenRef, Operation};
use std::collections::HashMap;

/// The first operation a device did under a case number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseHolder {
    /// Device number of the desk that opened the case.
    pub device: DeviceNumber,
    /// Case number as it came.
    pub case_number: String,
    /// Whose it is.
    pub citizen_ref: CitizenRef,
    /// Epoch of the operation.
    pub epoch: u32,
    /// Its seq.
    pub seq: u64,
}

/// An operation for somebody else than the holder of its case number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedCase {
    /// The operation, with whom it is for.
    pub second: CaseHolder,
    /// Epoch and seq of the holder's operation.
    pub first: (u32, u64),
}

/// The case numbers of operations that are decided together.
#[derive(Debug, Default)]
pub struct Cases {
    holders: HashMap<(DeviceNumber, String), CaseHolder>,
    /// Numbers that nothing was done under before.
    pub new: Vec<CaseHolder>,
    /// Operations somebody has to look at.
    pub shared: Vec<SharedCase>,
}

impl Cases {
    /// With what is known of their numbers.
    #[must_use]
    pub fn known(holders: Vec<CaseHolder>) -> Self {
        let key = |holder: CaseHolder| ((holder.device, holder.case_number.clone()), holder);
        Self { holders: holders.into_iter().map(key).collect(), ..Self::default() }
    }

    /// Takes the next operation, with the citizen it concerns.
    pub fn note(&mut self, operation: &Operation, citizen_ref: &CitizenRef) {
        let Some(this) = holder_of(operation, citizen_ref) else { return };
        match self.holders.get(&(this.device, this.case_number.clone())) {
            Some(first) if first.citizen_ref == this.citizen_ref => {}
            Some(first) => {
                let first = (first.epoch, first.seq);
                self.shared.push(SharedCase { second: this, first });
            }
            None => {
                self.holders.insert((this.device, this.case_number.clone()), this.clone());
                self.new.push(this);
            }
        }
    }
}

/// `None`: it has no case number, or names nobody that can be.
#[must_use]
pub fn holder_of(operation: &Operation, citizen_ref: &CitizenRef) -> Option<CaseHolder> {
    operation.citizen.as_ref()?;
    Some(CaseHolder {
        device: operation.device,
        case_number: operation.case_number.clone()?,
        citizen_ref: citizen_ref.clone(),
        epoch: operation.epoch,
        seq: operation.seq,
    })
}
