//! Positions and sizes on a sheet: one table for each layout.
//!
//! Positions are millimetres from the sheet's top left corner; for a text, they give the start of
//! its baseline. Type sizes are points of one scale: 6 7 8 9 11 14 18 22 28 36 46 58 72, each step
//! about a quarter larger.

use crate::pdf::Area;

/// Width of the paper in the printer.
pub(super) const PAGE_WIDTH_MM: f32 = 210.0;
/// Height of the paper in the printer.
pub(super) const PAGE_HEIGHT_MM: f32 = 297.0;

/// Position and size of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) x: f32,
    pub(super) baseline: f32,
    pub(super) size: f32,
}

const fn spot(x: f32, baseline: f32, size: f32) -> Spot {
    Spot { x, baseline, size }
}

/// A label, and the position of its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fact {
    pub(super) words: &'static str,
    pub(super) label: Spot,
    pub(super) value: Spot,
}

const fn fact(words: &'static str, label: Spot, value: Spot) -> Fact {
    Fact { words, label, value }
}

/// Room for a text of unknown length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) area: Area,
    /// Type sizes for one line, largest first.
    pub(super) single: &'static [f32],
    /// Type sizes for two lines, largest first.
    pub(super) double: &'static [f32],
}

/// Positions of the last valid day.
pub(super) struct Validity {
    /// Area between two strong lines, if the layout has room for them.
    pub(super) lines: Option<Area>,
    pub(super) label: Spot,
    pub(super) until: Spot,
    pub(super) date: Spot,
    /// Whether the date is `2026年6月30日`, or `2026-06-30` if only that can be large.
    pub(super) in_words: bool,
}

/// Sentences set below each other.
pub(super) struct Sentences {
    pub(super) first: Spot,
    pub(super) leading: f32,
    pub(super) lines: &'static [&'static str],
}

/// Positions and sizes of one layout.
pub(super) struct Geometry {
    /// Number of sheets side by side on the page.
    pub(super) columns: usize,
    /// Width of one sheet, in millimetres.
    pub(super) width: f32,
    pub(super) height: f32,
    /// Corner of the first sheet on the page.
    pub(super) corner: (f32, f32),
    pub(super) margin: f32,
    /// Black bar at the top that holds the mark.
    pub(super) bar: Area,
    pub(super) mark_size: f32,
    pub(super) site: Room,
    pub(super) name_label: Option<Spot>,
    pub(super) name: Room,
    /// Top of the symbol. Its right edge is the right margin.
    pub(super) code_top: f32,
    /// Side of the square for the symbol and its quiet zone.
    pub(super) code_square: f32,
    pub(super) least_module: f32,
    pub(super) photo: Area,
    pub(super) photo_words_size: f32,
    pub(super) number: Fact,
    pub(super) applied: Fact,
    pub(super) serial: Fact,
    pub(super) validity: Validity,
    /// Reminder to show the ID card together with the sheet, large, beside the photo.
    pub(super) together: Option<Sentences>,
    /// Position of the words "provisional" or "practice", and the box around them.
    pub(super) state: Spot,
    pub(super) state_box: Option<Area>,
    pub(super) notice: Sentences,
    /// Notice of a sheet without such words; it uses the room of the box.
    pub(super) notice_alone: Sentences,
    pub(super) hotline: Option<Spot>,
    /// Type size of the practice mark.
    pub(super) practice: f32,
}

/// Smallest module of a sheet that is scanned at arm's length.
const SHEET_MODULE_MM: f32 = 0.5;
/// Smallest module of a card.
const CARD_MODULE_MM: f32 = 0.4;

const NOTICE: &[&str] = &[
    "1. 请随身携带本人身份证，与本码同时出示。",
    "2. 本码不显示健康状态，由工作人员扫码核验。",
    "3. 数字哨兵不识读本码，请在该处刷身份证。",
    "4. 本码遗失，请立即挂失：到窗口办理或拨打12345。",
    "5. 到期后本码失效，请携带身份证再次申领。",
];

/// Notice where the reminder to show the ID card stands above it.
const SMALL_NOTICE: &[&str] = &[
    "不显示健康状态，由工作人员核验。",
    "数字哨兵不识读本码，请刷身份证。",
    "遗失请立即挂失，到期请再次申领。热线 12345",
];

const CARD_NOTICE: &[&str] = &[
    "与身份证同时出示。不显示健康状态。",
    "数字哨兵不识读本码，请刷身份证。",
    "遗失请挂失，到期再申领。热线 12345",
];

/// Layout of one sheet on A4.
pub(super) const A4: Geometry = Geometry {
    columns: 1,
    width: 210.0,
    height: 297.0,
    corner: (0.0, 0.0),
    margin: 18.0,
    bar: Area::new(18.0, 14.0, 174.0, 22.0),
    mark_size: 46.0,
    site: Room {
        area: Area::new(112.0, 16.0, 75.0, 18.0),
        single: &[18.0, 14.0],
        double: &[14.0, 11.0, 9.0],
    },
    name_label: Some(spot(18.0, 45.0, 14.0)),
    name: Room {
        area: Area::new(18.0, 47.0, 174.0, 32.0),
        single: &[72.0, 58.0, 46.0, 36.0],
        double: &[36.0, 28.0, 22.0, 18.0],
    },
    code_top: 88.0,
    code_square: 82.0,
    least_module: SHEET_MODULE_MM,
    photo: Area::new(18.0, 88.0, 40.0, 49.3),
    photo_words_size: 14.0,
    number: fact("身份证号", spot(18.0, 147.0, 14.0), spot(42.0, 147.0, 18.0)),
    applied: fact("申领时间", spot(18.0, 157.0, 14.0), spot(42.0, 157.0, 18.0)),
    serial: fact("码号", spot(140.0, 277.0, 11.0), spot(150.0, 277.0, 11.0)),
    validity: Validity {
        lines: Some(Area::new(18.0, 168.0, 174.0, 27.0)),
        label: spot(18.0, 180.0, 22.0),
        until: spot(18.0, 189.0, 14.0),
        date: spot(54.0, 187.4, 46.0),
        in_words: true,
    },
    together: Some(Sentences {
        first: spot(64.0, 97.2, 28.0),
        leading: 13.0,
        lines: &["与身份证", "同时出示"],
    }),
    state: spot(22.0, 207.4, 18.0),
    state_box: Some(Area::new(18.0, 199.5, 174.0, 11.0)),
    notice: Sentences { first: spot(18.0, 222.0, 18.0), leading: 10.0, lines: NOTICE },
    notice_alone: Sentences { first: spot(18.0, 211.0, 18.0), leading: 12.0, lines: NOTICE },
    hotline: Some(spot(18.0, 278.0, 22.0)),
    practice: 110.0,
};

/// Layout of one of four sheets on A4.
pub(super) const A6: Geometry = Geometry {
    columns: 2,
    width: 105.0,
    height: 148.5,
    corner: (0.0, 0.0),
    margin: 8.0,
    bar: Area::new(8.0, 8.0, 89.0, 11.0),
    mark_size: 22.0,
    site: Room { area: Area::new(54.0, 9.0, 41.0, 9.0), single: &[11.0, 9.0, 8.0, 7.0], double: &[7.0, 6.0] },
    name_label: Some(spot(8.0, 23.6, 8.0)),
    name: Room {
        area: Area::new(8.0, 24.6, 89.0, 17.0),
        single: &[46.0, 36.0, 28.0, 22.0, 18.0],
        double: &[22.0, 18.0, 14.0, 11.0, 9.0],
    },
    code_top: 46.0,
    code_square: 43.0,
    least_module: SHEET_MODULE_MM,
    photo: Area::new(8.0, 46.0, 21.0, 25.9),
    photo_words_size: 8.0,
    number: fact("身份证号", spot(8.0, 77.0, 7.0), spot(19.5, 77.0, 9.0)),
    applied: fact("申领时间", spot(8.0, 82.0, 7.0), spot(19.5, 82.0, 9.0)),
    serial: fact("码号", spot(70.0, 141.0, 7.0), spot(77.0, 141.0, 7.0)),
    validity: Validity {
        lines: Some(Area::new(8.0, 87.0, 89.0, 13.0)),
        label: spot(8.0, 92.8, 11.0),
        until: spot(8.0, 97.4, 7.0),
        date: spot(26.0, 96.6, 22.0),
        in_words: true,
    },
    together: Some(Sentences {
        first: spot(32.0, 50.4, 14.0),
        leading: 6.5,
        lines: &["与身份证", "同时出示"],
    }),
    state: spot(10.0, 106.1, 9.0),
    state_box: Some(Area::new(8.0, 102.2, 89.0, 5.4)),
    notice: Sentences { first: spot(8.0, 113.6, 9.0), leading: 5.1, lines: NOTICE },
    notice_alone: Sentences { first: spot(8.0, 108.4, 9.0), leading: 6.1, lines: NOTICE },
    hotline: Some(spot(8.0, 141.0, 11.0)),
    practice: 58.0,
};

/// Layout of one of eight sheets on A4.
pub(super) const A7: Geometry = Geometry {
    columns: 2,
    width: 105.0,
    height: 74.25,
    corner: (0.0, 0.0),
    margin: 5.0,
    bar: Area::new(5.0, 4.5, 95.0, 8.0),
    mark_size: 18.0,
    site: Room { area: Area::new(44.0, 5.0, 54.0, 7.0), single: &[9.0, 8.0, 7.0], double: &[7.0, 6.0] },
    name_label: None,
    name: Room {
        area: Area::new(5.0, 13.2, 95.0, 11.0),
        single: &[28.0, 22.0, 18.0, 14.0, 11.0],
        double: &[11.0, 9.0],
    },
    code_top: 27.5,
    code_square: 41.0,
    least_module: SHEET_MODULE_MM,
    photo: Area::new(5.0, 27.5, 15.0, 18.5),
    photo_words_size: 6.0,
    number: fact("证号", spot(21.5, 42.0, 6.0), spot(26.7, 42.0, 8.0)),
    applied: fact("申领", spot(21.5, 45.4, 6.0), spot(26.7, 45.4, 7.0)),
    serial: fact("码号", spot(21.5, 48.8, 6.0), spot(26.7, 48.8, 7.0)),
    validity: Validity {
        lines: None,
        label: spot(21.5, 30.2, 8.0),
        until: spot(34.0, 30.2, 7.0),
        date: spot(21.3, 37.2, 18.0),
        in_words: false,
    },
    together: Some(Sentences {
        first: spot(5.0, 55.0, 11.0), leading: 5.0, lines: &["与身份证同时出示"]
    }),
    state: spot(5.0, 59.0, 7.0),
    state_box: None,
    notice: Sentences { first: spot(5.0, 63.0, 8.0), leading: 3.5, lines: SMALL_NOTICE },
    notice_alone: Sentences { first: spot(5.0, 60.8, 8.0), leading: 4.1, lines: SMALL_NOTICE },
    hotline: None,
    practice: 44.0,
};

/// Layout of a card, eight of which fit on A4.
pub(super) const CARD: Geometry = Geometry {
    columns: 2,
    width: 85.6,
    height: 54.0,
    corner: (19.4, 40.5),
    margin: 3.0,
    bar: Area::new(3.0, 3.0, 79.6, 7.0),
    mark_size: 14.0,
    site: Room { area: Area::new(32.0, 3.4, 49.4, 6.2), single: &[9.0, 8.0, 7.0], double: &[7.0, 6.0] },
    name_label: None,
    name: Room {
        area: Area::new(3.0, 10.6, 79.6, 10.2),
        single: &[28.0, 22.0, 18.0, 14.0, 11.0],
        double: &[11.0, 9.0],
    },
    code_top: 22.8,
    code_square: 31.0,
    least_module: CARD_MODULE_MM,
    photo: Area::new(3.0, 22.8, 13.4, 16.5),
    photo_words_size: 6.0,
    number: fact("证号", spot(17.8, 35.0, 6.0), spot(23.0, 35.0, 8.0)),
    applied: fact("申领", spot(17.8, 38.0, 6.0), spot(23.0, 38.0, 7.0)),
    serial: fact("码号", spot(17.8, 41.0, 6.0), spot(23.0, 41.0, 7.0)),
    validity: Validity {
        lines: None,
        label: spot(17.8, 25.2, 7.0),
        until: spot(28.4, 25.2, 7.0),
        date: spot(17.6, 31.2, 18.0),
        in_words: false,
    },
    together: None,
    state: spot(3.0, 44.1, 7.0),
    state_box: None,
    notice: Sentences { first: spot(3.0, 46.7, 7.0), leading: 2.45, lines: CARD_NOTICE },
    notice_alone: Sentences { first: spot(3.0, 45.4, 7.0), leading: 3.1, lines: CARD_NOTICE },
    hotline: None,
    practice: 36.0,
};
