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

/// The text is not the lower-case hex form of the type it was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {0} of 64 lower-case hex digits")]
pub struct NotHex(pub(crate) &'static str);

/// Gives a newtype of bytes its one text form: in `Display`, `Debug`, `FromStr` and serde. A text
/// that is not its form is the error given.
macro_rules! written_as_hex {
    ($type:ident, $error:expr => $error_type:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::hex::encode(&self.0))
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $error_type;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::hex::decode_array(text).map(Self).ok_or($error)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use written_as_hex;
