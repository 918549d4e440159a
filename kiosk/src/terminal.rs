//! The kiosk at work: gives the visit what happens, carries out what it asks for, shows the view.

use crate::{
    config::VisitConfig,
    devices::{DeviceEvent, Devices},
    steps::{self, Outcome, Parts, Teller},
    view::{Frame, Health, View},
    visit::{Command, Ending, Task, Visit},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot, watch};

/// How often the clock of a visit is looked at.
const TICK: Duration = Duration::from_millis(500);
/// The page counts down the last seconds of a visit.
const COUNTED_DOWN: Duration = Duration::from_secs(15);
/// Longest time that something may go on without a touch, such as a sheet in the printer.
const AT_WORK: Duration = Duration::from_secs(180);
/// Largest number of outcomes that wait.
const OUTCOME_LIMIT: usize = 16;

/// A touch, with where to say whether it was possible.
pub(crate) type Touch = (Command, oneshot::Sender<bool>);

/// What the kiosk hears.
pub(crate) struct Inputs {
    pub(crate) touches: mpsc::Receiver<Touch>,
    pub(crate) events: mpsc::Receiver<DeviceEvent>,
}

/// The kiosk at work.
pub(crate) struct Terminal {
    parts: Arc<Parts>,
    devices: Devices,
    visit: Visit,
    health: Health,
    idle: Duration,
    touched: Instant,
    view: watch::Sender<Arc<View>>,
    inputs: Inputs,
    teller: mpsc::Sender<(u64, Outcome)>,
    outcomes: mpsc::Receiver<(u64, Outcome)>,
}

impl Terminal {
    /// Returns a kiosk where nobody is served, and what its page shows.
    pub(crate) fn new(
        parts: Arc<Parts>,
        devices: Devices,
        config: VisitConfig,
        inputs: Inputs,
    ) -> (Self, watch::Receiver<Arc<View>>) {
        let (visit, health) = (Visit::new(), Health::default());
        let frame =
            Frame { terminal: &parts.terminal, practice: parts.practice, health: &health, leaves_in: None };
        let (view, shown) = watch::channel(Arc::new(View::of(&visit, &frame)));
        let idle = Duration::from_secs(config.idle_seconds.into());
        let (teller, outcomes) = mpsc::channel(OUTCOME_LIMIT);
        let touched = Instant::now();
        (Self { parts, devices, visit, health, idle, touched, view, inputs, teller, outcomes }, shown)
    }

    /// Works until the program ends.
    pub(crate) async fn run(mut self) {
        let mut tick = tokio::time::interval(TICK);
        loop {
            let task = tokio::select! {
                Some((command, answer)) = self.inputs.touches.recv() => {
                    self.touched = Instant::now();
                    let task = self.visit.command(command);
                    // The page may have gone meanwhile.
                    let _ = answer.send(task.is_ok());
                    task.ok().flatten()
                }
                Some(event) = self.inputs.events.recv() => self.take_device(event),
                Some((generation, outcome)) = self.outcomes.recv() => {
                    if generation == self.visit.generation { self.take_outcome(outcome) } else { None }
                }
                _ = tick.tick() => {
                    self.look_at_the_clock();
                    None
                }
            };
            match task {
                Some(Task::ReadCardAgain) => self.devices.read_card_again(),
                Some(task) => self.begin(task),
                None => {}
            }
            self.show();
        }
    }

    fn take_device(&mut self, event: DeviceEvent) -> Option<Task> {
        if matches!(event, DeviceEvent::CardFound | DeviceEvent::CardRead(_) | DeviceEvent::Scanned(_)) {
            self.touched = Instant::now();
        }
        match event {
            DeviceEvent::CardFound => self.visit.card_found(),
            DeviceEvent::CardRead(card) => return self.visit.card_read(card),
            DeviceEvent::CardRemoved => self.visit.card_removed(),
            DeviceEvent::Scanned(code) => return self.visit.scanned(code),
            DeviceEvent::HasScanner(found) => self.health.has_scanner = found,
            DeviceEvent::Printer(trouble) => self.health.printer = trouble,
            DeviceEvent::Centre(trouble) => self.health.centre = trouble,
        }
        None
    }

    fn take_outcome(&mut self, outcome: Outcome) -> Option<Task> {
        self.touched = Instant::now();
        match outcome {
            Outcome::LoggedIn(outcome) => self.visit.logged_in(outcome),
            Outcome::Acted(action, outcome) => return self.visit.acted(action, outcome),
            Outcome::Reported(outcome) => self.visit.reported(outcome),
            Outcome::Printed(state) => self.visit.printed(state),
            Outcome::NotPrinted(trouble) => self.visit.refuse(trouble),
        }
        None
    }

    fn begin(&self, task: Task) {
        let (parts, left) = (self.parts.clone(), self.visit.watch_leaving());
        let teller = Teller { generation: self.visit.generation, outcomes: self.teller.clone() };
        tokio::spawn(async move { steps::run(task, &parts, left, &teller).await });
    }

    fn look_at_the_clock(&mut self) {
        self.health.has_reader = self.devices.has_reader();
        if !self.visit.is_free() && self.touched.elapsed() >= self.limit() {
            self.visit.end(Some(Ending::TimedOut));
        }
    }

    fn limit(&self) -> Duration {
        if self.visit.is_at_work() { self.idle.max(AT_WORK) } else { self.idle }
    }

    fn show(&self) {
        let left = self.limit().saturating_sub(self.touched.elapsed());
        let counts = !self.visit.is_free() && left <= COUNTED_DOWN.min(self.idle / 2);
        let frame = Frame {
            terminal: &self.parts.terminal,
            practice: self.parts.practice,
            health: &self.health,
            leaves_in: counts.then_some(left.as_secs() + 1),
        };
        let mut view = View::of(&self.visit, &frame);
        self.view.send_if_modified(|shown| {
            view.number = shown.number;
            if **shown == view {
                return false;
            }
            view.number += 1;
            *shown = Arc::new(view);
            true
        });
    }
}
