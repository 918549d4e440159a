//! The notice of missing documents (一次性告知书) and of a refusal (不予受理告知书):
//! everything at once, dated, with a place for the seal.

use jiff::civil::DateTime;
use rules::{Language, case_number::grouped, time::day_in_chinese, window::Paper};

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Form, render as render_form};

/// Kind of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something is missing, and the citizen can put it right (一次性告知书).
    Missing,
    /// The request cannot be taken whatever the citizen brings (不予受理告知书).
    Declined,
}

/// One document that is missing or wrong.
pub struct Missing<'a> {
    /// Name of what is missing or was refused.
    pub what: &'a str,
    /// How to put it right, or why it was refused.
    pub remedy: &'a str,
    /// Documents to bring, each printed on a ticked line of its own.
    pub documents: &'a [&'a str],
}

/// Content of a notice.
pub struct Notice<'a> {
    /// Kind of the notice.
    pub kind: Kind,
    /// Case number (办件编号) of the request.
    pub case_number: &'a str,
    /// Matter the citizen asked for, in Chinese.
    pub matter: &'a str,
    /// Masked name of the applicant (rule M2).
    pub masked_name: &'a str,
    /// Masked ID number of the applicant (rule M1).
    pub masked_number: &'a str,
    /// Everything that is missing or wrong.
    pub missing: &'a [Missing<'a>],
    /// Other office to go to next, such as the police registry for an ID number; `None`
    /// for this window.
    pub elsewhere: Option<&'a str>,
    /// When it was handed over, in Shanghai time.
    pub given_at: DateTime,
    /// Full name of the site.
    pub site: &'a str,
    /// Name of the window at the site.
    pub window: &'a str,
    /// Whether it was made in practice mode.
    pub practice: bool,
}

/// Renders the notice as PDF.
///
/// # Errors
/// [`PaperError::Empty`] if nothing is missing and there is no other office;
/// [`PaperError::FontUnusable`] or [`PaperError::Subset`] if a font file is damaged.
pub fn render(fonts: &Fonts, notice: &Notice<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    if notice.missing.is_empty() && notice.elsewhere.is_none() {
        return Err(PaperError::Empty);
    }
    let form = Form {
        title: match notice.kind {
            Kind::Missing => Paper::Notice.label(Language::Chinese),
            Kind::Declined => "不予受理告知书",
        },
        site: notice.site,
        dated: notice.given_at,
        practice: notice.practice,
        blocks: blocks(notice),
        case_number: Some(notice.case_number),
        symbol: None,
    };
    render_form(fonts, &form, media)
}

fn blocks(notice: &Notice<'_>) -> Vec<Block> {
    let fact = |label, value: &str| Block::Fact { label, value: value.to_owned(), strong: false };
    let mut blocks = vec![
        fact("办件编号", &grouped(notice.case_number)),
        fact("申请人", notice.masked_name),
        fact("身份证号", notice.masked_number),
        Block::Fact { label: "申请事项", value: notice.matter.to_owned(), strong: true },
        Block::Space(0.5),
    ];
    if !notice.missing.is_empty() {
        blocks.push(Block::Text(opening(notice).to_owned()));
        blocks.push(Block::Space(0.3));
        for (missing, number) in notice.missing.iter().zip(1..) {
            let text = format!("{}：{}", missing.what, missing.remedy);
            blocks.push(Block::Item { number, text });
            blocks.extend(missing.documents.iter().map(|document| Block::Tick((*document).to_owned())));
        }
    }
    if let Some(elsewhere) = notice.elsewhere {
        // Beside what this citizen has to do, the hint for others must not stand out.
        let only = notice.missing.is_empty();
        blocks.push(if only { Block::Notice(elsewhere.to_owned()) } else { Block::Space(0.3) });
        blocks.extend((!only).then(|| Block::Text(elsewhere.to_owned())));
    }
    blocks.push(Block::Space(0.3));
    blocks.push(Block::Notice(closing(notice).to_owned()));
    let question = match notice.kind {
        Kind::Missing => "有疑问请拨打 12345，并告知办件编号。",
        Kind::Declined => "有异议请拨打 12345 反映，并告知办件编号。",
    };
    blocks.push(Block::Text(question.to_owned()));
    let dated = day_in_chinese(notice.given_at.date());
    blocks.push(Block::Seal { words: vec![notice.window.to_owned(), dated] });
    blocks.push(Block::Signatures(vec!["经办人", "申请人签收"]));
    blocks
}

fn opening(notice: &Notice<'_>) -> &'static str {
    match notice.kind {
        Kind::Declined => "您申请的事项不予受理，理由如下：",
        Kind::Missing if lists_documents(notice) => "您申请的事项暂时不能办理。还缺的材料全部列在下面：",
        Kind::Missing => "您申请的事项暂时不能办理，原因和办法如下：",
    }
}

/// Returns what the citizen does now.
fn closing(notice: &Notice<'_>) -> &'static str {
    match notice.kind {
        Kind::Declined => "条件变化后，可以携带身份证再次申请。",
        Kind::Missing if notice.missing.is_empty() => "登记信息变更后，可到本市任一受理窗口办理。",
        Kind::Missing if lists_documents(notice) => {
            "备齐后，请携带身份证和本告知书，到本市任一受理窗口办理。"
        }
        Kind::Missing => "再来办理时，请携带身份证和本告知书，本市任一受理窗口均可。",
    }
}

fn lists_documents(notice: &Notice<'_>) -> bool {
    notice.missing.iter().any(|missing| !missing.documents.is_empty())
}
