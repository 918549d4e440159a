//! Builds IPP requests with their attributes.

use std::io::Cursor;

use ipp::model::{DelimiterTag, IppVersion, Operation};
use ipp::prelude::{IppAttribute, IppPayload, IppRequestResponse, IppValue, Uri};
use serde::{Deserialize, Serialize};

use super::{Media, PrinterError};

/// User name in requests. It replaces a clerk's name, which does not belong into the log
/// of a spooler.
const REQUESTING_USER: &str = "suishen-counter";

/// Options for printing a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintOptions {
    /// Name of the job, visible to anyone at printer or spooler: a case number,
    /// **never personal data**.
    pub job_name: String,
    /// Paper that the document needs.
    pub media: Media,
    /// Number of copies, at least one.
    pub copies: u16,
}

pub(crate) struct Request(IppRequestResponse);

impl Request {
    pub(crate) fn new(operation: Operation, printer: &Uri) -> Result<Self, PrinterError> {
        let request = IppRequestResponse::new(IppVersion::v1_1(), operation, Some(printer.clone()))
            .map_err(|_| PrinterError::BadAddress)?;
        Ok(Self(request))
    }

    pub(crate) fn about_job(operation: Operation, printer: &Uri, job: i32) -> Result<Self, PrinterError> {
        Self::new(operation, printer)?
            .operation("job-id", IppValue::Integer(job))?
            .operation("requesting-user-name", name(REQUESTING_USER)?)
    }

    /// Adds job name and job attributes, for printing or validation.
    pub(crate) fn with_options(self, options: &PrintOptions) -> Result<Self, PrinterError> {
        self.operation("requesting-user-name", name(REQUESTING_USER)?)?
            .operation("job-name", name(&options.job_name)?)?
            .job("copies", IppValue::Integer(i32::from(options.copies.max(1))))?
            .job("media", keyword(options.media.name())?)?
            .job("sides", keyword("one-sided")?)?
            // The rules fix the size of a code on paper, so the printer must not fit the page
            // to its margins.
            .job("print-scaling", keyword("none")?)
    }

    pub(crate) fn with_format(self) -> Result<Self, PrinterError> {
        let format = "application/pdf".try_into().map_err(|_| PrinterError::Protocol)?;
        self.operation("document-format", IppValue::MimeMediaType(format))
    }

    pub(crate) fn asking_for(self, attributes: &[&str]) -> Result<Self, PrinterError> {
        let names = attributes.iter().map(|name| keyword(name)).collect::<Result<Vec<_>, _>>()?;
        self.operation("requested-attributes", IppValue::Array(names))
    }

    pub(crate) fn operation(self, name: &str, value: IppValue) -> Result<Self, PrinterError> {
        self.add(DelimiterTag::OperationAttributes, name, value)
    }

    fn job(self, name: &str, value: IppValue) -> Result<Self, PrinterError> {
        self.add(DelimiterTag::JobAttributes, name, value)
    }

    fn add(mut self, group: DelimiterTag, name: &str, value: IppValue) -> Result<Self, PrinterError> {
        let attribute = IppAttribute::with_name(name, value).map_err(|_| PrinterError::Protocol)?;
        self.0.attributes_mut().add(group, attribute);
        Ok(self)
    }

    pub(crate) fn with_document(mut self, document: Vec<u8>) -> Self {
        *self.0.payload_mut() = IppPayload::new(Cursor::new(document));
        self
    }

    pub(crate) fn into_inner(self) -> IppRequestResponse {
        self.0
    }
}

fn keyword(text: &str) -> Result<IppValue, PrinterError> {
    text.try_into().map(IppValue::Keyword).map_err(|_| PrinterError::Protocol)
}

fn name(text: &str) -> Result<IppValue, PrinterError> {
    text.try_into().map(IppValue::NameWithoutLanguage).map_err(|_| PrinterError::Protocol)
}
