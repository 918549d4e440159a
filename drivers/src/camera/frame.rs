//! One picture of a camera, always as JPEG.

use std::fmt;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, ImageReader, RgbImage};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::CameraError;

/// JPEG quality for raw pictures, out of 100: enough for a portrait, small enough for a preview.
const JPEG_QUALITY: u8 = 90;
/// Largest side of a picture, in pixels. Portraits and previews are smaller; more is a fault.
const SIDE_LIMIT_PX: u32 = 8192;

/// One picture as JPEG. It may show a citizen, so it is wiped when dropped and hidden from `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Frame {
    width: u32,
    height: u32,
    jpeg: Vec<u8>,
}

impl Frame {
    /// Takes an encoded picture. Anything but JPEG is encoded again.
    ///
    /// # Errors
    /// [`CameraError::Garbled`] if the bytes are not a picture of an allowed size.
    pub fn from_encoded(bytes: Vec<u8>) -> Result<Self, CameraError> {
        let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
        let reader = reader.map_err(|_| CameraError::Garbled)?;
        if reader.format() != Some(ImageFormat::Jpeg) {
            let picture = reader.decode().map_err(|_| CameraError::Garbled)?;
            return Self::from_rgb(&picture.to_rgb8());
        }
        let (width, height) = reader.into_dimensions().map_err(|_| CameraError::Garbled)?;
        if !(1..=SIDE_LIMIT_PX).contains(&width) || !(1..=SIDE_LIMIT_PX).contains(&height) {
            return Err(CameraError::Garbled);
        }
        Ok(Self { width, height, jpeg: bytes })
    }

    /// Converts a raw picture with two bytes a pixel (YUYV 4:2:2, BT.601).
    ///
    /// # Errors
    /// [`CameraError::Garbled`] if the size does not match the bytes.
    pub fn from_yuyv(width: u32, height: u32, bytes: &[u8]) -> Result<Self, CameraError> {
        let pixels = u64::from(width) * u64::from(height);
        if !width.is_multiple_of(2) || pixels == 0 || bytes.len() as u64 != pixels * 2 {
            return Err(CameraError::Garbled);
        }
        let rgb = bytes.chunks_exact(4).flat_map(|four| {
            let [first, blue, second, red] = [four[0], four[1], four[2], four[3]];
            [rgb(first, blue, red), rgb(second, blue, red)].concat()
        });
        let picture = RgbImage::from_raw(width, height, rgb.collect()).ok_or(CameraError::Garbled)?;
        Self::from_rgb(&picture)
    }

    fn from_rgb(picture: &RgbImage) -> Result<Self, CameraError> {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
            .encode_image(picture)
            .map_err(|_| CameraError::Garbled)?;
        Ok(Self { width: picture.width(), height: picture.height(), jpeg })
    }

    /// Returns the width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Returns the height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Returns the picture as a JPEG file.
    #[must_use]
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Frame({} × {}, redacted)", self.width, self.height)
    }
}

/// Converts one pixel from BT.601 in the limited range that cameras use.
fn rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let luma = 1.164 * (f32::from(luma) - 16.0);
    let (blue, red) = (f32::from(blue) - 128.0, f32::from(red) - 128.0);
    // A cast from float to integer saturates at the range of the integer.
    [luma + 1.596 * red, luma - 0.392 * blue - 0.813 * red, luma + 2.017 * blue].map(|value| value as u8)
}
