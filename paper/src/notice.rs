//! The notice of missing documents (一次性告知书): everything at once, dated, with a place
//! for the seal.

use jiff::civil::DateTime;
use rules::{Language, case_number::grouped, time::day_in_chinese, window::Paper};

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Form, render as render_form};

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
        title: Paper::Notice.label(Language::Chinese),
        site: notice.site,
        dated: notice.given_at,
        practice: notice.practice,
        blocks: blocks(notice),
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
        let words = "您申请的事项尚不能办理。需要补正的全部内容一次性告知如下：";
        blocks.push(Block::Text(words.to_owned()));
        blocks.push(Block::Space(0.3));
        for (missing, number) in notice.missing.iter().zip(1..) {
            let text = format!("{}：{}", missing.what, missing.remedy);
            blocks.push(Block::Item { number, text });
            blocks.extend(missing.documents.iter().map(|document| Block::Tick((*document).to_owned())));
        }
    }
    if let Some(elsewhere) = notice.elsewhere {
        blocks.push(Block::Notice(elsewhere.to_owned()));
    }
    blocks.push(Block::Space(0.3));
    blocks.push(Block::Text("补正后可在本市任一受理窗口继续办理。咨询热线 12345。".to_owned()));
    let dated = day_in_chinese(notice.given_at.date());
    blocks.push(Block::Seal { words: vec![notice.window.to_owned(), dated] });
    blocks.push(Block::Signatures(vec!["经办人", "申请人签收"]));
    blocks
}
