//! Papers of the case in hand: what goes on them, made by `paper`, sent by `printing`.

use super::{
    CaseInHand,
    card::CardHolder,
    stage::{InFront, Stage},
};
use crate::{
    core::{Core, CounterEvent},
    failure::{no_citizen, out_of_step},
    format::short,
    printing::{NoticeContent, PrintRequest, Printing, sheet_layout, window_name},
    view::{Confirmation, CounterView, Failure, Paper, ReceiptLayout},
    words::{self, action_name},
};
use desk::Desk;
use drivers::printer::Media as PrinterMedia;
use paper::{Media, receipt, sheet};
use rules::{
    At, Day, Language,
    correction::{Field, State},
    keys::Class,
    life::{Action, Serial},
    permission::Duty,
    person::Name,
};
use std::sync::Arc;
use uuid::Uuid;

/// Content of a sheet that the case does not know.
#[derive(Clone)]
pub(crate) struct SheetContent {
    pub serial: Serial,
    pub name: Name,
    pub issued_at: At,
    pub valid_through: Day,
    pub payload: String,
}

/// The papers of the case in hand.
pub struct Papers {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    printing: Arc<Printing>,
}

impl Papers {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, printing: Arc<Printing>) -> Self {
        Self { core, case, printing }
    }

    /// F8: prints a paper of the case in hand. A sheet is a reprint of the code that was just made
    /// (L4).
    ///
    /// # Errors
    /// Nobody in front, nothing to print, or what the rules refuse.
    pub async fn print(&self, paper: Paper) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Serve)?;
        match paper {
            Paper::Sheet => self.print_sheet_again(&desk).await?,
            Paper::Receipt => self.print_receipt(&desk).await?,
            Paper::Notice => self.print_notice(&desk).await?,
            Paper::DayReport | Paper::TestPage | Paper::HandOverList | Paper::ResultList => {
                return Err(out_of_step());
            }
        }
        self.case.view().await
    }

    /// Records whether the paper in the clerk's hand is good. A spoilt sheet is printed again at
    /// once, without a new code; its job is cancelled first.
    ///
    /// # Errors
    /// Unknown print; what the printer says to the cancelling, and then nothing is recorded; the
    /// database fails.
    pub async fn record_outcome(&self, id: String, good: bool) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        let id = Uuid::try_parse(&id).map_err(|_| desk::DeskError::PrintUnknown)?;
        if self.printing.keep_outcome(id, good).await?.is_some() {
            let desk = self.core.desk()?;
            match self.unprinted(&desk) {
                Some(content) => self.print_sheet(&desk, content).await?,
                None => self.print_sheet_again(&desk).await?,
            }
        }
        self.core.announce(CounterEvent::Case);
        self.case.view().await
    }

    /// Returns the sheet of the code that was just issued, if the citizen's proof allows no further
    /// copy (I4): the spoilt sheet was none, and the citizen does not leave without one (L4).
    fn unprinted(&self, desk: &Desk) -> Option<SheetContent> {
        let case = self.case.state();
        let Stage::Done(person, done) = &case.stage else { return None };
        let is_allowed = person.allows(Action::Reprint, &desk.policy()).is_ok();
        let serial = done.serial.filter(|_| done.action.makes_code() && !is_allowed)?;
        let known = person.citizen.codes.iter().find(|known| known.code.serial == serial)?;
        Some(SheetContent {
            serial,
            name: person.name().clone(),
            issued_at: known.code.issued_at,
            valid_through: known.code.valid_through,
            payload: known.payload.clone()?,
        })
    }

    /// Cancels a print job.
    ///
    /// # Errors
    /// Unknown print, or what the printer says.
    pub async fn cancel(&self, id: String) -> Result<CounterView, Failure> {
        self.core.desk()?.session.operator()?;
        let id = Uuid::try_parse(&id).map_err(|_| desk::DeskError::PrintUnknown)?;
        self.printing.cancel_job(id).await?;
        self.case.view().await
    }

    /// Prints the sheet of a code that has not ended meanwhile.
    pub(crate) async fn print_sheet(&self, desk: &Desk, content: SheetContent) -> Result<(), Failure> {
        let layout = self.core.config().printer.sheet;
        let (pdf, case_number) = {
            let case = self.case.state();
            let person = case.in_front().ok_or_else(no_citizen)?;
            let serial_short = short(&content.serial.to_string());
            // Of the code, not of the line: a copy of one the centre has confirmed is no
            // provisional code.
            let known = person.citizen.codes.iter().find(|known| known.code.serial == content.serial);
            let provisional = known.is_none_or(|known| known.code.provisional);
            if known.is_some_and(|known| !known.code.verifies(person.citizen.now.at.day())) {
                return Err(rules::Refusal::CodeNotLive.into());
            }
            let masked_number = person.card_holder.number.masked();
            let site = desk.identity().site_name.clone();
            let sheet = sheet::Sheet {
                name: content.name.expose(),
                masked_number: &masked_number,
                applied_at: content.issued_at.civil(),
                valid_through: content.valid_through,
                photo: person.portrait.as_deref(),
                payload: &content.payload,
                serial_short: &serial_short,
                provisional,
                practice: desk.identity().class() == Class::Practice,
                site: &site,
            };
            let (pdf, left_out) = sheet::render_one(self.core.fonts()?, sheet, sheet_layout(layout))?;
            if let Some(reason) = left_out {
                tracing::warn!(%reason, "a photo cannot be printed; the sheet goes without");
            }
            (pdf, case.number.clone())
        };
        let media = PrinterMedia::a4(); // four-up and card sheets are cut from A4
        self.printing
            .start(PrintRequest {
                paper: Paper::Sheet,
                pdf,
                media,
                case_number,
                serial: Some(content.serial),
            })
            .await
    }

    async fn print_sheet_again(&self, desk: &Desk) -> Result<(), Failure> {
        let request = {
            let case = self.case.state();
            let person = case.in_front().ok_or_else(no_citizen)?;
            let serial = match &case.stage {
                Stage::Done(_, done) => done.serial,
                _ => person.live_code().map(|code| code.serial),
            };
            let name = person.name().clone();
            let CardHolder { number, proof, .. } = &person.card_holder;
            (serial.ok_or(rules::Refusal::CodeNotLive)?, number.clone(), proof.clone(), name)
        };
        let (serial, number, proof, name) = request;
        let case_number = self.case.number(desk).await?;
        let request = desk::issue::ReprintRequest {
            case_number,
            serial,
            idempotency_key: Uuid::now_v7(),
            number,
            proof,
            name: name.clone(),
        };
        let done = desk.issue.reprint(&desk.session.operator()?, &request).await?;
        let content = SheetContent {
            serial: done.serial,
            name,
            issued_at: done.issued_at,
            valid_through: done.valid_through,
            payload: done.payload,
        };
        self.print_sheet(desk, content).await?;
        self.case.refresh_citizen(desk).await;
        Ok(())
    }

    async fn print_receipt(&self, desk: &Desk) -> Result<(), Failure> {
        let identity = desk.identity();
        let (pdf, case_number, serial) = {
            let case = self.case.state();
            let Stage::Done(person, done) = &case.stage else { return Err(out_of_step()) };
            let standing = match done.confirmation {
                Confirmation::Confirmed => receipt::Standing::Confirmed,
                Confirmation::Provisional => receipt::Standing::Registered,
                // Nothing was done; what the citizen gets is the notice.
                Confirmation::Refused => return Err(out_of_step()),
            };
            let case_number = case.number.clone().unwrap_or_default();
            let serial = done.serial.map(|serial| short(&serial.to_string()));
            let name = person.name();
            let receipt = receipt::Receipt {
                stage: receipt::Stage::Completed,
                case_number: &case_number,
                action: action_name(done.action).0,
                masked_name: &name.masked(),
                masked_number: &person.card_holder.number.masked(),
                standing,
                valid_through: done.valid_through,
                serial_short: serial.as_deref(),
                done_at: desk.read_clock().at.civil(),
                site: &identity.site_name,
                window: &window_name(identity.desk_number),
                next_steps: next_steps(done.action, standing),
                practice: identity.class() == Class::Practice,
            };
            (
                receipt::render(
                    self.core.fonts()?,
                    &receipt,
                    receipt_media(self.core.config().printer.receipt),
                )?,
                case_number,
                done.serial,
            )
        };
        let media = printer_media(self.core.config().printer.receipt);
        self.printing
            .start(PrintRequest { paper: Paper::Receipt, pdf, media, case_number: Some(case_number), serial })
            .await
    }

    /// Prints the notice of everything that stands against the citizen now.
    async fn print_notice(&self, desk: &Desk) -> Result<(), Failure> {
        let case_number = self.case.number(desk).await?;
        let said = {
            let case = self.case.state();
            let person = case.in_front().ok_or_else(no_citizen)?;
            NoticeContent {
                case_number,
                masked_name: person.name().masked(),
                masked_number: person.card_holder.number.masked(),
                reasons: notice_reasons(&case.stage, person, &desk.policy()),
            }
        };
        self.printing.print_notice(desk, said).await?;
        self.case.state().note_notice();
        Ok(())
    }
}

/// Returns what is missing or was refused, each with its remedy in the words of the rules.
fn notice_reasons(stage: &Stage, person: &InFront, policy: &rules::Policy) -> Vec<(String, String)> {
    let mut reasons = Vec::new();
    if let Stage::Done(_, done) = stage
        && let Some(refusal) = &done.refusal
    {
        reasons.push((action_name(done.action).0.to_owned(), refusal.zh.clone()));
    }
    for (field, title) in [(Field::Name, "姓名更正"), (Field::Photo, "照片更正")] {
        // What was put right since it was sent back is not missing any more.
        let last = person.citizen.corrections.iter().rfind(|record| record.correction.field == field);
        if let Some(State::Rejected { rejection, .. }) = last.map(|record| &record.correction.state) {
            let remedy = format!("{}（退回原因 {}）", rejection.message(Language::Chinese), rejection.code());
            reasons.push((title.to_owned(), remedy));
        }
    }
    if reasons.is_empty() {
        let wanted = [Action::Replace, Action::Apply, Action::Reapply, Action::Reissue];
        let offers = person.citizen.offers(policy);
        let allowed = offers.iter().any(|(action, result)| wanted.contains(action) && result.is_ok());
        let fitting = rules::life::fitting_action(&person.citizen.holder, person.citizen.now.at.day());
        if let Some((action, Err(refusal))) =
            offers.into_iter().find(|(action, _)| !allowed && *action == fitting)
        {
            let eligibility = words::eligibility(person.citizen.holder.eligibility, person.age());
            let remedy = if refusal == rules::Refusal::NotEligible {
                eligibility.zh
            } else {
                refusal.message(Language::Chinese).to_owned()
            };
            reasons.push((action_name(action).0.to_owned(), remedy));
        }
    }
    reasons
}

const fn next_steps(action: Action, standing: receipt::Standing) -> &'static [&'static str] {
    match (action, standing) {
        (Action::ReportLoss | Action::Void, _) => &["如需继续使用，请携带身份证补领新的离线码。"],
        (_, receipt::Standing::Registered) => {
            &["请随身携带身份证和离线码。", "本次办理待中心确认；如有变化，窗口会与您联系。"]
        }
        (_, receipt::Standing::Confirmed | receipt::Standing::NotNeeded) => {
            &["请随身携带身份证和离线码。", "遗失请及时挂失，到期请再次申领。"]
        }
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
