//! Reasons why a printer cannot be used, with their codes and sentences.

use ipp::model::StatusCode;
use serde::{Deserialize, Serialize};

use crate::Language;

/// Reason why the printer could not be asked, or refused. The enum is closed: the screen has one
/// sentence for each variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
pub enum PrinterError {
    /// The configured address is not `ipp://` or `http://` with a host.
    #[error("not a printer address")]
    BadAddress,
    /// The address is `ipps://` or `https://`. This program talks to CUPS on this machine, which
    /// encrypts if needed.
    #[error("encrypted printer addresses are reached through CUPS")]
    EncryptedAddress,
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
    pub const ALL: [Self; 13] = [
        Self::BadAddress,
        Self::EncryptedAddress,
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
            Self::BadAddress => "printer.bad-address",
            Self::EncryptedAddress => "printer.encrypted-address",
            Self::Unreachable => "printer.unreachable",
            Self::TimedOut => "printer.timed-out",
            Self::Protocol => "printer.protocol",
            Self::NotFound => "printer.not-found",
            Self::NotAuthorised => "printer.not-authorised",
            Self::NotAccepting => "printer.not-accepting",
            Self::MediaNotSupported => "printer.media-not-supported",
            Self::MediaNotLoaded => "printer.media-not-loaded",
            Self::FormatNotSupported => "printer.format-not-supported",
            Self::JobOver => "printer.job-over",
            Self::Rejected => "printer.rejected",
        }
    }

    /// Returns what happened and what the clerk should do.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        let (chinese, english) = self.sentences();
        language.pick(chinese, english)
    }

    fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::BadAddress => (
                "打印机地址无效。请系统管理员在设置中选择打印机。",
                "The printer address is not valid. Ask the administrator to choose a printer in the settings.",
            ),
            Self::EncryptedAddress => (
                "加密的打印机地址须经本机 CUPS 使用。请系统管理员添加打印队列后重新选择。",
                "Encrypted printers are reached through CUPS. Ask the administrator to add a queue and choose it.",
            ),
            Self::Unreachable => (
                "打印机没有连接。请检查电源和网线，恢复后会自动继续。",
                "The printer is not reachable. Check its power and cable; it is used again as soon as it is back.",
            ),
            Self::TimedOut => (
                "打印机响应太慢。请稍候再试；仍不行请重启打印机。",
                "The printer answers too slowly. Wait and try again; if that fails, restart it.",
            ),
            Self::Protocol => (
                "该地址的设备不是打印机，或应答有误。请系统管理员检查设置。",
                "What answers at the address is not a printer or answers wrongly. Ask the administrator to check the settings.",
            ),
            Self::NotFound => (
                "找不到所选打印队列。请在设置中重新选择打印机。",
                "The chosen print queue does not exist. Choose the printer again in the settings.",
            ),
            Self::NotAuthorised => (
                "打印机拒绝本窗口使用。请联系系统管理员授权。",
                "The printer does not let this desk print. Ask the administrator for permission.",
            ),
            Self::NotAccepting => (
                "打印队列暂停接收任务。请系统管理员恢复队列，或换一台打印机。",
                "The queue accepts no jobs. Ask the administrator to resume it, or use another printer.",
            ),
            Self::MediaNotSupported => (
                "打印机不支持这种纸张。请换一台打印机，或改用其他版式。",
                "The printer cannot take this paper size. Use another printer or another layout.",
            ),
            Self::MediaNotLoaded => (
                "纸盒中没有这种纸张。请装入后重试，尚未打印。",
                "This paper size is not loaded. Load it and try again; nothing was printed.",
            ),
            Self::FormatNotSupported => (
                "打印机不能直接打印 PDF。请系统管理员经 CUPS 添加该打印机。",
                "The printer does not take PDF. Ask the administrator to add it through CUPS.",
            ),
            Self::JobOver => (
                "打印任务已经结束，不能再更改。请检查出纸口。",
                "The job has ended and cannot be changed. Look at the output tray.",
            ),
            Self::Rejected => (
                "打印机拒绝了任务，没有打印。请重试；仍不行请换一台打印机。",
                "The printer rejected the job; nothing was printed. Try again or use another printer.",
            ),
        }
    }
}
