//! The day report (日结): totals, spoilt sheets, open items and signatures.

use jiff::civil::{Date, DateTime};
use rules::{Language, case_number::grouped, time::day_in_chinese, window::Paper};

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Column, Form, render as render_form};

/// Number of times that one action was done.
pub struct Total<'a> {
    /// Name of the action, in Chinese.
    pub action: &'a str,
    /// Number confirmed by the centre.
    pub confirmed: u32,
    /// Number registered at this desk that the centre has not decided yet.
    pub registered: u32,
    /// Number refused by the centre: rejected, or preceded by another desk.
    pub refused: u32,
}

/// A sheet that was spoilt in printing.
pub struct SpoiltSheet<'a> {
    /// Case number of the sheet.
    pub case_number: &'a str,
    /// When it was noticed, in Shanghai time.
    pub at: DateTime,
    /// Reason why it was spoilt, such as a jam or smeared toner.
    pub reason: &'a str,
}

/// A case that is not finished yet.
pub struct OpenItem<'a> {
    /// Case number of the item.
    pub case_number: &'a str,
    /// Step that the case waits for.
    pub waits_for: &'a str,
    /// Since when it waits, in Shanghai time.
    pub since: DateTime,
}

/// Content of a day report.
pub struct DayReport<'a> {
    /// Day that is reported.
    pub day: Date,
    /// Full name of the site.
    pub site: &'a str,
    /// Name of the desk.
    pub desk: &'a str,
    /// Staff number of the clerk who hands over.
    pub clerk: &'a str,
    /// Totals of the day, one for each action.
    pub totals: &'a [Total<'a>],
    /// Number of code sheets printed, spoilt ones included.
    pub sheets_printed: u32,
    /// Number of code sheets that the clerk confirmed as good.
    pub sheets_good: u32,
    /// Code sheets that were spoilt.
    pub spoilt: &'a [SpoiltSheet<'a>],
    /// Cases that are left open.
    pub open: &'a [OpenItem<'a>],
    /// Remarks for the next shift; may be empty.
    pub remarks: &'a str,
    /// When the report was made, in Shanghai time.
    pub made_at: DateTime,
    /// Whether it was made in practice mode.
    pub practice: bool,
}

/// Renders the report as PDF.
///
/// # Errors
/// [`PaperError::FontUnusable`] or [`PaperError::Subset`] if a font file is damaged.
pub fn render(fonts: &Fonts, report: &DayReport<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    let mut blocks = facts(report);
    blocks.extend(totals(report));
    blocks.extend(spoilt(report));
    blocks.extend(open(report));
    blocks.push(Block::Heading("备注".to_owned()));
    blocks.push(Block::Text(if report.remarks.is_empty() { "无" } else { report.remarks }.to_owned()));
    blocks.push(Block::Signatures(vec!["经办人", "主管"]));
    let form = Form {
        title: Paper::DayReport.label(Language::Chinese),
        site: report.site,
        dated: report.made_at,
        practice: report.practice,
        blocks,
        case_number: None,
        symbol: None,
    };
    render_form(fonts, &form, media)
}

fn facts(report: &DayReport<'_>) -> Vec<Block> {
    let fact = |label, value: String, strong| Block::Fact { label, value, strong };
    vec![
        fact("日期", day_in_chinese(report.day), true),
        fact("窗口", report.desk.to_owned(), false),
        fact("经办人", report.clerk.to_owned(), false),
        fact("生成时间", time(report.made_at), false),
    ]
}

fn totals(report: &DayReport<'_>) -> Vec<Block> {
    let columns = vec![
        Column::words("事项", 2.0),
        Column::figures("已确认", 1.0),
        Column::figures("待确认", 1.0),
        Column::figures("未通过", 1.0),
        Column::figures("合计", 1.0),
    ];
    let row = |action: &str, parts: [u32; 3]| {
        let sum = parts.into_iter().fold(0, u32::saturating_add);
        let figures = parts.into_iter().chain([sum]).map(|figure| figure.to_string());
        [action.to_owned()].into_iter().chain(figures).collect::<Vec<_>>()
    };
    let parts = |total: &Total<'_>| [total.confirmed, total.registered, total.refused];
    let rows: Vec<_> = report.totals.iter().map(|total| row(total.action, parts(total))).collect();
    let sum = |at: usize| report.totals.iter().map(|total| parts(total)[at]).fold(0, u32::saturating_add);
    vec![
        Block::Heading("办件".to_owned()),
        Block::Table { columns, rows, sum: Some(row("合计", [0, 1, 2].map(sum))) },
        Block::Space(0.4),
        Block::Fact { label: "用纸", value: sheets(report), strong: false },
    ]
}

/// Returns the sentence on code sheets. A sheet that nobody confirmed counts as neither spoilt nor
/// handed over, and is listed separately.
fn sheets(report: &DayReport<'_>) -> String {
    let (printed, good) = (report.sheets_printed, report.sheets_good);
    let spoilt = u32::try_from(report.spoilt.len()).unwrap_or(u32::MAX);
    let said = format!("共 {printed} 张，其中印坏 {spoilt} 张，完好 {good} 张");
    match printed.saturating_sub(spoilt).saturating_sub(good) {
        0 => said,
        open => format!("{said}，未确认 {open} 张"),
    }
}

fn spoilt(report: &DayReport<'_>) -> Vec<Block> {
    let columns =
        vec![Column::words("办件编号", 4.0), Column::words("时间", 3.0), Column::words("原因", 3.6)];
    let rows: Vec<_> = report
        .spoilt
        .iter()
        .map(|sheet| vec![grouped(sheet.case_number), time_of(report.day, sheet.at), sheet.reason.to_owned()])
        .collect();
    section("印坏的纸张", columns, rows)
}

fn open(report: &DayReport<'_>) -> Vec<Block> {
    let columns =
        vec![Column::words("办件编号", 4.0), Column::words("起始时间", 3.0), Column::words("待办", 3.6)];
    let rows: Vec<_> = report
        .open
        .iter()
        .map(|item| {
            vec![grouped(item.case_number), time_of(report.day, item.since), item.waits_for.to_owned()]
        })
        .collect();
    section("未结事项", columns, rows)
}

/// Returns a table below a heading with the number of rows; 无 if there are none.
fn section(heading: &str, columns: Vec<Column>, rows: Vec<Vec<String>>) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(format!("{heading}（{}）", rows.len()))];
    blocks.push(if rows.is_empty() {
        Block::Text("无".to_owned())
    } else {
        Block::Table { columns, rows, sum: None }
    });
    blocks
}

/// Formats a time; on the report's own day, the hour is enough.
fn time_of(day: Date, at: DateTime) -> String {
    if at.date() == day { at.strftime("%H:%M").to_string() } else { time(at) }
}

fn time(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = jiff::civil::date(2026, 11, 23);

    fn report<'a>(
        totals: &'a [Total<'a>],
        sheets: (u32, u32),
        spoilt: &'a [SpoiltSheet<'a>],
    ) -> DayReport<'a> {
        DayReport {
            day: DAY,
            site: "样例区社区事务受理服务中心",
            desk: "3 号窗口",
            clerk: "310001",
            totals,
            sheets_printed: sheets.0,
            sheets_good: sheets.1,
            spoilt,
            open: &[],
            remarks: "",
            made_at: DAY.at(17, 30, 0, 0),
            practice: false,
        }
    }

    #[test]
    fn a_sheet_without_confirmation_is_neither_handed_over_nor_spoilt() {
        let spoilt = [SpoiltSheet { case_number: "0001", at: DAY.at(9, 0, 0, 0), reason: "印坏" }];
        assert_eq!(sheets(&report(&[], (5, 4), &spoilt)), "共 5 张，其中印坏 1 张，完好 4 张");
        assert_eq!(sheets(&report(&[], (5, 2), &spoilt)), "共 5 张，其中印坏 1 张，完好 2 张，未确认 2 张");
        assert_eq!(sheets(&report(&[], (0, 0), &[])), "共 0 张，其中印坏 0 张，完好 0 张");
    }

    #[test]
    fn refused_operations_have_their_own_column() {
        let total = |action, confirmed, registered, refused| Total { action, confirmed, registered, refused };
        let done = [total("申领", 3, 2, 1), total("挂失", 1, 0, u32::MAX)];
        let blocks = totals(&report(&done, (0, 0), &[]));
        let table = blocks.iter().find_map(|block| match block {
            Block::Table { rows, sum, .. } => Some((rows, sum)),
            _ => None,
        });
        let (rows, sum) = table.unwrap();
        assert_eq!(rows[0], ["申领", "3", "2", "1", "6"]);
        let most = u32::MAX.to_string();
        assert_eq!(sum.as_ref().unwrap().as_slice(), ["合计", "4", "2", &most, &most]);
    }
}
