//! Parses the text block of identity documents: 256 bytes of UTF-16LE in fixed fields,
//! padded with spaces.

use super::{CardEnd, CardError, CardField, ChipPhoto, IdentityCard, Layout};

/// Length of a text block, in bytes.
pub const TEXT_LENGTH: usize = 256;

const FLAG_OFFSET: usize = 248;
/// Padding: the standard uses spaces, but some writers use NUL.
const PADDING: [u16; 2] = [0x0020, 0x0000];
const LONG_TERM: &str = "长期";

/// Position of a field, in bytes.
#[derive(Clone, Copy)]
struct Span {
    field: CardField,
    offset: usize,
    length: usize,
}

const fn span(field: CardField, offset: usize, length: usize) -> Span {
    Span { field, offset, length }
}

// Fields with the same position in more than one layout.
const NAME: Span = span(CardField::Name, 0, 30);
const SEX: Span = span(CardField::Sex, 30, 2);
const COUNT_AT_32: Span = span(CardField::IssueCount, 32, 4);
const ETHNIC_GROUP: Span = span(CardField::EthnicGroup, 32, 4);
const BIRTH: Span = span(CardField::Birth, 36, 16);
const ADDRESS: Span = span(CardField::Address, 52, 70);
const NUMBER: Span = span(CardField::Number, 122, 36);
const ISSUER: Span = span(CardField::Issuer, 158, 30);
const VALID_FROM: Span = span(CardField::ValidFrom, 188, 16);
const VALID_TO: Span = span(CardField::ValidTo, 204, 16);
// Fields of the residence permit.
const PASS_NUMBER: Span = span(CardField::PassNumber, 220, 18);
const COUNT_AT_238: Span = span(CardField::IssueCount, 238, 4);
// Fields of the foreign permanent resident card of 2023. The Latin name continues after the dates.
const LATIN_NAME_HEAD: Span = span(CardField::EnglishName, 52, 70);
const LATIN_NAME_TAIL: Span = span(CardField::EnglishName, 220, 22);
const COUNTRY_AT_242: Span = span(CardField::Country, 242, 6);
// Fields of the foreign permanent resident card of 2017.
const OLD_LATIN_NAME: Span = span(CardField::EnglishName, 0, 120);
const OLD_SEX: Span = span(CardField::Sex, 120, 2);
const OLD_NUMBER: Span = span(CardField::Number, 122, 30);
const OLD_COUNTRY: Span = span(CardField::Country, 152, 6);
const OLD_NAME: Span = span(CardField::Name, 158, 30);
const OLD_BIRTH: Span = span(CardField::Birth, 220, 16);
const OLD_ISSUER: Span = span(CardField::Issuer, 240, 8);

impl IdentityCard {
    /// Parses a text block and adds the portrait.
    ///
    /// # Errors
    /// [`CardError::UnknownLayout`] for an unknown type flag. [`CardError::Garbled`] if a field is
    /// not UTF-16, or a number or date is malformed. Nothing else is checked.
    pub fn parse(text: &[u8; TEXT_LENGTH], photo: ChipPhoto) -> Result<Self, CardError> {
        let block = Block(text);
        match block.flag() {
            0x0020 => block.mainland(photo),
            flag if flag == u16::from(b'I') => block.foreign_2017(photo),
            flag if flag == u16::from(b'J') => block.residence_permit(photo),
            flag if flag == u16::from(b'Y') => block.foreign_2023(photo),
            _ => Err(CardError::UnknownLayout),
        }
    }
}

/// Parses an address added after issue (追加地址): UTF-16LE, padded with spaces. `None` if
/// it is blank.
///
/// # Errors
/// [`CardError::Garbled`] if the bytes are not UTF-16.
pub(crate) fn parse_added_address(bytes: &[u8]) -> Result<Option<String>, CardError> {
    let text = decode(bytes, CardField::AddedAddress)?.0;
    Ok((!text.is_empty()).then_some(text))
}

struct Block<'a>(&'a [u8; TEXT_LENGTH]);

impl Block<'_> {
    fn flag(&self) -> u16 {
        u16::from_le_bytes([self.0[FLAG_OFFSET], self.0[FLAG_OFFSET + 1]])
    }

    fn mainland(&self, photo: ChipPhoto) -> Result<IdentityCard, CardError> {
        Ok(IdentityCard {
            ethnic_group: self.optional(ETHNIC_GROUP)?,
            address: self.optional(ADDRESS)?,
            issuer: self.optional(ISSUER)?,
            ..self.common(Layout::Mainland, photo)?
        })
    }

    fn residence_permit(&self, photo: ChipPhoto) -> Result<IdentityCard, CardError> {
        Ok(IdentityCard {
            address: self.optional(ADDRESS)?,
            issuer: self.optional(ISSUER)?,
            pass_number: self.optional(PASS_NUMBER)?,
            issue_count: self.optional(COUNT_AT_238)?,
            ..self.common(Layout::HongKongMacaoTaiwan, photo)?
        })
    }

    fn foreign_2023(&self, photo: ChipPhoto) -> Result<IdentityCard, CardError> {
        // The first part keeps its padding, because its 35th character may be the space
        // between two words.
        let mut latin = decode_untrimmed(self.bytes(LATIN_NAME_HEAD), CardField::EnglishName)?;
        latin.push_str(&self.text(LATIN_NAME_TAIL)?);
        let latin = latin.trim_end_matches([' ', '\0']);
        Ok(IdentityCard {
            english_name: (!latin.is_empty()).then(|| latin.to_owned()),
            issue_count: self.optional(COUNT_AT_32)?,
            country: self.optional(COUNTRY_AT_242)?,
            ..self.common(Layout::ForeignPermanentResident2023, photo)?
        })
    }

    /// Parses the fields that have the same position in the three newer layouts.
    fn common(&self, layout: Layout, photo: ChipPhoto) -> Result<IdentityCard, CardError> {
        let (name, name_units) = decode(self.bytes(NAME), CardField::Name)?;
        Ok(IdentityCard {
            layout,
            name,
            name_units,
            english_name: None,
            sex: self.text(SEX)?,
            ethnic_group: None,
            birth: self.date(BIRTH)?,
            address: None,
            number: self.citizen_number()?,
            issuer: None,
            valid_from: self.date(VALID_FROM)?,
            valid_to: self.end(VALID_TO)?,
            pass_number: None,
            issue_count: None,
            country: None,
            added_address: None,
            photo,
        })
    }

    fn foreign_2017(&self, photo: ChipPhoto) -> Result<IdentityCard, CardError> {
        let (name, name_units) = decode(self.bytes(OLD_NAME), CardField::Name)?;
        Ok(IdentityCard {
            layout: Layout::ForeignPermanentResident2017,
            name,
            name_units,
            english_name: self.optional(OLD_LATIN_NAME)?,
            sex: self.text(OLD_SEX)?,
            ethnic_group: None,
            birth: self.date(OLD_BIRTH)?,
            address: None,
            number: self.old_number()?,
            issuer: self.optional(OLD_ISSUER)?,
            valid_from: self.date(VALID_FROM)?,
            valid_to: self.end(VALID_TO)?,
            pass_number: None,
            issue_count: None,
            country: self.optional(OLD_COUNTRY)?,
            added_address: None,
            photo,
        })
    }

    fn bytes(&self, span: Span) -> &[u8] {
        &self.0[span.offset..span.offset + span.length]
    }

    fn text(&self, span: Span) -> Result<String, CardError> {
        Ok(decode(self.bytes(span), span.field)?.0)
    }

    fn optional(&self, span: Span) -> Result<Option<String>, CardError> {
        let text = self.text(span)?;
        Ok((!text.is_empty()).then_some(text))
    }

    fn date(&self, span: Span) -> Result<String, CardError> {
        let text = self.text(span)?;
        if is_date(&text) { Ok(text) } else { Err(CardError::Garbled { field: span.field }) }
    }

    fn end(&self, span: Span) -> Result<CardEnd, CardError> {
        match self.text(span)? {
            text if text == LONG_TERM => Ok(CardEnd::LongTerm),
            text if is_date(&text) => Ok(CardEnd::Date(text)),
            _ => Err(CardError::Garbled { field: span.field }),
        }
    }

    fn citizen_number(&self) -> Result<String, CardError> {
        let text = self.text(NUMBER)?;
        let shaped = text.len() == 18
            && text.as_bytes()[..17].iter().all(u8::is_ascii_digit)
            && matches!(text.as_bytes()[17], b'0'..=b'9' | b'X' | b'x');
        if shaped { Ok(text) } else { Err(CardError::Garbled { field: CardField::Number }) }
    }

    /// Parses three letters of the country and twelve digits.
    fn old_number(&self) -> Result<String, CardError> {
        let text = self.text(OLD_NUMBER)?;
        let shaped = text.len() == 15
            && text.as_bytes()[..3].iter().all(u8::is_ascii_uppercase)
            && text.as_bytes()[3..].iter().all(u8::is_ascii_digit);
        if shaped { Ok(text) } else { Err(CardError::Garbled { field: CardField::Number }) }
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Decodes a field and drops its padding. Also returns the number of UTF-16 code units left.
fn decode(bytes: &[u8], field: CardField) -> Result<(String, u16), CardError> {
    let mut units = units(bytes);
    while units.last().is_some_and(|unit| PADDING.contains(unit)) {
        units.pop();
    }
    let text = String::from_utf16(&units).map_err(|_| CardError::Garbled { field })?;
    // A field has at most 128 code units.
    let count = u16::try_from(units.len()).map_err(|_| CardError::Garbled { field })?;
    Ok((text, count))
}

fn decode_untrimmed(bytes: &[u8], field: CardField) -> Result<String, CardError> {
    String::from_utf16(&units(bytes)).map_err(|_| CardError::Garbled { field })
}

fn units(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}
