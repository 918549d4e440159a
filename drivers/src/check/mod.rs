//! The desk check (设备检查): identity, state and latest problem of each device.
//!
//! [`check`] opens the devices itself, for the command line and for a desk that is not running. A
//! running desk has them open already and describes them with [`reader_check`], [`printer_check`]
//! and the others. The results look the same.

mod describe;
mod probe;
mod result;

pub use describe::{
    camera_check, chip_photo_check, printer_check, reader_check, scanner_check, service_lost_check,
};
pub use probe::{check, test_page};
pub use result::{DeskCheck, Detail, DeviceCheck, DeviceKind, DeviceProblem, Verdict};
