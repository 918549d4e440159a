//! Notices: of what is missing (一次性告知书), everything at once, and of what became of something that was done (办理结果告知书). Dated, with
//! the place for the seal.

use jiff::civil::DateTime;

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Form, render as render_form};

/// What gives rise to the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// 一次性告知: something is missing, and nothing was done.
    Missing,
    /// 办理结果: something was done at the window, and the centre decided otherwise.
    Overturned,
}

impl Occasion {
    const fn title(self) -> &'static str {
        match self {
            Self::Missing => "一次性告知书",
            Self::Overturned => "办理结果告知书",
        }
    }

    const fn lead(self) -> &'static str {
        match self {
            Self::Missing => "您申请的事项尚不能办理。以下为需要补正的全部内容，现一次性告知：",
            Self::Overturned => "您在本窗口办理的事项，经市级平台核定未获确认，现告知如下：",
        }
    }

    const fn next(self) -> &'static str {
        match self {
            Self::Missing => "补正后可在本市任一受理窗口继续办理。咨询热线 12345。",
            Self::Overturned => {
                "因此被撤销的离线随申码请勿再用。如有疑问，请携带身份证到本市任一受理窗口。咨询热线 12345。"
            }
        }
    }
}

/// One thing that is missing or wrong, or one point of what happened.
pub struct Missing<'a> {
    /// What is missing, or what was refused.
    pub what: &'a str,
    /// How it is put right, or why it was refused.
    pub remedy: &'a str,
}

/// What the notice says.
pub struct Notice<'a> {
    /// What gives rise to it.
    pub occasion: Occasion,
    /// The case number (办件编号).
    pub case_number: &'a str,
    /// What the citizen asked for, in Chinese.
    pub matter: &'a str,
    /// The applicant's name, masked (rule M2).
    pub masked_name: &'a str,
    /// The applicant's ID number, masked (rule M1).
    pub masked_number: &'a str,
    /// Everything that is missing.
    pub missing: &'a [Missing<'a>],
    /// Where the citizen goes next, if not back to this window: the police registry for an ID number, say.
    pub elsewhere: Option<&'a str>,
    /// When it was handed over, Shanghai time.
    pub given_at: DateTime,
    /// The place, in full.
    pub site: &'a str,
    /// The window within the place.
    pub window: &'a str,
    /// Made in practice mode.
    pub practice: bool,
}

/// Makes the notice's PDF.
///
/// # Errors
/// [`PaperError::Empty`] when nothing is missing; [`PaperError::FontUnusable`] and [`PaperError::Subset`]: a
/// damaged font file.
pub fn render(fonts: &Fonts, notice: &Notice<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    if notice.missing.is_empty() && notice.elsewhere.is_none() {
        return Err(PaperError::Empty);
    }
    let form = Form {
        title: notice.occasion.title(),
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
        fact("办件编号", notice.case_number),
        fact("申请人", notice.masked_name),
        fact("身份证号", notice.masked_number),
        Block::Fact { label: "申请事项", value: notice.matter.to_owned(), strong: true },
        Block::Space(0.5),
    ];
    if !notice.missing.is_empty() {
        blocks.push(Block::Text(notice.occasion.lead().to_owned()));
        blocks.push(Block::Space(0.3));
        for (missing, number) in notice.missing.iter().zip(1..) {
            let text = format!("{}：{}", missing.what, missing.remedy);
            blocks.push(Block::Item { number, text });
        }
    }
    if let Some(elsewhere) = notice.elsewhere {
        blocks.push(Block::Notice(elsewhere.to_owned()));
    }
    blocks.push(Block::Space(0.3));
    blocks.push(Block::Text(notice.occasion.next().to_owned()));
    let day = notice.given_at.date();
    let dated = format!("{}年{}月{}日", day.year(), day.month(), day.day());
    blocks.push(Block::Seal { words: vec![notice.window.to_owned(), dated] });
    blocks.push(Block::Signatures(vec!["经办人", "申请人签收"]));
    blocks
}
