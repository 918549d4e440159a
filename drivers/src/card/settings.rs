use serde::{Deserialize, Serialize};

/// Which readers the desk uses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ReaderChoice {
    /// Every reader found; a card may be put on any of them.
    #[default]
    Automatic,
    /// Only the reader whose name begins so. PC/SC adds a number to the name that changes with the socket, which
    /// is why the beginning decides.
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

/// A reader with a security module on a serial line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialPortSettings {
    /// The device file, such as `/dev/ttyUSB0`.
    pub path: String,
    /// Bits per second; these readers leave the factory with 115200.
    #[serde(default = "factory_baud_rate")]
    pub baud_rate: u32,
}

fn factory_baud_rate() -> u32 {
    SerialPortSettings::FACTORY_BAUD_RATE
}

impl SerialPortSettings {
    /// What the readers leave the factory with, in bits per second.
    pub const FACTORY_BAUD_RATE: u32 = 115_200;
}

/// The card readers of a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardReaderSettings {
    /// Look for PC/SC readers.
    pub pcsc: bool,
    /// Serial readers to look for.
    pub serial_ports: Vec<SerialPortSettings>,
    /// Look for readers on USB bulk endpoints (programs built with the feature `usb`).
    pub usb: bool,
    /// Which of the readers found are used.
    pub reader: ReaderChoice,
}

impl Default for CardReaderSettings {
    fn default() -> Self {
        Self { pcsc: true, serial_ports: Vec::new(), usb: false, reader: ReaderChoice::Automatic }
    }
}
