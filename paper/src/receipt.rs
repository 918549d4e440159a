//! Receipts for a case that was accepted (受理回执) or completed (办结回执).

use jiff::civil::{Date, DateTime};
use rules::{case_number::grouped, time::day_in_chinese};

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Form, render as render_form};

/// Kind of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The case was accepted (受理回执).
    Accepted,
    /// The case was completed (办结回执).
    Completed,
}

/// State of the operation at the centre (rule L9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The centre has confirmed the operation.
    Confirmed,
    /// The operation was made offline: it is registered at this desk and takes effect for scanners
    /// at the next synchronisation. The receipt must not say that a code reported lost or replaced
    /// offline is already invalid.
    Registered,
    /// There is nothing for the centre to confirm.
    NotNeeded,
}

impl Standing {
    const fn words(self) -> Option<&'static str> {
        match self {
            Self::Confirmed => Some("中心已确认，现已生效。"),
            Self::Registered => Some("已登记，窗口联网后扫码核验时生效。"),
            Self::NotNeeded => None,
        }
    }
}

/// Content of a receipt.
pub struct Receipt<'a> {
    /// Kind of the receipt.
    pub stage: Stage,
    /// Case number (办件编号) of the receipt.
    pub case_number: &'a str,
    /// Action that was done, in Chinese, such as 首次申领 or 挂失.
    pub action: &'a str,
    /// Masked name of the holder (rule M2).
    pub masked_name: &'a str,
    /// Masked ID number of the holder (rule M1).
    pub masked_number: &'a str,
    /// State of the operation at the centre.
    pub standing: Standing,
    /// Last valid day of the new code, if one was issued.
    pub valid_through: Option<Date>,
    /// Short serial of the new code, if one was issued.
    pub serial_short: Option<&'a str>,
    /// When it was done, in Shanghai time.
    pub done_at: DateTime,
    /// Full name of the site.
    pub site: &'a str,
    /// Name of the window (窗口) at the site.
    pub window: &'a str,
    /// Next steps for the citizen, one sentence each.
    pub next_steps: &'a [&'a str],
    /// Whether it was made in practice mode.
    pub practice: bool,
}

/// Renders a receipt as PDF.
///
/// # Errors
/// [`PaperError::FontUnusable`] or [`PaperError::Subset`] if a font file is damaged.
pub fn render(fonts: &Fonts, receipt: &Receipt<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    let title = match receipt.stage {
        Stage::Accepted => "受理回执",
        Stage::Completed => "办结回执",
    };
    let form = Form {
        title,
        site: receipt.site,
        dated: receipt.done_at,
        practice: receipt.practice,
        blocks: blocks(receipt),
        case_number: Some(receipt.case_number),
        symbol: None,
    };
    render_form(fonts, &form, media)
}

fn blocks(receipt: &Receipt<'_>) -> Vec<Block> {
    let fact = |label, value: &str| Block::Fact { label, value: value.to_owned(), strong: false };
    let strong = |label, value: &str| Block::Fact { label, value: value.to_owned(), strong: true };
    let mut blocks = vec![
        fact("办件编号", &grouped(receipt.case_number)),
        strong("办理事项", receipt.action),
        fact("姓名", receipt.masked_name),
        fact("身份证号", receipt.masked_number),
    ];
    if let Some(serial) = receipt.serial_short {
        blocks.push(fact("码号", serial));
    }
    if let Some(day) = receipt.valid_through {
        blocks.push(Block::Fact { label: "有效期至", value: day_in_chinese(day), strong: true });
    }
    blocks.push(fact("办理时间", &receipt.done_at.strftime("%Y-%m-%d %H:%M").to_string()));
    blocks.push(fact("办理窗口", receipt.window));
    if let Some(words) = receipt.standing.words() {
        blocks.push(Block::Notice(words.to_owned()));
    }
    if !receipt.next_steps.is_empty() {
        blocks.push(Block::Heading("下一步".to_owned()));
        let steps = receipt.next_steps.iter().zip(1..);
        blocks.extend(steps.map(|(step, number)| Block::Item { number, text: (*step).to_owned() }));
    }
    blocks.push(Block::Space(0.5));
    blocks.push(Block::Text("有疑问请拨打 12345，并告知办件编号。".to_owned()));
    blocks.push(Block::Small("请保管好本回执。遗失了也能办理：在窗口出示身份证即可查询。".to_owned()));
    blocks
}
