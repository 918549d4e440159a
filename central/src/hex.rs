//! Hexadecimal text of digests, references, serials and signatures.

use rules::{correction::Digest, op::CitizenRef};

/// Lower-case text of bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Bytes of a text; `None` when it is not one.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(|pair| Some((digit(pair[0])? << 4) | digit(pair[1])?)).collect()
}

/// The 32 bytes of a digest.
#[must_use]
pub fn digest_bytes(digest: &Digest) -> Option<Vec<u8>> {
    decode(&digest.0).filter(|bytes| bytes.len() == 32)
}

/// The 32 bytes of a citizen reference.
#[must_use]
pub fn reference_bytes(reference: &CitizenRef) -> Option<Vec<u8>> {
    decode(&reference.0).filter(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&bytes)), Some(bytes));
        assert_eq!(encode(&[0, 255, 16]), "00ff10");
    }

    #[test]
    fn other_text_is_refused() {
        assert_eq!(decode("0"), None);
        assert_eq!(decode("0g"), None);
        assert_eq!(decode("+1"), None);
        assert_eq!(decode("é"), None);
    }
}
