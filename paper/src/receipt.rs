//! Receipts: that a case was taken in (受理回执) or finished (办结回执).

use jiff::civil::{Date, DateTime};
use rules::case_number::grouped;

use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Form, render as render_form};

/// Which receipt it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The case was taken in (受理回执).
    Accepted,
    /// The case was finished (办结回执).
    Completed,
}

/// Where the operation stands at the centre (rule L9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The centre has confirmed it.
    Confirmed,
    /// Made offline: registered at this desk, takes effect for scanners at the next synchronisation. The receipt
    /// never says of a code reported lost or replaced offline that it is invalid already.
    Registered,
    /// There is nothing for the centre to confirm.
    NotNeeded,
}

impl Standing {
    const fn words(self) -> Option<&'static str> {
        match self {
            Self::Confirmed => Some("中心已确认，现已生效。"),
            Self::Registered => Some("已登记，下次同步后对扫码端生效。"),
            Self::NotNeeded => None,
        }
    }
}

/// What a receipt shows.
pub struct Receipt<'a> {
    /// Which receipt it is.
    pub stage: Stage,
    /// The case number (办件编号).
    pub case_number: &'a str,
    /// What was done, in Chinese: 首次申领, 挂失 …
    pub action: &'a str,
    /// The holder's name, masked (rule M2).
    pub masked_name: &'a str,
    /// The holder's ID number, masked (rule M1).
    pub masked_number: &'a str,
    /// Where the operation stands.
    pub standing: Standing,
    /// The new code's last day, where the case issued one.
    pub valid_through: Option<Date>,
    /// The new code's short serial, where the case issued one.
    pub serial_short: Option<&'a str>,
    /// When it was done, Shanghai time.
    pub done_at: DateTime,
    /// The place, in full.
    pub site: &'a str,
    /// The window (窗口) within the place.
    pub window: &'a str,
    /// What the citizen does next, a sentence each.
    pub next_steps: &'a [&'a str],
    /// Made in practice mode.
    pub practice: bool,
}

/// Makes a receipt's PDF.
///
/// # Errors
/// [`PaperError::FontUnusable`] and [`PaperError::Subset`]: a damaged font file.
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
        let words = format!("{}年{}月{}日", day.year(), day.month(), day.day());
        blocks.push(Block::Fact { label: "有效期至", value: words, strong: true });
    }
    if let Some(words) = receipt.standing.words() {
        blocks.push(Block::Notice(words.to_owned()));
    }
    blocks.push(fact("办理时间", &receipt.done_at.strftime("%Y-%m-%d %H:%M").to_string()));
    blocks.push(fact("办理窗口", receipt.window));
    if !receipt.next_steps.is_empty() {
        blocks.push(Block::Heading("下一步".to_owned()));
        let steps = receipt.next_steps.iter().zip(1..);
        blocks.extend(steps.map(|(step, number)| Block::Item { number, text: (*step).to_owned() }));
    }
    blocks.push(Block::Space(0.5));
    blocks.push(Block::Small("咨询热线 12345。请妥善保管本回执。".to_owned()));
    blocks
}
