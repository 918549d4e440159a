//! What is done for the citizen in front: begin, confirm with them, write down, wait for the
//! verdict, print.

use super::{
    CaseInHand, Papers,
    agent::{agent, named_agent, with_full_number},
    papers::SheetContent,
    proof::{proof_now, supervisor_again},
    signing::{check_not_wrong, kept_answer, question},
    stage::{Confirming, Done},
};
use crate::{
    core::{Core, CounterEvent},
    credentials::password_again,
    failure::no_citizen,
    verdict::outcome,
    view::{ConfirmInput, Confirmation, CounterView, DeclaredInput, Failure, FormField},
};
use desk::{
    Desk,
    issue::{IssueKind, IssueRequest, Issued, ReprintRequest, VoidRequest},
    session::Operator,
};
use rules::{
    Day, Refusal, Sensitive,
    correction::Digest,
    failure::CounterFailure,
    life::{Action, Serial, code_acted_on},
    op::Declared,
    person::{DisabilityCertificate, IdNumber, Name},
    proof::Proof,
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How long the screen waits for the centre's verdict before it goes on as provisional.
const VERDICT_WAIT: Duration = Duration::from_secs(2);

/// Facts about the citizen that an action needs.
struct Subject {
    number: IdNumber,
    proof: Proof,
    name: Name,
    photo: Option<Digest>,
    correction: Option<Uuid>,
}

/// An operation that was written down.
struct Written {
    seq: u64,
    serial: Serial,
    valid_through: Option<Day>,
    sheet: Option<SheetContent>,
}

/// Actions on the code of the citizen in front.
pub struct Actions {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    papers: Arc<Papers>,
}

impl Actions {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, papers: Arc<Papers>) -> Self {
        Self { core, case, papers }
    }

    /// Begins an action and moves to the Confirm step. Nothing is written yet.
    ///
    /// # Errors
    /// Not permitted, nobody in front, or what the rules refuse now.
    pub async fn begin(&self, action: Action, serial: Option<String>) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(action.duty())?;
        let policy = desk.policy();
        {
            let mut case = self.case.state();
            let person = case.in_front().ok_or_else(no_citizen)?;
            let offer = person.citizen.offers(&policy).into_iter().find(|(offered, _)| *offered == action);
            match offer.map_or(Err(Refusal::NotPermitted), |(_, allowed)| allowed) {
                // Offline the certificate and the household are declared on the Confirm screen
                // (E5).
                Ok(()) | Err(Refusal::EligibilityNotKnown) => {}
                Err(refusal) => return Err(refusal.into()),
            }
            person.may_begin(action, &policy)?;
            let serial = match serial {
                Some(text) => Some(text.parse::<Serial>()?),
                None => {
                    let (holder, today) = (&person.citizen.holder, person.citizen.now.at.day());
                    code_acted_on(holder, action, today).map(|code| code.serial)
                }
            };
            case.begin(Confirming { action, serial })?;
            case.asked = question(&self.core, action);
        }
        self.case.printing.clear();
        self.core.announce(CounterEvent::Case);
        self.case.view().await
    }

    /// Leaves the Confirm step without doing anything.
    ///
    /// # Errors
    /// Not logged in.
    pub async fn cancel(&self) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        self.core.desk()?.session.operator()?;
        self.case.state().cancel();
        self.core.announce(CounterEvent::Case);
        self.case.view().await
    }

    /// Confirms the action: writes it down at once, waits up to 2 s for the verdict of the centre,
    /// then prints.
    ///
    /// # Errors
    /// What the rules refuse, what is missing on the form, or the citizen's 有误; nothing is written
    /// then and the form stays.
    pub async fn confirm(&self, mut input: ConfirmInput) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        check_not_wrong(&self.case)?;
        let confirming = {
            let mut case = self.case.state();
            input.agent = input.agent.map(|agent| with_full_number(&case, agent, None));
            case.work()?
        };
        self.core.announce(CounterEvent::Case);
        let written = self.write_down(&desk, &operator, confirming, &input).await;
        match written {
            Err(failure) => {
                self.case.state().refuse(failure.clone());
                self.core.announce(CounterEvent::Case);
                Err(failure)
            }
            Ok(written) => {
                self.finish(&desk, confirming.action, written).await?;
                self.case.view().await
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
        let subject = self.subject(input)?;
        let Confirming { action, serial } = confirming;
        if action.makes_code() || action == Action::Reprint {
            self.core.fonts()?;
        }
        let case_number = self.case.number(desk).await?;
        let answer = kept_answer(&self.case, desk, &case_number, action).await?;
        let serial = || serial.ok_or(Refusal::UnknownCode);
        Ok(match action {
            Action::Apply | Action::Reapply | Action::Reissue | Action::Replace => {
                let (kind, declared) = if action == Action::Replace {
                    let correction = subject.correction.ok_or(Refusal::NoApprovedCorrection)?;
                    (IssueKind::Replacement { correction }, None)
                } else {
                    let declared = input.declared.as_ref().map(read_declaration).transpose()?;
                    (IssueKind::New { action }, declared)
                };
                let request = IssueRequest {
                    case_number,
                    kind,
                    number: subject.number,
                    proof: subject.proof,
                    name: subject.name.clone(),
                    photo: subject.photo,
                    declared,
                    agent: agent(&self.case.state(), desk, input)?,
                    answer,
                    confirmed_by_holder: input.confirmed_by_holder,
                    consequence_confirmed: input.consequence_confirmed,
                };
                let supervisor = match &input.supervisor {
                    Some(supervisor) => Some(supervisor_again(desk, operator, supervisor).await?),
                    None => None,
                };
                let issued = desk.issue.confirmed_code(operator, &request, supervisor).await?;
                written_issue(issued, subject.name)
            }
            Action::ReportLoss => {
                let serial = serial()?;
                let reporter = named_agent(&self.case.state(), input)?;
                let holder = (&subject.number, &subject.proof);
                let loss = (serial, input.consequence_confirmed);
                let by = (reporter, answer);
                let done = desk.issue.report_loss_by(operator, &case_number, holder, loss, by).await?;
                Written { seq: done.seq, serial, valid_through: None, sheet: None }
            }
            Action::Reprint => {
                let request = ReprintRequest {
                    case_number,
                    serial: serial()?,
                    idempotency_key: Uuid::now_v7(),
                    number: subject.number,
                    proof: subject.proof,
                    name: subject.name.clone(),
                    agent: agent(&self.case.state(), desk, input)?,
                };
                let done = desk.issue.reprint(operator, &request).await?;
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
                let proof = password_again(desk, operator, password).await?;
                let request = VoidRequest {
                    case_number,
                    serial,
                    number: subject.number,
                    reason: input.reason.clone().unwrap_or_default(),
                };
                let done = desk.issue.void(proof, &request).await?;
                Written { seq: done.seq, serial, valid_through: None, sheet: None }
            }
        })
    }

    /// Waits for the verdict, shows it, and prints the sheet of a new code.
    async fn finish(&self, desk: &Arc<Desk>, action: Action, written: Written) -> Result<(), Failure> {
        let verdict = desk.outbox.await_verdict(written.seq, VERDICT_WAIT).await?;
        let (confirmation, refusal) = outcome(verdict.as_ref());
        let number = self.case.number(desk).await?;
        self.case.state().finish(
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
        self.case.refresh_citizen(desk).await;
        if let Some(sheet) = written.sheet.filter(|_| confirmation != Confirmation::Refused)
            && let Err(failure) = self.papers.print_sheet(desk, sheet).await
        {
            self.case.state().failure = Some(failure); // the code is issued; its sheet can be printed with F8
        }
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
        self.core.announce(CounterEvent::Lists);
        Ok(())
    }

    fn subject(&self, input: &ConfirmInput) -> Result<Subject, Failure> {
        let case = self.case.state();
        let person = case.in_front().ok_or_else(no_citizen)?;
        Ok(Subject {
            number: person.card_holder.number.clone(),
            proof: proof_now(&case, input.agent.as_ref())?,
            name: person.name().clone(),
            photo: person.citizen.right.photo.clone(),
            correction: person.citizen.holder.unused_corrections.last().copied(),
        })
    }
}

fn written_issue(issued: Issued, name: Name) -> Written {
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

/// Reads the declaration of E5 as typed.
fn read_declaration(input: &DeclaredInput) -> Result<Declared, Failure> {
    let number = input.certificate_number.trim();
    let valid_through = (!number.is_empty())
        .then(|| input.certificate_valid_through.trim().parse::<Day>())
        .transpose()
        .map_err(|_| Failure::from(CounterFailure::CertificateDate).at(FormField::CertificateValidThrough))?;
    Ok(Declared {
        shanghai_household: input.shanghai_household,
        certificate: valid_through.map(|valid_through| DisabilityCertificate {
            number: Sensitive::new(number.to_owned()),
            valid_through,
        }),
    })
}
