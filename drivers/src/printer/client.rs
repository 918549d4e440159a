//! Talks to a printer or CUPS queue: status, validation and printing.

use std::time::Duration;

use ipp::model::{DelimiterTag, Operation};
use ipp::prelude::{IppAttributeGroup, IppRequestResponse, IppValue, Uri};
use serde::{Deserialize, Serialize};

use super::request::Request;
use super::status::{self, ATTRIBUTES, integer, text};
use super::wire::{self, Authority};
use super::{PrintJob, PrintOptions, PrinterError, PrinterState, PrinterStatus};

/// Longest wait for a reply to a request without a document.
const REPLY_LIMIT: Duration = Duration::from_secs(5);
/// Longest wait for the reply to a document, which the printer may take in slowly.
const DOCUMENT_LIMIT: Duration = Duration::from_secs(60);

/// A printer or CUPS queue at an address such as `ipp://localhost:631/printers/desk`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    pub(crate) uri: Uri,
    pub(crate) authority: Authority,
}

impl Printer {
    /// Takes an address without connecting to it. A printer that is off is used once it is on.
    /// With `ipps` and `https` the printer's certificate must be one the system trusts.
    ///
    /// # Errors
    /// [`PrinterError::BadAddress`] if it is not `ipp`, `ipps`, `http` or `https` with a host.
    pub fn at(uri: &str) -> Result<Self, PrinterError> {
        let uri: Uri = uri.parse().map_err(|_| PrinterError::BadAddress)?;
        match uri.scheme_str() {
            Some("ipp" | "ipps" | "http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => {
                Ok(Self { uri, authority: Authority::default() })
            }
            _ => Err(PrinterError::BadAddress),
        }
    }

    /// Trusts only this authority (PEM) where the address is encrypted, whatever the system trusts.
    ///
    /// # Errors
    /// [`PrinterError::BadAuthority`] if it has no certificate.
    pub fn trusting(self, pem: &[u8]) -> Result<Self, PrinterError> {
        Ok(Self { authority: Authority::of(pem)?, ..self })
    }

    /// Takes an address and checks that a printer answers there.
    ///
    /// # Errors
    /// The errors of [`Printer::at`] and [`Printer::status`].
    pub async fn connect(uri: &str) -> Result<Self, PrinterError> {
        let printer = Self::at(uri)?;
        printer.status().await?;
        Ok(printer)
    }

    /// Sends a request about this printer. A refusal becomes an error.
    pub(crate) async fn ask(
        &self,
        request: Request,
        limit: Duration,
    ) -> Result<IppRequestResponse, PrinterError> {
        wire::send(&self.uri, self.authority.clone(), request, limit).await
    }

    /// Returns the address of the printer.
    #[must_use]
    pub fn uri(&self) -> String {
        self.uri.to_string()
    }

    /// Asks the printer for its status.
    ///
    /// # Errors
    /// [`PrinterError`] if the printer cannot be asked or its reply is invalid.
    pub async fn status(&self) -> Result<PrinterStatus, PrinterError> {
        let request = Request::new(Operation::GetPrinterAttributes, &self.uri)?.asking_for(ATTRIBUTES)?;
        PrinterStatus::parse(&self.ask(request, REPLY_LIMIT).await?)
    }

    /// Asks the printer for its status, and the device behind a CUPS queue too: a queue without
    /// jobs does not know that the tray is empty. A device that cannot be asked adds nothing.
    ///
    /// # Errors
    /// The errors of [`Printer::status`].
    pub async fn status_with_device(&self) -> Result<PrinterStatus, PrinterError> {
        let mut status = self.status().await?;
        // Not every address of CUPS is one of IPP: usb:, dnssd:, socket:.
        let device = status.device_uri.as_deref().and_then(|uri| Self::at(uri).ok());
        if let Some(device) = device {
            match device.status().await {
                Ok(reported) => status.add(reported),
                Err(error) => tracing::debug!(%error, "could not ask the device behind the queue"),
            }
        }
        Ok(status)
    }

    /// Checks whether a job with these options would be accepted. Nothing is printed.
    ///
    /// The printer's state and media are checked first, then the printer itself
    /// is asked (Validate-Job).
    ///
    /// # Errors
    /// [`PrinterError`] with the reason of the refusal.
    pub async fn validate(&self, options: &PrintOptions) -> Result<PrinterStatus, PrinterError> {
        let status = self.status().await?;
        status.check(&options.media)?;
        let request =
            Request::new(Operation::ValidateJob, &self.uri)?.with_format()?.with_options(options)?;
        self.ask(request, REPLY_LIMIT).await?;
        Ok(status)
    }

    /// Validates the options and hands a PDF to the printer.
    ///
    /// The job is created before the document is sent. Its number can then be used to follow or
    /// cancel it, whatever happens to the document.
    ///
    /// If the reply to the document is lost, the printer may have the document, so the job is
    /// cancelled. A job that cannot be cancelled is returned all the same; watching it tells what
    /// became of the sheet.
    ///
    /// # Errors
    /// [`PrinterError`] if the printer refused or the job was cancelled in time; nothing will be
    /// printed. There is one exception: after a lost reply from a printer that knows only
    /// Print-Job, the clerk must look at the tray.
    pub async fn print(&self, pdf: Vec<u8>, options: &PrintOptions) -> Result<PrintJob, PrinterError> {
        let status = self.validate(options).await?;
        if !can(&status, Operation::CreateJob) || !can(&status, Operation::SendDocument) {
            return self.print_at_once(pdf, options).await;
        }
        let request = Request::new(Operation::CreateJob, &self.uri)?.with_options(options)?;
        let job = self.job(&self.ask(request, REPLY_LIMIT).await?)?;
        let request = Request::about_job(Operation::SendDocument, &self.uri, job.id())?
            .with_format()?
            .operation("last-document", IppValue::Boolean(true))?
            .with_document(pdf);
        let Err(error) = self.ask(request, DOCUMENT_LIMIT).await else { return Ok(job) };
        match job.cancel().await {
            Err(not_cancelled) if is_silent(error) => {
                tracing::warn!(%error, %not_cancelled, job = job.id(), "lost the reply to a document; its job continues");
                Ok(job)
            }
            Err(not_cancelled) => {
                // Best effort: a printer usually forgets a job whose document it refused.
                tracing::warn!(%not_cancelled, job = job.id(), "could not cancel a refused print job");
                Err(error)
            }
            Ok(()) => Err(error),
        }
    }

    /// Prints with a single request, for printers that know only Print-Job.
    async fn print_at_once(&self, pdf: Vec<u8>, options: &PrintOptions) -> Result<PrintJob, PrinterError> {
        let request = Request::new(Operation::PrintJob, &self.uri)?
            .with_format()?
            .with_options(options)?
            .with_document(pdf);
        self.job(&self.ask(request, DOCUMENT_LIMIT).await?)
    }

    /// Returns a job from an earlier run of the program, to follow or cancel it.
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
    // If a printer does not list its operations, try the operation; the printer may
    // still refuse it.
    status.operations.is_empty() || status.operations.contains(&(operation as i32))
}

/// Returns whether the printer gave no usable answer and may have accepted the request.
const fn is_silent(error: PrinterError) -> bool {
    matches!(error, PrinterError::Unreachable | PrinterError::TimedOut | PrinterError::Protocol)
}

/// A printer that can be chosen in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterListing {
    /// Name of the queue.
    pub name: String,
    /// Address of the queue for [`Printer::at`].
    pub uri: String,
    /// Description by its administrator.
    pub info: Option<String>,
    /// Location of the printer.
    pub location: Option<String>,
    /// Make and model of the printer.
    pub model: Option<String>,
    /// Current state of the printer.
    pub state: Option<PrinterState>,
}

/// Asks a CUPS server, such as `ipp://localhost:631`, for its queues.
///
/// # Errors
/// [`PrinterError`] if the server cannot be asked. A server without queues gives an empty list.
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
    match server.ask(request, REPLY_LIMIT).await {
        Ok(response) => Ok(response
            .attributes()
            .groups_of(DelimiterTag::PrinterAttributes)
            .filter_map(|group| listing(&server.uri, group))
            .collect()),
        // CUPS reports "no destinations added" this way.
        Err(PrinterError::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn listing(server: &Uri, group: &IppAttributeGroup) -> Option<PrinterListing> {
    let name = text(group, "printer-name")?;
    // The queue's own address may name a host that the desk cannot resolve. The server's address is
    // known to work.
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
