//! The code sheet (离线码): rules M1 and M5.
//!
//! Three layouts, one design: a black bar with the mark 离线随申码, the name across the full width, the code at the
//! right edge below it, photo and facts to its left, the end of validity, the notice, the hotline. Only the sizes
//! differ, see `geometry`.

mod draw;
mod geometry;
#[cfg(test)]
mod tests;

use std::slice;

use jiff::civil::{Date, DateTime};

use crate::error::{PaperError, PhotoError};
use crate::fonts::Fonts;
use crate::pdf::{Document, Facts};
use geometry::Geometry;

/// What one code sheet shows.
pub struct Sheet<'a> {
    /// The holder's full name as issued (rule M5).
    pub name: &'a str,
    /// The ID number, masked (rule M1).
    pub masked_number: &'a str,
    /// When the code was applied for, Shanghai time.
    pub applied_at: DateTime,
    /// The last day the code is valid, until 24:00 (rule L1).
    pub valid_through: Date,
    /// The holder's photo, JPEG. Without one the sheet says so in the photo's place.
    pub photo: Option<&'a [u8]>,
    /// The signed payload, `SSM1:` and Base45.
    pub payload: &'a str,
    /// The serial in its short form, by which people can name the sheet.
    pub serial_short: &'a str,
    /// Issued offline and not yet confirmed by the centre (rule L9).
    pub provisional: bool,
    /// Made in practice mode: 演练 is laid across everything.
    pub practice: bool,
    /// The place of issue, in full.
    pub site: &'a str,
}

/// How code sheets lie on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SheetLayout {
    /// One sheet on an A4 page.
    A4,
    /// Up to four sheets on an A4 page, with lines to cut along.
    A4FourUp,
    /// Sheets of card size, 85.6 × 54 mm, for laminating: up to eight on an A4 page, with lines to cut along, since
    /// counter printers feed no cards.
    Card,
}

impl SheetLayout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::A4, Self::A4FourUp, Self::Card];

    /// How many sheets one page holds.
    #[must_use]
    pub const fn per_page(self) -> usize {
        match self {
            Self::A4 => 1,
            Self::A4FourUp => 4,
            Self::Card => 8,
        }
    }

    const fn geometry(self) -> &'static Geometry {
        match self {
            Self::A4 => &geometry::A4,
            Self::A4FourUp => &geometry::A6,
            Self::Card => &geometry::CARD,
        }
    }
}

/// Makes the PDF of one sheet. Its code is issued, so a photo that cannot be printed does not keep the sheet back: it goes without, and
/// the reason is given beside it.
///
/// # Errors
/// As [`render`], without [`PaperError::Photo`].
pub fn render_one(
    fonts: &Fonts,
    mut sheet: Sheet<'_>,
    layout: SheetLayout,
) -> Result<(Vec<u8>, Option<PhotoError>), PaperError> {
    match render(fonts, slice::from_ref(&sheet), layout) {
        Err(PaperError::Photo(reason)) => {
            sheet.photo = None;
            Ok((render(fonts, slice::from_ref(&sheet), layout)?, Some(reason)))
        }
        rendered => Ok((rendered?, None)),
    }
}

/// Makes a PDF of sheets, filling page after page.
///
/// # Errors
/// - [`PaperError::Unprintable`]: a name no installed font can print (rule N5), naming the code points
/// - [`PaperError::EmptyName`], [`PaperError::Photo`], [`PaperError::PayloadTooLong`], [`PaperError::Empty`]: the data
/// - [`PaperError::FontUnusable`], [`PaperError::Subset`]: a damaged font file
pub fn render(fonts: &Fonts, sheets: &[Sheet<'_>], layout: SheetLayout) -> Result<Vec<u8>, PaperError> {
    let first = sheets.first().ok_or(PaperError::Empty)?;
    let mut document = Document::new(fonts)?;
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
        });
    }
    let title = if sheets.len() == 1 {
        format!("离线随申码 {}", first.serial_short)
    } else {
        "离线随申码".to_owned()
    };
    document.finish(&Facts { title: &title, dated: first.applied_at })
}
