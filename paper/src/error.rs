//! Why a paper cannot be made.

use std::path::PathBuf;

use rules::person::code_point_text;

/// Why a paper cannot be made. None of the variants carries personal data beyond the single characters
/// rule N5 has to name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// A font every sheet needs is not installed on this computer.
    #[error("font {file} is not installed: install the Debian package {package}")]
    FontMissing {
        /// The font file that was looked for.
        file: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// A font file is there but cannot be read, or is not the font it should be.
    #[error("font {path} cannot be used: {reason}; reinstall the Debian package {package}")]
    FontUnusable {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// A name holds characters no installed font can draw (rule N5). Nothing may be issued for it.
    #[error("no installed font can print {}", code_points(.0))]
    Unprintable(Vec<char>),
    /// A sheet without a name is no sheet (rule N2).
    #[error("the name is empty")]
    EmptyName,
    /// The photo is not a JPEG this paper can carry.
    #[error("the photo cannot be printed: {0}")]
    Photo(#[from] PhotoError),
    /// The signed payload is too long for modules of the size this layout must keep.
    #[error(
        "the code's payload of {characters} characters does not fit the layout at {least_mm} mm a module"
    )]
    PayloadTooLong {
        /// Length of the payload.
        characters: usize,
        /// The smallest module the layout allows, in millimetres.
        least_mm: f32,
    },
    /// A glyph could not be copied into the document: the font file is damaged.
    #[error("font {font} is damaged: {reason}")]
    Subset {
        /// The font's name.
        font: &'static str,
        /// What the subsetter said.
        reason: String,
    },
    /// Nothing to print.
    #[error("there is nothing to print")]
    Empty,
}

/// What is wrong with a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// Not a JPEG, or cut off.
    #[error("it is not a complete JPEG file")]
    NotJpeg,
    /// A JPEG of a kind printers and PDF readers disagree on.
    #[error("its JPEG coding is not baseline or progressive, grey or colour, of 8 bits")]
    UnsupportedCoding,
    /// More bytes than a photo may have.
    #[error("it has {bytes} bytes; at most {limit} are allowed")]
    TooManyBytes {
        /// Size of the file.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Too few or too many pixels.
    #[error("it has {width} × {height} pixels; each side must have {least} to {most}")]
    Pixels {
        /// Width in pixels.
        width: u16,
        /// Height in pixels.
        height: u16,
        /// Fewest pixels of a side.
        least: u16,
        /// Most pixels of a side.
        most: u16,
    },
}

/// `U+20087, U+30EDE`: how rule N5 names characters to a person.
fn code_points(characters: &[char]) -> String {
    let named: Vec<String> = characters.iter().map(|&character| code_point_text(character)).collect();
    named.join(", ")
}
