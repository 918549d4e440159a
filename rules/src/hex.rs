//! Encodes and decodes lower-case hexadecimal, the text form of every digest, key and serial.

/// Encodes bytes with two lower-case digits for each byte.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Decodes exactly `N` bytes; `None` for anything else.
///
/// Capitals are rejected, so that a value has only one text.
pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = 16 * digit_value(pair[0])? + digit_value(pair[1])?;
    }
    Some(bytes)
}

/// Decodes any number of bytes; `None` for an odd length or a character that is not a digit.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let value = |pair: &[u8]| Some(16 * digit_value(pair[0])? + digit_value(pair[1])?);
    if digits.len().is_multiple_of(2) { digits.chunks_exact(2).map(value).collect() } else { None }
}

const fn digit_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}
