//! Proof of identity (I1–I5): how the person at the window was proved, and what that proof may do.
//!
//! Every act for a citizen carries its proof. The desk asks [`Proof::allows`] before it acts, and
//! the centre asks it again with what the registry says.

mod allows;
mod confirmation;

pub use allows::Act;
pub use confirmation::Confirmation;

use crate::{agent::AgentRole, digest::Digest, person::IdNumber};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How the identity of the citizen was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Proof {
    /// I1: the citizen's own card was read by its chip.
    Chip {
        /// Kind of the card.
        card: ChipCard,
    },
    /// I2: a code on a phone that the log-in service signed and the centre used up.
    Code {
        /// Number that the log-in service gave this log-in.
        log_in: Uuid,
        /// Whose phone showed it.
        shown_by: ShownBy,
    },
    /// I3: a relative bound in the registry, whose agent was proved.
    Bound {
        /// Who acts, and how they were proved.
        agent: Box<ProvedAgent>,
    },
    /// I4: the number was typed, and a paper document was compared with the registry.
    Document {
        /// Kind of the document.
        document: Document,
        /// Digests of the pictures of the document.
        evidence: Vec<Digest>,
        /// Guardian of a child under 16, if one acts.
        guardian: Option<Box<ProvedAgent>>,
        /// A supervisor's confirmation on the spot, where one was given.
        confirmed: Option<Box<Confirmation>>,
    },
    /// I5: a person on the list of a registered institution.
    Roster {
        /// Institution as the centre registered it.
        institution: Uuid,
        /// List that the person stands on.
        list: Uuid,
        /// ID number of the institution's agent, proved by their own card.
        agent: Box<IdNumber>,
    },
}

/// Kinds of cards with a chip that proves its holder (I1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChipCard {
    /// Resident identity card (居民身份证).
    Resident,
    /// Residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证).
    HongKongMacaoTaiwan,
    /// Foreign permanent resident card (外国人永久居留身份证).
    ForeignPermanentResident,
    /// Social security card (社会保障卡).
    SocialSecurity,
}

/// Whose phone showed the code of a log-in (I2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum ShownBy {
    /// The citizen's own code (随申码).
    Citizen,
    /// The code of a relative on somebody else's phone (亲属码).
    Relative {
        /// ID number of who has the phone.
        agent: Box<IdNumber>,
    },
}

/// Somebody who acts for the citizen and was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProvedAgent {
    /// ID number of the agent.
    pub number: IdNumber,
    /// Capacity in which they act.
    pub role: AgentRole,
    /// How they were proved.
    pub by: AgentProof,
}

/// How an agent was proved: by I1 or I2, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AgentProof {
    /// The agent's own card was read by its chip.
    Chip {
        /// Kind of the card.
        card: ChipCard,
    },
    /// The agent's own code (随申码) on a phone.
    Code {
        /// Number that the log-in service gave this log-in.
        log_in: Uuid,
    },
}

/// Papers that prove somebody without a card (I4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// Household book (户口簿).
    HouseholdBook,
    /// Birth certificate (出生医学证明).
    BirthCertificate,
    /// Temporary identity card (临时身份证).
    TemporaryCard,
    /// Certificate that the identity card is reported lost (身份证挂失证明).
    LossCertificate,
}

impl Document {
    /// All documents, in the order of the declaration.
    pub const ALL: [Self; 4] =
        [Self::HouseholdBook, Self::BirthCertificate, Self::TemporaryCard, Self::LossCertificate];

    /// Returns whether it shows whose child the holder is (E8).
    pub const fn shows_family(self) -> bool {
        matches!(self, Self::HouseholdBook | Self::BirthCertificate)
    }
}

/// Kinds of proof, for lists, budgets and audit rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// I1: a card with a chip on the reader.
    Chip,
    /// I2: the code on a phone.
    Code,
    /// I3: a relative bound in the registry.
    Bound,
    /// I4: a typed number.
    Document,
    /// I5: the roster of an institution.
    Roster,
}

impl ProofKind {
    /// All kinds, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Chip, Self::Code, Self::Bound, Self::Document, Self::Roster];

    /// Returns the stable word, as it is serialised.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chip => "chip",
            Self::Code => "code",
            Self::Bound => "bound",
            Self::Document => "document",
            Self::Roster => "roster",
        }
    }
}

impl Proof {
    /// Returns the row of the table that this proof belongs to.
    pub const fn kind(&self) -> ProofKind {
        match self {
            Self::Chip { .. } => ProofKind::Chip,
            Self::Code { .. } => ProofKind::Code,
            Self::Bound { .. } => ProofKind::Bound,
            Self::Document { .. } => ProofKind::Document,
            Self::Roster { .. } => ProofKind::Roster,
        }
    }

    /// Returns the ID number of who acted for the citizen, if the proof names somebody (E10).
    pub fn agent(&self) -> Option<&IdNumber> {
        match self {
            Self::Chip { .. } | Self::Code { shown_by: ShownBy::Citizen, .. } => None,
            Self::Code { shown_by: ShownBy::Relative { agent }, .. } | Self::Roster { agent, .. } => {
                Some(agent)
            }
            Self::Bound { agent } => Some(&agent.number),
            Self::Document { guardian, .. } => guardian.as_ref().map(|guardian| &guardian.number),
        }
    }

    /// Returns the supervisor's confirmation, if one was given (I4).
    pub fn confirmation(&self) -> Option<&Confirmation> {
        match self {
            Self::Document { confirmed, .. } => confirmed.as_deref(),
            _ => None,
        }
    }

    /// Returns the pictures of documents that the proof names.
    pub fn evidence(&self) -> &[Digest] {
        match self {
            Self::Document { evidence, .. } => evidence,
            _ => &[],
        }
    }

    /// Returns the log-ins that the proof names, with the person of each: the agent, or `None` for
    /// the citizen.
    pub fn log_ins(&self) -> impl Iterator<Item = Uuid> {
        let of_agent = match self {
            Self::Bound { agent } | Self::Document { guardian: Some(agent), .. } => match agent.by {
                AgentProof::Code { log_in } => Some(log_in),
                AgentProof::Chip { .. } => None,
            },
            _ => None,
        };
        let own = match self {
            Self::Code { log_in, .. } => Some(*log_in),
            _ => None,
        };
        own.into_iter().chain(of_agent)
    }
}
