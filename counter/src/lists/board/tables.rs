//! Figures as the tables of a file.

use crate::{
    printing::window_name,
    spreadsheet::{Cell, Table},
    view::{CorrectionFigureView, FigureView, FiguresView},
};
use rules::{
    Language,
    wire::{Channel, FigureKey},
};

/// Returns one table for each kind of key that has figures, and one of corrections.
pub(super) fn of(view: &FiguresView) -> Vec<Table> {
    type Chosen = fn(&FigureKey) -> bool;
    let kinds: [(&'static str, &'static str, Chosen); 7] = [
        ("按日", "日期", |key| matches!(key, FigureKey::All | FigureKey::Day { .. })),
        ("按时段", "时段", |key| matches!(key, FigureKey::Hour { .. })),
        ("按渠道", "渠道", |key| matches!(key, FigureKey::Channel { .. })),
        ("按窗口", "窗口", |key| matches!(key, FigureKey::Desk { .. })),
        ("按工号", "工号", |key| matches!(key, FigureKey::Staff { .. })),
        ("按事项", "事项", |key| matches!(key, FigureKey::Act { .. })),
        ("拒绝原因", "原因", |key| matches!(key, FigureKey::Refusal { .. })),
    ];
    let mut tables: Vec<Table> = kinds
        .into_iter()
        .map(|(title, what, chosen)| Table {
            title,
            head: vec![what, "办成", "拒绝", "待定", "印坏"],
            rows: view.figures.iter().filter(|figure| chosen(&figure.key)).map(row).collect(),
        })
        .collect();
    tables.push(Table {
        title: "更正",
        head: vec!["原因", "受理", "办结", "中位用时（分钟）", "最长用时（分钟）"],
        rows: view.corrections.iter().map(correction_row).collect(),
    });
    tables
}

fn row(figure: &FigureView) -> Vec<Cell> {
    let FigureView { key, label, done, refused, held, spoilt } = figure;
    let label = label.as_ref().map(|label| label.zh.clone());
    vec![name(key, label).into(), (*done).into(), (*refused).into(), (*held).into(), (*spoilt).into()]
}

/// Returns what a figure counts. Staff go by their number: a file leaves this desk.
fn name(key: &FigureKey, label: Option<String>) -> String {
    match key {
        FigureKey::All => "合计".to_owned(),
        FigureKey::Day { day } => day.to_string(),
        FigureKey::Hour { hour } => format!("{hour:02}:00"),
        FigureKey::Channel { channel } => match channel {
            Channel::Counter => "窗口",
            Channel::Kiosk => "自助终端",
            Channel::Portal => "一网通办",
        }
        .to_owned(),
        FigureKey::Desk { desk_number } => window_name(*desk_number),
        FigureKey::Staff { staff } => staff.to_string(),
        FigureKey::Act { kind, action } => match action {
            Some(action) => action.label(Language::Chinese),
            None => kind.label(Language::Chinese),
        }
        .to_owned(),
        FigureKey::Refusal { reason } => label.unwrap_or_else(|| reason.to_string()),
        FigureKey::Correction { reason } => reason.label(Language::Chinese).to_owned(),
    }
}

fn correction_row(figure: &CorrectionFigureView) -> Vec<Cell> {
    let minutes = |seconds: Option<u32>| seconds.map_or_else(|| Cell::from(""), |all| (all / 60).into());
    vec![
        figure.reason.label(Language::Chinese).into(),
        figure.begun.into(),
        figure.decided.into(),
        minutes(figure.median_seconds),
        minutes(figure.longest_seconds),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{view::BoardSpan, words::sentence};

    #[test]
    fn a_file_names_staff_by_number_and_refusals_by_sentence() {
        let figure = |key, label: Option<&str>| FigureView {
            key,
            label: label.map(|label| sentence(label, label)),
            done: 2,
            refused: 1,
            held: 0,
            spoilt: 0,
        };
        let view = FiguresView {
            at: String::new(),
            not_newer: None,
            span: BoardSpan::Day,
            from: "2026-11-30".to_owned(),
            through: "2026-11-30".to_owned(),
            figures: vec![
                figure(FigureKey::All, None),
                figure(FigureKey::Staff { staff: "10001".parse().unwrap() }, Some("陈敏")),
                figure(
                    FigureKey::Refusal { reason: "not_eligible".to_owned().try_into().unwrap() },
                    Some("不符合条件"),
                ),
            ],
            corrections: Vec::new(),
        };
        let tables = of(&view);
        let cells = |title: &str| {
            let table = tables.iter().find(|table| table.title == title).unwrap();
            table.rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>()
        };
        assert_eq!(cells("按日"), [Cell::from("合计")]);
        assert_eq!(cells("按工号"), [Cell::from("10001")]);
        assert_eq!(cells("拒绝原因"), [Cell::from("不符合条件")]);
        assert!(cells("更正").is_empty());
    }
}
