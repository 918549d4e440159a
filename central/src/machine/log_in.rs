//! Log-ins of citizens at a window.

use rules::{At, DeviceNumber, op::CitizenRef};

/// A code on a phone that a desk had checked (I2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowLogIn {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Who has the phone.
    pub acting: CitizenRef,
    /// Whose code was shown.
    pub holder: CitizenRef,
    /// When the centre checked it.
    pub at: At,
}
