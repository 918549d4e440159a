//! Serves the people of a job one after another.

use super::{CodeSoFar, Collective, Job, JobPerson, Reason, proof};
use crate::{
    citizen::{Citizen, Source},
    error::DeskError,
    issue::{IssueKind, IssueRequest},
    session::Operator,
    store,
};
use rules::{
    Refusal,
    agent::{Agent, AgentRole},
    eligibility::needs_guardian,
    institution::{JobPersonState, JobState},
    life::fitting_action,
    permission::Duty,
    wire::LookUpProof,
};
use std::time::Duration;
use uuid::Uuid;

/// Pauses while the centre is too busy to look somebody up.
const BUSY_PAUSE: Duration = Duration::from_millis(500);
/// Times a look-up is tried while the centre is there and does not answer it.
const TRIES: u32 = 6;

impl Collective {
    /// Looks up the next person of a job for the preview: who they are, what fits, the code so far,
    /// or why they cannot be served. Returns `false` once everybody was looked at.
    ///
    /// # Errors
    /// Returns what stops the whole job: [`Refusal::LookUpBudgetUsed`], a lost permission, or a
    /// database error if the store fails.
    pub async fn look_at_next(&self, operator: &Operator, id: Uuid) -> Result<bool, DeskError> {
        operator.may(Duty::Serve)?;
        let _turn = self.turn.lock().await;
        let mut read = self.core.store.read().await?;
        let Some(mut person) = store::job::next_waiting(&mut read, id, true).await? else {
            return Ok(false);
        };
        drop(read);
        match self.known_now(operator, &person).await {
            Ok(citizen) => self.note(&mut person, &citizen),
            Err(error) => refuse(&mut person, error)?,
        }
        person.looked_at = true;
        self.keep(id, &person).await?;
        Ok(true)
    }

    /// Serves the next person of a job: issues a code, or writes down why not. Returns `false` once
    /// nobody waits; the job is done then.
    ///
    /// # Errors
    /// Returns what stops the whole job, and leaves the person waiting: the error of
    /// [`crate::issue::Issuing::may_issue`], a clock that is not trusted, too long offline, a lost
    /// permission, or a database error if the store fails.
    pub async fn serve_next(&self, operator: &Operator, id: Uuid) -> Result<bool, DeskError> {
        operator.may(Duty::Serve)?;
        self.issue.may_issue()?;
        let _turn = self.turn.lock().await;
        let mut read = self.core.store.read().await?;
        let job = store::job::get(&mut read, id).await?;
        if job.state != JobState::Running {
            return Ok(false);
        }
        let Some(mut person) = store::job::next_waiting(&mut read, id, false).await? else {
            drop(read);
            let mut write = self.core.store.write().await?;
            store::job::put_state(&mut write, id, JobState::Done, self.core.clock.read().at).await?;
            write.commit().await?;
            return Ok(false);
        };
        drop(read);
        if !self.was_served(&mut person).await?
            && let Err(error) = self.serve(operator, &job, &mut person).await
        {
            refuse(&mut person, error)?;
        }
        person.looked_at = true;
        self.keep(id, &person).await?;
        if let Some(case_number) = &person.case_number {
            self.case.close(operator, case_number).await?;
        }
        Ok(true)
    }

    /// Returns whether a code was issued in the person's case before the job was broken off.
    async fn was_served(&self, person: &mut JobPerson) -> Result<bool, DeskError> {
        let Some(case_number) = &person.case_number else { return Ok(false) };
        let mut read = self.core.store.read().await?;
        let Some(code) = store::code::issued_in(&mut read, case_number).await? else { return Ok(false) };
        (person.state, person.serial, person.reason) = (JobPersonState::Issued, Some(code.code.serial), None);
        Ok(true)
    }

    async fn serve(&self, operator: &Operator, job: &Job, person: &mut JobPerson) -> Result<(), DeskError> {
        let citizen = self.known_now(operator, person).await?;
        self.note(person, &citizen);
        if person.state != JobPersonState::Waiting {
            return Ok(());
        }
        let case_number = match &person.case_number {
            Some(case_number) => case_number.clone(),
            None => {
                let opened = self.case.open(operator, Some(&citizen.citizen_ref)).await?;
                person.case_number = Some(opened.as_str().to_owned());
                // Before anything is issued in it: this is what finds the code again.
                self.keep(job.id, person).await?;
                opened.as_str().to_owned()
            }
        };
        let action = fitting_action(&citizen.holder, citizen.now.at.day());
        let request = IssueRequest {
            case_number,
            kind: IssueKind::New { action },
            number: person.number.clone(),
            proof: proof(job),
            name: person.name.clone(),
            photo: person.photo.clone(),
            declared: None,
            agent: Some(agent(job)),
            answer: None,
            // The agent has compared name and photo, and the person signed the consent list.
            confirmed_by_holder: true,
            consequence_confirmed: true,
        };
        let issued = self.issue.new_code(operator, &request).await?;
        (person.state, person.serial, person.action) =
            (JobPersonState::Issued, Some(issued.serial), Some(issued.action));
        Ok(())
    }

    /// Returns what is known of a person, from the centre if the line is up and what is here is not
    /// fresh.
    async fn known_now(&self, operator: &Operator, person: &JobPerson) -> Result<Citizen, DeskError> {
        let mut citizen = self.citizen.read(&person.number, None).await?;
        for _ in 0..TRIES {
            // Who logged in without the centre has no token for it.
            if citizen.fresh || !self.core.sync.is_online() || self.session.token().is_none() {
                break;
            }
            citizen = self.citizen.look_up_on(operator, &person.number, LookUpProof::Roster).await?;
            if citizen.fresh || citizen.source == Source::NotRegistered {
                break;
            }
            self.core.clock.wait(BUSY_PAUSE).await;
        }
        Ok(citizen)
    }

    /// Writes down what fits a person, their code so far, and what stands against a code.
    fn note(&self, person: &mut JobPerson, citizen: &Citizen) {
        let (holder, today) = (&citizen.holder, citizen.now.at.day());
        let action = fitting_action(holder, today);
        person.action = Some(action);
        let last = holder.codes.iter().rev().find(|code| code.verifies(today)).or(holder.codes.last());
        person.code_so_far =
            last.map(|code| CodeSoFar { standing: code.standing(today), valid_through: code.valid_through });
        if let Some(name) = &citizen.right.name {
            person.name = name.clone();
        }
        person.photo.clone_from(&citizen.right.photo);
        let policy = self.core.policy();
        let offers = citizen.offers(&policy);
        let offered = offers.into_iter().find(|(offered, _)| *offered == action);
        let refusal = if holder.codes.iter().any(|code| code.verifies(today)) {
            Some(Refusal::CodeStillLive)
        } else if needs_guardian(&person.number, today, &policy) {
            Some(Refusal::GuardianNeeded)
        } else {
            offered.and_then(|(_, allowed)| allowed.err())
        };
        // What is not known offline may be known when the person's turn comes.
        match refusal {
            Some(refusal) if is_personal(refusal) => {
                person.state = JobPersonState::Refused;
                person.reason = Some(Reason::of(&refusal.into()));
            }
            Some(refusal) => person.reason = Some(Reason::of(&refusal.into())),
            None => person.reason = None,
        }
    }

    async fn keep(&self, id: Uuid, person: &JobPerson) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::job::put_person(&mut write, id, person).await?;
        write.commit().await
    }
}

/// Whether a refusal is about this person, and stays so for this job.
const fn is_personal(refusal: Refusal) -> bool {
    !matches!(
        refusal,
        Refusal::EligibilityNotKnown
            | Refusal::ClockNotTrusted
            | Refusal::OfflineTooLong
            | Refusal::LookUpBudgetUsed
            | Refusal::LookUpWithoutCase
            | Refusal::NotPermitted
            | Refusal::NoInstitution
    )
}

/// Writes down why a person cannot be served; gives an error back that stops the whole job.
fn refuse(person: &mut JobPerson, error: DeskError) -> Result<(), DeskError> {
    match &error {
        DeskError::Refused(refusal) if is_personal(*refusal) => {}
        // Offline, the registry cannot be asked: the person is named, and served another time.
        DeskError::Refused(Refusal::EligibilityNotKnown) | DeskError::NameNotPrintable(_) => {}
        _ => return Err(error),
    }
    person.state = JobPersonState::Refused;
    person.reason = Some(Reason::of(&error.failure()));
    Ok(())
}

/// Returns the institution's agent as every code of the job names them (E10).
fn agent(job: &Job) -> Agent {
    Agent {
        role: AgentRole::Institution,
        number: job.agent_number.clone(),
        name: job.agent_name.clone(),
        binding_verified: true,
        proof: job.consent.clone(),
        consent: true,
    }
}
