//! Home visits (上门服务): the list of people, the kit, and its return with the report.

mod report;
mod view;

pub(crate) use view::kit;

use crate::{
    collective::Collective,
    core::{Core, CounterEvent},
    failure::out_of_step,
    printing::Printing,
    view::{Failure, FormField, VisitInput, VisitView},
};
use desk::{Desk, DeskError};
use rules::{Refusal, person::IdNumber, visit::VisitState};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How often the page is told how far the photos are.
const PROGRESS: Duration = Duration::from_millis(500);

#[derive(Default)]
struct State {
    is_fetching: bool,
    /// Why fetching stopped.
    failure: Option<Failure>,
}

/// Home visits of this counter.
pub struct Visits {
    core: Arc<Core>,
    collective: Arc<Collective>,
    printing: Arc<Printing>,
    state: Mutex<State>,
}

impl Visits {
    pub(crate) fn new(core: Arc<Core>, collective: Arc<Collective>, printing: Arc<Printing>) -> Self {
        Self { core, collective, printing, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts people on the list.
    ///
    /// # Errors
    /// Not permitted; what is wrong with a number; too many people; a kit is out; the database
    /// fails.
    pub async fn add(&self, input: VisitInput) -> Result<VisitView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        match input {
            VisitInput::Number { number } => {
                let number = IdNumber::read_on(number.trim(), desk.read_clock().at.day())
                    .map_err(|error| Failure::from(Refusal::from(error)).at(FormField::DocumentNumber))?;
                desk.visit.add_number(&operator, &number).await?;
            }
            VisitInput::Case { case_number } => desk.visit.add_of_case(&operator, &case_number).await?,
            VisitInput::Roster { institution } => {
                let people = self.collective.roster(&institution).ok_or(Refusal::NoInstitution)?;
                desk.visit.add_roster(&operator, &people).await?;
            }
        }
        self.view().await
    }

    /// Takes somebody off the list.
    ///
    /// # Errors
    /// Not permitted; nobody stands there; a kit is out; the database fails.
    pub async fn remove(&self, position: u32) -> Result<VisitView, Failure> {
        let desk = self.core.desk()?;
        desk.visit.remove(&desk.session.operator()?, position).await?;
        self.view().await
    }

    /// Takes the kit and so many sheets, or goes on where that was broken off. Goes on in the
    /// background.
    ///
    /// # Errors
    /// Not permitted; fetching is under way.
    pub async fn take(self: &Arc<Self>, sheets: u32) -> Result<VisitView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        {
            let mut state = self.state();
            if state.is_fetching {
                return Err(out_of_step());
            }
            *state = State { is_fetching: true, failure: None };
        }
        let this = self.clone();
        tokio::spawn(async move {
            let taking = tokio::spawn({
                let desk = desk.clone();
                async move { desk.visit.take(&operator, sheets).await }
            });
            this.follow(taking).await;
        });
        self.view().await
    }

    /// Tells the page how far fetching is, until it ends.
    async fn follow(&self, taking: tokio::task::JoinHandle<Result<(), DeskError>>) {
        while !taking.is_finished() {
            tokio::time::sleep(PROGRESS).await;
            self.core.announce(CounterEvent::Lists);
        }
        let failure = match taking.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.into()),
            Err(_) => Some(out_of_step()),
        };
        *self.state() = State { is_fetching: false, failure };
        self.tell();
    }

    /// Returns the kit with so many unused sheets, and prints the report. A visit that is back
    /// already tells the centre again.
    ///
    /// # Errors
    /// Not permitted; no kit is out; something waits for the centre; more sheets than were taken;
    /// the line; what paper and printer say, after which the report can be printed again.
    pub async fn bring_back(&self, unused: u32) -> Result<VisitView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let is_out = desk.visit.under_way().await?.is_some_and(|visit| visit.state != VisitState::Back);
        let told = desk.visit.bring_back(&operator, unused).await;
        self.tell();
        told?;
        if is_out {
            self.print_report(&desk).await?;
        }
        self.view().await
    }

    /// Prints the return report of the visit that is back, or of the last one.
    ///
    /// # Errors
    /// Not permitted; there is none; what paper and printer say.
    pub async fn print(&self) -> Result<VisitView, Failure> {
        let desk = self.core.desk()?;
        self.print_report(&desk).await?;
        self.view().await
    }

    /// Closes the kit once it has ended (V3). Called every few seconds.
    pub(crate) async fn wipe_ended(&self, desk: &Desk) {
        match desk.visit.wipe_ended().await {
            Ok(true) => self.tell(),
            Ok(false) => {}
            Err(error) => tracing::error!(code = error.code(), "the kit of a home visit was not wiped"),
        }
    }

    fn tell(&self) {
        self.core.announce(CounterEvent::Status);
        self.core.announce(CounterEvent::Lists);
        self.core.announce(CounterEvent::Case);
    }
}
