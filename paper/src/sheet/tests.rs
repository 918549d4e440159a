//! Tests that no text reaches the quiet zone, the margin or another text, whatever the data.

use jiff::civil::date;

use super::SheetLayout;
use super::draw::{PRACTICE, PROVISIONAL, date as date_words, name_box};
use super::geometry::{Geometry, Spot};
use crate::code::{QUIET_ZONE_MODULES, Symbol};
use crate::fonts::{Fonts, Weight};
use crate::pdf::millimetres;
use crate::text::{Typesetter, ends_part_of_name, ends_part_of_place, set_name};

/// A payload of the usual length.
const PAYLOAD: &str = "SSM1:";
const PAYLOAD_LENGTH: usize = 265;

/// A text set with the widest possible data.
struct Line {
    words: String,
    spot: Spot,
    weight: Weight,
}

fn line(words: impl Into<String>, spot: Spot, weight: Weight) -> Line {
    Line { words: words.into(), spot, weight }
}

/// Returns every text with a fixed position. All digits have one width, so one date stands for all.
fn lines(geometry: &Geometry) -> Vec<Line> {
    use Weight::{Bold, Regular};
    let Geometry { validity, number, applied, serial, .. } = geometry;
    let mut lines = vec![
        line("有效期至", validity.label, Bold),
        line(date_words(date(2026, 10, 30), validity.in_words), validity.date, Bold),
        line("当日24时止", validity.until, Regular),
        line(number.words, number.label, Regular),
        line("310***********123X", number.value, Bold),
        line(applied.words, applied.label, Regular),
        line("2026-10-30 09:30", applied.value, Regular),
        line(serial.words, serial.label, Regular),
        line("7K2M-09QX", serial.value, Regular),
        line(PROVISIONAL, geometry.state, Bold),
        line(PRACTICE, geometry.state, Bold),
    ];
    let sentences = [Some(&geometry.notice), Some(&geometry.notice_alone), geometry.together.as_ref()];
    for sentences in sentences.into_iter().flatten() {
        for (index, words) in sentences.lines.iter().enumerate() {
            let baseline = sentences.first.baseline + sentences.leading * index as f32;
            lines.push(line(*words, Spot { baseline, ..sentences.first }, Bold));
        }
    }
    lines
}

/// Returns the largest extent of the ink: left, top, right and bottom.
fn ink(typesetter: &mut Typesetter<'_>, line: &Line) -> [f32; 4] {
    let Spot { x, baseline, size } = line.spot;
    let em = millimetres(size);
    let width = typesetter.width(&line.words, line.weight) * em;
    [x, baseline - 0.86 * em, x + width, baseline + 0.12 * em]
}

fn overlap(a: [f32; 4], b: [f32; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Returns the area of the symbol with its quiet zone.
fn code(geometry: &Geometry) -> [f32; 4] {
    let payload: String = PAYLOAD.chars().chain("A".chars().cycle()).take(PAYLOAD_LENGTH).collect();
    let symbol = Symbol::new(&payload, geometry.code_square, geometry.least_module).unwrap();
    let quiet = symbol.module_mm(geometry.code_square) * QUIET_ZONE_MODULES as f32;
    let right = geometry.width - geometry.margin + quiet;
    let top = geometry.code_top - quiet;
    [right - geometry.code_square, top, right, top + geometry.code_square]
}

#[test]
fn m5_no_text_touches_the_symbol_the_margin_or_the_photo() {
    let fonts = Fonts::open().unwrap();
    let mut typesetter = Typesetter::new(fonts.faces().unwrap());
    for layout in SheetLayout::ALL {
        let geometry = layout.geometry();
        let code = code(geometry);
        let photo = geometry.photo;
        let photo = [photo.x, photo.y, photo.right(), photo.bottom()];
        for line in lines(geometry) {
            let ink = ink(&mut typesetter, &line);
            assert!(!overlap(ink, code), "{layout:?}: {} runs into the code: {ink:?} {code:?}", line.words);
            assert!(!overlap(ink, photo), "{layout:?}: {} runs into the photo: {ink:?}", line.words);
            assert!(ink[2] <= geometry.width - geometry.margin, "{layout:?}: {} is too wide", line.words);
            assert!(ink[3] <= geometry.height - 2.0, "{layout:?}: {} is too low", line.words);
        }
    }
}

#[test]
fn m5_name_and_last_valid_day_are_the_largest_texts_above_the_symbol() {
    for layout in SheetLayout::ALL {
        let geometry = layout.geometry();
        let others = lines(geometry).into_iter().filter(|line| line.spot.size != geometry.validity.date.size);
        let largest = others.map(|line| line.spot.size).fold(0.0, f32::max);
        assert!(geometry.validity.date.size > largest, "{layout:?}");
        assert!(geometry.name.single[0] > geometry.validity.date.size, "{layout:?}");
        // The symbol begins below the name on every layout.
        assert!(geometry.code_top > geometry.name.area.bottom(), "{layout:?}");
    }
}

#[test]
fn n2_names_of_1_to_50_characters_fit_their_area_on_every_layout() {
    let fonts = Fonts::open().unwrap();
    let mut typesetter = Typesetter::new(fonts.faces().unwrap());
    for layout in SheetLayout::ALL {
        let geometry = layout.geometry();
        let rooms = [
            (name_box(&geometry.name, ends_part_of_name), geometry.name.area),
            (name_box(&geometry.site, ends_part_of_place), geometry.site.area),
        ];
        for (room, area) in &rooms {
            // The widest letter, a dash two ems wide, Han of every plane, minority
            // and English names.
            for pattern in ["W", "⸺", "张", "𠮷\u{30EDE}", "阿卜杜·", "MARY ANN ", "MONTGOMERY-WELLINGTON"]
            {
                for length in 1..=50 {
                    let name: String = pattern.chars().cycle().take(length).collect();
                    let set = set_name(&mut typesetter, &name, room);
                    assert_eq!(set.lines.concat(), name, "{layout:?}: nothing is lost");
                    assert!(set.lines.len() <= 2, "{layout:?}: {name}");
                    let high = millimetres(set.size + set.leading * (set.lines.len() - 1) as f32);
                    assert!(high <= area.height + 0.01, "{layout:?}: {name} is {high} mm high");
                    for line in &set.lines {
                        let wide = typesetter.width(line.trim_end(), Weight::Bold) * millimetres(set.size);
                        assert!(wide <= area.width + 0.01, "{layout:?}: {name} is {wide} mm wide");
                    }
                }
            }
        }
    }
}
