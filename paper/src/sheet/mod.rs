//! Renders the code sheet (离线码), as rules M1 and M5 ask.
//!
//! The layouts share one design: a black bar with the mark 离线随申码, the name across the
//! full width, the symbol at the right edge below it, photo and facts to its left, the last valid
//! day, the notice and the hotline. Only the sizes differ, see `geometry`.

mod draw;
mod geometry;
#[cfg(test)]
mod tests;

use std::io::Write;

use jiff::civil::{Date, DateTime};

use crate::error::{PaperError, PhotoError};
use crate::fonts::Fonts;
use crate::pdf::{Document, Facts, Photo};
use geometry::Geometry;

/// Content of one code sheet.
pub struct Sheet<'a> {
    /// Full name of the holder, as issued (rule M5).
    pub name: &'a str,
    /// Masked ID number of the holder (rule M1).
    pub masked_number: &'a str,
    /// When the code was applied for, in Shanghai time.
    pub applied_at: DateTime,
    /// Last day on which the code is valid, until 24:00 (rule L1).
    pub valid_through: Date,
    /// Photo of the holder as JPEG. Without one, the sheet says so in its place.
    pub photo: Option<&'a [u8]>,
    /// Signed payload: `SSM1:` and Base45.
    pub payload: &'a str,
    /// Short form of the serial, by which people can name the sheet.
    pub serial_short: &'a str,
    /// Whether it was issued offline and the centre has not confirmed it yet (rule L9).
    pub provisional: bool,
    /// Whether it was made in practice mode. 演练 then covers the whole sheet.
    pub practice: bool,
    /// Full name of the site that issues it.
    pub site: &'a str,
}

/// Arrangement of code sheets on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SheetLayout {
    /// One sheet on an A4 page.
    A4,
    /// Up to four sheets on an A4 page, with cutting lines.
    A4FourUp,
    /// Up to eight sheets on an A4 page, with cutting lines.
    A4EightUp,
    /// Up to eight cards of 85.6 × 54 mm on an A4 page, for laminating, with cutting lines. Counter
    /// printers cannot feed single cards.
    Card,
}

impl SheetLayout {
    /// Every layout, largest sheet first.
    pub const ALL: [Self; 4] = [Self::A4, Self::A4FourUp, Self::A4EightUp, Self::Card];

    /// Returns the number of sheets on one page.
    #[must_use]
    pub const fn per_page(self) -> usize {
        match self {
            Self::A4 => 1,
            Self::A4FourUp => 4,
            Self::A4EightUp | Self::Card => 8,
        }
    }

    const fn geometry(self) -> &'static Geometry {
        match self {
            Self::A4 => &geometry::A4,
            Self::A4FourUp => &geometry::A6,
            Self::A4EightUp => &geometry::A7,
            Self::Card => &geometry::CARD,
        }
    }
}

/// Renders the sheets of issued codes as PDF. A photo that cannot be printed is left out.
///
/// The codes are already issued, so a bad photo must hold no sheet back. The fault of the first
/// such photo is returned beside the PDF.
///
/// # Errors
/// The errors of [`render`], except [`PaperError::Photo`].
pub fn render_issued(
    fonts: &Fonts,
    sheets: &mut [Sheet<'_>],
    layout: SheetLayout,
) -> Result<(Vec<u8>, Option<PhotoError>), PaperError> {
    match render(fonts, sheets, layout) {
        Err(PaperError::Photo(reason)) => {
            for sheet in &mut *sheets {
                sheet.photo = sheet.photo.filter(|bytes| Photo::new(bytes).is_ok());
            }
            Ok((render(fonts, sheets, layout)?, Some(reason)))
        }
        rendered => Ok((rendered?, None)),
    }
}

/// Renders sheets as PDF and fills page after page.
///
/// # Errors
/// - [`PaperError::Unprintable`] with the characters of a name that no font can print (rule N5)
/// - [`PaperError::EmptyName`], [`PaperError::Photo`], [`PaperError::PayloadTooLong`] for the data
///   of a sheet, [`PaperError::Empty`] for an empty list
/// - [`PaperError::FontUnusable`], [`PaperError::Subset`] for a damaged font file
pub fn render(fonts: &Fonts, sheets: &[Sheet<'_>], layout: SheetLayout) -> Result<Vec<u8>, PaperError> {
    let mut pdf = Vec::new();
    render_to(fonts, sheets, layout, &mut pdf)?;
    Ok(pdf)
}

/// Renders sheets as [`render`] does, and writes each page as soon as it is drawn.
///
/// Memory does not grow with the number of pages, but for the glyphs of the fonts and a few dozen
/// bytes for each object. After an error, `target` holds a part of a file that nobody can read.
///
/// # Errors
/// The errors of [`render`]; [`PaperError::Write`] if `target` fails.
pub fn render_to(
    fonts: &Fonts,
    sheets: &[Sheet<'_>],
    layout: SheetLayout,
    target: &mut dyn Write,
) -> Result<(), PaperError> {
    let first = sheets.first().ok_or(PaperError::Empty)?;
    let mut document = Document::new(fonts, target)?;
    for group in sheets.chunks(layout.per_page()) {
        let prepared = group
            .iter()
            .map(|sheet| draw::Prepared::new(&mut document, sheet, layout.geometry()))
            .collect::<Result<Vec<_>, _>>()?;
        document.page(geometry::PAGE_WIDTH_MM, geometry::PAGE_HEIGHT_MM, |page| {
            for (index, sheet) in prepared.iter().enumerate() {
                sheet.draw(page, index);
            }
            if layout != SheetLayout::A4 {
                draw::cutting_lines(page, layout);
            }
        })?;
    }
    let title = if sheets.len() == 1 {
        format!("离线随申码 {}", first.serial_short)
    } else {
        "离线随申码".to_owned()
    };
    document.finish(&Facts { title: &title, dated: first.applied_at })
}
