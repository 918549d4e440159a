//! The line to the centre: whether it answers, and why it takes nothing more.

mod handle;

pub use handle::{LineStatus, SyncEvent, SyncHandle};

use serde::{Deserialize, Serialize};

/// Why the centre takes nothing more from this desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Same number, other content: this disk was restored or copied (S7).
    Quarantined,
    /// A newer enrolment is in force.
    Fenced,
    /// The desk was taken out of service.
    Revoked,
    /// The centre was restored from a backup so old that it wants operations whose content this
    /// desk has removed.
    HistoryLost,
}

impl Stop {
    /// Returns whether it is this desk that is stopped. Otherwise only its operations cannot be
    /// handed over, and everything else goes on.
    pub const fn is_the_desks(self) -> bool {
        !matches!(self, Self::HistoryLost)
    }
}

/// What the line to the centre is like, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "line")]
pub enum Line {
    /// The centre was not called yet.
    Starting,
    /// 在线
    Online,
    /// 离线: nobody answers.
    Offline {
        /// What the network said.
        reason: OfflineReason,
    },
    /// 中心繁忙: it answers and asks for patience.
    Busy,
    /// It answers and refuses: somebody has to look.
    Trouble,
    /// 已停止
    Stopped {
        /// Reason of the stop.
        stop: Stop,
    },
}

/// Why nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum OfflineReason {
    /// No connection: cable, network, or trouble that has no word of its own.
    Connection,
    /// No name service knows the host of the centre's address (DNS).
    NameUnknown,
    /// The machine is there, and nothing listens at the port.
    Refused,
    /// No connection or no answer in time.
    Timeout,
    /// The authority of its certificate is another one than this desk's.
    CertificateForeign,
    /// Its certificate has expired by this desk's clock.
    CertificateExpired,
    /// Its certificate is not in force yet by this desk's clock.
    CertificateNotYetValid,
    /// Its certificate is for another host name.
    CertificateOtherName,
    /// It speaks plain HTTP where TLS is asked for.
    PlainHttp,
    /// The answer was cut off or is no answer of a centre.
    Answer,
}

impl OfflineReason {
    /// All reasons.
    pub const ALL: [Self; 10] = [
        Self::Connection,
        Self::NameUnknown,
        Self::Refused,
        Self::Timeout,
        Self::CertificateForeign,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::CertificateOtherName,
        Self::PlainHttp,
        Self::Answer,
    ];
}
