//! What the page is shown. Everything here is already masked, already worded where words come from
//! the rules, and safe to log only where it says so. Suffixes: `View` = shown to the page, `Input`
//! = typed at the page.
//!
//! Times are text in Shanghai time, `2026-11-23T14:05:00+08:00`; days `2026-11-23`; digests and
//! serials lower-case hex.

mod case;
mod citizen_window;
mod correction;
mod printing;
mod records;
mod status;
mod verify;

pub use case::*;
pub use citizen_window::*;
pub use correction::*;
pub use printing::*;
pub use records::*;
pub use status::*;
pub use verify::*;

use serde::{Deserialize, Serialize};
use specta::Type;

/// Why something did not happen, with its words in both languages: what happened, what was saved,
/// what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Failure {
    /// Stable code; the same code always has the same words.
    pub code: String,
    /// zh-CN
    pub zh: String,
    /// en
    pub en: String,
    /// Field of the form it belongs to, where there is one.
    pub field: Option<String>,
}
