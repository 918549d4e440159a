//! Whether a JPEG file goes on to its end. The decoder fills what is missing of a cut-off file with
//! grey and says nothing.

use super::PictureError;

const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: u8 = 0xD9;

/// Walks the segments of the file (ITU-T T.81, annex B) until its end marker. What follows the end
/// is of no interest: cameras leave padding there.
pub(super) fn check(bytes: &[u8]) -> Result<(), PictureError> {
    let mut rest = bytes.get(2..).ok_or(PictureError::CutOff)?;
    loop {
        let marker;
        (marker, rest) = next_marker(rest)?;
        match marker {
            END_OF_IMAGE => return Ok(()),
            // markers without a segment: TEM, the restarts, a start again
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let length = rest.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length)));
                rest = length.and_then(|length| rest.get(length.max(2)..)).ok_or(PictureError::CutOff)?;
                if marker == START_OF_SCAN {
                    rest = after_scan(rest)?;
                }
            }
        }
    }
}

/// The next marker, with any fill bytes before it.
fn next_marker(bytes: &[u8]) -> Result<(u8, &[u8]), PictureError> {
    let start = bytes.iter().position(|byte| *byte == 0xFF).ok_or(PictureError::CutOff)?;
    let rest = &bytes[start..];
    let at = rest.iter().position(|byte| *byte != 0xFF).ok_or(PictureError::CutOff)?;
    Ok((rest[at], &rest[at + 1..]))
}

/// Skips compressed data: in it 0xFF is followed by 0x00 or a restart marker.
fn after_scan(bytes: &[u8]) -> Result<&[u8], PictureError> {
    bytes
        .windows(2)
        .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF))
        .map(|at| &bytes[at..])
        .ok_or(PictureError::CutOff)
}
