//! Checks a JPEG photo and embeds it unchanged; it is neither decoded nor encoded again.

use lopdf::{Stream, dictionary};

use crate::error::PhotoError;

/// Largest size of a photo, in bytes. GA 461 photos have 14 to 40 kB; a camera's own
/// pictures are larger.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Fewest pixels of a side. The chip photo of the ID card has 102 × 126.
const LEAST_PIXELS: u16 = 64;
/// Most pixels of a side. More could exhaust the memory of a printer.
const MOST_PIXELS: u16 = 4096;

/// A photo that passed the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Photo<'p> {
    data: &'p [u8],
    pub(crate) width: u16,
    pub(crate) height: u16,
    grey: bool,
}

impl<'p> Photo<'p> {
    /// Parses the JPEG's frame header and checks what printing relies on.
    pub(crate) fn new(data: &'p [u8]) -> Result<Self, PhotoError> {
        if data.len() > MOST_BYTES {
            return Err(PhotoError::TooManyBytes { bytes: data.len(), limit: MOST_BYTES });
        }
        if !data.starts_with(&[0xFF, 0xD8]) || !ends_as_jpeg(data) {
            return Err(PhotoError::NotJpeg);
        }
        let (marker, frame) = frame_header(data).ok_or(PhotoError::NotJpeg)?;
        let &[precision, height_high, height_low, width_high, width_low, components, ..] = frame else {
            return Err(PhotoError::NotJpeg);
        };
        let coded = matches!(marker, 0xC0..=0xC2) && precision == 8 && matches!(components, 1 | 3);
        if !coded {
            return Err(PhotoError::UnsupportedCoding);
        }
        let width = u16::from_be_bytes([width_high, width_low]);
        let height = u16::from_be_bytes([height_high, height_low]);
        let allowed = LEAST_PIXELS..=MOST_PIXELS;
        if !allowed.contains(&width) || !allowed.contains(&height) {
            return Err(PhotoError::Pixels { width, height, least: LEAST_PIXELS, most: MOST_PIXELS });
        }
        Ok(Self { data, width, height, grey: components == 1 })
    }

    /// Returns the picture as an object of a document.
    pub(super) fn object(&self) -> Stream {
        let entries = dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => i64::from(self.width),
            "Height" => i64::from(self.height),
            "ColorSpace" => if self.grey { "DeviceGray" } else { "DeviceRGB" },
            "BitsPerComponent" => 8,
            "Interpolate" => true,
            "Filter" => "DCTDecode",
        };
        Stream::new(entries, self.data.to_vec())
    }
}

/// Returns whether the file has an end marker. Cameras may pad after it; a file without one
/// was cut off.
fn ends_as_jpeg(data: &[u8]) -> bool {
    let padded = data.iter().rev().take_while(|&&byte| byte == 0).count();
    data.len()
        .checked_sub(padded)
        .and_then(|end| data.get(..end))
        .is_some_and(|data| data.ends_with(&[0xFF, 0xD9]))
}

/// Returns marker and content of the first frame header.
///
/// Walking the segments makes sure that a thumbnail inside EXIF is not taken for the picture.
fn frame_header(data: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = data.get(2..)?;
    loop {
        let &[0xFF, marker, ..] = rest else { return None };
        if marker == 0xFF {
            rest = rest.get(1..)?;
            continue;
        }
        if matches!(marker, 0xD9 | 0xDA) {
            return None;
        }
        if matches!(marker, 0x01 | 0xD0..=0xD7) {
            rest = rest.get(2..)?;
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]));
        let content = rest.get(4..2 + length)?;
        let is_frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
        if is_frame {
            return Some((marker, content));
        }
        rest = rest.get(2 + length..)?;
    }
}
