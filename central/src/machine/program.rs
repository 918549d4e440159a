//! L13: the programs that desks work with, and the oldest one that may issue codes.

use rules::{
    At, DeviceNumber, Refusal,
    program::{ProgramVersion, RequiredProgram},
};
use std::collections::HashMap;

/// Programs of desks, as far as they matter.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// The oldest program that may issue codes, if one is required.
    pub required: Option<RequiredProgram>,
    /// Programs by device number, as the desks said last; none while none is required.
    pub told: HashMap<DeviceNumber, ProgramVersion>,
}

impl Programs {
    /// Checks that a desk could issue a code at an instant. The program it told last counts; a desk
    /// that never told one is not refused for it.
    ///
    /// # Errors
    /// [`Refusal::ProgramTooOld`] if it is older than was required then.
    pub fn check(&self, device: DeviceNumber, at: At) -> Result<(), Refusal> {
        match (self.required, self.told.get(&device)) {
            (Some(required), Some(program)) => required.check(*program, at),
            _ => Ok(()),
        }
    }
}
