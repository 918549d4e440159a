//! Versions of the desk's program, and the oldest one that may still issue codes.

use crate::{Refusal, time::At};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Version of a program. Kept and sent as its text, such as `1.4.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProgramVersion([u16; 3]);

/// The text is no version of three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version such as 1.4.0")]
pub struct NotAVersion;

impl ProgramVersion {
    /// The version of this workspace, which desk and centre share.
    pub const THIS: Self = Self([
        number(env!("CARGO_PKG_VERSION_MAJOR")),
        number(env!("CARGO_PKG_VERSION_MINOR")),
        number(env!("CARGO_PKG_VERSION_PATCH")),
    ]);
}

/// Reads digits, which Cargo guarantees.
const fn number(digits: &str) -> u16 {
    let (bytes, mut value, mut at) = (digits.as_bytes(), 0, 0);
    while at < bytes.len() {
        value = value * 10 + (bytes[at] - b'0') as u16;
        at += 1;
    }
    value
}

impl FromStr for ProgramVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let mut parts = text.split('.').map(|part| {
            let is_plain = part == "0" || !part.starts_with(['0', '+']);
            part.parse().ok().filter(|_| is_plain).ok_or(NotAVersion)
        });
        let mut next = || parts.next().unwrap_or(Err(NotAVersion));
        let version = Self([next()?, next()?, next()?]);
        if parts.next().is_some() { Err(NotAVersion) } else { Ok(version) }
    }
}

impl fmt::Display for ProgramVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl TryFrom<String> for ProgramVersion {
    type Error = NotAVersion;

    fn try_from(text: String) -> Result<Self, NotAVersion> {
        text.parse()
    }
}

impl From<ProgramVersion> for String {
    fn from(version: ProgramVersion) -> Self {
        version.to_string()
    }
}

/// The oldest program that may issue codes from an instant on (L13). The days until then are the
/// grace in which desks are upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequiredProgram {
    /// The oldest version.
    pub version: ProgramVersion,
    /// Instant from which older ones issue nothing.
    pub from: At,
}

impl RequiredProgram {
    /// Checks that a program may issue a code at an instant (L13). Only new codes are asked about:
    /// a loss is taken by any program.
    ///
    /// # Errors
    /// [`Refusal::ProgramTooOld`] if it is older than required and the days of grace are over.
    pub fn check(&self, program: ProgramVersion, at: At) -> Result<(), Refusal> {
        if program < self.version && at >= self.from { Err(Refusal::ProgramTooOld) } else { Ok(()) }
    }

    /// Returns when a program stops issuing codes, while that is still ahead.
    pub fn ends(&self, program: ProgramVersion, now: At) -> Option<At> {
        (program < self.version && now < self.from).then_some(self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ProgramVersion {
        text.parse().unwrap()
    }

    #[test]
    fn a_version_is_three_numbers_and_compared_as_numbers() {
        assert!(version("0.9.12") < version("0.10.0"));
        assert!(version("1.0.0") < version("1.0.1"));
        assert_eq!(ProgramVersion::THIS.to_string(), env!("CARGO_PKG_VERSION"));
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.2.-3", "1.2.+3", "01.2.3", "1.2.65536", "1.2.3\n"]
        {
            assert_eq!(text.parse::<ProgramVersion>(), Err(NotAVersion), "{text:?}");
        }
    }

    #[test]
    fn l13_an_old_program_issues_until_its_days_of_grace_are_over() {
        let required = RequiredProgram { version: version("2.0.0"), from: At(1_000) };
        let old = version("1.9.9");
        assert_eq!(required.check(old, At(999)), Ok(()));
        assert_eq!(required.ends(old, At(999)), Some(At(1_000)));
        assert_eq!(required.check(old, At(1_000)), Err(Refusal::ProgramTooOld));
        assert_eq!(required.ends(old, At(1_000)), None, "it has ended, and the refusal says so");
        for new in [version("2.0.0"), version("2.0.1")] {
            assert_eq!(required.check(new, At(i64::MAX)), Ok(()));
            assert_eq!(required.ends(new, At(0)), None);
        }
    }
}
