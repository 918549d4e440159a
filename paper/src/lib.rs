//! Renders the papers of the counter as PDF: code sheets (离线码), receipts (回执), the notice of
//! missing documents (一次性告知书), the day report (日结), the lists of collective service
//! (签收表), the return report of a home visit (上门服务归还单), the ticket from a kiosk to the
//! window (转窗口办理单) and the device test page.
//!
//! Data goes in, PDF bytes come out. The crate reads no clock. Its only input is the system's
//! fonts, which it maps into memory. The same data and fonts always give the same bytes.
//!
//! Start with these types:
//!
//! - [`Fonts`] holds the installed fonts. [`Fonts::missing`] tells which characters cannot print.
//! - [`sheet::Sheet`] is the content of one code sheet, and [`sheet::SheetLayout`] its size.
//! - [`Media`] is the paper for everything else: A4, A5 or a receipt roll.
//! - [`PaperError`] tells why a paper cannot be made.
//!
//! ```no_run
//! use jiff::civil::date;
//! use paper::{
//!     Fonts,
//!     sheet::{Sheet, SheetLayout, render},
//! };
//!
//! let fonts = Fonts::open()?;
//! let sheet = Sheet {
//!     name: "张三",
//!     masked_number: "310***********1234",
//!     applied_at: date(2026, 1, 5).at(9, 30, 0, 0),
//!     valid_through: date(2026, 7, 4),
//!     photo: None,
//!     payload: "SSM1:6BFOXN",
//!     serial_short: "7K2M-09QX",
//!     provisional: false,
//!     practice: true,
//!     site: "样例区社区事务受理服务中心",
//! };
//! let pdf: Vec<u8> = render(&fonts, &[sheet], SheetLayout::A4)?;
//! # assert!(pdf.starts_with(b"%PDF"));
//! # Ok::<(), paper::PaperError>(())
//! ```

mod code;
pub mod collective;
pub mod day_report;
mod error;
mod fonts;
mod form;
mod mask;
pub mod notice;
mod pdf;
pub mod receipt;
pub mod referral;
pub mod return_report;
pub mod sheet;
pub mod test_page;
mod text;
mod words;

pub use code::{ScreenSymbol, screen_symbol};
pub use error::{PaperError, PhotoError};
pub use fonts::{Fonts, Glyph};
pub use form::Media;
