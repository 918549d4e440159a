//! The kiosk's printer: whether it can print now, and sheets that are followed until they are out.

use crate::{
    config::PrinterConfig,
    failure::{of_printer, of_printer_state},
};
use anyhow::Context as _;
use drivers::printer::{
    JobState, JobStatus, Media, PrintJob, PrintOptions, Printer, PrinterError, PrinterReason,
};
use rules::failure::KioskFailure;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

/// Largest number of changes that wait.
const CHANGE_LIMIT: usize = 16;

/// How far a sheet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrintState {
    /// It is fetched from the centre or on its way to the printer.
    Sending,
    Printing,
    /// It waits in the printer.
    Waiting,
    Printed,
    NotPrinted,
}

impl PrintState {
    pub(crate) const fn is_over(self) -> bool {
        matches!(self, Self::Printed | Self::NotPrinted)
    }

    /// Returns what the citizen reads about it, if anything is wrong.
    pub(crate) const fn failure(self) -> Option<KioskFailure> {
        match self {
            Self::Waiting => Some(KioskFailure::PrintWaits),
            Self::NotPrinted => Some(KioskFailure::NotPrinted),
            Self::Sending | Self::Printing | Self::Printed => None,
        }
    }
}

/// The kiosk's printer.
pub(crate) struct Sheets {
    printer: Option<Printer>,
}

impl Sheets {
    pub(crate) fn new(config: Option<&PrinterConfig>) -> anyhow::Result<Self> {
        let Some(config) = config else { return Ok(Self { printer: None }) };
        let printer = Printer::at(&config.uri).context("the printer's address")?;
        let printer = match &config.authority {
            Some(file) => printer.trusting(&std::fs::read(file).context("the printer's authority")?)?,
            None => printer,
        };
        Ok(Self { printer: Some(printer) })
    }

    /// Checks whether a sheet would be printed now. Nothing is issued before that.
    pub(crate) async fn ready(&self) -> Result<(), KioskFailure> {
        let printer = self.printer.as_ref().ok_or(KioskFailure::PrinterAway)?;
        let status = printer.status_with_device().await.map_err(of_printer)?;
        if let Some(problem) = status.blocking_problem() {
            return Err(of_printer_state(problem));
        }
        // An idle printer tells of its empty tray without calling it an error.
        let is_out = |reason: &PrinterReason| of_printer_state(reason.problem) == KioskFailure::NoPaper;
        if status.reasons.iter().any(is_out) {
            return Err(KioskFailure::NoPaper);
        }
        status.check(&Media::a4()).map_err(of_printer)
    }

    /// Prints a sheet and follows it until it is over. Once its citizen has `left`, it is cancelled
    /// where it is stuck: it would come out in front of the next one.
    pub(crate) async fn print(
        &self,
        pdf: Vec<u8>,
        left: watch::Receiver<bool>,
    ) -> mpsc::Receiver<PrintState> {
        let (tell, told) = mpsc::channel(CHANGE_LIMIT);
        if *left.borrow() {
            return told;
        }
        match self.send(pdf).await {
            Some(job) => {
                tokio::spawn(follow(job, left, tell));
            }
            None => {
                // The channel is new and has room.
                let _ = tell.try_send(PrintState::NotPrinted);
            }
        }
        told
    }

    async fn send(&self, pdf: Vec<u8>) -> Option<PrintJob> {
        // The job's name is seen by everybody at the printer: an id, nothing of the citizen.
        let id = Uuid::new_v4().simple().to_string();
        let job_name = format!("suishen-kiosk-{}", id.get(..12)?);
        let options = PrintOptions { job_name, media: Media::a4(), copies: 1 };
        let sent = self.printer.as_ref()?.print(pdf, &options).await;
        sent.inspect_err(|error| tracing::warn!(%error, "a sheet was not printed")).ok()
    }
}

async fn follow(job: PrintJob, mut left: watch::Receiver<bool>, tell: mpsc::Sender<PrintState>) {
    let mut changes = job.watch();
    let (mut state, mut has_left) = (PrintState::Sending, *left.borrow());
    while !state.is_over() {
        tokio::select! {
            status = changes.recv() => {
                let Some(status) = status else { return };
                state = state_of(&status);
                // It is followed on when nobody asks any more.
                let _ = tell.send(state).await;
            }
            changed = left.changed(), if !has_left => has_left = changed.is_err() || *left.borrow(),
        }
        if has_left && state == PrintState::Waiting {
            cancel(&job).await;
        }
    }
}

async fn cancel(job: &PrintJob) {
    match job.cancel().await {
        Ok(()) | Err(PrinterError::JobOver) => {}
        // It is tried again at the next change of the printer's state.
        Err(error) => tracing::warn!(%error, "a stuck sheet of somebody who left was not cancelled"),
    }
}

/// Returns how far a sheet is. A job processed by a stopped printer waits: its reasons tell.
fn state_of(status: &JobStatus) -> PrintState {
    match status.state {
        JobState::Completed => PrintState::Printed,
        JobState::Cancelled | JobState::Aborted | JobState::Forgotten => PrintState::NotPrinted,
        JobState::Held | JobState::Stopped => PrintState::Waiting,
        _ if status.blocking_problem().is_some() => PrintState::Waiting,
        JobState::Pending | JobState::Processing => PrintState::Printing,
    }
}
