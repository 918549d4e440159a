//! Decides who may hold a code (E1–E10).

use crate::{
    Policy, Refusal,
    person::{CertificateNumber, DisabilityCertificate, IdNumber},
    time::Day,
};
use serde::{Deserialize, Serialize};

/// What is known about household registration and disability certificate, and from
/// which source (E5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// The central registry answered just now, or the desk is online and has its answer cached.
    Registry {
        /// Whether the household registration is in Shanghai (本市户籍).
        shanghai_household: bool,
        /// Disability certificate on record (残疾人证).
        certificate: Option<DisabilityCertificate>,
    },
    /// Offline: certificate scanned, household stated by the clerk. Grants a provisional code only.
    Declared {
        /// Household registration in Shanghai, as stated by the clerk.
        shanghai_household: bool,
        /// Disability certificate, as scanned.
        certificate: Option<DisabilityCertificate>,
    },
    /// Offline, and nothing was declared yet.
    Nothing,
}

/// Reason why somebody may hold a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Under 18 years old (E1).
    Minor,
    /// From 60 years on (E2).
    Senior,
    /// Registered in Shanghai with a valid disability certificate (E3).
    Disabled,
}

/// Reason why somebody may not hold a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// Aged 18–59, and no certificate is on record.
    NoCertificate,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate belongs to another number (E6).
    CertificateOfAnother,
    /// The certificate number is malformed (E6).
    CertificateInvalid,
    /// The household is not registered in Shanghai.
    NotRegisteredHere,
    /// Offline, aged 18–59, and nothing declared: scan the certificate and state the household.
    NotKnownOffline,
    /// The number's birth date lies in the future (N1).
    NotBornYet,
}

/// Whether somebody may hold a code, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Eligibility {
    /// The person may hold a code.
    Eligible {
        /// Rule that grants the code.
        ground: Ground,
        /// Granted on declared evidence only (E5).
        provisional: bool,
        /// Under 14, so a guardian must act (E8).
        guardian_needed: bool,
    },
    /// The person may not hold a code.
    NotEligible {
        /// Condition that is not met.
        shortfall: Shortfall,
    },
}

/// Returns the age in completed years on `today`; 0 before birth (E4).
///
/// An age is reached at 00:00 on the birthday. Somebody born on 29 February has their birthday on
/// 28 February in common years.
pub fn age_on(birth: Day, today: Day) -> u8 {
    let birthday_passed = (today.month(), today.day()) >= birthday_in(birth, today);
    let years = i32::from(today.year()) - i32::from(birth.year()) - i32::from(!birthday_passed);
    u8::try_from(years.max(0)).unwrap_or(u8::MAX)
}

/// Returns month and day of the birthday in the year of `today`.
fn birthday_in(birth: Day, today: Day) -> (i8, i8) {
    match (birth.month(), birth.day()) {
        (2, 29) if !today.in_leap_year() => (2, 28),
        day => day,
    }
}

/// Longest wait for an age that is worth saying, in days.
const COUNTDOWN_DAYS: i32 = 366;

/// Returns the day on which E2 grants a code, and how many days that is from `today`; `None` if the
/// age is reached already, or more than a year ahead.
pub fn senior_soon(birth: Day, today: Day, policy: &Policy) -> Option<(Day, i32)> {
    if birth > today || age_on(birth, today) >= policy.senior_age_years {
        return None;
    }
    (1..=COUNTDOWN_DAYS).find_map(|days| {
        let day = today.checked_add(jiff::Span::new().days(days)).ok()?;
        (age_on(birth, day) >= policy.senior_age_years).then_some((day, days))
    })
}

/// Returns whether the holder is so young that a guardian must act (E8).
pub fn needs_guardian(number: &IdNumber, today: Day, policy: &Policy) -> bool {
    age_on(number.birth(), today) < policy.guardian_age_years
}

/// Decides whether the person with this number may hold a code today (E1–E8).
///
/// E7 follows from asking again at every issue: somebody who has outgrown E1 gets no new code,
/// while the code they hold stays live.
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

/// Checks E3: registered in Shanghai, with a valid certificate of one's own (E6).
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
    /// Returns whether a code may be issued.
    pub const fn is_eligible(&self) -> bool {
        matches!(self, Self::Eligible { .. })
    }

    /// Returns whether a guardian must act and be recorded (E8).
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
