//! The day report (日结): totals, spoilt sheets, open items, signatures.

use jiff::civil::{Date, DateTime};

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Column, Form, render as render_form};

/// How often one action was done.
pub struct Total<'a> {
    /// The action, in Chinese.
    pub action: &'a str,
    /// Cases confirmed by the centre.
    pub confirmed: u32,
    /// Cases registered here and not yet confirmed.
    pub registered: u32,
}

/// A sheet that was spoilt in printing.
pub struct SpoiltSheet<'a> {
    /// The case number.
    pub case_number: &'a str,
    /// When it was noticed, Shanghai time.
    pub at: DateTime,
    /// Why: jam, smeared …
    pub reason: &'a str,
}

/// A case that is not finished.
pub struct OpenItem<'a> {
    /// The case number.
    pub case_number: &'a str,
    /// What it waits for.
    pub waits_for: &'a str,
    /// Since when, Shanghai time.
    pub since: DateTime,
}

/// What the report shows.
pub struct DayReport<'a> {
    /// The day.
    pub day: Date,
    /// The place, in full.
    pub site: &'a str,
    /// The desk.
    pub desk: &'a str,
    /// Who hands over, by staff number.
    pub clerk: &'a str,
    /// The day's cases by action.
    pub totals: &'a [Total<'a>],
    /// Sheets printed, spoilt ones included.
    pub sheets_printed: u32,
    /// Sheets spoilt, each one.
    pub spoilt: &'a [SpoiltSheet<'a>],
    /// Cases left open.
    pub open: &'a [OpenItem<'a>],
    /// What the next shift should know.
    pub remarks: &'a str,
    /// When the report was made, Shanghai time.
    pub made_at: DateTime,
    /// Made in practice mode.
    pub practice: bool,
}

/// Makes the report's PDF.
///
/// # Errors
/// [`PaperError::FontUnusable`] and [`PaperError::Subset`]: a damaged font file.
pub fn render(fonts: &Fonts, report: &DayReport<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    let mut blocks = facts(report);
    blocks.extend(totals(report));
    blocks.extend(spoilt(report));
    blocks.extend(open(report));
    blocks.push(Block::Heading("备注".to_owned()));
    blocks.push(Block::Text(if report.remarks.is_empty() { "无" } else { report.remarks }.to_owned()));
    blocks.push(Block::Signatures(vec!["经办人", "主管"]));
    let form = Form {
        title: "日结表",
        site: report.site,
        dated: report.made_at,
        practice: report.practice,
        blocks,
        symbol: None,
    };
    render_form(fonts, &form, media)
}

fn facts(report: &DayReport<'_>) -> Vec<Block> {
    let fact = |label, value: String, strong| Block::Fact { label, value, strong };
    let day = format!("{}年{}月{}日", report.day.year(), report.day.month(), report.day.day());
    vec![
        fact("日期", day, true),
        fact("窗口", report.desk.to_owned(), false),
        fact("经办人", report.clerk.to_owned(), false),
        fact("生成时间", time(report.made_at), false),
    ]
}

fn totals(report: &DayReport<'_>) -> Vec<Block> {
    let columns = vec![
        Column::words("事项", 3.0),
        Column::figures("已确认", 1.0),
        Column::figures("待同步", 1.0),
        Column::figures("合计", 1.0),
    ];
    let row = |action: &str, confirmed: u32, registered: u32| {
        let sum = confirmed.saturating_add(registered);
        vec![action.to_owned(), confirmed.to_string(), registered.to_string(), sum.to_string()]
    };
    let rows: Vec<_> =
        report.totals.iter().map(|total| row(total.action, total.confirmed, total.registered)).collect();
    let sum = |part: fn(&Total<'_>) -> u32| report.totals.iter().map(part).fold(0_u32, u32::saturating_add);
    let last = row("合计", sum(|total| total.confirmed), sum(|total| total.registered));
    let good = report.sheets_printed.saturating_sub(u32::try_from(report.spoilt.len()).unwrap_or(u32::MAX));
    let sheets =
        format!("共 {} 张，其中作废 {} 张，交付 {good} 张", report.sheets_printed, report.spoilt.len());
    vec![
        Block::Heading("办件".to_owned()),
        Block::Table { columns, rows, sum: Some(last) },
        Block::Space(0.4),
        Block::Fact { label: "用纸", value: sheets, strong: false },
    ]
}

fn spoilt(report: &DayReport<'_>) -> Vec<Block> {
    let columns =
        vec![Column::words("办件编号", 4.0), Column::words("时间", 3.0), Column::words("原因", 3.6)];
    let rows: Vec<_> = report
        .spoilt
        .iter()
        .map(|sheet| {
            vec![sheet.case_number.to_owned(), time_of(report.day, sheet.at), sheet.reason.to_owned()]
        })
        .collect();
    section("作废纸张", columns, rows)
}

fn open(report: &DayReport<'_>) -> Vec<Block> {
    let columns =
        vec![Column::words("办件编号", 4.0), Column::words("起始时间", 3.0), Column::words("待办", 3.6)];
    let rows: Vec<_> = report
        .open
        .iter()
        .map(|item| {
            vec![item.case_number.to_owned(), time_of(report.day, item.since), item.waits_for.to_owned()]
        })
        .collect();
    section("未结事项", columns, rows)
}

/// A table under its heading with the number of its rows; "none" is said in words.
fn section(heading: &str, columns: Vec<Column>, rows: Vec<Vec<String>>) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(format!("{heading}（{}）", rows.len()))];
    blocks.push(if rows.is_empty() {
        Block::Text("无".to_owned())
    } else {
        Block::Table { columns, rows, sum: None }
    });
    blocks
}

/// On the report's own day the hour says enough.
fn time_of(day: Date, at: DateTime) -> String {
    if at.date() == day { at.strftime("%H:%M").to_string() } else { time(at) }
}

fn time(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}
