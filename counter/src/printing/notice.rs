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
    pub reasons: Vec<NoticeReason>,
}

impl NoticeContent {
    /// Returns the kind of the notice. What the citizen can put right comes first.
    fn kind(&self) -> notice::Kind {
        let declined = !self.reasons.is_empty() && self.reasons.iter().all(|reason| reason.declined);
        if declined { notice::Kind::Declined } else { notice::Kind::Missing }
    }

    /// Returns what the citizen asked for, each thing once.
    fn matter(&self) -> String {
        let mut asked: Vec<&str> = Vec::new();
        for reason in &self.reasons {
            if !asked.contains(&reason.what.as_str()) {
                asked.push(&reason.what);
            }
        }
        if asked.is_empty() {
            "离线随申码".to_owned()
        } else {
            format!("离线随申码（{}）", asked.join("、"))
        }
    }
}

/// One thing that stands against the citizen.
pub(crate) struct NoticeReason {
    /// What was refused.
    pub what: String,
    /// What the citizen does about it.
    pub remedy: String,
    /// Documents to bring.
    pub documents: Vec<&'static str>,
    /// Whether nothing that the citizen brings changes it.
    pub declined: bool,
}

impl NoticeReason {
    /// A reason that no document puts right.
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into(), documents: Vec::new(), declined: false }
    }
}

impl Printing {
    /// Prints a notice (一次性告知书).
    pub(crate) async fn print_notice(
        self: &Arc<Self>,
        desk: &Desk,
        said: NoticeContent,
    ) -> Result<(), Failure> {
        let identity = desk.identity();
        let missing = Vec::from_iter(said.reasons.iter().map(|reason| notice::Missing {
            what: &reason.what,
            remedy: &reason.remedy,
            documents: &reason.documents,
        }));
        let notice = notice::Notice {
            kind: said.kind(),
            case_number: &said.case_number,
            matter: &said.matter(),
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
