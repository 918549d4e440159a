//! The device test page: shows at a glance whether printer, toner and scanner can do a sheet.

use jiff::civil::DateTime;

use crate::code::Symbol;
use crate::error::PaperError;
use crate::fonts::Fonts;
pub use crate::form::Media;
use crate::form::{Block, Form, SYMBOL_MM, render as render_form};

/// What the test page shows.
pub struct TestPage<'a> {
    /// The place, in full.
    pub site: &'a str,
    /// The desk.
    pub desk: &'a str,
    /// The printer as the system names it.
    pub printer: &'a str,
    /// When it was asked for, Shanghai time.
    pub printed_at: DateTime,
    /// What the test code says, for the scanner's own test.
    pub code: &'a str,
}

/// Common and rare characters from each font of the chain; letters, figures and the separator of long names.
const SAMPLE: &str = "离线随申码 张欧阳 䶮㛃𠮷𪚥 阿依·木 Ab 0123456789";

/// Makes the test page's PDF.
///
/// # Errors
/// [`PaperError::PayloadTooLong`] for a test code too long for its place; [`PaperError::FontUnusable`] and
/// [`PaperError::Subset`]: a damaged font file.
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
        Block::Heading("二维码：请用扫描枪识读".to_owned()),
    ];
    let symbol = Symbol::new(page.code, SYMBOL_MM, 0.5)?;
    let form = Form {
        title: "设备测试页",
        site: page.site,
        dated: page.printed_at,
        practice: false,
        blocks,
        symbol: Some(symbol),
    };
    render_form(fonts, &form, media)
}
