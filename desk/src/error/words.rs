//! Which entry of the catalogue an error of the desk is.

use super::DeskError;
use crate::line::OfflineReason;
use rules::{
    Refusal,
    failure::{DeskFailure, FailureCode},
};

impl DeskError {
    /// Returns the stable code, which page, logs and handbook share.
    pub fn code(&self) -> &'static str {
        self.failure().code()
    }

    /// Returns the entry of the catalogue, with its sentences.
    pub fn failure(&self) -> FailureCode {
        let failure = match self {
            Self::Refused(refusal) => return (*refusal).into(),
            Self::NameNotPrintable(_) => return Refusal::NameNotPrintable.into(),
            Self::ReauthenticationNeeded => return Refusal::ReauthenticationNeeded.into(),
            Self::CentreUnreachable(reason) => unreachable_centre(*reason),
            Self::LoginLocked { until } => DeskFailure::LoginLocked { until: *until },
            Self::AlreadyOpen => DeskFailure::AlreadyOpen,
            Self::KeyMissing => DeskFailure::KeyMissing,
            Self::KeyWrong => DeskFailure::KeyWrong,
            Self::KeyExposed => DeskFailure::KeyExposed,
            Self::KeyUnprotected => DeskFailure::KeyUnprotected,
            Self::TpmUnavailable => DeskFailure::TpmUnavailable,
            Self::TpmOther => DeskFailure::TpmOther,
            Self::VaultDamaged => DeskFailure::VaultDamaged,
            Self::DatabaseMissing => DeskFailure::DatabaseMissing,
            Self::DatabaseNewer => DeskFailure::DatabaseNewer,
            Self::DatabaseDamaged => DeskFailure::DatabaseDamaged,
            Self::DiskFull => DeskFailure::DiskFull,
            Self::DiskReadOnly => DeskFailure::DiskReadOnly,
            Self::DiskFailed(_) => DeskFailure::DiskFailed,
            Self::Store(_) => DeskFailure::Store,
            Self::NotEnrolled => DeskFailure::NotEnrolled,
            Self::EnrolmentCode => DeskFailure::EnrolmentCode,
            Self::CertificateInvalid => DeskFailure::CertificateInvalid,
            Self::EnrolledForAnother => DeskFailure::EnrolledForAnother,
            Self::EnrolledElsewhere => DeskFailure::EnrolledElsewhere,
            Self::CentreAddress => DeskFailure::CentreAddress,
            Self::CentreAuthority => DeskFailure::CentreAuthority,
            Self::CentreBusy => DeskFailure::CentreBusy,
            Self::CentreRefused(_) => DeskFailure::CentreRefused,
            Self::Quarantined => DeskFailure::Quarantined,
            Self::Fenced => DeskFailure::Fenced,
            Self::Revoked => DeskFailure::Revoked,
            Self::HistoryLost => DeskFailure::HistoryLost,
            Self::CentreRewritten => DeskFailure::CentreRewritten,
            Self::CertificateEnded => DeskFailure::CertificateEnded,
            Self::JobUnknown => DeskFailure::JobUnknown,
            Self::VisitUnknown => DeskFailure::VisitUnknown,
            Self::LoginFailed => DeskFailure::LoginFailed,
            Self::OfflineLoginExpired => DeskFailure::OfflineLoginExpired,
            Self::OfflineLoginFailed => DeskFailure::OfflineLoginFailed,
            Self::PasswordNeedsCentre => DeskFailure::PasswordNeedsCentre,
            Self::AccountsNeedCentre => DeskFailure::AccountsNeedCentre,
            Self::NotLoggedIn => DeskFailure::NotLoggedIn,
            Self::SessionEnded => DeskFailure::SessionEnded,
            Self::BoardNeedsLogIn => DeskFailure::BoardNeedsLogIn,
            Self::CaseUnknown => DeskFailure::CaseUnknown,
            Self::CaseClosed => DeskFailure::CaseClosed,
            Self::CaseNumbersUsedUp => DeskFailure::CaseNumbersUsedUp,
            Self::CodeUnknown => DeskFailure::CodeUnknown,
            Self::SymbolNotHere => DeskFailure::SymbolNotHere,
            Self::CorrectionUnknown => DeskFailure::CorrectionUnknown,
            Self::CorrectionChanged => DeskFailure::CorrectionChanged,
            Self::CallUnknown => DeskFailure::CallUnknown,
            Self::CaseRated => DeskFailure::CaseRated,
            Self::ConflictUnknown => DeskFailure::ConflictUnknown,
            Self::PrintUnknown => DeskFailure::PrintUnknown,
            Self::BlobUnknown => DeskFailure::BlobUnknown,
            Self::BlobDamaged => DeskFailure::BlobDamaged,
            Self::BlobTooLarge => DeskFailure::BlobTooLarge,
            Self::Transfer(error) => error.failure(),
            Self::SealingKeyRevoked => DeskFailure::SealingKeyRevoked,
        };
        failure.into()
    }
}

/// Returns the entry for why the centre cannot be reached: each has its own words, because each is
/// mended by somebody else.
const fn unreachable_centre(reason: OfflineReason) -> DeskFailure {
    match reason {
        OfflineReason::Connection | OfflineReason::Answer => DeskFailure::CentreUnreachable,
        OfflineReason::NameUnknown => DeskFailure::CentreNameUnknown,
        OfflineReason::Refused => DeskFailure::CentreConnectionRefused,
        OfflineReason::Timeout => DeskFailure::CentreTimeout,
        OfflineReason::CertificateForeign => DeskFailure::CentreCertificateForeign,
        OfflineReason::CertificateExpired => DeskFailure::CentreCertificateExpired,
        OfflineReason::CertificateNotYetValid => DeskFailure::CentreCertificateNotYetValid,
        OfflineReason::CertificateOtherName => DeskFailure::CentreCertificateOtherName,
        OfflineReason::PlainHttp => DeskFailure::CentrePlainHttp,
    }
}
