//! Reads the social security card (社会保障卡).
//!
//! Its files consist of records, each with a tag, a length and a value. Records are requested by
//! tag, because their numbers changed between versions: the sex is record 3 on 1.x and 4 later. A
//! PIN is never sent.

use std::fmt;

use encoding_rs::{DecoderResult, GB18030};

use super::apdu::{Reply, StatusWord, exchange};
use super::{ApduChannel, CardError, CardField};

/// SELECT by the name `sx1.sh.社会保障` (in GB 18030).
const SELECT_APPLICATION: [u8; 20] = [
    0x00, 0xA4, 0x04, 0x00, 0x0F, 0x73, 0x78, 0x31, 0x2E, 0x73, 0x68, 0x2E, 0xC9, 0xE7, 0xBB, 0xE1, 0xB1,
    0xA3, 0xD5, 0xCF,
];
/// First parameters of SELECT by file identifier; some cards want the second one.
const SELECT_FILE_PARAMETERS: [u8; 2] = [0x02, 0x00];
const CARD_FILE: [u8; 2] = [0xEF, 0x05];
const HOLDER_FILE: [u8; 2] = [0xEF, 0x06];

/// A record: its tag, and the length of its value in bytes.
#[derive(Clone, Copy)]
struct Record {
    tag: u8,
    length: u8,
}

const CARD_ID: Record = Record { tag: 0x01, length: 16 };
const CLASS: Record = Record { tag: 0x02, length: 1 };
const VERSION: Record = Record { tag: 0x03, length: 4 };
const INITIALISER: Record = Record { tag: 0x04, length: 12 };
const ISSUED: Record = Record { tag: 0x05, length: 4 };
const EXPIRES: Record = Record { tag: 0x06, length: 4 };
const CARD_NUMBER: Record = Record { tag: 0x07, length: 9 };
const NUMBER: Record = Record { tag: 0x08, length: 18 };
const NAME: Record = Record { tag: 0x09, length: 30 };
const NAME_EXTENSION: Record = Record { tag: 0x4E, length: 20 };
const SEX: Record = Record { tag: 0x0A, length: 1 };
const ETHNIC_GROUP: Record = Record { tag: 0x0B, length: 1 };
const BIRTHPLACE: Record = Record { tag: 0x0C, length: 3 };
const BIRTH: Record = Record { tag: 0x0D, length: 4 };

/// Content of a social security card: the card and its holder, without portrait and address.
#[derive(Clone, PartialEq, Eq)]
pub struct SocialSecurityCard {
    /// Card identifier (卡识别码): 32 hex digits, beginning with the six-digit city code.
    pub card_id: String,
    /// Class of the card, as stored.
    pub class: String,
    /// Version of the file structure, such as `3.00`.
    pub version: String,
    /// Number of the organisation that initialised the card, 24 hex digits.
    pub initialiser: String,
    /// Issue date, as `YYYYMMDD`.
    pub issued: String,
    /// Last day of validity, as `YYYYMMDD`.
    pub expires: String,
    /// Number printed on the card (卡号).
    pub card_number: String,
    /// Social security number (社会保障号码), which equals the citizen number.
    pub number: String,
    /// Name, with its extension. The field holds 30 bytes of GB 18030, and the extension 20 more.
    pub name: String,
    /// Whether the name uses all the room there is, so that it may be cut off. Part of a character
    /// at the cut is not in `name`.
    pub name_fills_field: bool,
    /// Sex code, as stored.
    pub sex: String,
    /// Ethnic group code, two digits.
    pub ethnic_group: String,
    /// Place of birth as a six-digit division code; `None` if the card omits it.
    pub birthplace: Option<String>,
    /// Birth date, as `YYYYMMDD`.
    pub birth: String,
}

impl fmt::Debug for SocialSecurityCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SocialSecurityCard").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Selects the application. Returns `false` if the card has none.
pub(crate) fn select<C: ApduChannel + ?Sized>(channel: &mut C) -> Result<bool, CardError> {
    Ok(exchange(channel, &SELECT_APPLICATION)?.status == StatusWord::OK)
}

/// Reads both files after [`select`].
///
/// # Errors
/// [`CardError::HolderProtected`] if the holder's file requires authentication,
/// [`CardError::Protocol`] for a record with a wrong tag or length, [`CardError::Garbled`] for
/// a malformed value.
pub(crate) fn read<C: ApduChannel + ?Sized>(channel: &mut C) -> Result<SocialSecurityCard, CardError> {
    select_file(channel, CARD_FILE)?;
    let card_id = hexadecimal(&record(channel, CARD_ID)?);
    let class = ascii(&record(channel, CLASS)?, CardField::Version)?;
    let version = ascii(&record(channel, VERSION)?, CardField::Version)?;
    let initialiser = hexadecimal(&record(channel, INITIALISER)?);
    let issued = date(&record(channel, ISSUED)?, CardField::ValidFrom)?;
    let expires = date(&record(channel, EXPIRES)?, CardField::ValidTo)?;
    let card_number = ascii(&record(channel, CARD_NUMBER)?, CardField::CardNumber)?;

    select_file(channel, HOLDER_FILE)?;
    let number = ascii(&record(channel, NUMBER)?, CardField::Number)?;
    let (name, name_fills_field) = name(channel)?;
    let sex = ascii(&record(channel, SEX)?, CardField::Sex)?;
    let ethnic_group = digits(&record(channel, ETHNIC_GROUP)?, CardField::EthnicGroup)?;
    let birthplace = optional_record(channel, BIRTHPLACE)?
        .map(|value| digits(&value, CardField::Birthplace))
        .transpose()?;
    let birth = date(&record(channel, BIRTH)?, CardField::Birth)?;
    Ok(SocialSecurityCard {
        card_id,
        class,
        version,
        initialiser,
        issued,
        expires,
        card_number,
        number,
        name,
        name_fills_field,
        sex,
        ethnic_group,
        birthplace,
        birth,
    })
}

fn select_file<C: ApduChannel + ?Sized>(channel: &mut C, file: [u8; 2]) -> Result<(), CardError> {
    let mut status = StatusWord::NOT_FOUND;
    for parameter in SELECT_FILE_PARAMETERS {
        status = exchange(channel, &[0x00, 0xA4, parameter, 0x00, 0x02, file[0], file[1]])?.status;
        match status {
            StatusWord::OK => return Ok(()),
            StatusWord::SECURITY => break,
            _ => {}
        }
    }
    Err(refusal(status))
}

/// Reads the full name: the name record, and the extension if the card (2.0 or 3.0) has one.
fn name<C: ApduChannel + ?Sized>(channel: &mut C) -> Result<(String, bool), CardError> {
    let mut bytes = record(channel, NAME)?;
    let first_part = bytes.len();
    if let Some(extension) = optional_record(channel, NAME_EXTENSION)? {
        // The name is cut between bytes, so the parts are joined before decoding. A padded first
        // part is the whole name.
        if padded_length(&bytes) == bytes.len() {
            bytes.extend_from_slice(&extension);
        }
    }
    let used = padded_length(&bytes);
    let fills_field = used == bytes.len();
    let garbled = CardError::Garbled { field: CardField::Name };
    let (text, is_cut) = gb18030(&bytes[..used]).ok_or(garbled)?;
    // Part of a character is the rest of one only where its field had no room for the whole of it.
    let may_be_cut = fills_field || used == first_part;
    if text.is_empty() || (is_cut && !may_be_cut) {
        return Err(garbled);
    }
    Ok((text, fills_field || is_cut))
}

/// The whole characters of a text, and whether it ends inside another one; `None` when it is no
/// text.
fn gb18030(bytes: &[u8]) -> Option<(String, bool)> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len())?;
    let mut text = String::with_capacity(room);
    let (outcome, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, false);
    if outcome != DecoderResult::InputEmpty {
        return None;
    }
    let (end, _) = decoder.decode_to_string_without_replacement(&[], &mut text, true);
    Some((text, end != DecoderResult::InputEmpty))
}

fn record<C: ApduChannel + ?Sized>(channel: &mut C, record: Record) -> Result<Vec<u8>, CardError> {
    let reply = read_by_tag(channel, record)?;
    if reply.status != StatusWord::OK {
        return Err(refusal(reply.status));
    }
    value(&reply.data, record)
}

/// Reads a record that the card may omit.
fn optional_record<C: ApduChannel + ?Sized>(
    channel: &mut C,
    record: Record,
) -> Result<Option<Vec<u8>>, CardError> {
    let reply = read_by_tag(channel, record)?;
    match reply.status {
        StatusWord::OK => Ok(Some(value(&reply.data, record)?)),
        StatusWord::RECORD_NOT_FOUND | StatusWord::NOT_FOUND => Ok(None),
        status => Err(refusal(status)),
    }
}

fn read_by_tag<C: ApduChannel + ?Sized>(channel: &mut C, record: Record) -> Result<Reply, CardError> {
    exchange(channel, &[0x00, 0xB2, record.tag, 0x00, record.length + 2])
}

fn value(data: &[u8], record: Record) -> Result<Vec<u8>, CardError> {
    match data.split_first_chunk::<2>() {
        Some(([tag, length], value))
            if *tag == record.tag && *length <= record.length && value.len() >= usize::from(*length) =>
        {
            Ok(value[..usize::from(*length)].to_vec())
        }
        _ => Err(CardError::Protocol),
    }
}

fn refusal(status: StatusWord) -> CardError {
    match status {
        StatusWord::SECURITY => CardError::HolderProtected,
        _ => CardError::Protocol,
    }
}

fn padded_length(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| !matches!(byte, 0x00 | 0x20 | 0xFF)).map_or(0, |last| last + 1)
}

fn ascii(bytes: &[u8], field: CardField) -> Result<String, CardError> {
    let used = &bytes[..padded_length(bytes)];
    if used.iter().all(u8::is_ascii_graphic) {
        Ok(used.iter().map(|byte| char::from(*byte)).collect())
    } else {
        Err(CardError::Garbled { field })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Converts binary-coded decimal into digits.
fn digits(bytes: &[u8], field: CardField) -> Result<String, CardError> {
    let text = hexadecimal(bytes);
    if text.bytes().all(|byte| byte.is_ascii_digit()) { Ok(text) } else { Err(CardError::Garbled { field }) }
}

fn date(bytes: &[u8], field: CardField) -> Result<String, CardError> {
    if bytes.len() == 4 { digits(bytes, field) } else { Err(CardError::Garbled { field }) }
}
