//! Reasons why a paper cannot be made.

use std::path::PathBuf;

use rules::person::code_point_text;

/// Reason why a paper cannot be made.
///
/// The variants carry no personal data except the single characters that rule N5 has to name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// A font that every sheet needs is not installed.
    #[error("font {file} is not installed: install the Debian package {package}")]
    FontMissing {
        /// Path of the font file below the font folders.
        file: &'static str,
        /// Debian package that contains the font.
        package: &'static str,
    },
    /// A font file exists but cannot be read, or contains another font.
    #[error("font {path} cannot be used: {reason}; reinstall the Debian package {package}")]
    FontUnusable {
        /// Path of the font file.
        path: PathBuf,
        /// Message of the system or the parser.
        reason: String,
        /// Debian package that contains the font.
        package: &'static str,
    },
    /// No installed font can draw these characters of a name (rule N5). Nothing may be
    /// issued for it.
    #[error("no installed font can print {}", code_points(.0))]
    Unprintable(Vec<char>),
    /// The name is empty (rule N2).
    #[error("the name is empty")]
    EmptyName,
    /// The photo is not a JPEG that can be printed.
    #[error("the photo cannot be printed: {0}")]
    Photo(#[from] PhotoError),
    /// The payload is too long for the module size that the layout requires.
    #[error(
        "the code's payload of {characters} characters does not fit the layout at {least_mm} mm a module"
    )]
    PayloadTooLong {
        /// Length of the payload, in characters.
        characters: usize,
        /// Smallest module of the layout, in millimetres.
        least_mm: f32,
    },
    /// A glyph could not be embedded, because the font file is damaged.
    #[error("font {font} is damaged: {reason}")]
    Subset {
        /// Name of the font.
        font: &'static str,
        /// Message of the subsetter.
        reason: String,
    },
    /// The target that the paper is written to failed.
    #[error("the paper could not be written: {0}")]
    Write(#[source] std::io::Error),
    /// There is nothing to print.
    #[error("there is nothing to print")]
    Empty,
}

/// Faults in a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// The file is not a JPEG, or is cut off.
    #[error("it is not a complete JPEG file")]
    NotJpeg,
    /// The JPEG uses a coding that printers and PDF readers treat differently.
    #[error("its JPEG coding is not baseline or progressive, grey or colour, of 8 bits")]
    UnsupportedCoding,
    /// The file has too many bytes.
    #[error("it has {bytes} bytes; at most {limit} are allowed")]
    TooManyBytes {
        /// Size of the file, in bytes.
        bytes: usize,
        /// Largest allowed size, in bytes.
        limit: usize,
    },
    /// A side has too few or too many pixels.
    #[error("it has {width} × {height} pixels; each side must have {least} to {most}")]
    Pixels {
        /// Width of the photo, in pixels.
        width: u16,
        /// Height of the photo, in pixels.
        height: u16,
        /// Fewest pixels of a side.
        least: u16,
        /// Most pixels of a side.
        most: u16,
    },
}

/// Formats characters for people as rule N5 asks: `U+20087, U+30EDE`.
fn code_points(characters: &[char]) -> String {
    let named: Vec<String> = characters.iter().map(|&character| code_point_text(character)).collect();
    named.join(", ")
}
