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
    printing::{NoticeContent, NoticeReason, PrintRequest, Printing, sheet_layout},
    view::{CounterView, Failure, Paper},
    words::action_name,
};
use desk::Desk;
use drivers::printer::Media as PrinterMedia;
use paper::sheet;
use rules::{
    At, Day, Language, Refusal,
    correction::{Field, Rejection, State},
    eligibility::Eligibility,
    failure::{is_declined, notice_sentence},
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
    pub(super) core: Arc<Core>,
    pub(super) case: Arc<CaseInHand>,
    pub(super) printing: Arc<Printing>,
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
            Paper::DayReport
            | Paper::TestPage
            | Paper::HandOverList
            | Paper::ResultList
            | Paper::ReturnReport => {
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
                return Err(Refusal::CodeNotLive.into());
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
            let (pdf, left_out) =
                sheet::render_issued(self.core.fonts()?, &mut [sheet], sheet_layout(layout))?;
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
            (serial.ok_or(Refusal::CodeNotLive)?, number.clone(), proof.clone(), name)
        };
        let (serial, number, proof, name) = request;
        let case_number = self.case.number(desk).await?;
        let request = desk::issue::ReprintRequest {
            agent: None,
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
fn notice_reasons(stage: &Stage, person: &InFront, policy: &rules::Policy) -> Vec<NoticeReason> {
    let mut reasons = Vec::new();
    if let Stage::Done(_, done) = stage
        && let Some(refusal) = &done.refusal
    {
        reasons.push(NoticeReason {
            declined: is_declined(&refusal.code),
            ..NoticeReason::new(action_name(done.action).0, notice_sentence(&refusal.code))
        });
    }
    for (field, title) in [(Field::Name, "姓名更正"), (Field::Photo, "照片更正")] {
        // What was put right since it was sent back is not missing any more.
        let last = person.citizen.corrections.iter().rfind(|record| record.correction.field == field);
        if let Some(State::Rejected { rejection, documents, .. }) =
            last.map(|record| &record.correction.state)
        {
            reasons.push(NoticeReason {
                documents: documents.iter().map(|kind| kind.to_bring()).collect(),
                declined: *rejection == Rejection::SuspectedFraud,
                ..NoticeReason::new(title, rejection.message(Language::Chinese))
            });
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
            let remedy = match person.citizen.holder.eligibility {
                Eligibility::NotEligible { .. } if is_about_eligibility(refusal) => {
                    person.eligibility(policy).zh
                }
                _ => refusal.notice_sentence().to_owned(),
            };
            reasons.push(NoticeReason {
                declined: is_declined(refusal.code()),
                ..NoticeReason::new(action_name(action).0, remedy)
            });
        }
    }
    reasons
}

/// Returns whether [`InFront::eligibility`] says more of a refusal than its own sentence.
const fn is_about_eligibility(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::NotEligible | Refusal::EligibilityNotKnown | Refusal::NumberBirthDate)
}
