//! Settings of the desk's card readers.

use serde::{Deserialize, Serialize};

/// Selection of the readers that the desk uses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ReaderChoice {
    /// Uses every reader found; a card may be put on any of them.
    #[default]
    Automatic,
    /// Uses only the reader whose name begins with this text.
    ///
    /// PC/SC appends a number to the name that changes with the socket, so only the
    /// beginning is compared.
    Named(String),
}

impl ReaderChoice {
    pub(crate) fn accepts(&self, reader: &str) -> bool {
        match self {
            Self::Automatic => true,
            Self::Named(name) => reader.starts_with(name.as_str()),
        }
    }
}

/// Settings of a reader with a security module on a serial line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialPortSettings {
    /// Path of the device file, such as `/dev/ttyUSB0`.
    pub path: String,
    /// Speed in bits per second. The factory setting of these readers is 115200.
    #[serde(default = "factory_baud_rate")]
    pub baud_rate: u32,
}

fn factory_baud_rate() -> u32 {
    SerialPortSettings::FACTORY_BAUD_RATE
}

impl SerialPortSettings {
    /// Factory setting of these readers, in bits per second.
    pub const FACTORY_BAUD_RATE: u32 = 115_200;
}

/// Settings of the desk's card readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardReaderSettings {
    /// Whether to use PC/SC readers.
    pub pcsc: bool,
    /// Serial readers to use.
    pub serial_ports: Vec<SerialPortSettings>,
    /// Whether to use readers on USB bulk endpoints (needs the feature `usb`).
    pub usb: bool,
    /// Which of the readers found are used.
    pub reader: ReaderChoice,
}

impl Default for CardReaderSettings {
    fn default() -> Self {
        Self { pcsc: true, serial_ports: Vec::new(), usb: false, reader: ReaderChoice::Automatic }
    }
}
