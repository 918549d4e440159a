//! Renders the plain papers of the counter: receipts, notices and reports.
//!
//! All are set in one column, on the same grid and in the same type scale. Only the numbers in
//! [`Scale`] differ between A4, A5 and the receipt roll.

mod block;
mod layout;

use jiff::civil::DateTime;

use crate::code::Symbol;
use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::pdf::{Area, Document, Facts, Page, Role, Style, millimetres};
pub(crate) use block::{Block, Column};
pub(crate) use layout::SYMBOL_MM;
use layout::{CASE_MM, Laid, Setter};

/// Paper in the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    /// A4 sheet, 210 × 297 mm.
    A4,
    /// A5 sheet, 148 × 210 mm.
    A5,
    /// Receipt roll 80 mm wide, 72 mm of it printable. The page is as long as its content.
    Roll80,
}

impl Media {
    /// Every medium, sheets first.
    pub const ALL: [Self; 3] = [Self::A4, Self::A5, Self::Roll80];

    /// Returns the scales of this medium, largest type first.
    ///
    /// A paper uses the first scale that keeps it on one page. Half of the readers need glasses, so
    /// larger type is better. `is_list` says that the paper has a table; wide rows need small type.
    const fn scales(self, is_list: bool) -> &'static [Scale] {
        match self {
            Self::A4 if is_list => &[A4],
            Self::A4 => &[A4_LARGE, A4],
            Self::A5 => &[A5_LARGE, A5],
            Self::Roll80 => &[ROLL],
        }
    }
}

/// Sizes of one medium: lengths in millimetres, type in points of the scale 9 11 14 18 22 28 36.
pub(crate) struct Scale {
    width: f32,
    /// Height of a page; `None` for a roll.
    height: Option<f32>,
    margin: f32,
    top: f32,
    pub(crate) title: f32,
    pub(crate) strong: f32,
    pub(crate) body: f32,
    pub(crate) small: f32,
    /// Distance of the values from the left margin.
    label_width: f32,
    /// Type size of the practice mark.
    practice: f32,
}

const A4: Scale = Scale {
    width: 210.0,
    height: Some(297.0),
    margin: 22.0,
    top: 20.0,
    title: 28.0,
    strong: 18.0,
    body: 14.0,
    small: 11.0,
    label_width: 34.0,
    practice: 110.0,
};

const A4_LARGE: Scale = Scale { title: 36.0, strong: 22.0, body: 18.0, small: 14.0, label_width: 44.0, ..A4 };

const A5_LARGE: Scale = Scale { title: 28.0, strong: 18.0, body: 14.0, small: 11.0, label_width: 32.0, ..A5 };

const A5: Scale = Scale {
    width: 148.0,
    height: Some(210.0),
    margin: 14.0,
    top: 14.0,
    title: 22.0,
    strong: 14.0,
    body: 11.0,
    small: 9.0,
    label_width: 26.0,
    practice: 80.0,
};

const ROLL: Scale = Scale {
    width: 80.0,
    height: None,
    margin: 4.0,
    top: 5.0,
    title: 18.0,
    strong: 14.0,
    body: 11.0,
    small: 9.0,
    label_width: 20.0,
    practice: 46.0,
};

impl Scale {
    /// Returns the width between the margins, in millimetres.
    pub(crate) fn measure(&self) -> f32 {
        self.width - 2.0 * self.margin
    }

    pub(crate) fn label_width(&self) -> f32 {
        self.label_width
    }
}

/// Smallest module of the symbol of a case number, for the scanners of a desk.
const CASE_MODULE_MM: f32 = 0.4;

/// Content of a paper, ready to be set.
pub(crate) struct Form<'a> {
    pub(crate) title: &'a str,
    /// Name of the site, printed above the title.
    pub(crate) site: &'a str,
    pub(crate) dated: DateTime,
    pub(crate) practice: bool,
    pub(crate) blocks: Vec<Block>,
    /// Case number (办件编号), printed as a QR symbol beside the title, so that a scanner
    /// finds the case.
    pub(crate) case_number: Option<&'a str>,
    /// QR symbol at the end, for the device test.
    pub(crate) symbol: Option<Symbol>,
}

/// Sets a paper and renders it as PDF.
pub(crate) fn render(fonts: &Fonts, form: &Form<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    let mut pdf = Vec::new();
    let mut document = Document::new(fonts, &mut pdf)?;
    let case_number = form.case_number.filter(|number| !number.is_empty());
    let case = case_number.map(|number| Symbol::new(number, CASE_MM, CASE_MODULE_MM)).transpose()?;
    let (scale, laid) = fitted(&mut document, form, case.as_ref(), media);
    let pages = paginate(&laid, scale);
    for (number, rows) in pages.iter().enumerate() {
        let used: f32 = rows.iter().map(|row| row.height).sum();
        let height = scale.height.unwrap_or(used + 2.0 * scale.top);
        document.page(scale.width, height, |page| {
            draw_rows(page, rows, scale);
            if pages.len() > 1 {
                draw_foot(page, form, scale, height, (number + 1, pages.len()));
            }
            if form.practice {
                page.practice_mark(Area::new(0.0, 0.0, scale.width, height), scale.practice);
            }
        })?;
    }
    document.finish(&Facts { title: form.title, dated: form.dated })?;
    Ok(pdf)
}

/// Lays out the rows in the largest type that keeps them on one page.
fn fitted<'a>(
    document: &mut Document<'_>,
    form: &'a Form<'_>,
    case: Option<&'a Symbol>,
    media: Media,
) -> (&'static Scale, Vec<Laid<'a>>) {
    let scales = media.scales(form.blocks.iter().any(Block::is_table));
    for scale in scales {
        let laid = laid(document, form, case, scale);
        if paginate(&laid, scale).len() == 1 {
            return (scale, laid);
        }
    }
    let smallest = scales.last().unwrap_or(&A4);
    (smallest, laid(document, form, case, smallest))
}

fn laid<'a>(
    document: &mut Document<'_>,
    form: &'a Form<'_>,
    case: Option<&'a Symbol>,
    scale: &'static Scale,
) -> Vec<Laid<'a>> {
    let mut setter = Setter::new(&mut document.typesetter, scale);
    let mut laid = setter.head(form, case);
    for block in &form.blocks {
        laid.extend(setter.block(block));
    }
    laid.extend(form.symbol.as_ref().map(Laid::symbol));
    laid
}

/// Splits rows into pages.
///
/// A page never ends between a heading and the next row, nor inside a group that must stay
/// together. A table that continues repeats its header row.
fn paginate<'l, 's>(laid: &'l [Laid<'s>], scale: &Scale) -> Vec<Vec<&'l Laid<'s>>> {
    let Some(height) = scale.height else { return vec![laid.iter().collect()] };
    let foot = millimetres(scale.small) * 2.0;
    let room = height - 2.0 * scale.top - foot;
    let mut pages = Vec::new();
    let mut page: Vec<&Laid<'_>> = Vec::new();
    let mut used = 0.0;
    let mut header: Option<&Laid<'_>> = None;
    for group in laid.chunk_by(|row, _| row.keep_with_next) {
        let needed: f32 = group.iter().map(|row| row.height).sum();
        if used + needed > room && !page.is_empty() {
            pages.push(std::mem::take(&mut page));
            used = 0.0;
            let table = group.first().and_then(|row| row.table);
            let goes_on = header.filter(|header| table.is_some() && header.table == table);
            let repeats = group.first().is_some_and(|row| !row.is_header);
            if let Some(header) = goes_on.filter(|_| repeats) {
                page.push(header);
                used += header.height;
            }
        }
        for row in group {
            if row.is_header {
                header = Some(row);
            }
            page.push(row);
            used += row.height;
        }
    }
    pages.push(page);
    pages
}

fn draw_rows(page: &mut Page<'_, '_>, rows: &[&Laid<'_>], scale: &Scale) {
    let mut y = scale.top;
    for table in rows.chunk_by(|a, b| a.table == b.table) {
        if table.first().is_some_and(|row| row.table.is_some()) {
            page.group(Role::Table, |page| {
                for row in table {
                    page.group(Role::Row, |page| row.draw(page, scale.margin, y));
                    y += row.height;
                }
            });
        } else {
            for row in table {
                row.draw(page, scale.margin, y);
                y += row.height;
            }
        }
    }
}

fn draw_foot(page: &mut Page<'_, '_>, form: &Form<'_>, scale: &Scale, height: f32, number: (usize, usize)) {
    let style = Style::regular(scale.small);
    page.artifact(|page| {
        let words = format!("{}　第 {} 页，共 {} 页", form.title, number.0, number.1);
        page.text_right(scale.width - scale.margin, height - scale.top, &words, style);
    });
}
