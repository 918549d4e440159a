//! Administrators (F): who runs a command at the centre, with a sealed credential that the root
//! signed. Each act is signed by it and stands in the audit log (D2).

use rules::{
    At, Sensitive, StaffNumber,
    authority::{WrappedKey, credential::UnwrapError},
    issuing::Trust,
    keys::{Class, KeyError, PublicKey, Signed, Signer as _, SoftwareKey},
};
use serde::{Deserialize, Serialize};

/// Kinds of administration. Nobody needs two of them. Commands that cannot be undone take two
/// people's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum AdministratorKind {
    /// Sites, desks, channels, the registry's people, transfers (系统管理员)
    System,
    /// Accounts, roles, decisions in review, releases of look-ups, holds, archives,
    /// removals (安全管理员)
    Security,
    /// Verification of the log, the list of alarms; agrees to what cannot be undone (审计员)
    Audit,
}

impl AdministratorKind {
    /// All kinds, in the order a ceremony makes their credentials.
    pub const ALL: [Self; 3] = [Self::System, Self::Security, Self::Audit];

    /// Returns the stable code, as it is serialised.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Security => "security",
            Self::Audit => "audit",
        }
    }

    /// Returns the name of the credential's file where one folder has one of each kind.
    #[must_use]
    pub fn file(self) -> String {
        format!("{}.json", self.code())
    }

    /// Returns the kind that a command needs, by the name under which it stands in the audit log.
    /// `None` for what the service does by itself.
    #[must_use]
    pub fn of_command(name: &str) -> Option<Self> {
        match name.split(' ').next()? {
            "site" | "desk" | "restore" | "version" | "window-settings" | "channel" | "institution"
            | "visit" | "import" | "import-population" => Some(Self::System),
            "staff" | "review" | "look-up" | "hold" | "archive" | "retention" => Some(Self::Security),
            "audit" | "alarm" => Some(Self::Audit),
            _ => None,
        }
    }

    /// Returns the number of the administrator at a practice site.
    pub(crate) fn practice_number(self) -> StaffNumber {
        let number = match self {
            Self::System => "90001",
            Self::Security => "90002",
            Self::Audit => "90003",
        };
        number.parse().unwrap_or(StaffNumber::NOBODY)
    }
}

/// Name of the act by which an auditor agrees to what somebody else does; its subject says to what.
pub const AGREEMENT: &str = "audit agree";

/// An administrator, as the root signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Administrator {
    /// Staff number of the person.
    pub staff: StaffNumber,
    /// What they administer.
    pub kind: AdministratorKind,
    /// Class of the centre.
    pub class: Class,
    /// Public half of the credential.
    pub public_key: PublicKey,
    /// First instant at which it counts.
    pub from: At,
    /// Last instant at which it counts.
    pub to: At,
}

/// File of a credential.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialFile {
    /// The administrator, signed by the root.
    pub record: Signed<Administrator>,
    /// Private half, under the person's passphrase.
    pub sealed: WrappedKey,
}

/// A command that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The command: `site add`, `desk revoke`, …
    pub name: String,
    /// Numbers and names of things it was run for.
    pub subject: String,
    /// When it was run.
    pub at: At,
}

/// An act with the person behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAct {
    /// Who, signed by the root.
    pub administrator: Signed<Administrator>,
    /// What, signed by the administrator.
    pub act: Signed<Act>,
}

/// Reasons why somebody may not run a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdministratorError {
    /// The root of this centre did not sign the record.
    #[error("this credential is not signed by the root of this centre")]
    Root,
    /// The credential is of another class.
    #[error("practice and live never mix")]
    Class,
    /// The command needs a credential of another kind.
    #[error("this command needs a credential of another kind: {}", .0.code())]
    Kind(AdministratorKind),
    /// The credential is not in force, or was taken back.
    #[error("this credential is not in force any more; the root makes another")]
    NotInForce,
    /// The passphrase does not open it.
    #[error("the passphrase does not open this credential")]
    Passphrase,
    /// An act is not signed by the administrator it names.
    #[error("not signed by the administrator")]
    Signature,
}

fn check(
    record: &Signed<Administrator>,
    kind: AdministratorKind,
    (trust, class): (&Trust, Class),
    at: At,
) -> Result<(), AdministratorError> {
    let administrator = record.verify(trust.root()).map_err(|_| AdministratorError::Root)?;
    if administrator.class != class {
        return Err(AdministratorError::Class);
    }
    if administrator.kind != kind {
        return Err(AdministratorError::Kind(kind));
    }
    let is_in_force = administrator.from <= at && at <= administrator.to;
    if !is_in_force || trust.has_revoked(administrator.public_key.key_id(), at) {
        return Err(AdministratorError::NotInForce);
    }
    Ok(())
}

/// An administrator whose credential is open.
pub struct Acting {
    record: Signed<Administrator>,
    key: SoftwareKey,
}

impl CredentialFile {
    /// Opens a credential for a command of this kind.
    ///
    /// # Errors
    /// The [`AdministratorError`] that says why it does not serve.
    pub fn open(
        self,
        kind: AdministratorKind,
        (trust, class): (&Trust, Class),
        passphrase: &Sensitive<String>,
        now: At,
    ) -> Result<Acting, AdministratorError> {
        check(&self.record, kind, (trust, class), now)?;
        let key = self.sealed.open(&self.record.value.staff, passphrase).map_err(|error| match error {
            UnwrapError::Password => AdministratorError::Passphrase,
            UnwrapError::Malformed => AdministratorError::Signature,
        })?;
        if key.public_key() != self.record.value.public_key {
            return Err(AdministratorError::Signature);
        }
        Ok(Acting { record: self.record, key })
    }
}

impl Acting {
    /// Returns the staff number of the person.
    #[must_use]
    pub const fn staff(&self) -> &StaffNumber {
        &self.record.value.staff
    }

    /// Signs an act.
    ///
    /// # Errors
    /// The [`KeyError`] of the signature.
    pub fn sign(&self, act: Act) -> Result<SignedAct, KeyError> {
        Ok(SignedAct { administrator: self.record.clone(), act: Signed::sign(act, &self.key)? })
    }
}

impl SignedAct {
    /// Returns the act if an administrator of its kind signed it, and could then.
    ///
    /// # Errors
    /// The [`AdministratorError`] that says why it is not theirs.
    pub fn verify(&self, trust: &Trust, class: Class) -> Result<&Act, AdministratorError> {
        let act = &self.act.value;
        let kind = AdministratorKind::of_command(&act.name).ok_or(AdministratorError::Signature)?;
        check(&self.administrator, kind, (trust, class), act.at)?;
        let key = &self.administrator.value.public_key;
        self.act.verify(key).map_err(|_| AdministratorError::Signature)
    }
}
