//! A print job and its status.

use std::time::Duration;

use ipp::model::{DelimiterTag, Operation};
use ipp::prelude::{IppAttributeGroup, IppRequestResponse, IppValue};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::request::Request;
use super::status::{integer, reasons, text, texts};
use super::wire::decode;
use super::{Printer, PrinterError, PrinterProblem, PrinterReason};

/// Interval at which a watched job is queried. The clerk learns of an empty tray within two
/// seconds, and two requests to a nearby machine cost little.
const WATCH_INTERVAL: Duration = Duration::from_millis(500);
const REPLY_LIMIT: Duration = Duration::from_secs(5);
/// Largest number of status changes that wait for the owner of the watcher.
const CHANGE_LIMIT: usize = 16;

const JOB_ATTRIBUTES: &[&str] =
    &["job-id", "job-state", "job-state-reasons", "job-state-message", "job-media-sheets-completed"];
const REASON_ATTRIBUTES: &[&str] = &["printer-state-reasons", "printer-state-message"];

/// State of a print job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobState {
    /// The job waits for its turn.
    Pending,
    /// The job is held until somebody releases it.
    Held,
    /// The job is printing, or waits at the printer; the printer's reasons tell which.
    Processing,
    /// The job stopped in the middle.
    Stopped,
    /// The job was cancelled; part of it may lie in the tray.
    Cancelled,
    /// Printer or spooler gave up the job; part of it may lie in the tray.
    Aborted,
    /// The printer reports that the job is printed.
    Completed,
    /// The printer no longer knows the job. Only the tray can tell what became of it.
    Forgotten,
}

impl JobState {
    /// Returns whether the state cannot change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Aborted | Self::Completed | Self::Forgotten)
    }

    fn parse(value: i32) -> Option<Self> {
        Some(match value {
            3 => Self::Pending,
            4 => Self::Held,
            5 => Self::Processing,
            6 => Self::Stopped,
            7 => Self::Cancelled,
            8 => Self::Aborted,
            9 => Self::Completed,
            _ => return None,
        })
    }
}

/// Problem of the job itself (`job-state-reasons`) that the clerk has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobProblem {
    /// The job is held until a time or until a person releases it.
    Held,
    /// The document did not arrive completely.
    DocumentIncomplete,
    /// The printer could not process the document.
    DocumentRefused,
    /// The job was cancelled, but the printer cannot stop yet; without paper, it may wait for some.
    Stopping,
    /// The job was cancelled at the desk or in the spooler.
    CancelledByUser,
    /// The job was cancelled at the printer's panel.
    CancelledAtPrinter,
    /// Printer or spooler gave up the job.
    AbortedBySystem,
    /// A quota or account forbids the job.
    QuotaReached,
}

impl JobProblem {
    fn parse(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "job-hold-until-specified" | "job-held-on-create" | "job-held-for-review" => Self::Held,
            "job-data-insufficient" | "submission-interrupted" => Self::DocumentIncomplete,
            "document-format-error" | "unsupported-document-format" | "document-unprintable-error" => {
                Self::DocumentRefused
            }
            "processing-to-stop-point" => Self::Stopping,
            "job-canceled-by-user" | "job-canceled-by-operator" => Self::CancelledByUser,
            "job-canceled-at-device" => Self::CancelledAtPrinter,
            "aborted-by-system" => Self::AbortedBySystem,
            "account-limit-reached" | "account-closed" | "account-authorization-failed" => Self::QuotaReached,
            _ => return None,
        })
    }
}

/// Status of a job at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStatus {
    /// State of the job.
    pub state: JobState,
    /// Problems of the job itself.
    pub problems: Vec<JobProblem>,
    /// Reasons that the printer gives while the job is not over, most serious first.
    ///
    /// It is empty for a job that is over, because spoolers leave old reasons behind and only
    /// the state counts.
    pub reasons: Vec<PrinterReason>,
    /// Message of spooler or printer, in its own language.
    pub message: Option<String>,
    /// Number of printed sheets, if the printer counts them.
    pub sheets_completed: Option<u32>,
}

impl JobStatus {
    /// Parses the bytes of replies to Get-Job-Attributes and, for
    /// the reasons, Get-Printer-Attributes.
    ///
    /// # Errors
    /// [`PrinterError`] if a reply is a refusal or of another kind.
    pub fn from_replies(job: &[u8], printer: Option<&[u8]>) -> Result<Self, PrinterError> {
        let printer = printer.map(decode).transpose()?;
        Self::parse(&decode(job)?, printer.as_ref())
    }

    /// Parses the job in a reply to Get-Job-Attributes and adds the printer's reasons.
    ///
    /// # Errors
    /// [`PrinterError::Protocol`] if there is no job or it has no state.
    pub(crate) fn parse(
        job: &IppRequestResponse,
        printer: Option<&IppRequestResponse>,
    ) -> Result<Self, PrinterError> {
        let group = job.attributes().first_of(DelimiterTag::JobAttributes).ok_or(PrinterError::Protocol)?;
        let state = integer(group, "job-state").and_then(JobState::parse).ok_or(PrinterError::Protocol)?;
        let printer = printer
            .and_then(|reply| reply.attributes().first_of(DelimiterTag::PrinterAttributes))
            .filter(|_| !state.is_final());
        let own_words = |group, name| text(group, name).filter(|message| !message.is_empty());
        Ok(Self {
            state,
            problems: problems(group),
            reasons: printer.map(reasons).unwrap_or_default(),
            message: own_words(group, "job-state-message")
                .or_else(|| own_words(printer?, "printer-state-message")),
            sheets_completed: integer(group, "job-media-sheets-completed")
                .and_then(|count| u32::try_from(count).ok()),
        })
    }

    fn forgotten() -> Self {
        Self {
            state: JobState::Forgotten,
            problems: Vec::new(),
            reasons: Vec::new(),
            message: None,
            sheets_completed: None,
        }
    }

    /// Returns the problem at the printer that the job waits for, if any.
    #[must_use]
    pub fn blocking_problem(&self) -> Option<PrinterProblem> {
        self.reasons
            .iter()
            .find(|reason| reason.problem.holds_jobs_up() || reason.keyword.ends_with("-error"))
            .map(|reason| reason.problem)
    }
}

fn problems(group: &IppAttributeGroup) -> Vec<JobProblem> {
    texts(group, "job-state-reasons").iter().filter_map(|keyword| JobProblem::parse(keyword)).collect()
}

/// A job that was handed to a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintJob {
    printer: Printer,
    id: i32,
}

impl PrintJob {
    pub(crate) fn new(printer: Printer, id: i32) -> Self {
        Self { printer, id }
    }

    /// Returns the number of the job at the printer or spooler.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// Asks for the status once.
    ///
    /// # Errors
    /// [`PrinterError`] if the printer cannot be asked. A job that the printer has forgotten is a
    /// status, not an error.
    pub async fn status(&self) -> Result<JobStatus, PrinterError> {
        let uri = &self.printer.uri;
        let request =
            Request::about_job(Operation::GetJobAttributes, uri, self.id)?.asking_for(JOB_ATTRIBUTES)?;
        let job = match self.printer.ask(request, REPLY_LIMIT).await {
            Ok(job) => job,
            Err(PrinterError::NotFound) => return Ok(JobStatus::forgotten()),
            Err(error) => return Err(error),
        };
        let request = Request::new(Operation::GetPrinterAttributes, uri)?.asking_for(REASON_ATTRIBUTES)?;
        // The job's state counts. Its explanation may be missing.
        let printer = self.printer.ask(request, REPLY_LIMIT).await.ok();
        JobStatus::parse(&job, printer.as_ref())
    }

    /// Cancels the job. Only the tray can tell whether something was printed already.
    ///
    /// # Errors
    /// [`PrinterError::JobOver`] if it had ended already, another error if the printer
    /// cannot be asked.
    pub async fn cancel(&self) -> Result<(), PrinterError> {
        let uri = &self.printer.uri;
        let request = Request::about_job(Operation::CancelJob, uri, self.id)?;
        match self.printer.ask(request, REPLY_LIMIT).await {
            Ok(_) => Ok(()),
            Err(PrinterError::NotFound) => Err(PrinterError::JobOver),
            Err(error) => Err(error),
        }
    }

    /// Removes a job that is over from the spooler, with its document (C4): a code sheet must not
    /// lie there for a day. A printer that keeps nothing has nothing to remove.
    ///
    /// # Errors
    /// [`PrinterError`] if the spooler cannot be asked, or does not let this desk do it.
    pub async fn remove(&self) -> Result<(), PrinterError> {
        // RFC 8011's Purge-Jobs takes the jobs of all users away. This is what CUPS has for one.
        let request = Request::about_job(Operation::CancelJob, &self.printer.uri, self.id)?
            .operation("purge-job", IppValue::Boolean(true))?;
        match self.printer.ask(request, REPLY_LIMIT).await {
            Ok(_) | Err(PrinterError::NotFound | PrinterError::JobOver) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Follows the job: sends every change of its status until it is over or the
    /// receiver is dropped. A job that is over is removed from the spooler.
    ///
    /// The first status is sent immediately. A printer that cannot be asked shows as
    /// [`PrinterProblem::Offline`] with the last known state. Watching continues, because the job
    /// continues when the printer is back.
    #[must_use]
    pub fn watch(&self) -> mpsc::Receiver<JobStatus> {
        let (sender, receiver) = mpsc::channel(CHANGE_LIMIT);
        tokio::spawn(follow(self.clone(), sender));
        receiver
    }
}

async fn follow(job: PrintJob, changes: mpsc::Sender<JobStatus>) {
    let mut last: Option<JobStatus> = None;
    loop {
        let asked = tokio::select! {
            asked = job.status() => asked,
            () = changes.closed() => return,
        };
        let status = asked.unwrap_or_else(|error| {
            tracing::debug!(%error, job = job.id, "could not query the print job");
            out_of_reach(last.as_ref())
        });
        if last.as_ref() != Some(&status) {
            let told = changes.send(status.clone()).await;
            if status.state.is_final() {
                if let Err(error) = job.remove().await {
                    tracing::warn!(%error, job = job.id, "the spooler keeps a finished print job");
                }
                return;
            }
            if told.is_err() {
                return;
            }
            last = Some(status);
        }
        tokio::select! {
            () = tokio::time::sleep(WATCH_INTERVAL) => {}
            () = changes.closed() => return,
        }
    }
}

fn out_of_reach(last: Option<&JobStatus>) -> JobStatus {
    JobStatus {
        state: last.map_or(JobState::Pending, |status| status.state),
        problems: Vec::new(),
        reasons: vec![PrinterReason::unreachable()],
        message: None,
        sheets_completed: last.and_then(|status| status.sheets_completed),
    }
}
