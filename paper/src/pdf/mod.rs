//! Writes PDF: documents, pages, embedded fonts, photos, and the tags that screen readers use.

mod document;
mod file;
mod font;
mod metadata;
mod page;
mod photo;
mod practice;
mod tags;
mod translate;

pub(crate) use document::Document;
use file::File;
pub(crate) use metadata::Facts;
pub(crate) use page::{Area, Page, Style};
pub(crate) use photo::Photo;
pub(crate) use tags::Role;

/// Number of PDF points in a millimetre.
const POINTS_PER_MM: f32 = 72.0 / 25.4;

/// Converts millimetres to points, rounded to a thousandth of a point.
///
/// This keeps files short and is far below the precision of any printer.
pub(crate) fn points(millimetres: f32) -> f32 {
    rounded(millimetres * POINTS_PER_MM)
}

/// Converts points to millimetres.
pub(crate) fn millimetres(points: f32) -> f32 {
    points / POINTS_PER_MM
}

fn rounded(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}

/// Compresses the data of a stream.
fn deflated(data: &[u8], level: u32) -> Vec<u8> {
    use std::io::Write;

    let mut encoder =
        flate2::write::ZlibEncoder::new(Vec::with_capacity(data.len()), flate2::Compression::new(level));
    // Writing to a vector cannot fail. An empty stream would fail every test that reads the file.
    encoder.write_all(data).and_then(|()| encoder.finish()).unwrap_or_default()
}
