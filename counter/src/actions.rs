//! What is done for the citizen in front: begin, confirm with them, write down, wait for the
//! verdict, print.

use super::{
    Counter, CounterEvent,
    case::{Confirming, Done},
    failure::no_citizen,
    papers::SheetContent,
};
use crate::view::{ConfirmInput, Confirmation, CounterView, DeclaredInput, Failure};
use desk::{
    Desk, DeskError,
    operations::{IssueRequest, Issued, ReplaceRequest, ReprintRequest, VoidRequest},
    session::{Credentials, Operator, Reauthenticated},
};
use rules::{
    Day, Refusal, Sensitive,
    correction::Digest,
    failure::CounterFailure,
    life::{Action, Serial, code_acted_on},
    op::Declared,
    person::{DisabilityCertificate, IdNumber, Name},
    wire::Verdict,
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How long the screen waits for the centre's verdict before it goes on as provisional.
const VERDICT_WAIT: Duration = Duration::from_secs(2);

/// Everything of the citizen that an action needs, taken out of the case.
struct Subject {
    number: IdNumber,
    name: Name,
    photo: Option<Digest>,
    correction: Option<Uuid>,
}

/// Something written down.
struct Written {
    seq: u64,
    serial: Serial,
    valid_through: Option<Day>,
    sheet: Option<SheetContent>,
}

impl Counter {
    /// Starts an action: goes to Confirm. Nothing is written.
    ///
    /// # Errors
    /// Not permitted, nobody in front, or what the rules refuse now.
    pub async fn begin(
        self: &Arc<Self>,
        action: Action,
        serial: Option<String>,
    ) -> Result<CounterView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.operator()?;
        operator.may(action.duty())?;
        let policy = desk.policy();
        {
            let mut case = self.case();
            let person = case.in_front().ok_or_else(no_citizen)?;
            let offer = person.citizen.offers(&policy).into_iter().find(|(offered, _)| *offered == action);
            match offer.map_or(Err(Refusal::NotPermitted), |(_, allowed)| allowed) {
                // Offline the certificate and the household are declared on the Confirm screen
                // (E5).
                Ok(()) | Err(Refusal::EligibilityNotKnown) => {}
                Err(refusal) => return Err(refusal.into()),
            }
            let serial = match serial {
                Some(text) => Some(Serial::try_from(text)?),
                None => {
                    let (holder, today) = (&person.citizen.holder, person.citizen.now.at.day());
                    code_acted_on(holder, action, today).map(|code| code.serial)
                }
            };
            case.begin(Confirming { action, serial })?;
        }
        self.prints().clear();
        self.tell(CounterEvent::Case);
        self.counter().await
    }

    /// Back from Confirm; nothing is done.
    ///
    /// # Errors
    /// Not logged in.
    pub async fn cancel_action(self: &Arc<Self>) -> Result<CounterView, Failure> {
        let _turn = self.turn.lock().await;
        self.desk()?.operator()?;
        self.case().cancel();
        self.tell(CounterEvent::Case);
        self.counter().await
    }

    /// Confirms and does it: written down at once, then up to 2 s for the centre's verdict, then
    /// printed.
    ///
    /// # Errors
    /// What the rules refuse, or what is missing on the form; nothing is written then and the form
    /// stays.
    pub async fn confirm(self: &Arc<Self>, input: ConfirmInput) -> Result<CounterView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let confirming = self.case().work()?;
        self.tell(CounterEvent::Case);
        let written = self.write_down(&desk, &operator, confirming, &input).await;
        match written {
            Err(failure) => {
                self.case().refused(failure.clone());
                self.tell(CounterEvent::Case);
                Err(failure)
            }
            Ok(written) => {
                self.settle(&desk, confirming.action, written).await?;
                self.counter().await
            }
        }
    }

    async fn write_down(
        &self,
        desk: &Desk,
        operator: &Operator,
        confirming: Confirming,
        input: &ConfirmInput,
    ) -> Result<Written, Failure> {
        let subject = self.subject()?;
        let Confirming { action, serial } = confirming;
        if action.makes_code() || action == Action::Reprint {
            self.fonts()?;
        }
        let case_number = self.case_number(desk).await?;
        let serial = || serial.ok_or(Refusal::UnknownCode);
        Ok(match action {
            Action::Apply | Action::Reapply | Action::Reissue => {
                let request = IssueRequest {
                    case_number,
                    action,
                    number: subject.number,
                    name: subject.name.clone(),
                    photo: subject.photo,
                    declared: input.declared.as_ref().map(declared).transpose()?,
                    agent: self.agent(desk, input)?,
                    confirmed_by_holder: input.confirmed_by_holder,
                    consequence_confirmed: input.consequence_confirmed,
                };
                issued(desk.issue(operator, &request).await?, subject.name)
            }
            Action::Replace => {
                let request = ReplaceRequest {
                    case_number,
                    correction: subject.correction.ok_or(Refusal::NoApprovedCorrection)?,
                    number: subject.number,
                    name: subject.name.clone(),
                    photo: subject.photo,
                    agent: self.agent(desk, input)?,
                    confirmed_by_holder: input.confirmed_by_holder,
                    consequence_confirmed: input.consequence_confirmed,
                };
                issued(desk.replace(operator, &request).await?, subject.name)
            }
            Action::ReportLoss => {
                let serial = serial()?;
                let done = desk
                    .report_loss(operator, &case_number, &subject.number, serial, input.consequence_confirmed)
                    .await?;
                Written { seq: done.seq, serial, valid_through: None, sheet: None }
            }
            Action::Reprint => {
                let request = ReprintRequest {
                    case_number,
                    serial: serial()?,
                    press: Uuid::now_v7(),
                    number: subject.number,
                    name: subject.name.clone(),
                };
                let done = desk.reprint(operator, &request).await?;
                let sheet = SheetContent {
                    serial: done.serial,
                    name: subject.name,
                    issued_at: done.issued_at,
                    valid_through: done.valid_through,
                    payload: done.payload,
                };
                Written {
                    seq: done.seq,
                    serial: done.serial,
                    valid_through: Some(done.valid_through),
                    sheet: Some(sheet),
                }
            }
            Action::Void => {
                let serial = serial()?;
                let password = input.password.clone().unwrap_or_default();
                let proof = password_again(desk, operator, password, input.second_factor.clone()).await?;
                let request = VoidRequest {
                    case_number,
                    serial,
                    number: subject.number,
                    reason: input.reason.clone().unwrap_or_default(),
                };
                let done = desk.void(operator, proof, &request).await?;
                Written { seq: done.seq, serial, valid_through: None, sheet: None }
            }
        })
    }

    /// Waits for the verdict, shows what came of it, and prints the sheet of a new code.
    async fn settle(
        self: &Arc<Self>,
        desk: &Arc<Desk>,
        action: Action,
        written: Written,
    ) -> Result<(), Failure> {
        let verdict = desk.await_verdict(written.seq, VERDICT_WAIT).await?;
        let (confirmation, refusal) = outcome(verdict.as_ref());
        let number = self.case_number(desk).await?;
        self.case().finished(
            number,
            Done {
                action,
                serial: Some(written.serial),
                valid_through: written.valid_through,
                seq: Some(written.seq),
                confirmation,
                refusal,
                scan_back: None,
            },
        );
        self.refresh_citizen(desk).await;
        if let Some(sheet) = written.sheet.filter(|_| confirmation != Confirmation::Refused)
            && let Err(failure) = self.print_sheet(desk, sheet).await
        {
            self.case().failure = Some(failure); // the code is issued; its sheet can be printed with F8
        }
        self.tell(CounterEvent::Case);
        self.tell(CounterEvent::Status);
        self.tell(CounterEvent::Lists);
        Ok(())
    }

    /// A verdict came while its case is still on screen.
    pub(super) async fn verdict_came(self: &Arc<Self>, desk: &Desk, seq: u64, verdict: &Verdict) {
        let ours = {
            let mut case = self.case();
            match case.done_mut().filter(|done| done.seq == Some(seq)) {
                Some(done) => {
                    (done.confirmation, done.refusal) = outcome(Some(verdict));
                    true
                }
                None => false,
            }
        };
        if ours {
            self.refresh_citizen(desk).await;
        }
    }

    fn subject(&self) -> Result<Subject, Failure> {
        let case = self.case();
        let person = case.in_front().ok_or_else(no_citizen)?;
        Ok(Subject {
            number: person.bearer.number.clone(),
            name: person.name().clone(),
            photo: person.citizen.right.photo.clone(),
            correction: person.citizen.holder.unused_corrections.last().copied(),
        })
    }
}

/// What somebody at the screen types to prove that it is still them.
pub(super) fn credentials(staff: &str, password: String, second_factor: Option<String>) -> Credentials {
    let second_factor = second_factor.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty());
    Credentials {
        staff: staff.to_owned(),
        password: Sensitive::new(password),
        second_factor: second_factor.map(Sensitive::new),
    }
}

/// Asks for password and second factor again before a weighty step (S4).
pub(super) async fn password_again(
    desk: &Desk,
    operator: &Operator,
    password: String,
    second_factor: Option<String>,
) -> Result<Reauthenticated, Failure> {
    desk.reauthenticate(&credentials(&operator.staff, password, second_factor)).await.map_err(|error| {
        let field = match error {
            DeskError::SecondFactorNeeded => "second_factor",
            _ => "password",
        };
        Failure::from(error).at(field)
    })
}

fn issued(issued: Issued, name: Name) -> Written {
    Written {
        seq: issued.seq,
        serial: issued.serial,
        valid_through: Some(issued.valid_through),
        sheet: Some(SheetContent {
            serial: issued.serial,
            name,
            issued_at: issued.issued_at,
            valid_through: issued.valid_through,
            payload: issued.payload,
        }),
    }
}

/// E5, as typed.
fn declared(input: &DeclaredInput) -> Result<Declared, Failure> {
    let number = input.certificate_number.trim();
    let valid_through = (!number.is_empty())
        .then(|| input.certificate_valid_through.trim().parse::<Day>())
        .transpose()
        .map_err(|_| Failure::from(CounterFailure::CertificateDate).at("certificate_valid_through"))?;
    Ok(Declared {
        shanghai_household: input.shanghai_household,
        certificate: valid_through.map(|valid_through| DisabilityCertificate {
            number: Sensitive::new(number.to_owned()),
            valid_through,
        }),
    })
}

/// What a verdict means on screen.
pub(super) fn outcome(verdict: Option<&Verdict>) -> (Confirmation, Option<Failure>) {
    match verdict {
        Some(Verdict::Applied { .. }) => (Confirmation::Confirmed, None),
        None | Some(Verdict::NeedsApproval) => (Confirmation::Provisional, None),
        Some(refused) => (Confirmation::Refused, verdict_failure(refused)),
    }
}

/// Why the centre decided otherwise, and what to do; `None` if it did not.
pub(super) fn verdict_failure(verdict: &Verdict) -> Option<Failure> {
    match verdict {
        Verdict::Applied { .. } | Verdict::NeedsApproval => None,
        Verdict::DuplicateSameDay { .. } => Some(CounterFailure::DuplicateSameDay.into()),
        Verdict::NotEligible => Some(Refusal::NotEligible.into()),
        Verdict::StaleVersion { .. } => Some(CounterFailure::StaleVersion.into()),
        Verdict::Rejected { code } => Some((*code).into()),
    }
}
