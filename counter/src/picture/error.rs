//! Why a picture is not taken.

use rules::Language;

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

impl PictureError {
    /// Every one, for the tables of words.
    pub const ALL: [Self; 6] = [
        Self::TooManyBytes,
        Self::NotAPicture,
        Self::Dimensions { width: 0, height: 0 },
        Self::CutOff,
        Self::Damaged,
        Self::CropInvalid,
    ];

    /// The stable code: what the page and the handbook know.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooManyBytes => "picture_too_many_bytes",
            Self::NotAPicture => "picture_type",
            Self::Dimensions { .. } => "picture_dimensions",
            Self::CutOff => "picture_cut_off",
            Self::Damaged => "picture_damaged",
            Self::CropInvalid => "picture_crop",
        }
    }

    /// What happened, what was saved, what to do.
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.chinese(),
            Language::English => self.english(),
        }
    }

    const fn chinese(self) -> &'static str {
        match self {
            Self::TooManyBytes => "图片文件超过 32 MB，未载入。请降低分辨率后重新扫描或拍摄。",
            Self::NotAPicture => "此文件不是 JPEG、PNG 或 BMP 图片，未载入。请选择正确的图片文件。",
            Self::Dimensions { .. } => {
                "图片尺寸超出范围（最多 2500 万像素、单边 10000 像素），未载入。请按 300 dpi 重新扫描。"
            }
            Self::CutOff => "图片文件不完整，未载入。请重新复制、扫描或拍摄。",
            Self::Damaged => "图片文件已损坏，未载入。请重新扫描或拍摄。",
            Self::CropInvalid => "裁剪框不在图片范围内，照片未改动。请重新框选。",
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::TooManyBytes => {
                "The picture file is larger than 32 MB and was not loaded. Scan or take it again at a lower resolution."
            }
            Self::NotAPicture => {
                "This file is not a JPEG, PNG or BMP picture and was not loaded. Choose the right file."
            }
            Self::Dimensions { .. } => {
                "The picture has more than 25 million pixels, a side over 10,000 pixels, or none. It was not loaded. Scan it again at 300 dpi."
            }
            Self::CutOff => {
                "The picture file is not complete and was not loaded. Copy, scan or take it again."
            }
            Self::Damaged => "The picture file is damaged and was not loaded. Scan or take it again.",
            Self::CropInvalid => {
                "The frame is outside of the picture. The photo was not changed. Place the frame again."
            }
        }
    }
}
