//! Collective service (集体代办): the agent at the window, the list, the job and its papers.

mod head;
mod print;
mod result;
mod view;

use crate::{
    case::CaseInHand,
    core::{Core, CounterEvent},
    failure::out_of_step,
    format::from_base64,
    list_file,
    photo_editing::{JPEG, PhotoEditing},
    printing::Printing,
    view::{CollectiveView, Failure, JobPageView, JobWork, PageInput},
};
use desk::{
    Desk, DeskError,
    collective::{Reason, WrongLine},
    store::{
        Page,
        audit::{Entry, Event},
        blob::Blob,
    },
};
use print::BatchPrint;
use rules::{
    Refusal,
    failure::{CounterFailure, ListFailure},
    institution::JobState,
    list::List,
    permission::Duty,
    person::{IdNumber, Name},
    wire::{Institution, RosterPerson},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// An agent at the window, with what the centre said of them.
struct Visit {
    number: IdNumber,
    name: Name,
    case_number: String,
    institutions: Vec<Institution>,
}

#[derive(Default)]
struct State {
    visit: Option<Visit>,
    job: Option<Uuid>,
    work: Option<JobWork>,
    /// Why the job on screen stopped.
    failure: Option<Failure>,
    prints: Vec<BatchPrint>,
}

/// Collective service at this counter.
pub struct Collective {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    photos: Arc<PhotoEditing>,
    printing: Arc<Printing>,
    state: Mutex<State>,
}

impl Collective {
    pub(crate) fn new(
        core: Arc<Core>,
        case: Arc<CaseInHand>,
        photos: Arc<PhotoEditing>,
        printing: Arc<Printing>,
    ) -> Self {
        Self { core, case, photos, printing, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the person in front as the agent of an institution, and asks the centre for its
    /// roster. The agent's own card must have been read.
    ///
    /// # Errors
    /// No card was read; the centre knows no such agent or is not reached.
    pub async fn take_agent(&self) -> Result<CollectiveView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Serve)?;
        let (number, name) = {
            let case = self.case.state();
            let no_agent = || Failure::from(CounterFailure::NoInstitutionAgent);
            let person = case.in_front().ok_or_else(no_agent)?;
            if !matches!(person.card_holder.proof, rules::proof::Proof::Chip { .. }) {
                return Err(no_agent());
            }
            (person.card_holder.number.clone(), person.card_holder.name.name.clone())
        };
        let case_number = self.case.number(&desk).await?;
        let institutions = desk.collective.institutions(&operator, &number, &case_number).await?;
        self.state().visit = Some(Visit { number, name, case_number, institutions });
        self.view().await
    }

    /// Makes a job of a file's people, or of the whole roster, and begins to look them up. The file
    /// is in Base64.
    ///
    /// # Errors
    /// No agent; the list is refused whole; the database fails.
    pub async fn begin(
        self: &Arc<Self>,
        institution: String,
        file: Option<String>,
    ) -> Result<CollectiveView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Serve)?;
        let list = match file {
            Some(file) => Some(read_list(&desk, file).await?),
            None => None,
        };
        let (number, name, case_number, institution) = {
            let state = self.state();
            let visit = state.visit.as_ref().ok_or(CounterFailure::NoInstitutionAgent)?;
            let found =
                visit.institutions.iter().find(|one| one.roster.institution.to_string() == institution);
            let found = found.ok_or(Refusal::NoInstitution)?;
            (visit.number.clone(), visit.name.clone(), visit.case_number.clone(), found.clone())
        };
        let id = desk.collective.begin(&operator, (&number, &name), &case_number, &institution, list).await?;
        self.show(id);
        self.look_up_in_background(desk, id);
        self.view().await
    }

    /// Puts another job on screen; one that was not looked up whole goes on with it.
    ///
    /// # Errors
    /// Unknown job; the database fails.
    pub async fn open(self: &Arc<Self>, id: String) -> Result<CollectiveView, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Serve)?;
        let id = parse(&id)?;
        let (job, counts) = desk.collective.job(id).await?;
        if self.state().job != Some(id) {
            if self.is_at_work() {
                return Err(out_of_step());
            }
            self.show(id);
        }
        if job.state == JobState::Ready && counts.looked_at < counts.people {
            self.look_up_in_background(desk, id);
        }
        self.view().await
    }

    /// Leaves the job, which stays in the list, and lets the agent go.
    ///
    /// # Errors
    /// A job that is under way is paused first.
    pub async fn leave(&self) -> Result<CollectiveView, Failure> {
        if self.is_at_work() {
            return Err(out_of_step());
        }
        *self.state() = State::default();
        self.view().await
    }

    /// Returns the roster of an institution that the agent who was here may act for.
    pub(crate) fn roster(&self, institution: &str) -> Option<Vec<RosterPerson>> {
        let state = self.state();
        let all = &state.visit.as_ref()?.institutions;
        all.iter().find(|one| one.roster.institution.to_string() == institution).map(|one| one.people.clone())
    }

    fn show(&self, id: Uuid) {
        let mut state = self.state();
        (state.job, state.failure, state.prints) = (Some(id), None, Vec::new());
    }

    fn is_at_work(&self) -> bool {
        self.state().work.is_some()
    }

    /// Keeps a picture as a page of the consent list (同意书名单).
    ///
    /// # Errors
    /// The picture is gone; the database fails.
    pub async fn keep_consent(&self, handle: String) -> Result<CollectiveView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Serve)?;
        let page = Blob { bytes: self.photos.picture(&handle)?.evidence()?, media_type: JPEG.to_owned() };
        let digest = desk.blob.keep(&page).await?;
        desk.collective.add_consent(&operator, id, digest).await?;
        self.view().await
    }

    /// Issues a code to everybody who may have one, one after another. Goes on in the background.
    ///
    /// # Errors
    /// The consent list was not scanned; the desk may not issue; the database fails.
    pub async fn run(self: &Arc<Self>) -> Result<CollectiveView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let operator = desk.session.operator()?;
        let (job, _) = desk.collective.job(id).await?;
        if job.consent.is_empty() {
            return Err(CounterFailure::ConsentListMissing.into());
        }
        desk.issue.may_issue()?;
        // Without fonts nothing could be printed.
        self.core.fonts()?;
        if !self.start_work(JobWork::Serving) {
            return Err(out_of_step());
        }
        if let Err(error) = desk.collective.set_state(&operator, id, JobState::Running).await {
            self.state().work = None;
            return Err(error.into());
        }
        let this = self.clone();
        tokio::spawn(async move {
            let stopped = this.serve(&desk, id).await;
            this.end_work(&desk, stopped).await;
        });
        self.view().await
    }

    async fn serve(&self, desk: &Arc<Desk>, id: Uuid) -> Result<(), Failure> {
        loop {
            // A locked screen ends it here: nobody's word would stand behind the next one.
            let operator = desk.session.operator()?;
            if !desk.collective.serve_next(&operator, id).await? {
                return Ok(());
            }
            self.tell();
        }
    }

    fn look_up_in_background(self: &Arc<Self>, desk: Arc<Desk>, id: Uuid) {
        if !self.start_work(JobWork::LookingUp) {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            let looked = async {
                while this.state().job == Some(id)
                    && desk.collective.look_at_next(&desk.session.operator()?, id).await?
                {
                    this.tell();
                }
                Ok(())
            };
            let stopped = looked.await;
            this.end_work(&desk, stopped).await;
        });
    }

    fn start_work(&self, work: JobWork) -> bool {
        let mut state = self.state();
        if state.work.is_some() {
            return false;
        }
        (state.work, state.failure) = (Some(work), None);
        true
    }

    async fn end_work(&self, desk: &Desk, stopped: Result<(), Failure>) {
        if let Err(failure) = desk.collective.put_aside_left_running().await {
            tracing::warn!(code = failure.code(), "a job was not put aside");
        }
        let mut state = self.state();
        (state.work, state.failure) = (None, stopped.err());
        drop(state);
        self.tell();
    }

    fn tell(&self) {
        self.core.announce(CounterEvent::Lists);
        self.core.announce(CounterEvent::Status);
    }

    /// Pauses the job after the person it is at.
    ///
    /// # Errors
    /// The database fails.
    pub async fn pause(&self) -> Result<CollectiveView, Failure> {
        self.change(JobState::Paused).await
    }

    /// Ends the job early; who was not served yet is left out.
    ///
    /// # Errors
    /// The database fails.
    pub async fn cancel(&self) -> Result<CollectiveView, Failure> {
        self.change(JobState::Cancelled).await
    }

    async fn change(&self, state: JobState) -> Result<CollectiveView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        desk.collective.set_state(&desk.session.operator()?, id, state).await?;
        self.tell();
        self.view().await
    }

    /// Returns a page of the people of the job on screen.
    ///
    /// # Errors
    /// No job on screen; the database fails.
    pub async fn people(&self, page: PageInput) -> Result<JobPageView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let page = Page { offset: page.offset, limit: page.limit };
        let people = desk.collective.people(&desk.session.operator()?, id, page).await?;
        Ok(JobPageView { rows: people.rows.iter().map(view::person).collect(), total: people.total })
    }

    /// Writes the result to a file that only this user may read; returns its path.
    ///
    /// # Errors
    /// Not permitted; the disk fails.
    pub async fn export(&self) -> Result<String, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let operator = desk.session.operator()?;
        let everybody = desk.collective.everybody(&operator, id).await?;
        let (job, _) = desk.collective.job(id).await?;
        let stamp = desk.read_clock().at.civil().strftime("%Y%m%d-%H%M%S").to_string();
        let path = result::write(&self.core.folder().join("collective"), &stamp, &job, &everybody)?;
        let detail = id.to_string();
        let entry = Entry {
            operator: &operator.staff,
            event: Event::CollectiveExported,
            outcome: "ok",
            case_number: Some(&job.case_number),
            detail: &detail,
        };
        desk.lists.audit.note(&entry).await?;
        Ok(path.display().to_string())
    }

    fn job_on_screen(&self) -> Result<(Arc<Desk>, Uuid), Failure> {
        let job = self.state().job.ok_or(DeskError::JobUnknown)?;
        Ok((self.core.desk()?, job))
    }
}

fn parse(id: &str) -> Result<Uuid, Failure> {
    Uuid::try_parse(id).map_err(|_| DeskError::JobUnknown.into())
}

/// Reads the file on a thread of its own: it comes from outside and may be long.
async fn read_list(
    desk: &Desk,
    file: String,
) -> Result<(Vec<rules::list::ListedPerson>, Vec<WrongLine>), Failure> {
    let unreadable = || Failure::from(ListFailure::Unreadable);
    let bytes = from_base64(&file).ok_or_else(unreadable)?;
    let today = desk.read_clock().at.day();
    let read = tokio::task::spawn_blocking(move || list_file::read(&bytes, today)).await;
    let List { people, wrong } = read.map_err(|_| unreadable())??;
    let wrong = wrong.into_iter().map(|row| WrongLine { line: row.line, why: Reason::of(&row.why.into()) });
    Ok((people, wrong.collect()))
}
