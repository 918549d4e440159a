//! What is printed at the counter: code sheets (离线码), receipts (回执), the notice of what is missing
//! (一次性告知书), the day report (日结) and the device test page.
//!
//! Data in, PDF bytes out. The crate reads no clock and does no input or output except that it maps the system's
//! fonts into memory; the same data gives the same bytes.

mod code;
pub mod day_report;
mod error;
mod fonts;
mod form;
pub mod notice;
mod pdf;
pub mod receipt;
pub mod sheet;
pub mod test_page;
mod text;

pub use error::{PaperError, PhotoError};
pub use fonts::{Fonts, Glyph};
pub use form::Media;
