//! What is done for the citizen in front: begin, confirm with them, write down, wait for the verdict, print.

use super::{
    Counter, CounterEvent,
    case::{Confirming, Done},
    failure::no_citizen,
    papers::SheetContent,
    people::JPEG,
};
use crate::{
    Desk,
    operations::{IssueRequest, Issued, ReplaceRequest, ReprintRequest, VoidRequest},
    session::{Credentials, Operator},
    store::blob::Blob,
    view::{AgentInput, ConfirmInput, Confirmation, CounterView, DeclaredInput, Failure},
};
use rules::{
    Day, Refusal, Sensitive,
    agent::check_agent,
    correction::Digest,
    life::{Action, Serial, code_acted_on},
    op::{Agent, AgentRole, Declared},
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
                // Offline the certificate and the household are declared on the Confirm screen (E5).
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

    /// Confirms and does it: written down at once, then up to 2 s for the centre's verdict, then printed.
    ///
    /// # Errors
    /// What the rules refuse, or what is missing on the form; nothing is written then and the form stays.
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
                    agent: self.agent(desk, input).await?,
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
                    agent: self.agent(desk, input).await?,
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
                let proof = desk
                    .reauthenticate(&credentials(operator, input.password.as_deref()))
                    .await
                    .map_err(|error| Failure::from(error).at("password"))?;
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
            correction: person.citizen.holder.unused_correction,
        })
    }

    /// Who acts for the holder (E8, E9): checked like any other person.
    async fn agent(&self, desk: &Desk, input: &ConfirmInput) -> Result<Option<Agent>, Failure> {
        let Some(agent) = &input.agent else { return Ok(None) };
        let number = IdNumber::parse(&agent.number)
            .map_err(|error| Failure::from(Refusal::from(error)).at("agent_number"))?;
        let name = Name::read(&agent.name)
            .map_err(|error| Failure::from(Refusal::from(error)).at("agent_name"))?
            .name;
        let mut proof = Vec::with_capacity(agent.proof.len());
        for handle in &agent.proof {
            let page = Blob { bytes: self.picture(handle)?.evidence()?, media_type: JPEG.to_owned() };
            proof.push(desk.keep_blob(&page).await?);
        }
        let case = self.case();
        let person = case.in_front().ok_or_else(no_citizen)?;
        let reference = desk.citizen_ref(&number);
        let bound = person
            .citizen
            .view
            .as_ref()
            .is_some_and(|view| view.relatives.iter().any(|relative| relative.citizen_ref == reference));
        let agent = Agent {
            role: agent.role,
            number,
            name,
            phone: agent.phone.clone().filter(|phone| !phone.is_empty()).map(Sensitive::new),
            binding_verified: bound,
            proof,
            consent: agent.consent,
        };
        check_agent(
            &agent,
            &person.bearer.number,
            person.citizen.now.at.day(),
            &person.citizen.now.vantage,
            &desk.policy(),
        )
        .map_err(|refusal| {
            let asked = if agent.role == AgentRole::Guardian && !agent.consent {
                "agent_consent"
            } else {
                "agent_number"
            };
            Failure::from(refusal).at(asked)
        })?;
        Ok(Some(agent))
    }

    /// Reads the card of somebody acting for the holder.
    ///
    /// # Errors
    /// No such card was read at this step.
    pub async fn read_agent_card(&self) -> Result<AgentInput, Failure> {
        self.desk()?.operator()?;
        let case = self.case();
        let bearer = case.agent_card.as_ref().ok_or_else(|| {
            Failure::new(
                "no_agent_card",
                "还没有读到代办人的证件。请取下本人证件，放上监护人或亲属的证件。",
                "No card of the person acting has been read. Lift the holder's card and lay theirs on the reader.",
            )
        })?;
        Ok(AgentInput {
            role: AgentRole::Guardian,
            number: bearer.number.expose().to_owned(),
            name: bearer.name.name.expose().to_owned(),
            phone: None,
            consent: false,
            proof: Vec::new(),
        })
    }
}

pub(super) fn credentials(operator: &Operator, password: Option<&str>) -> Credentials {
    Credentials {
        staff: operator.staff.clone(),
        password: Sensitive::new(password.unwrap_or_default().to_owned()),
        second_factor: None,
    }
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
        .map_err(|_| {
            Failure::new(
                "certificate_date",
                "残疾人证有效期不正确，请按“年-月-日”填写，例如 2030-12-31。",
                "The certificate's last day is not a date. Write it as 2030-12-31.",
            )
            .at("certificate_valid_through")
        })?;
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
        Some(refused) => (Confirmation::Refused, Some(verdict_failure(refused))),
    }
}

/// Why the centre decided otherwise, and what to do.
pub(super) fn verdict_failure(verdict: &Verdict) -> Failure {
    match verdict {
        Verdict::Applied { .. } | Verdict::NeedsApproval => {
            Failure::new("applied", "市级平台已确认。", "Confirmed by the centre.")
        }
        Verdict::DuplicateSameDay { .. } => Failure::new(
            "duplicate_same_day",
            "当日在其他渠道已先办理，本窗口发放的离线码已由市级平台撤销。请收回或告知市民停用本张，并打印告知书。",
            "Another channel issued a code today before this one; this code was revoked by the centre. Take the sheet back or tell the citizen, and print the notice.",
        ),
        Verdict::NotEligible => Failure::from(Refusal::NotEligible),
        Verdict::StaleVersion { .. } => Failure::new(
            "stale_version",
            "登记信息在此期间已变更，本次更正未生效，已退回经办人。请核对最新信息后重新提交。",
            "The registry changed in the meantime; the correction was not applied and is back with its maker. Check the record and hand it in again.",
        ),
        Verdict::Rejected { code } => Failure::from(*code),
    }
}
