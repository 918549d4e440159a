//! Who may hold a code (E1–E10).

use crate::{
    Policy, Refusal,
    person::{CertificateNumber, DisabilityCertificate, IdNumber},
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
    /// N1: the number's birth date lies in the future.
    NotBornYet,
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

/// Completed years on `today`; an age is reached at 00:00 on the birthday, 29 February on 28 February in common years (E4). Before birth: 0.
pub fn age_on(birth: Day, today: Day) -> u8 {
    let birthday_passed = (today.month(), today.day()) >= birthday_in(birth, today);
    let years = i32::from(today.year()) - i32::from(birth.year()) - i32::from(!birthday_passed);
    u8::try_from(years.max(0)).unwrap_or(u8::MAX)
}

/// Month and day on which somebody born on `birth` is a year older in the year of `today`.
fn birthday_in(birth: Day, today: Day) -> (i8, i8) {
    match (birth.month(), birth.day()) {
        (2, 29) if !today.in_leap_year() => (2, 28),
        day => day,
    }
}

/// E8: under 14 a guardian acts.
pub fn needs_guardian(number: &IdNumber, today: Day, policy: &Policy) -> bool {
    age_on(number.birth(), today) < policy.guardian_age_years
}

/// E1–E8. E7 follows from asking again at every issue: whoever has outgrown E1 is refused, while the code they hold lives on.
pub fn eligibility(number: &IdNumber, knowledge: &Knowledge, today: Day, policy: &Policy) -> Eligibility {
    if number.birth() > today {
        return Eligibility::NotEligible { shortfall: Shortfall::NotBornYet };
    }
    let age = age_on(number.birth(), today);
    let granted = |ground, provisional| Eligibility::Eligible {
        ground,
        provisional,
        guardian_needed: needs_guardian(number, today, policy),
    };
    if age < policy.minor_age_years {
        return granted(Ground::Minor, false);
    }
    if age >= policy.senior_age_years {
        return granted(Ground::Senior, false);
    }
    match disabled_resident(number, knowledge, today) {
        Ok(()) => granted(Ground::Disabled, matches!(knowledge, Knowledge::Declared { .. })),
        Err(shortfall) => Eligibility::NotEligible { shortfall },
    }
}

/// E3: registered here and a valid certificate of one's own (E6).
fn disabled_resident(number: &IdNumber, knowledge: &Knowledge, today: Day) -> Result<(), Shortfall> {
    let (shanghai_household, certificate) = match knowledge {
        Knowledge::Nothing => return Err(Shortfall::NotKnownOffline),
        Knowledge::Registry { shanghai_household, certificate }
        | Knowledge::Declared { shanghai_household, certificate } => (*shanghai_household, certificate),
    };
    if !shanghai_household {
        return Err(Shortfall::NotRegisteredHere);
    }
    let certificate = certificate.as_ref().ok_or(Shortfall::NoCertificate)?;
    let checked =
        CertificateNumber::parse(certificate.number.expose()).map_err(|_| Shortfall::CertificateInvalid)?;
    if !checked.belongs_to(number) {
        return Err(Shortfall::CertificateOfAnother);
    }
    if certificate.valid_through < today {
        return Err(Shortfall::CertificateExpired);
    }
    Ok(())
}

impl Eligibility {
    /// Whether a code may be issued.
    pub const fn is_eligible(&self) -> bool {
        matches!(self, Self::Eligible { .. })
    }

    /// E8: a guardian must act and be recorded.
    pub const fn needs_guardian(&self) -> bool {
        matches!(self, Self::Eligible { guardian_needed: true, .. })
    }
}

impl From<Shortfall> for Refusal {
    fn from(shortfall: Shortfall) -> Self {
        match shortfall {
            Shortfall::NotBornYet => Self::NumberBirthDate,
            Shortfall::NotKnownOffline => Self::EligibilityNotKnown,
            _ => Self::NotEligible,
        }
    }
}
