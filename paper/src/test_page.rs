//! The device test page: shows whether printer, toner and scanner can handle a code sheet.

use jiff::civil::DateTime;

use crate::code::Symbol;
use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Form, SYMBOL_MM, render as render_form};

/// Content of a test page.
pub struct TestPage<'a> {
    /// Full name of the site.
    pub site: &'a str,
    /// Name of the desk.
    pub desk: &'a str,
    /// Name of the printer in the system.
    pub printer: &'a str,
    /// When it was requested, in Shanghai time.
    pub printed_at: DateTime,
    /// Content of the test symbol, for testing the scanner.
    pub code: &'a str,
}

/// Common and rare characters from each font, letters, digits and the separator of long names.
const SAMPLE: &str = "离线随申码 张欧阳 䶮㛃𠮷𪚥 阿依·木 Ab 0123456789";

/// Renders the test page as PDF.
///
/// # Errors
/// [`PaperError::PayloadTooLong`] if the test symbol does not fit its square;
/// [`PaperError::FontUnusable`] or [`PaperError::Subset`] if a font file is damaged.
pub fn render(fonts: &Fonts, page: &TestPage<'_>, media: Media) -> Result<Vec<u8>, PaperError> {
    let fact = |label, value: &str| Block::Fact { label, value: value.to_owned(), strong: false };
    let blocks = vec![
        fact("窗口", page.desk),
        fact("打印机", page.printer),
        fact("时间", &page.printed_at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        Block::Heading("文字".to_owned()),
        Block::Sizes(SAMPLE),
        Block::Heading("灰度与线条".to_owned()),
        Block::Tones,
        Block::Heading("二维码：请用扫码枪识读".to_owned()),
    ];
    let symbol = Symbol::new(page.code, SYMBOL_MM, 0.5)?;
    let form = Form {
        title: "设备测试页",
        site: page.site,
        dated: page.printed_at,
        practice: false,
        blocks,
        case_number: None,
        symbol: Some(symbol),
    };
    render_form(fonts, &form, media)
}
