//! The return report of a home visit (上门服务归还单): whom the kit was for, what was done, what became
//! of the sheets, and that the kit was wiped. It names cases and no people.

use jiff::civil::DateTime;
use rules::{Language, case_number::grouped, visit::SheetCount, window::Paper};

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Column, Form, render as render_form};

/// Something that was done on the visit.
pub struct Act<'a> {
    /// Case it was done in.
    pub case_number: &'a str,
    /// What was done, in Chinese.
    pub action: &'a str,
    /// When, in Shanghai time.
    pub at: DateTime,
    /// Whether the centre took it.
    pub accepted: bool,
}

/// Content of a return report.
pub struct ReturnReport<'a> {
    /// Full name of the site.
    pub site: &'a str,
    /// Name of the desk.
    pub desk: &'a str,
    /// Case under which the kit was taken, if it was.
    pub case_number: Option<&'a str>,
    /// Staff number of who took the kit.
    pub taken_by: &'a str,
    /// Staff number of who brought it back.
    pub back_by: &'a str,
    /// When the kit was taken, in Shanghai time.
    pub taken_at: Option<DateTime>,
    /// End of the kit.
    pub ends_at: Option<DateTime>,
    /// When it was wiped.
    pub wiped_at: Option<DateTime>,
    /// When it came back.
    pub back_at: DateTime,
    /// People on the list.
    pub people: u32,
    /// People whose views were in the kit.
    pub in_kit: u32,
    /// People for whom something was done.
    pub served: u32,
    /// What was done, oldest first.
    pub done: &'a [Act<'a>],
    /// What became of the sheets.
    pub sheets: SheetCount,
    /// Whether it was made in practice mode.
    pub practice: bool,
}

impl ReturnReport<'_> {
    /// Returns whether it came back after the end of the kit.
    fn is_late(&self) -> bool {
        self.ends_at.is_some_and(|ends| self.back_at > ends)
    }
}

/// Renders the report as PDF.
///
/// # Errors
/// [`PaperError::FontUnusable`] or [`PaperError::Subset`] if a font file is damaged.
pub fn render(fonts: &Fonts, report: &ReturnReport<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    let mut blocks = facts(report);
    blocks.extend(sheets(&report.sheets));
    blocks.extend(done(report.done));
    blocks.push(Block::Heading("资料清除".to_owned()));
    blocks.push(Block::Text(cleared(report)));
    blocks.push(Block::Signatures(vec!["上门经办人", "主管"]));
    let form = Form {
        title: Paper::ReturnReport.label(Language::Chinese),
        site: report.site,
        dated: report.back_at,
        practice: report.practice,
        blocks,
        case_number: report.case_number,
        symbol: None,
    };
    render_form(fonts, &form, media)
}

fn facts(report: &ReturnReport<'_>) -> Vec<Block> {
    let fact = |label, value: String| Block::Fact { label, value, strong: false };
    let mut facts = vec![fact("窗口", report.desk.to_owned())];
    facts.extend(report.case_number.map(|number| fact("上门编号", grouped(number))));
    facts.push(fact("领取", by(report.taken_at, report.taken_by)));
    facts.extend(report.ends_at.map(|at| fact("资料有效至", minute(at))));
    let back = by(Some(report.back_at), report.back_by);
    facts.push(fact("归还", back));
    let (people, in_kit, served) = (report.people, report.in_kit, report.served);
    let people = format!("名单 {people} 人，领取资料 {in_kit} 人，办理 {served} 人");
    facts.push(Block::Fact { label: "人数", value: people, strong: true });
    facts.extend(to_explain(report).map(Block::Notice));
    facts
}

/// Returns what the supervisor has to ask about: a late return, and sheets that are not there.
fn to_explain(report: &ReturnReport<'_>) -> Option<String> {
    let late = report.is_late().then(|| "逾期归还".to_owned());
    let missing = report.sheets.missing();
    let missing = (missing > 0).then(|| format!("短少 {missing} 张纸"));
    let open = report.sheets.open;
    let open = (open > 0).then(|| format!("{open} 张纸未确认"));
    let all: Vec<_> = [late, missing, open].into_iter().flatten().collect();
    (!all.is_empty()).then(|| format!("{}，请说明原因。", all.join("，")))
}

fn sheets(sheets: &SheetCount) -> Vec<Block> {
    let columns = vec![
        Column::figures("领取", 1.0),
        Column::figures("完好", 1.0),
        Column::figures("印坏", 1.0),
        Column::figures("未确认", 1.0),
        Column::figures("未用", 1.0),
        Column::figures("短少", 1.0),
    ];
    let SheetCount { taken, good, spoilt, open, unused } = *sheets;
    let figures = [taken, good, spoilt, open, unused].map(i64::from);
    let row = figures.into_iter().chain([sheets.missing()]).map(|figure| figure.to_string());
    vec![
        Block::Heading("用纸（张）".to_owned()),
        Block::Table { columns, rows: vec![row.collect()], sum: None },
    ]
}

fn done(acts: &[Act<'_>]) -> Vec<Block> {
    let columns = vec![
        Column::words("办件编号", 5.0),
        Column::words("事项", 2.0),
        Column::words("时间", 2.6),
        Column::words("中心结果", 1.8),
    ];
    let row = |act: &Act<'_>| {
        let result = if act.accepted { "已确认" } else { "未通过" };
        vec![grouped(act.case_number), act.action.to_owned(), minute(act.at), result.to_owned()]
    };
    let rows: Vec<_> = acts.iter().map(row).collect();
    let list = match rows.is_empty() {
        true => Block::Text("无".to_owned()),
        false => Block::Table { columns, rows, sum: None },
    };
    vec![Block::Heading(format!("办理事项（{}）", acts.len())), list]
}

fn cleared(report: &ReturnReport<'_>) -> String {
    match report.wiped_at {
        Some(at) => format!("本机的上门资料（登记信息、照片及其密钥）已于 {} 清除。", minute(at)),
        None => "本机没有上门资料。".to_owned(),
    }
}

fn by(at: Option<DateTime>, staff: &str) -> String {
    let at = at.map_or_else(String::new, |at| format!("{}  ", minute(at)));
    format!("{at}工号 {staff}")
}

fn minute(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}
