//! Draws one code sheet into its cell of the page.

use jiff::civil::{Date, DateTime};
use rules::time::day_in_chinese;

use super::geometry::{Fact, Geometry, Room, Sentences, Spot, Validity};
use super::{Sheet, SheetLayout};
use crate::code::{QUIET_ZONE_MODULES, Symbol};
use crate::error::PaperError;
use crate::pdf::{Area, Document, Page, Photo, Role, Style, millimetres, points};
use crate::text::{NameBox, SetName, ends_part_of_name, ends_part_of_place, set_name};

/// Thickness of strong and fine lines, in millimetres.
const STRONG_MM: f32 = 0.9;
const FINE_MM: f32 = 0.25;
/// Length of the dashes of cutting lines, in millimetres.
const CUT_DASH_MM: f32 = 1.4;
pub(super) const PROVISIONAL: &str = "已登记，待确认：可先用，联网后自动确认。";
pub(super) const PRACTICE: &str = "演练样张：仅供练习，不得使用。";

/// A sheet whose data was checked and whose name was fitted.
pub(super) struct Prepared<'a> {
    sheet: &'a Sheet<'a>,
    geometry: &'static Geometry,
    symbol: Symbol,
    photo: Option<Photo<'a>>,
    name: SetName<'a>,
    site: SetName<'a>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(
        document: &mut Document<'_>,
        sheet: &'a Sheet<'a>,
        geometry: &'static Geometry,
    ) -> Result<Self, PaperError> {
        if sheet.name.trim().is_empty() {
            return Err(PaperError::EmptyName);
        }
        let missing = document.typesetter.faces.missing(sheet.name);
        if !missing.is_empty() {
            return Err(PaperError::Unprintable(missing));
        }
        Ok(Self {
            sheet,
            geometry,
            symbol: Symbol::new(sheet.payload, geometry.code_square, geometry.least_module)?,
            photo: sheet.photo.map(Photo::new).transpose()?,
            name: set_name(
                &mut document.typesetter,
                sheet.name,
                &name_box(&geometry.name, ends_part_of_name),
            ),
            site: set_name(
                &mut document.typesetter,
                sheet.site,
                &name_box(&geometry.site, ends_part_of_place),
            ),
        })
    }

    /// Draws the sheet into its cell of the page.
    pub(super) fn draw(&self, page: &mut Page<'_, '_>, index: usize) {
        let geometry = self.geometry;
        let (x, y) = cell_corner(geometry, index);
        page.set_origin(x, y);
        self.draw_bar(page);
        self.draw_name(page);
        self.draw_validity(page, &geometry.validity);
        draw_fact(page, &geometry.number, self.sheet.masked_number, true);
        draw_fact(page, &geometry.applied, &time(self.sheet.applied_at), false);
        self.draw_photo(page);
        self.draw_code(page);
        if let Some(together) = &geometry.together {
            page.tagged(Role::Paragraph, |page| draw_sentences(page, together, Style::bold));
        }
        let notice = if self.draw_state(page) { &geometry.notice } else { &geometry.notice_alone };
        page.tagged(Role::Paragraph, |page| draw_sentences(page, notice, Style::regular));
        if let Some(hotline) = geometry.hotline {
            page.tagged(Role::Paragraph, |page| {
                put(page, hotline, "咨询、挂失热线 12345", Style::bold(hotline.size));
            });
        }
        self.draw_serial(page);
        if self.sheet.practice {
            page.practice_mark(Area::new(0.0, 0.0, geometry.width, geometry.height), geometry.practice);
        }
        page.set_origin(0.0, 0.0);
    }

    fn draw_bar(&self, page: &mut Page<'_, '_>) {
        let Geometry { bar, mark_size, site, .. } = self.geometry;
        page.artifact(|page| page.fill(*bar, 0.0));
        page.tagged(Role::Heading, |page| {
            let style = Style::bold(*mark_size).white();
            let inset = bar.height * 0.22;
            page.text(bar.x + inset, style.centred(bar.y, bar.height), "离线随申码", style);
        });
        page.tagged(Role::Paragraph, |page| {
            draw_fitted(page, &self.site, site.area, Style::bold(self.site.size).white(), true);
        });
    }

    fn draw_name(&self, page: &mut Page<'_, '_>) {
        if let Some(label) = self.geometry.name_label {
            page.tagged(Role::Paragraph, |page| put(page, label, "姓名", Style::regular(label.size)));
        }
        page.tagged(Role::Paragraph, |page| {
            draw_fitted(page, &self.name, self.geometry.name.area, Style::bold(self.name.size), false);
        });
    }

    fn draw_validity(&self, page: &mut Page<'_, '_>, validity: &Validity) {
        if let Some(area) = validity.lines {
            page.artifact(|page| {
                page.rule((area.x, area.y), (area.right(), area.y), STRONG_MM, None);
                page.rule((area.x, area.bottom()), (area.right(), area.bottom()), STRONG_MM, None);
            });
        }
        page.tagged(Role::Paragraph, |page| {
            put(page, validity.label, "有效期至", Style::bold(validity.label.size));
            let day = date(self.sheet.valid_through, validity.in_words);
            put(page, validity.date, &day, Style::bold(validity.date.size));
            put(page, validity.until, "当日24时止", Style::regular(validity.until.size));
        });
    }

    fn draw_photo(&self, page: &mut Page<'_, '_>) {
        let area = self.geometry.photo;
        if let Some(photo) = self.photo {
            page.figure("本人照片", area, |page| page.photo(photo, area));
            // Certificate photos have a white background, so without a line their
            // edge would vanish.
            page.artifact(|page| page.outline(area, FINE_MM));
            return;
        }
        page.artifact(|page| page.outline(area, FINE_MM * 2.0));
        page.tagged(Role::Paragraph, |page| {
            let style = Style::regular(self.geometry.photo_words_size);
            let leading = millimetres(style.size) * 1.5;
            let middle = (area.x + area.width / 2.0, area.y + area.height / 2.0);
            for (line, offset) in ["无照片", "以身份证", "照片为准"].into_iter().zip([-1.0, 0.0, 1.0])
            {
                page.text_centred(middle.0, style.centred(middle.1 + offset * leading, 0.0), line, style);
            }
        });
    }

    /// Draws the symbol up to the right margin; its quiet zone lies on the white around it.
    fn draw_code(&self, page: &mut Page<'_, '_>) {
        let Geometry { code_square, code_top, width, margin, .. } = *self.geometry;
        let quiet = self.symbol.module_mm(code_square) * QUIET_ZONE_MODULES as f32;
        let left = width - margin + quiet - code_square;
        let top = code_top - quiet;
        page.figure("离线随申码二维码", Area::new(left, top, code_square, code_square), |page| {
            page.symbol(&self.symbol, left, top, code_square);
        });
    }

    /// Writes whether the sheet is provisional or for practice. Returns `false` if it is neither.
    fn draw_state(&self, page: &mut Page<'_, '_>) -> bool {
        let words = match (self.sheet.practice, self.sheet.provisional) {
            (true, _) => PRACTICE,
            (false, true) => PROVISIONAL,
            (false, false) => return false,
        };
        if let Some(area) = self.geometry.state_box {
            page.artifact(|page| page.outline(area, STRONG_MM / 2.0));
        }
        let state = self.geometry.state;
        page.tagged(Role::Paragraph, |page| put(page, state, words, Style::bold(state.size)));
        true
    }

    fn draw_serial(&self, page: &mut Page<'_, '_>) {
        let Geometry { serial, hotline, width, margin, .. } = self.geometry;
        if hotline.is_none() {
            return draw_fact(page, serial, self.sheet.serial_short, false);
        }
        page.tagged(Role::Paragraph, |page| {
            let words = format!("{} {}", serial.words, self.sheet.serial_short);
            page.text_right(width - margin, serial.value.baseline, &words, Style::regular(serial.value.size));
        });
    }
}

/// Draws the cutting lines: between the sheets of four-up, and around each card.
pub(super) fn cutting_lines(page: &mut Page<'_, '_>, layout: SheetLayout) {
    let Geometry { columns, width, height, corner, .. } = *layout.geometry();
    let rows = layout.per_page() / columns;
    let whole = corner == (0.0, 0.0);
    let (right, bottom) = (corner.0 + width * columns as f32, corner.1 + height * rows as f32);
    page.artifact(|page| {
        for column in 0..=columns {
            let x = corner.0 + width * column as f32;
            if !whole || (1..columns).contains(&column) {
                page.rule((x, corner.1), (x, bottom), FINE_MM, Some(CUT_DASH_MM));
            }
        }
        for row in 0..=rows {
            let y = corner.1 + height * row as f32;
            if !whole || (1..rows).contains(&row) {
                page.rule((corner.0, y), (right, y), FINE_MM, Some(CUT_DASH_MM));
            }
        }
    });
}

fn cell_corner(geometry: &Geometry, index: usize) -> (f32, f32) {
    let (column, row) = (index % geometry.columns, index / geometry.columns);
    (geometry.corner.0 + geometry.width * column as f32, geometry.corner.1 + geometry.height * row as f32)
}

pub(super) fn name_box(room: &Room, ends_part: fn(char) -> bool) -> NameBox {
    NameBox {
        width: points(room.area.width),
        height: points(room.area.height),
        single: room.single,
        double: room.double,
        ends_part,
    }
}

/// Draws a fitted text, centred vertically in its area.
fn draw_fitted(page: &mut Page<'_, '_>, text: &SetName<'_>, area: Area, style: Style, at_right: bool) {
    let leading = millimetres(text.leading);
    let above = leading * (text.lines.len().saturating_sub(1)) as f32 / 2.0;
    let first = style.centred(area.y, area.height) - above;
    if at_right {
        for (index, line) in text.lines.iter().enumerate() {
            page.text_right(area.right(), first + leading * index as f32, line.trim_end(), style);
        }
    } else {
        page.broken_text(area.x, first, leading, &text.lines, style);
    }
}

fn draw_fact(page: &mut Page<'_, '_>, fact: &Fact, value: &str, strong: bool) {
    page.tagged(Role::Paragraph, |page| {
        put(page, fact.label, fact.words, Style::regular(fact.label.size));
        let style = if strong { Style::bold(fact.value.size) } else { Style::regular(fact.value.size) };
        put(page, fact.value, value, style);
    });
}

fn draw_sentences(page: &mut Page<'_, '_>, sentences: &Sentences, style: fn(f32) -> Style) {
    let mut baseline = sentences.first.baseline;
    for line in sentences.lines {
        page.text(sentences.first.x, baseline, line, style(sentences.first.size));
        baseline += sentences.leading;
    }
}

fn put(page: &mut Page<'_, '_>, spot: Spot, text: &str, style: Style) {
    page.text(spot.x, spot.baseline, text, style);
}

pub(super) fn date(day: Date, in_words: bool) -> String {
    if in_words { day_in_chinese(day) } else { day.strftime("%Y-%m-%d").to_string() }
}

fn time(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}
