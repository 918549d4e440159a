//! The return report (上门服务归还单).

use super::Visits;
use crate::{
    printing::{PrintRequest, window_name},
    view::{Failure, Paper},
    words::action_name,
};
use desk::{Desk, DeskError};
use drivers::printer::Media as PrinterMedia;
use paper::{
    Media,
    return_report::{Act, ReturnReport, render},
};
use rules::{At, keys::Class};

impl Visits {
    /// Prints the report of the visit that is back, or of the last one.
    pub(super) async fn print_report(&self, desk: &Desk) -> Result<(), Failure> {
        let operator = desk.session.operator()?;
        let under_way = desk.visit.under_way().await?.filter(|visit| visit.report.is_some());
        let visit = match under_way {
            Some(visit) => visit,
            None => desk.visit.last_returned(&operator).await?.ok_or(DeskError::VisitUnknown)?,
        };
        let report = visit.report.as_ref().ok_or(DeskError::VisitUnknown)?;
        let done: Vec<Act<'_>> = report
            .done
            .iter()
            .map(|act| Act {
                case_number: &act.case_number,
                action: action_name(act.action).0,
                at: act.at.civil(),
                accepted: act.accepted,
            })
            .collect();
        let identity = desk.identity();
        let content = ReturnReport {
            site: &identity.site_name,
            desk: &window_name(identity.desk_number),
            case_number: visit.case_number.as_deref(),
            taken_by: visit.operator.as_str(),
            back_by: report.back_by.as_str(),
            taken_at: visit.taken_at.map(At::civil),
            ends_at: visit.ends_at.map(At::civil),
            wiped_at: visit.wiped_at.map(At::civil),
            back_at: report.back_at.civil(),
            people: report.people,
            in_kit: report.in_kit,
            served: report.served,
            done: &done,
            sheets: report.sheets,
            practice: identity.class() == Class::Practice,
        };
        let pdf = render(self.core.fonts()?, &content, Media::A4)?;
        let request = PrintRequest {
            paper: Paper::ReturnReport,
            pdf,
            media: PrinterMedia::a4(),
            case_number: visit.case_number.clone(),
            serial: None,
        };
        self.printing.start(request).await
    }
}
