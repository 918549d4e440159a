//! Reasons why a printer cannot be used. Their sentences are in the catalogue of failures.

use ipp::model::StatusCode;
use serde::{Deserialize, Serialize};

/// Reason why the printer could not be asked, or refused. The enum is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
pub enum PrinterError {
    /// The configured address is not `ipp://`, `ipps://`, `http://` or `https://` with a host.
    #[error("not a printer address")]
    BadAddress,
    /// The authority for an encrypted printer is no PEM certificate.
    #[error("printer authority is not a certificate")]
    BadAuthority,
    /// The printer cannot show that it is the one at the address: another authority signed its
    /// certificate, or it is for another name or time.
    #[error("printer certificate refused")]
    CertificateRefused,
    /// Nothing answers at the address.
    #[error("printer not reachable")]
    Unreachable,
    /// The printer answers too slowly, or is busy.
    #[error("printer timed out")]
    TimedOut,
    /// The reply is not IPP, or is broken.
    #[error("reply is not IPP")]
    Protocol,
    /// The queue does not exist.
    #[error("no such queue")]
    NotFound,
    /// The printer or CUPS requires a permission that this desk does not have.
    #[error("not authorised")]
    NotAuthorised,
    /// The queue accepts no jobs now.
    #[error("queue accepts no jobs")]
    NotAccepting,
    /// The printer does not support this paper size.
    #[error("media size not supported")]
    MediaNotSupported,
    /// The printer supports this paper size, but has none loaded.
    #[error("media size not loaded")]
    MediaNotLoaded,
    /// The printer does not accept PDF.
    #[error("PDF not supported")]
    FormatNotSupported,
    /// The job no longer exists, or its state does not allow the request.
    #[error("job cannot be changed any more")]
    JobOver,
    /// The printer refused for another reason.
    #[error("refused by the printer")]
    Rejected,
}

impl PrinterError {
    /// Every error, for tables and tests.
    pub const ALL: [Self; 14] = [
        Self::BadAddress,
        Self::BadAuthority,
        Self::CertificateRefused,
        Self::Unreachable,
        Self::TimedOut,
        Self::Protocol,
        Self::NotFound,
        Self::NotAuthorised,
        Self::NotAccepting,
        Self::MediaNotSupported,
        Self::MediaNotLoaded,
        Self::FormatNotSupported,
        Self::JobOver,
        Self::Rejected,
    ];

    /// Returns the error that an IPP status code stands for.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::ClientErrorNotFound | StatusCode::ClientErrorGone => Self::NotFound,
            StatusCode::ClientErrorForbidden
            | StatusCode::ClientErrorNotAuthenticated
            | StatusCode::ClientErrorNotAuthorized => Self::NotAuthorised,
            StatusCode::ClientErrorDocumentFormatNotSupported => Self::FormatNotSupported,
            StatusCode::ClientErrorNotPossible => Self::JobOver,
            StatusCode::ServerErrorNotAcceptingJobs => Self::NotAccepting,
            StatusCode::ServerErrorBusy | StatusCode::ServerErrorServiceUnavailable => Self::TimedOut,
            StatusCode::UnknownStatusCode => Self::Protocol,
            _ => Self::Rejected,
        }
    }

    /// Returns the stable code of the error.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BadAddress => "printer_bad_address",
            Self::BadAuthority => "printer_bad_authority",
            Self::CertificateRefused => "printer_certificate_refused",
            Self::Unreachable => "printer_unreachable",
            Self::TimedOut => "printer_timed_out",
            Self::Protocol => "printer_protocol",
            Self::NotFound => "printer_not_found",
            Self::NotAuthorised => "printer_not_authorised",
            Self::NotAccepting => "printer_not_accepting",
            Self::MediaNotSupported => "printer_media_not_supported",
            Self::MediaNotLoaded => "printer_media_not_loaded",
            Self::FormatNotSupported => "printer_format_not_supported",
            Self::JobOver => "printer_job_over",
            Self::Rejected => "printer_rejected",
        }
    }
}
