//! Papers of collective service (集体代办): the list on which each person signs for their sheet
//! (签收表), and the result of the job with every refusal.

use jiff::civil::DateTime;
use rules::{Language, case_number::grouped, institution::InstitutionKind, window::Paper};

use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::form::{Block, Column, Form, Media, render as render_form};

/// What both lists say of the job.
pub struct Job<'a> {
    /// Name of the institution.
    pub institution: &'a str,
    /// What the institution is.
    pub kind: InstitutionKind,
    /// Masked name of its agent (M2).
    pub agent: &'a str,
    /// Case number (办件编号) of the visit.
    pub case_number: &'a str,
    /// When the paper was made, in Shanghai time.
    pub made_at: DateTime,
    /// Full name of the site.
    pub site: &'a str,
    /// Name of the window at the site.
    pub window: &'a str,
    /// Whether it was made in practice mode.
    pub practice: bool,
}

/// A sheet that is handed over.
pub struct HandOver<'a> {
    /// Place in the list, from 1.
    pub position: u32,
    /// Masked name of the holder (M2).
    pub name: &'a str,
    /// Case number of the holder.
    pub case_number: &'a str,
    /// Short form of the serial.
    pub serial_short: &'a str,
}

/// What became of a person of the list.
pub struct Outcome<'a> {
    /// Place in the list, from 1.
    pub position: u32,
    /// Masked name (M2).
    pub name: &'a str,
    /// Masked number (M1).
    pub number: &'a str,
    /// What was done, in Chinese: 发码 or 未办.
    pub outcome: &'a str,
    /// Serial of the code, or the reason why there is none.
    pub detail: &'a str,
}

/// A row of the list that was not taken.
pub struct WrongRow<'a> {
    /// Line of the file.
    pub line: u32,
    /// Why it was not taken.
    pub why: &'a str,
}

/// Renders the hand-over list (签收表): a line to sign for each sheet, in the order of the list.
///
/// # Errors
/// [`PaperError::Empty`] if there is nothing to hand over; [`PaperError::FontUnusable`] or
/// [`PaperError::Subset`] if a font file is damaged.
pub fn render_hand_over(
    fonts: &Fonts,
    job: &Job<'_>,
    sheets: &[HandOver<'_>],
) -> Result<Vec<u8>, PaperError> {
    if sheets.is_empty() {
        return Err(PaperError::Empty);
    }
    let mut blocks = facts(job, vec![("份数", format!("{} 份", sheets.len()))]);
    blocks.push(Block::Space(0.4));
    blocks.push(Block::Text(
        "领取人核对姓名、照片后，在自己的一行签名；代领的，由代领人签名并注明关系。".to_owned(),
    ));
    blocks.push(Block::Space(0.4));
    let columns = vec![
        Column::words("序号", 1.1),
        Column::words("姓名", 2.5),
        Column::words("码号", 2.4),
        Column::words("办件编号", 6.0),
        Column::words("签名", 4.0),
    ];
    let rows = sheets.iter().map(|sheet| {
        vec![
            sheet.position.to_string(),
            sheet.name.to_owned(),
            sheet.serial_short.to_owned(),
            grouped(sheet.case_number),
            String::new(),
        ]
    });
    blocks.push(Block::SigningTable { columns, rows: rows.collect() });
    blocks.push(Block::Signatures(vec!["机构经办人", "窗口经办人"]));
    render(fonts, job, Paper::HandOverList, blocks)
}

/// Renders the result of the job: everybody of the list, and the rows that were not taken.
///
/// # Errors
/// [`PaperError::FontUnusable`] or [`PaperError::Subset`] if a font file is damaged.
pub fn render_result(
    fonts: &Fonts,
    job: &Job<'_>,
    people: &[Outcome<'_>],
    wrong: &[WrongRow<'_>],
) -> Result<Vec<u8>, PaperError> {
    let mut blocks = facts(job, counts(people, wrong));
    let columns = vec![
        Column::words("序号", 1.2),
        Column::words("姓名", 2.8),
        Column::words("身份证号", 3.6),
        Column::words("结果", 1.6),
        Column::words("码号或原因", 6.4),
    ];
    let rows = people.iter().map(|person| {
        let text = [person.name, person.number, person.outcome, person.detail];
        std::iter::once(person.position.to_string()).chain(text.map(str::to_owned)).collect()
    });
    blocks.push(Block::Heading("办理结果".to_owned()));
    blocks.push(Block::Table { columns, rows: rows.collect(), sum: None });
    if !wrong.is_empty() {
        let columns = vec![Column::words("行号", 1.2), Column::words("原因", 12.0)];
        let rows = wrong.iter().map(|row| vec![row.line.to_string(), row.why.to_owned()]).collect();
        blocks.push(Block::Heading(format!("未读入的行（{}）", wrong.len())));
        blocks.push(Block::Table { columns, rows, sum: None });
    }
    blocks.push(Block::Signatures(vec!["机构经办人", "窗口经办人"]));
    render(fonts, job, Paper::ResultList, blocks)
}

/// Counts the people by what was done.
fn counts(people: &[Outcome<'_>], wrong: &[WrongRow<'_>]) -> Vec<(&'static str, String)> {
    let mut outcomes: Vec<(&str, usize)> = Vec::new();
    for person in people {
        match outcomes.iter_mut().find(|(outcome, _)| *outcome == person.outcome) {
            Some((_, count)) => *count += 1,
            None => outcomes.push((person.outcome, 1)),
        }
    }
    let each = outcomes.iter().map(|(outcome, count)| format!("{outcome} {count} 人"));
    let words = std::iter::once(format!("共 {} 人", people.len())).chain(each).collect::<Vec<_>>().join("，");
    let mut counts = vec![("名单", words)];
    if !wrong.is_empty() {
        counts.push(("未读入", format!("{} 行", wrong.len())));
    }
    counts
}

fn facts(job: &Job<'_>, counts: Vec<(&'static str, String)>) -> Vec<Block> {
    let fact = |label, value| Block::Fact { label, value, strong: false };
    let kind = job.kind.label(Language::Chinese);
    let mut blocks = vec![
        Block::Fact { label: "机构", value: format!("{}（{kind}）", job.institution), strong: true },
        fact("机构经办人", job.agent.to_owned()),
        fact("办件编号", grouped(job.case_number)),
        fact("窗口", job.window.to_owned()),
        fact("制表时间", job.made_at.strftime("%Y-%m-%d %H:%M").to_string()),
    ];
    blocks.extend(counts.into_iter().map(|(label, value)| fact(label, value)));
    blocks
}

fn render(fonts: &Fonts, job: &Job<'_>, paper: Paper, blocks: Vec<Block>) -> Result<Vec<u8>, PaperError> {
    let form = Form {
        title: paper.label(Language::Chinese),
        site: job.site,
        dated: job.made_at,
        practice: job.practice,
        blocks,
        case_number: Some(job.case_number),
        symbol: None,
    };
    render_form(fonts, &form, Media::A4)
}
