use std::time::Duration;

use ipp::model::{DelimiterTag, Operation};
use ipp::prelude::{IppAttributeGroup, IppRequestResponse, IppValue, Uri};
use serde::{Deserialize, Serialize};

use super::request::Request;
use super::status::{self, ATTRIBUTES, integer, text};
use super::wire::send;
use super::{PrintJob, PrintOptions, PrinterError, PrinterState, PrinterStatus};

/// Longest wait for a reply that carries no document.
const REPLY_LIMIT: Duration = Duration::from_secs(5);
/// Longest wait for the reply to a document; the printer may take its time to swallow it.
const DOCUMENT_LIMIT: Duration = Duration::from_secs(60);

/// A printer or a CUPS queue at an address such as `ipp://localhost:631/printers/desk`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    pub(crate) uri: Uri,
}

impl Printer {
    /// Takes an address. Asks nothing yet: a printer that is off now is used when it is on.
    ///
    /// # Errors
    /// [`PrinterError::BadAddress`]; [`PrinterError::EncryptedAddress`] for `ipps` and `https`.
    pub fn at(uri: &str) -> Result<Self, PrinterError> {
        let uri: Uri = uri.parse().map_err(|_| PrinterError::BadAddress)?;
        match uri.scheme_str() {
            Some("ipp" | "http") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(Self { uri }),
            Some("ipps" | "https") => Err(PrinterError::EncryptedAddress),
            _ => Err(PrinterError::BadAddress),
        }
    }

    /// Takes an address and makes sure that a printer answers there.
    ///
    /// # Errors
    /// As [`Printer::at`] and [`Printer::status`].
    pub async fn connect(uri: &str) -> Result<Self, PrinterError> {
        let printer = Self::at(uri)?;
        printer.status().await?;
        Ok(printer)
    }

    /// The address.
    #[must_use]
    pub fn uri(&self) -> String {
        self.uri.to_string()
    }

    /// What the printer says about itself.
    ///
    /// # Errors
    /// [`PrinterError`] when it cannot be asked.
    pub async fn status(&self) -> Result<PrinterStatus, PrinterError> {
        let request = Request::new(Operation::GetPrinterAttributes, &self.uri)?.asking_for(ATTRIBUTES)?;
        PrinterStatus::parse(&send(&self.uri, request, REPLY_LIMIT).await?)
    }

    /// Whether a job with these options would be taken: the printer's state and media, then its own word
    /// (Validate-Job). Nothing is printed.
    ///
    /// # Errors
    /// [`PrinterError`] saying why not.
    pub async fn validate(&self, options: &PrintOptions) -> Result<PrinterStatus, PrinterError> {
        let status = self.status().await?;
        status.check(&options.media)?;
        let request =
            Request::new(Operation::ValidateJob, &self.uri)?.with_format()?.with_options(options)?;
        send(&self.uri, request, REPLY_LIMIT).await?;
        Ok(status)
    }

    /// Validates, then hands a PDF to the printer. The job is created before the document is sent, so that it has
    /// a number by which it can be followed and cancelled whatever happens to the document.
    ///
    /// When the reply to the document is lost, the printer may have it. The job is cancelled; one that could not be is
    /// handed back all the same, and watching it tells what became of the sheet.
    ///
    /// # Errors
    /// [`PrinterError`]: the printer refused, or the job was cancelled before it was over; nothing is on its way any more.
    /// Only where a printer that knows Print-Job alone lost its reply must the tray be looked at.
    pub async fn print(&self, pdf: Vec<u8>, options: &PrintOptions) -> Result<PrintJob, PrinterError> {
        let status = self.validate(options).await?;
        if !can(&status, Operation::CreateJob) || !can(&status, Operation::SendDocument) {
            return self.print_at_once(pdf, options).await;
        }
        let request = Request::new(Operation::CreateJob, &self.uri)?.with_options(options)?;
        let job = self.job(&send(&self.uri, request, REPLY_LIMIT).await?)?;
        let request = Request::about_job(Operation::SendDocument, &self.uri, job.id())?
            .with_format()?
            .operation("last-document", IppValue::Boolean(true))?
            .with_document(pdf);
        let Err(error) = send(&self.uri, request, DOCUMENT_LIMIT).await else { return Ok(job) };
        match job.cancel().await {
            Err(not_cancelled) if is_silent(error) => {
                tracing::warn!(%error, %not_cancelled, job = job.id(), "reply to a document lost, its job goes on");
                Ok(job)
            }
            Err(not_cancelled) => {
                // Best effort: a printer forgets a job whose document it refused by itself.
                tracing::warn!(%not_cancelled, job = job.id(), "refused print job not cancelled");
                Err(error)
            }
            Ok(()) => Err(error),
        }
    }

    /// For printers that know only Print-Job.
    async fn print_at_once(&self, pdf: Vec<u8>, options: &PrintOptions) -> Result<PrintJob, PrinterError> {
        let request = Request::new(Operation::PrintJob, &self.uri)?
            .with_format()?
            .with_options(options)?
            .with_document(pdf);
        self.job(&send(&self.uri, request, DOCUMENT_LIMIT).await?)
    }

    /// A job of an earlier run of the program, to follow or cancel it.
    #[must_use]
    pub fn existing_job(&self, id: i32) -> PrintJob {
        PrintJob::new(self.clone(), id)
    }

    fn job(&self, response: &IppRequestResponse) -> Result<PrintJob, PrinterError> {
        response
            .attributes()
            .first_of(DelimiterTag::JobAttributes)
            .and_then(|group| integer(group, "job-id"))
            .map(|id| PrintJob::new(self.clone(), id))
            .ok_or(PrinterError::Protocol)
    }
}

fn can(status: &PrinterStatus, operation: Operation) -> bool {
    // A printer that does not say is asked; refusing is then its own answer.
    status.operations.is_empty() || status.operations.contains(&(operation as i32))
}

/// Whether the printer has said nothing: it may have taken what was sent.
const fn is_silent(error: PrinterError) -> bool {
    matches!(error, PrinterError::Unreachable | PrinterError::TimedOut | PrinterError::Protocol)
}

/// A printer to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterListing {
    /// Name of the queue.
    pub name: String,
    /// Its address for [`Printer::at`].
    pub uri: String,
    /// What its administrator calls it.
    pub info: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// Make and model.
    pub model: Option<String>,
    /// What it does now.
    pub state: Option<PrinterState>,
}

/// Asks a CUPS server, such as `ipp://localhost:631`, for its queues.
///
/// # Errors
/// [`PrinterError`] when it cannot be asked. A server without queues has an empty list.
pub async fn list_printers(server: &str) -> Result<Vec<PrinterListing>, PrinterError> {
    let server = Printer::at(server)?;
    let request = Request::new(Operation::CupsGetPrinters, &server.uri)?.asking_for(&[
        "printer-name",
        "printer-uri-supported",
        "printer-info",
        "printer-location",
        "printer-make-and-model",
        "printer-state",
    ])?;
    match send(&server.uri, request, REPLY_LIMIT).await {
        Ok(response) => Ok(response
            .attributes()
            .groups_of(DelimiterTag::PrinterAttributes)
            .filter_map(|group| listing(&server.uri, group))
            .collect()),
        // CUPS has "no destinations added" for this.
        Err(PrinterError::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn listing(server: &Uri, group: &IppAttributeGroup) -> Option<PrinterListing> {
    let name = text(group, "printer-name")?;
    // The queue's own address may name a host the desk cannot resolve; the server's address is known to work.
    let authority = server.authority()?;
    Some(PrinterListing {
        uri: format!("ipp://{authority}/printers/{name}"),
        info: text(group, "printer-info").filter(|info| !info.is_empty()),
        location: text(group, "printer-location").filter(|location| !location.is_empty()),
        model: text(group, "printer-make-and-model"),
        state: status::state(group),
        name,
    })
}
