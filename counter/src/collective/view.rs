//! What the clerk sees of collective service.

use super::{Collective, Visit};
use crate::{
    format::{day_text, short, time_text},
    verdict::outcome,
    view::{
        CollectiveView, Failure, InstitutionAgentView, InstitutionView, JobPersonView, JobRowView, JobView,
        JobWork, WrongRowView,
    },
};
use desk::{
    collective::{Reason, Served},
    store::print_job::InHand,
};
use rules::case_number::grouped;
use uuid::Uuid;

impl Collective {
    /// Returns the screen of collective service.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn view(&self) -> Result<CollectiveView, Failure> {
        let revision = self.core.next_revision();
        let desk = self.core.desk()?;
        let jobs = desk.collective.jobs(&desk.session.operator()?).await?;
        let (agent, on_screen) = {
            let state = self.state();
            (state.visit.as_ref().map(agent), state.job)
        };
        let job = match on_screen {
            Some(id) => Some(self.job_view(id).await?),
            None => None,
        };
        let jobs = jobs.iter().map(|job| JobRowView {
            id: job.id.to_string(),
            institution: job.name.clone(),
            state: job.state,
            made_at: time_text(job.made_at),
        });
        Ok(CollectiveView { revision, agent, job, jobs: jobs.collect() })
    }

    async fn job_view(&self, id: Uuid) -> Result<JobView, Failure> {
        let (job, counts) = self.core.desk()?.collective.job(id).await?;
        let state = self.state();
        Ok(JobView {
            id: job.id.to_string(),
            institution: job.name,
            kind: job.kind,
            agent: job.agent_name.masked(),
            case_number: grouped(&job.case_number),
            state: job.state,
            work: state.work.unwrap_or(JobWork::Idle),
            people: counts.people,
            looked_at: counts.looked_at,
            waiting: counts.waiting,
            issued: counts.issued,
            refused: counts.refused,
            consent_pages: u32::try_from(job.consent.len()).unwrap_or(u32::MAX),
            wrong: job
                .wrong
                .into_iter()
                .map(|row| WrongRowView { line: row.line, failure: failure(&row.why) })
                .collect(),
            failure: state.failure.clone(),
            prints: state.prints.iter().map(super::BatchPrint::view).collect(),
        })
    }
}

impl Collective {
    /// Returns the institutions that the agent who was here may act for.
    pub(crate) fn institutions(&self) -> Vec<InstitutionView> {
        self.state().visit.as_ref().map(institutions).unwrap_or_default()
    }
}

fn institutions(visit: &Visit) -> Vec<InstitutionView> {
    let institutions = visit.institutions.iter().map(|one| InstitutionView {
        id: one.roster.institution.to_string(),
        name: one.name.clone(),
        kind: one.kind,
        address: one.address.clone(),
        agent_through: one.agent_through.map(day_text),
        people: u32::try_from(one.people.len()).unwrap_or(u32::MAX),
    });
    institutions.collect()
}

fn agent(visit: &Visit) -> InstitutionAgentView {
    InstitutionAgentView {
        masked_name: visit.name.masked(),
        masked_number: visit.number.masked(),
        institutions: institutions(visit),
    }
}

/// Returns a reason that was kept as a failure of the page.
pub(super) fn failure(reason: &Reason) -> Failure {
    let Reason { code, zh, en } = reason.clone();
    Failure { code, zh, en, field: None }
}

/// Returns a person of a job, masked.
pub(super) fn person(served: &Served) -> JobPersonView {
    let Served { person, code, verdict, prints } = served;
    let told = code.as_ref().map(|_| outcome(verdict.as_ref()));
    let (confirmation, said) = told.map_or((None, None), |(confirmation, said)| (Some(confirmation), said));
    let valid_through = match code {
        Some(code) => Some(code.code.valid_through),
        None => person.code_so_far.map(|so_far| so_far.valid_through),
    };
    JobPersonView {
        position: person.position,
        line: person.line,
        masked_name: person.name.masked(),
        masked_number: person.number.masked(),
        state: person.state,
        action: person.action,
        standing: person.code_so_far.map(|so_far| so_far.standing),
        valid_through: valid_through.map(day_text),
        failure: said.or_else(|| person.reason.as_ref().map(failure)),
        serial_short: person.serial.map(|serial| short(&serial.to_string())),
        confirmation,
        printable: served.is_good(),
        copies: u32::try_from(prints.len()).unwrap_or(u32::MAX),
        good: prints.last().and_then(|print| print.confirmed).map(|in_hand| in_hand == InHand::Good),
    }
}
