//! The serial number of a code.

use crate::{DeviceNumber, Refusal, hex};

/// Serial of a code, never reused; shown as 32 hex digits.
///
/// Its bytes are the bucket (1), device number (4), counter (4) and random bytes (7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub [u8; 16]);

impl Serial {
    /// Assembles a serial from its parts.
    pub const fn new(bucket: u8, device: DeviceNumber, counter: u32, random: [u8; 7]) -> Self {
        let [d0, d1, d2, d3] = device.0.to_be_bytes();
        let [c0, c1, c2, c3] = counter.to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6] = random;
        Self([bucket, d0, d1, d2, d3, c0, c1, c2, c3, r0, r1, r2, r3, r4, r5, r6])
    }
    /// Returns the number of the device that made it.
    pub const fn device(self) -> DeviceNumber {
        let [_, d0, d1, d2, d3, ..] = self.0;
        DeviceNumber(u32::from_be_bytes([d0, d1, d2, d3]))
    }
    /// Returns the bucket: that of the holder's number, [`crate::person::IdNumber::bucket`].
    pub const fn bucket(self) -> u8 {
        self.0[0]
    }
}

hex::written_as_hex!(Serial, Refusal::SerialMalformed => Refusal);
