//! Who may hold a code (E1–E10).

use crate::{
    Policy,
    person::{DisabilityCertificate, IdNumber},
    time::Day,
};
use serde::{Deserialize, Serialize};

/// What is known about registration and certificate, and from where (E5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// The central registry answered now (or from the desk's cache of it while online).
    Registry {
        /// 本市户籍
        shanghai_household: bool,
        /// 残疾人证
        certificate: Option<DisabilityCertificate>,
    },
    /// Offline: certificate scanned, household stated by the clerk. Gives only a provisional yes.
    Declared {
        /// The clerk's statement.
        shanghai_household: bool,
        /// As scanned.
        certificate: Option<DisabilityCertificate>,
    },
    /// Offline and nothing declared yet.
    Nothing,
}

/// Why somebody may hold a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// E1
    Minor,
    /// E2
    Senior,
    /// E3
    Disabled,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// 18–59 and no certificate on record.
    NoCertificate,
    /// Certificate expired.
    CertificateExpired,
    /// E6: certificate belongs to another number.
    CertificateOfAnother,
    /// E6: malformed certificate number.
    CertificateInvalid,
    /// Not registered in Shanghai.
    NotRegisteredHere,
    /// Offline, 18–59, nothing declared: scan the certificate and state the household.
    NotKnownOffline,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Eligibility {
    /// May hold a code.
    Eligible {
        /// Why.
        ground: Ground,
        /// E5: granted on declared evidence only.
        provisional: bool,
        /// E8: under 14, a guardian acts.
        guardian_needed: bool,
    },
    /// May not.
    NotEligible {
        /// Why not.
        shortfall: Shortfall,
    },
}

/// Completed years on `today`; an age is reached at 00:00 on the birthday, 29 February on 28 February in common years (E4).
pub fn age_on(_birth: Day, _today: Day) -> u8 {
    todo!()
}

/// E1–E8.
pub fn eligibility(_number: &IdNumber, _knowledge: &Knowledge, _today: Day, _policy: &Policy) -> Eligibility {
    todo!()
}
