//! The ticket with which a self-service kiosk sends a citizen to the window (转窗口办理单).

use jiff::civil::DateTime;

use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::form::{Block, Form, Media, render as render_form};

/// Content of a ticket.
pub struct Referral<'a> {
    /// Number of the report that the window has; empty if it has a correction already.
    pub number: &'a str,
    /// What is wrong, in Chinese: 姓名 or 照片.
    pub wrong: &'a str,
    /// Masked name of the holder (rule M2).
    pub masked_name: &'a str,
    /// Masked ID number of the holder (rule M1).
    pub masked_number: &'a str,
    /// When it was printed, in Shanghai time.
    pub given_at: DateTime,
    /// Name of the kiosk.
    pub terminal: &'a str,
    /// Whether it was made in practice mode.
    pub practice: bool,
}

/// Renders a ticket as PDF on A4.
///
/// # Errors
/// [`PaperError::FontUnusable`] or [`PaperError::Subset`] if a font file is damaged.
pub fn render(fonts: &Fonts, referral: &Referral<'_>) -> Result<Vec<u8>, PaperError> {
    let form = Form {
        title: "转窗口办理单",
        site: referral.terminal,
        dated: referral.given_at,
        practice: referral.practice,
        blocks: blocks(referral),
        case_number: None,
        symbol: None,
    };
    render_form(fonts, &form, Media::A4)
}

fn blocks(referral: &Referral<'_>) -> Vec<Block> {
    let fact = |label, value: &str, strong| Block::Fact { label, value: value.to_owned(), strong };
    let mut blocks = Vec::new();
    if !referral.number.is_empty() {
        blocks.push(fact("上报编号", referral.number, true));
    }
    blocks.extend([
        fact("上报事项", &format!("{}有误", referral.wrong), true),
        fact("姓名", referral.masked_name, false),
        fact("身份证号", referral.masked_number, false),
        fact("上报时间", &referral.given_at.strftime("%Y-%m-%d %H:%M").to_string(), false),
        Block::Space(0.5),
        Block::Notice("请携带本人身份证，到窗口办理。".to_owned()),
    ]);
    let steps = [
        "工作人员读取身份证后，就能看到这次上报，并办理更正。",
        "未满14周岁的，请监护人携带自己的身份证一同前来。",
        "更正生效后，可以当场换发离线随申码。",
        "本单遗失不影响办理，带好身份证即可。",
    ];
    blocks
        .extend(steps.iter().zip(1..).map(|(step, number)| Block::Item { number, text: (*step).to_owned() }));
    blocks.push(Block::Space(0.5));
    blocks.push(Block::Text("有疑问请拨打 12345。".to_owned()));
    blocks.push(Block::Small("本单不是离线随申码，不能用于核验。".to_owned()));
    blocks
}
