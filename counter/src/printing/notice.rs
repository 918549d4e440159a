//! The notice of what is missing (一次性告知书).

use super::{PrintRequest, Printing, window_name};
use crate::view::{Failure, Paper};
use desk::Desk;
use drivers::printer::Media as PrinterMedia;
use paper::{Media, notice};
use rules::keys::Class;
use std::sync::Arc;

/// Content of a notice.
pub(crate) struct NoticeContent {
    pub case_number: String,
    pub masked_name: String,
    pub masked_number: String,
    /// Each refusal with its remedy.
    pub reasons: Vec<(String, String)>,
}

impl Printing {
    /// Prints a notice (一次性告知书).
    pub(crate) async fn print_notice(
        self: &Arc<Self>,
        desk: &Desk,
        said: NoticeContent,
    ) -> Result<(), Failure> {
        let identity = desk.identity();
        let missing: Vec<_> =
            said.reasons.iter().map(|(what, remedy)| notice::Missing { what, remedy }).collect();
        let notice = notice::Notice {
            case_number: &said.case_number,
            matter: "离线随申码申领、更正",
            masked_name: &said.masked_name,
            masked_number: &said.masked_number,
            missing: &missing,
            elsewhere: Some("身份证号码、性别、出生日期有误的，请到公安户籍窗口办理。"),
            given_at: desk.read_clock().at.civil(),
            site: &identity.site_name,
            window: &window_name(identity.desk_number),
            practice: identity.class() == Class::Practice,
        };
        let pdf = notice::render(self.core.fonts()?, &notice, Media::A4)?;
        self.start(PrintRequest {
            paper: Paper::Notice,
            pdf,
            media: PrinterMedia::a4(),
            case_number: Some(said.case_number),
            serial: None,
        })
        .await
    }
}
