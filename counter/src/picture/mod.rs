//! Pictures (图像) from camera, chip and file: opened without trust, cut to the standard's photo,
//! measured, shown small.
//!
//! Everything that comes in as bytes goes through [`Picture::open`]: only JPEG, PNG and BMP, told
//! by their content; sizes are read from the header before anything is allocated; what cannot be
//! right is refused with a sentence. What goes out is always written anew from pixels, so no
//! metadata (EXIF, position, thumbnail) and nothing hidden behind the picture survives.
//!
//! Where the face lies in the photo (width 207 ± 14, hairline 7–21 px from the top, eyes ≥ 207 px
//! above the bottom) is **not** measured here: the crop tool draws the lines of [`rules::photo`]
//! over the picture and the clerk fits the face to them.

mod crop;
#[cfg(test)]
mod drawn;
mod encode;
mod error;
mod figures;
mod jpeg_end;
mod open;
mod resize;
mod symbol;
#[cfg(test)]
mod tests;

pub use crop::Crop;
pub use error::PictureError;
pub use open::{MOST_BYTES, MOST_PIXELS, MOST_SIDE_PX};
pub use symbol::find_symbol;

use image::RgbImage;
use rules::photo::PhotoFigures;

/// Long side of a page kept as evidence (材料), pixels: an A4 page at 170 dpi, small print stays
/// legible.
pub const EVIDENCE_SIDE_PX: u32 = 2_000;

/// An opened picture: upright, without transparency, without metadata. Never shown in `Debug`: it
/// may be a face.
pub struct Picture {
    /// The picture, then each time half as large as before, down to about the size of the photo:
    /// what is cropped from.
    levels: Vec<RgbImage>,
}

/// A certificate photo (证件照): 358 × 441 pixels, 350 dpi, 24-bit JPEG.
pub struct Photo {
    /// The file.
    pub jpeg: Vec<u8>,
    /// What was measured; [`rules::photo::judge`] compares it with the limits.
    pub figures: PhotoFigures,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} × {})", self.width(), self.height())
    }
}

impl std::fmt::Debug for Photo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Photo({} bytes)", self.jpeg.len())
    }
}

impl Picture {
    /// Opens a picture file.
    ///
    /// # Errors
    /// Too many bytes or pixels, not a picture we take, cut off, damaged. At most about 400 MB are
    /// in use at any moment, however the file was made.
    pub fn open(bytes: &[u8]) -> Result<Self, PictureError> {
        open::open(bytes).map(Self::new)
    }

    /// A picture of pixels, for instance the frame of a camera: three bytes each, red, green, blue,
    /// rows from the top.
    ///
    /// # Errors
    /// As many pixels as [`Self::open`] takes; `Damaged` when there are not exactly as many bytes
    /// as pixels need.
    pub fn from_pixels(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, PictureError> {
        open::check_size(width, height)?;
        RgbImage::from_raw(width, height, pixels)
            .filter(|image| image.as_raw().len() == 3 * (width as usize) * (height as usize))
            .map(Self::new)
            .ok_or(PictureError::Damaged)
    }

    fn new(image: RgbImage) -> Self {
        Self { levels: resize::halved(image) }
    }

    fn full(&self) -> &RgbImage {
        &self.levels[0]
    }

    /// Width, pixels.
    pub fn width(&self) -> u32 {
        self.full().width()
    }

    /// Height, pixels.
    pub fn height(&self) -> u32 {
        self.full().height()
    }

    /// A smaller copy for the screen: at most `side` pixels on its long side, JPEG.
    ///
    /// # Errors
    /// `Damaged` when the picture cannot be written, which does not happen with pixels in memory.
    pub fn preview(&self, side: u32) -> Result<Vec<u8>, PictureError> {
        encode::jpeg(&resize::within(self.level_for(side), side)?, encode::PREVIEW_QUALITY)
    }

    /// The page as it is kept as evidence: at most [`EVIDENCE_SIDE_PX`] on its long side, JPEG.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub fn evidence(&self) -> Result<Vec<u8>, PictureError> {
        encode::jpeg(&resize::within(self.full(), EVIDENCE_SIDE_PX)?, encode::EVIDENCE_QUALITY)
    }

    /// Cuts the photo out of the picture and measures it. What lies outside of the picture is
    /// white.
    ///
    /// # Errors
    /// `CropInvalid` when the rectangle has no size or lies nowhere near the picture.
    pub fn crop(&self, crop: &Crop) -> Result<Photo, PictureError> {
        let cut = crop::cut(self, crop)?;
        let jpeg = encode::photo(&cut.image)?;
        let figures = figures::measure(&cut.image, (cut.seen_width, cut.seen_height), jpeg.len());
        Ok(Photo { jpeg, figures })
    }

    /// The figures of this picture as it is, taken as a finished photo of so many bytes: for the
    /// photo the registry has.
    pub fn figures(&self, bytes: usize) -> PhotoFigures {
        figures::measure(self.full(), (self.width(), self.height()), bytes)
    }

    /// The smallest copy that still has `side` pixels.
    fn level_for(&self, side: u32) -> &RgbImage {
        let large_enough = |level: &&RgbImage| level.width().max(level.height()) >= side;
        self.levels.iter().rev().find(large_enough).unwrap_or(self.full())
    }
}
