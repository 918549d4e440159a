//! Collective service (集体代办): an institution's agent at the window, a list of people, and a job
//! that serves them one after another.
//!
//! Each person is served through the very path of single issuing, in a case of their own. What was
//! done is found by that case again, so a job may be broken off at any moment and taken up later:
//! nobody gets two codes.

mod serve;

pub use crate::store::job::{CodeSoFar, Job, JobCounts, JobPerson, Reason, WrongLine};

use crate::{
    blob::Blobs,
    case::Cases,
    centre::CallError,
    citizen::Citizens,
    core::Core,
    error::DeskError,
    issue::{Issuing, ReprintRequest, Reprinted},
    line::OfflineReason,
    session::{Operator, Sessions},
    store::{
        self, Page, Rows,
        audit::{Entry, Event},
        code::LocalCode,
        print_job::PrintJob,
        receipt::ReceiptOutcome,
    },
};
use rules::{
    Language, Refusal,
    digest::Digest,
    failure::FailureCode,
    institution::{JobPersonState, JobState},
    list::ListedPerson,
    permission::Duty,
    person::{IdNumber, Name},
    proof::Proof,
    wire::{Institution, ProtocolError, RosterRequest, Verdict},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use uuid::Uuid;

/// How long the clerk waits for a roster. It may hold thousands of people.
const ROSTER_TIMEOUT: Duration = Duration::from_secs(20);
/// Most pages of a consent list.
const CONSENT_PAGES: usize = 200;

/// What became of a person, for screens and papers.
#[derive(Clone, Debug)]
pub struct Served {
    /// The person of the job.
    pub person: JobPerson,
    /// The code that was issued, while this desk keeps it.
    pub code: Option<LocalCode>,
    /// The centre's word on it.
    pub verdict: Option<Verdict>,
    /// Sheets that were asked for, oldest first.
    pub prints: Vec<PrintJob>,
}

/// Component for collective service.
pub struct Collective {
    core: Arc<Core>,
    session: Arc<Sessions>,
    case: Arc<Cases>,
    citizen: Citizens,
    issue: Issuing,
    /// Held while one person is served: two windows of one program never serve the same person.
    turn: Mutex<()>,
}

impl Reason {
    /// Returns a failure as it is kept with a person or a row.
    pub fn of(failure: &FailureCode) -> Self {
        Self {
            code: failure.code().to_owned(),
            zh: failure.message(Language::Chinese).into_owned(),
            en: failure.message(Language::English).into_owned(),
        }
    }
}

impl Collective {
    pub(crate) fn new(core: Arc<Core>, session: Arc<Sessions>, case: Arc<Cases>, blob: Blobs) -> Self {
        let citizen = Citizens::new(core.clone(), session.clone(), case.clone(), blob);
        let issue = Issuing::new(core.clone());
        Self { core, session, case, citizen, issue, turn: Mutex::default() }
    }

    /// Asks the centre which institutions the agent at the window acts for, with their rosters.
    ///
    /// # Errors
    /// Returns [`Refusal::NoInstitution`] if there is none, [`DeskError::CentreUnreachable`] with
    /// no line, [`Refusal::NotPermitted`] if no role of the operator allows it, and a database
    /// error if the store fails.
    pub async fn institutions(
        &self,
        operator: &Operator,
        agent: &IdNumber,
        case_number: &str,
    ) -> Result<Vec<Institution>, DeskError> {
        operator.may(Duty::Serve)?;
        let number = case_number.parse().map_err(|_| DeskError::CaseUnknown)?;
        let request = RosterRequest { agent: agent.clone(), case_number: number };
        let now = self.core.clock.read().at;
        let asked = self.core.centre.rosters(&request, self.session.token(), now);
        let answer = match tokio::time::timeout(ROSTER_TIMEOUT, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::Unreachable(OfflineReason::Timeout)),
        };
        let outcome = if answer.is_ok() { "fresh" } else { "refused" };
        let detail = self.core.citizen_ref(agent).to_string();
        let entry = Entry {
            operator: &operator.staff,
            event: Event::LookUp,
            outcome,
            case_number: Some(case_number),
            detail: &detail,
        };
        self.core.note(&entry).await?;
        match answer {
            Ok(answer) => {
                self.core.sync.note_contact();
                Ok(answer.institutions)
            }
            Err(CallError::Refused(ProtocolError::Refused { code })) => Err(code.into()),
            Err(error) => {
                if matches!(error, CallError::Unreachable(_)) {
                    self.core.sync.note_lost();
                }
                Err(error.into())
            }
        }
    }

    /// Makes a job of the people of a list; without a list, of the whole roster. Whoever is on the
    /// list and not on the roster is refused at once.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn begin(
        &self,
        operator: &Operator,
        (agent, agent_name): (&IdNumber, &Name),
        case_number: &str,
        institution: &Institution,
        list: Option<(Vec<ListedPerson>, Vec<WrongLine>)>,
    ) -> Result<Uuid, DeskError> {
        operator.may(Duty::Serve)?;
        let on_roster: HashMap<String, &Name> =
            institution.people.iter().map(|person| (person.number.modern(), &person.name)).collect();
        let (listed, wrong) = match list {
            Some((people, wrong)) => {
                let people = people.into_iter().map(|one| (Some(one.line), one.number, one.name));
                (people.collect::<Vec<_>>(), wrong)
            }
            None => {
                let people = institution.people.iter();
                (people.map(|one| (None, one.number.clone(), one.name.clone())).collect(), Vec::new())
            }
        };
        let not_there = Reason::of(&Refusal::NotOnRoster.into());
        let people = listed.into_iter().zip(1..).map(|((line, number, name), position)| {
            let is_there = on_roster.contains_key(&number.modern());
            JobPerson {
                position,
                line,
                number,
                name,
                state: if is_there { JobPersonState::Waiting } else { JobPersonState::Refused },
                looked_at: false,
                action: None,
                code_so_far: None,
                reason: (!is_there).then(|| not_there.clone()),
                case_number: None,
                serial: None,
                photo: None,
            }
        });
        let people: Vec<JobPerson> = people.collect();
        let reading = self.core.clock.read();
        let job = Job {
            id: Uuid::now_v7(),
            roster: institution.roster,
            name: institution.name.clone(),
            kind: institution.kind,
            agent_number: agent.clone(),
            agent_name: agent_name.clone(),
            case_number: case_number.to_owned(),
            operator: operator.staff.clone(),
            state: JobState::Ready,
            consent: Vec::new(),
            wrong,
            made_at: reading.at,
        };
        let mut write = self.core.store.write().await?;
        store::job::put(&mut write, &job, &people).await?;
        let detail = format!("{} {} people", job.id, people.len());
        let entry = operator.entry(Event::CollectiveBegun, Some(case_number), &detail);
        store::audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        Ok(job.id)
    }

    /// Returns a job with its counts.
    ///
    /// # Errors
    /// Returns [`DeskError::JobUnknown`] if there is none, and a database error if the store fails.
    pub async fn job(&self, id: Uuid) -> Result<(Job, JobCounts), DeskError> {
        let mut read = self.core.store.read().await?;
        Ok((store::job::get(&mut read, id).await?, store::job::counts(&mut read, id).await?))
    }

    /// Returns the newest jobs of this desk, newest first.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn jobs(&self, operator: &Operator) -> Result<Vec<Job>, DeskError> {
        operator.may(Duty::Serve)?;
        store::job::newest(&mut *self.core.store.read().await?).await
    }

    /// Returns a page of a job's people.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn people(&self, operator: &Operator, id: Uuid, page: Page) -> Result<Rows<Served>, DeskError> {
        operator.may(Duty::Serve)?;
        let mut read = self.core.store.read().await?;
        let Rows { rows, total } = store::job::people(&mut read, id, page).await?;
        Ok(Rows { rows: self.with_codes(rows).await?, total })
    }

    /// Returns everybody of a job, in the order of the list.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn everybody(&self, operator: &Operator, id: Uuid) -> Result<Vec<Served>, DeskError> {
        operator.may(Duty::Serve)?;
        let people = store::job::everybody(&mut *self.core.store.read().await?, id).await?;
        self.with_codes(people).await
    }

    /// Returns one person of a job.
    ///
    /// # Errors
    /// Returns [`DeskError::JobUnknown`] if there is no such person, and a database error if the
    /// store fails.
    pub async fn person(&self, id: Uuid, position: u32) -> Result<Served, DeskError> {
        let person = store::job::person(&mut *self.core.store.read().await?, id, position).await?;
        self.with_codes(vec![person]).await?.pop().ok_or(DeskError::JobUnknown)
    }

    async fn with_codes(&self, people: Vec<JobPerson>) -> Result<Vec<Served>, DeskError> {
        let mut read = self.core.store.read().await?;
        let epoch = self.core.identity.author().epoch;
        let mut served = Vec::with_capacity(people.len());
        for person in people {
            let code = match person.serial {
                Some(serial) => store::code::get(&mut read, serial).await?,
                None => None,
            };
            let verdict = match code.as_ref().and_then(|code| code.seq) {
                Some(seq) => store::receipt::verdict(&mut read, epoch, seq).await?,
                None => None,
            };
            let prints = match person.serial {
                Some(serial) => store::print_job::of_serial(&mut read, serial).await?,
                None => Vec::new(),
            };
            served.push(Served { person, code, verdict, prints });
        }
        Ok(served)
    }

    /// Adds a page to the consent list, which every operation of the job names.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn add_consent(&self, operator: &Operator, id: Uuid, page: Digest) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let mut write = self.core.store.write().await?;
        let mut job = store::job::get(&mut write, id).await?;
        if !job.consent.contains(&page) && job.consent.len() < CONSENT_PAGES {
            job.consent.push(page);
        }
        let at = self.core.clock.read().at;
        store::job::put_consent(&mut write, id, &job.consent, at).await?;
        write.commit().await
    }

    /// Changes how far a job is. A cancelled job leaves out who was not served yet.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn set_state(&self, operator: &Operator, id: Uuid, state: JobState) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let _turn = self.turn.lock().await;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let job = store::job::get(&mut write, id).await?;
        if matches!(job.state, JobState::Done | JobState::Cancelled) {
            return Ok(());
        }
        if state == JobState::Cancelled {
            store::job::leave_out_waiting(&mut write, id).await?;
        }
        store::job::put_state(&mut write, id, state, reading.at).await?;
        let detail = format!("{id} {}", store::to_word(&state)?);
        let entry = operator.entry(Event::CollectiveState, Some(&job.case_number), &detail);
        store::audit::append(&mut write, &reading, &entry).await?;
        write.commit().await
    }

    /// Puts aside what the program left running when it ended. Once, before anybody is at work.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn put_aside_left_running(&self) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::job::pause_left_running(&mut write).await?;
        write.commit().await
    }

    /// Prints one more copy for a person of a job, without a new code.
    ///
    /// # Errors
    /// Returns the errors of [`Issuing::reprint`], and [`Refusal::UnknownCode`] if no code was
    /// issued to this person here.
    pub async fn reprint(
        &self,
        operator: &Operator,
        id: Uuid,
        position: u32,
    ) -> Result<Reprinted, DeskError> {
        let (job, _) = self.job(id).await?;
        let Served { person, .. } = self.person(id, position).await?;
        let (Some(serial), Some(case_number)) = (person.serial, person.case_number) else {
            return Err(Refusal::UnknownCode.into());
        };
        let request = ReprintRequest {
            agent: None,
            case_number,
            serial,
            idempotency_key: Uuid::now_v7(),
            number: person.number,
            proof: proof(&job),
            name: person.name,
        };
        self.issue.reprint(operator, &request).await
    }
}

impl Served {
    /// Returns whether a sheet of the code may be printed.
    pub fn is_good(&self) -> bool {
        let refused = self.verdict.as_ref().map(ReceiptOutcome::of);
        !matches!(refused, Some(ReceiptOutcome::Rejected | ReceiptOutcome::Conflict))
            && self.code.as_ref().is_some_and(|code| code.code.state == rules::life::CodeState::Live)
    }
}

/// Returns the proof of everybody of a job (I5).
fn proof(job: &Job) -> Proof {
    Proof::Roster {
        institution: job.roster.institution,
        list: job.roster.list,
        agent: Box::new(job.agent_number.clone()),
    }
}
