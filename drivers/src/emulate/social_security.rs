//! An emulated social security card.

use std::collections::BTreeMap;

use encoding_rs::GB18030;

use super::CardProgram;

const OK: [u8; 2] = [0x90, 0x00];
const SECURITY: [u8; 2] = [0x69, 0x82];
const NO_RECORD: [u8; 2] = [0x6A, 0x83];
const NOT_FOUND: [u8; 2] = [0x6A, 0x82];
const UNKNOWN_INSTRUCTION: [u8; 2] = [0x6D, 0x00];

/// Access to the file with the holder's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HolderFile {
    /// Anyone may read the file.
    #[default]
    Open,
    /// Selecting the file is refused with `6982`.
    RefusesSelection,
    /// The file can be selected, but reading its records is refused with `6982`.
    RefusesRecords,
}

/// A social security card whose holder does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmulatedSocialSecurity {
    /// Version of the file structure: `1.00`, `2.00` or `3.00`.
    pub version: String,
    /// Name of the holder.
    pub name: String,
    /// Social security number of the holder.
    pub number: String,
    /// Number printed on the card.
    pub card_number: String,
    /// Birth date, as `YYYYMMDD`.
    pub birth: String,
    /// Sex code, as stored.
    pub sex: String,
    /// Access to the file with the holder's data.
    pub holder_file: HolderFile,
    /// Whether the name extension exists. Without it, longer names are cut off.
    pub has_name_extension: bool,
    /// Whether answers are fetched with GET RESPONSE (`61xx`), as contact cards with
    /// protocol T=0 require.
    pub fetches_answers: bool,
    /// First parameter that the card requires in SELECT by file identifier.
    pub select_parameter: u8,
}

impl EmulatedSocialSecurity {
    /// Returns a synthetic holder with a valid check digit.
    #[must_use]
    pub fn synthetic() -> Self {
        Self {
            version: "3.00".to_owned(),
            name: "测试样例".to_owned(),
            number: "11010519491231002X".to_owned(),
            card_number: "A00000001".to_owned(),
            birth: "19491231".to_owned(),
            sex: "2".to_owned(),
            holder_file: HolderFile::Open,
            has_name_extension: true,
            fetches_answers: true,
            select_parameter: 0x02,
        }
    }

    fn card_file(&self) -> BTreeMap<u8, Vec<u8>> {
        BTreeMap::from([
            (0x01, [&[0x31, 0x00, 0x00][..], &[0xD1; 13]].concat()),
            (0x02, b"3".to_vec()),
            (0x03, padded(self.version.as_bytes(), 4, 0x20)),
            (0x04, vec![0x91; 12]),
            (0x05, vec![0x20, 0x20, 0x01, 0x01]),
            (0x06, vec![0x20, 0x40, 0x01, 0x01]),
            (0x07, padded(self.card_number.as_bytes(), 9, 0x20)),
        ])
    }

    fn holder_records(&self) -> BTreeMap<u8, Vec<u8>> {
        let name = GB18030.encode(&self.name).0.into_owned();
        let (head, tail) = name.split_at(name.len().min(30));
        let mut records = BTreeMap::from([
            (0x08, padded(self.number.as_bytes(), 18, 0x20)),
            (0x09, padded(head, 30, 0x00)),
            (0x0A, self.sex.as_bytes().to_vec()),
            (0x0B, vec![0x01]),
            (0x0C, vec![0x31, 0x00, 0x00]),
            (0x0D, packed(&self.birth)),
        ]);
        if self.has_name_extension {
            records.insert(0x4E, padded(tail, 20, 0x00));
        }
        records
    }
}

fn padded(bytes: &[u8], length: usize, padding: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(length, padding);
    bytes
}

/// Converts digits to binary-coded decimal.
fn packed(digits: &str) -> Vec<u8> {
    digits.as_bytes().chunks_exact(2).map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0')).collect()
}

/// Program of the card, with its current selection.
pub struct SocialSecurityProgram {
    card: EmulatedSocialSecurity,
    in_application: bool,
    file: Option<BTreeMap<u8, Vec<u8>>>,
    is_holder_file: bool,
    waiting: Vec<u8>,
}

impl SocialSecurityProgram {
    /// Creates the program of a card.
    #[must_use]
    pub fn new(card: EmulatedSocialSecurity) -> Self {
        Self { card, in_application: false, file: None, is_holder_file: false, waiting: Vec::new() }
    }

    fn select_application(&mut self, name: &[u8]) -> Vec<u8> {
        if GB18030.encode("sx1.sh.社会保障").0 != name {
            return NOT_FOUND.to_vec();
        }
        self.in_application = true;
        let template = [&[0x6F, 0x1C, 0x84, 0x0F][..], name, &[0xA5, 0x09], &[0x9F; 9]].concat();
        self.deliver(template)
    }

    fn select_file(&mut self, parameter: u8, file: u8) -> Vec<u8> {
        if !self.in_application || parameter != self.card.select_parameter {
            return NOT_FOUND.to_vec();
        }
        self.is_holder_file = file == 0x06;
        self.file = match file {
            0x05 => Some(self.card.card_file()),
            0x06 if self.card.holder_file == HolderFile::RefusesSelection => return SECURITY.to_vec(),
            0x06 => Some(self.card.holder_records()),
            _ => return NOT_FOUND.to_vec(),
        };
        OK.to_vec()
    }

    fn read_record(&self, tag: u8, expected: u8) -> Vec<u8> {
        if self.is_holder_file && self.card.holder_file == HolderFile::RefusesRecords {
            return SECURITY.to_vec();
        }
        let Some(value) = self.file.as_ref().and_then(|file| file.get(&tag)) else {
            return NO_RECORD.to_vec();
        };
        // No record is longer than 30 bytes, so the cast is lossless.
        let length = value.len() as u8;
        if expected != length + 2 {
            return vec![0x6C, length + 2];
        }
        [&[tag, length][..], value, &OK].concat()
    }

    /// Delivers an answer. In protocol T=0, a command with data has no answer, so it is
    /// kept until fetched.
    fn deliver(&mut self, answer: Vec<u8>) -> Vec<u8> {
        if !self.card.fetches_answers {
            return [&answer[..], &OK].concat();
        }
        let length = answer.len() as u8;
        self.waiting = answer;
        vec![0x61, length]
    }
}

impl CardProgram for SocialSecurityProgram {
    fn answer_to_reset(&self) -> Vec<u8> {
        vec![0x3B, 0x66, 0x00, 0x00, b'S', b'S', b'S', b'E', 0x31, 0x00]
    }

    fn reset(&mut self) {
        self.in_application = false;
        self.file = None;
        self.waiting.clear();
    }

    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        match command {
            [0x00, 0xA4, 0x04, 0x00, length, name @ ..] if name.len() == usize::from(*length) => {
                self.select_application(name)
            }
            [0x00, 0xA4, parameter, 0x00, 0x02, 0xEF, file] => self.select_file(*parameter, *file),
            [0x00, 0xB2, tag, 0x00, expected] if self.in_application => self.read_record(*tag, *expected),
            [0x00, 0xC0, 0x00, 0x00, expected] if self.waiting.len() == usize::from(*expected) => {
                [&std::mem::take(&mut self.waiting)[..], &OK].concat()
            }
            _ => UNKNOWN_INSTRUCTION.to_vec(),
        }
    }
}
