//! What a decision is made from, and what it is.

use super::{
    Rulebook,
    citizen::{Effect, IssuedCode},
    log_in::WindowLogIn,
    people::SiteOperator,
    program::Programs,
};
use rules::{
    At, DeviceNumber, Refusal, SiteCode,
    authority::{StaffRecord, Unproven},
    digest::Digest,
    institution::RosterId,
    keys::DeskKey,
    op::{CitizenRef, Operation},
    permission::Duty,
    wire::{Change, Verdict},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The decision context: an operation with everything its decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct DecisionContext<'a> {
    /// The operation to decide.
    pub operation: &'a Operation,
    /// The operation before it on the same desk, if loaded.
    pub previous: Option<&'a Operation>,
    /// Time at which the centre received it.
    pub received_at: At,
    /// Site of the desk, if it is known.
    pub site: Option<&'a SiteCode>,
    /// Sites of the desks that made the citizen's corrections, by device number (N-2).
    pub sites: &'a HashMap<DeviceNumber, SiteCode>,
    /// The operator who did it, if the account is known.
    pub operator: Option<&'a SiteOperator>,
    /// The supervisor who confirmed a document, if the account is known (I4).
    pub supervisor: Option<&'a SiteOperator>,
    /// Why nobody's word stands behind it, if so (A3).
    pub unproven: Option<Unproven>,
    /// Rosters, in force that day, that have the holder and whose agent acts (I5).
    pub rosters: &'a [RosterId],
    /// Evidence that is at the centre, of all that the operations decided together name.
    pub evidence: &'a HashSet<Digest>,
    /// Log-ins at windows that the operations decided together name (I2).
    pub log_ins: &'a HashMap<Uuid, WindowLogIn>,
    /// Whether the serial of an issue is already in use.
    pub serial_taken: bool,
    /// Key that signed the symbol of an issue, if the centre knows it.
    pub signing_key: Option<&'a DeskKey>,
    /// Programs of the desks (L13).
    pub programs: &'a Programs,
    /// Policy and keys to decide with.
    pub rulebook: &'a Rulebook,
}

/// Outcome of deciding one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Verdict sent to the desk in the receipt.
    pub verdict: Verdict,
    /// Changes to the citizen, in the order they apply.
    pub effects: Vec<Effect>,
    /// The code of a refused sheet that belongs to no citizen. It is recorded as voided.
    pub voided: Option<IssuedCode>,
    /// Changes to send to other desks.
    pub announcements: Vec<Announcement>,
    /// Reasons why somebody has to review the operation.
    pub reviews: Vec<&'static str>,
}

/// A change that the desks of a site receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Site whose desks receive it.
    pub audience: Audience,
    /// The change to send.
    pub change: Change,
}

/// The site whose desks receive an announcement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// The site with this number.
    Site(SiteCode),
    /// The site of a device, which the store looks up.
    SiteOfDevice(DeviceNumber),
    /// The site an escalation was filed for, which the store looks up by bucket and id.
    SiteOfEscalation(u8, Uuid),
}

impl Decision {
    /// Returns a refusal without effects.
    #[must_use]
    pub const fn refused(verdict: Verdict) -> Self {
        Self { verdict, effects: Vec::new(), voided: None, announcements: Vec::new(), reviews: Vec::new() }
    }

    /// Returns an applied decision with these effects.
    #[must_use]
    pub const fn done(effects: Vec<Effect>) -> Self {
        Self {
            verdict: Verdict::Applied { action: None },
            effects,
            voided: None,
            announcements: Vec::new(),
            reviews: Vec::new(),
        }
    }

    /// Returns a rejection by a rule.
    #[must_use]
    pub const fn rejected(code: Refusal) -> Self {
        Self::refused(Verdict::Rejected { code })
    }
}

/// S5: checks the operator's permission again, at the time of the operation.
/// Returns the version of the account that held then.
pub(super) fn permitted<'a>(context: &DecisionContext<'a>, duty: Duty) -> Result<&'a StaffRecord, Refusal> {
    SiteOperator::check(context.operator, context.site, duty, context.operation.business_at())
}

/// Returns whether a holder is the citizen whose record is decided on, so that nobody can file an
/// operation under another person.
pub(super) fn is_holder(
    citizen_ref: &CitizenRef,
    number: &rules::person::IdNumber,
    rulebook: &Rulebook,
) -> bool {
    rulebook.citizen_ref(number) == *citizen_ref
}
