//! Why a picture is not taken.

/// Why a picture is not taken. Nothing of the picture is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More bytes than any camera or scanner of a counter makes.
    #[error("picture file too large")]
    TooManyBytes,
    /// Not JPEG, PNG or BMP, whatever its name says.
    #[error("not a JPEG, PNG or BMP picture")]
    NotAPicture,
    /// More pixels than are taken, or none.
    #[error("picture of {width} × {height} pixels")]
    Dimensions {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// The file ends before the picture does.
    #[error("picture file is cut off")]
    CutOff,
    /// The picture cannot be decoded.
    #[error("picture file is damaged")]
    Damaged,
    /// The rectangle to be cut out has no size or lies nowhere near the picture.
    #[error("crop rectangle is not in the picture")]
    CropInvalid,
}
