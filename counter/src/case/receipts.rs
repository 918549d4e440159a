//! Receipts: what the citizen takes home of a case that was accepted (受理回执) or completed
//! (办结回执).

use super::{papers::Papers, stage::Stage};
use crate::{
    failure::out_of_step,
    format::short,
    printing::{PrintRequest, window_name},
    view::{Confirmation, CounterView, Failure, Paper, ReceiptLayout},
    words::action_name,
};
use desk::{Desk, DeskError};
use drivers::printer::{Media as PrinterMedia, PrinterError, PrinterStatus};
use paper::{
    Media,
    receipt::{Receipt, Stage as ReceiptStage, Standing, render},
};
use rules::{
    correction::{Correction, Field, State},
    keys::Class,
    life::{Action, Serial},
    permission::Duty,
};
use std::time::Duration;
use uuid::Uuid;

/// Time that a printer gets to say which paper it has.
const ASKING: Duration = Duration::from_secs(3);

/// What the citizen does after handing a correction in.
const AFTER_HANDING_IN: [&str; 3] = [
    "更正由主管审批，一般当日完成。请携带身份证或凭办件编号，到窗口查询结果。",
    "更正生效后，请携带身份证到窗口换发或申领离线码。",
    "还缺材料的，窗口会一次说清。",
];

impl Papers {
    /// Prints the receipt (受理回执) of a correction that was handed in.
    ///
    /// # Errors
    /// Not permitted; unknown correction, or one that does not wait for its decision; the database
    /// fails.
    pub async fn print_accepted(&self, id: &str) -> Result<CounterView, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Correct)?;
        let id = Uuid::try_parse(id).map_err(|_| DeskError::CorrectionUnknown)?;
        let record = desk.correction.get(id).await?;
        let (State::Submitted { at } | State::Approved { at, .. }) = record.correction.state else {
            return Err(out_of_step());
        };
        let case_number = record.case_number.clone().ok_or(DeskError::CorrectionUnknown)?;
        let identity = desk.identity();
        let receipt = Receipt {
            stage: ReceiptStage::Accepted,
            case_number: &case_number,
            action: matter(&record.correction),
            masked_name: &record.masked_name,
            masked_number: &record.number.masked(),
            standing: Standing::NotNeeded,
            valid_through: None,
            serial_short: None,
            done_at: at.civil(),
            site: &identity.site_name,
            window: &window_name(identity.desk_number),
            next_steps: &AFTER_HANDING_IN,
            practice: identity.class() == Class::Practice,
        };
        self.start_receipt(&receipt, None).await?;
        self.case.view().await
    }

    /// Prints the receipt (办结回执) of the action that was done.
    pub(super) async fn print_receipt(&self, desk: &Desk) -> Result<(), Failure> {
        let identity = desk.identity();
        let (case_number, action, valid_through, serial, standing, name, number) = {
            let case = self.case.state();
            let Stage::Done(person, done) = &case.stage else { return Err(out_of_step()) };
            let standing = match done.confirmation {
                Confirmation::Confirmed => Standing::Confirmed,
                Confirmation::Provisional => Standing::Registered,
                // Nothing was done; what the citizen gets is the notice.
                Confirmation::Refused => return Err(out_of_step()),
            };
            let case_number = case.number.clone().unwrap_or_default();
            let (name, number) = (person.name().masked(), person.card_holder.number.masked());
            (case_number, done.action, done.valid_through, done.serial, standing, name, number)
        };
        let serial_short = serial.map(|serial| short(&serial.to_string()));
        let receipt = Receipt {
            stage: ReceiptStage::Completed,
            case_number: &case_number,
            action: action_name(action).0,
            masked_name: &name,
            masked_number: &number,
            standing,
            valid_through,
            serial_short: serial_short.as_deref(),
            done_at: desk.read_clock().at.civil(),
            site: &identity.site_name,
            window: &window_name(identity.desk_number),
            next_steps: next_steps(action, standing),
            practice: identity.class() == Class::Practice,
        };
        self.start_receipt(&receipt, serial).await
    }

    async fn start_receipt(&self, receipt: &Receipt<'_>, serial: Option<Serial>) -> Result<(), Failure> {
        let wanted = self.core.config().printer.receipt;
        let status = match self.core.printer() {
            Some(Ok(printer)) => tokio::time::timeout(ASKING, printer.status()).await.ok(),
            _ => None,
        };
        let layout = fitting_layout(wanted, status.and_then(Result::ok).as_ref());
        let pdf = render(self.core.fonts()?, receipt, receipt_media(layout))?;
        let case_number = Some(receipt.case_number.to_owned());
        let media = printer_media(layout);
        self.printing.start(PrintRequest { paper: Paper::Receipt, pdf, media, case_number, serial }).await
    }
}

/// Returns the layout that is set, or A4 where the printer has A4 but not the paper of that layout.
fn fitting_layout(wanted: ReceiptLayout, printer: Option<&PrinterStatus>) -> ReceiptLayout {
    let lacks = |layout| {
        let checked = printer.map_or(Ok(()), |status| status.check(&printer_media(layout)));
        matches!(checked, Err(PrinterError::MediaNotSupported | PrinterError::MediaNotLoaded))
    };
    if lacks(wanted) && !lacks(ReceiptLayout::A4) { ReceiptLayout::A4 } else { wanted }
}

const fn matter(correction: &Correction) -> &'static str {
    match correction.field {
        Field::Name => "姓名更正",
        Field::Photo => "照片更正",
    }
}

const fn next_steps(action: Action, standing: Standing) -> &'static [&'static str] {
    match (action, standing) {
        (Action::ReportLoss | Action::Void, Standing::Registered) => &[
            "不用再来办理：联网后自动生效，在此之前旧码仍可能通过扫码。",
            "旧码找回后，请勿再用。",
            "如需继续使用，请携带身份证到窗口补领。",
        ],
        (Action::ReportLoss | Action::Void, _) => {
            &["旧码找回后，不能再用。", "如需继续使用，请携带身份证到窗口补领。"]
        }
        (_, Standing::Registered) => &[
            "请随身携带身份证和离线码，同时出示。",
            "本次办理待中心确认，您可以先使用。留了电话的，有变化时窗口会打电话告诉您。",
            "遗失请立即挂失：到窗口办理或拨打 12345。",
        ],
        (_, Standing::Confirmed | Standing::NotNeeded) => &[
            "请随身携带身份证和离线码，同时出示。",
            "遗失请立即挂失：到窗口办理或拨打 12345。",
            "到期后，请携带身份证到窗口再次申领。",
        ],
    }
}

const fn receipt_media(layout: ReceiptLayout) -> Media {
    match layout {
        ReceiptLayout::A4 => Media::A4,
        ReceiptLayout::A5 => Media::A5,
        ReceiptLayout::Roll80 => Media::Roll80,
    }
}

fn printer_media(layout: ReceiptLayout) -> PrinterMedia {
    match layout {
        ReceiptLayout::A4 => PrinterMedia::a4(),
        ReceiptLayout::A5 => PrinterMedia::a5(),
        ReceiptLayout::Roll80 => PrinterMedia::named("om_roll80_80x200mm"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_goes_on_a4_where_the_printer_has_no_other_paper() {
        let printer = |media: &[&str]| -> PrinterStatus {
            let status = serde_json::json!({
                "name": "p", "model": null, "state": "Idle", "reasons": [], "message": null,
                "accepting": true, "prints_pdf": true, "media_supported": [], "media_ready": media,
                "queued_jobs": 0, "operations": [],
            });
            serde_json::from_value(status).unwrap()
        };
        const A4: &str = "iso_a4_210x297mm";
        const A5: &str = "iso_a5_148x210mm";
        let fits = |wanted, media: &[&str]| fitting_layout(wanted, Some(&printer(media)));
        assert_eq!(fits(ReceiptLayout::A5, &[A4]), ReceiptLayout::A4);
        assert_eq!(fits(ReceiptLayout::Roll80, &[A4, A5]), ReceiptLayout::A4);
        assert_eq!(fits(ReceiptLayout::A5, &[A4, A5]), ReceiptLayout::A5);
        assert_eq!(fits(ReceiptLayout::A5, &[]), ReceiptLayout::A5, "an empty tray is no other paper");
        assert_eq!(fits(ReceiptLayout::A4, &[A5]), ReceiptLayout::A4, "the printer says so itself");
        assert_eq!(fitting_layout(ReceiptLayout::A5, None), ReceiptLayout::A5);
    }
}
