//! Stage two of sync: decides what one operation does to one citizen.

use super::{
    Rulebook,
    citizen::{Citizen, Effect},
    clock, correction, issue,
    people::Operator,
};
use rules::{
    At, Refusal,
    business_time::doubt_of,
    life::{self, Action, Code, Command, Now, Vantage},
    op::{CitizenRef, OpBody, Operation},
    permission::Duty,
    wire::{Change, Verdict},
};
use uuid::Uuid;

/// The decision context: an operation with everything its decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The operation to decide.
    pub operation: &'a Operation,
    /// The operation before it on the same desk, if loaded.
    pub previous: Option<&'a Operation>,
    /// Time at which the centre received it.
    pub received_at: At,
    /// Site of the desk, six digits.
    pub site: &'a str,
    /// The operator who did it, if the account is known.
    pub operator: Option<&'a Operator>,
    /// Whether the serial of an issue is already in use.
    pub serial_taken: bool,
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
    pub voided: Option<Code>,
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
    Site(String),
    /// The site of a device, which the store looks up.
    SiteOfDevice(u32),
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

/// Decides an operation against the citizen it concerns, and applies the effects to `citizen`.
///
/// The decision never fails: any fault of the operation becomes its verdict, so that it cannot
/// block the operations behind it.
pub fn decide(citizen: &mut Citizen, setting: &Setting<'_>) -> Decision {
    let mut decision = match decide_body(citizen, setting) {
        Ok(decision) => decision,
        Err(code) => Decision::rejected(code),
    };
    if let Some(doubt) = doubt_of(setting.previous, setting.operation, setting.received_at) {
        decision.reviews.push(clock::doubt_name(doubt));
    }
    let told: Vec<Announcement> = decision
        .effects
        .iter()
        .filter_map(|effect| revocation(citizen, effect, setting.operation.device))
        .collect();
    decision.announcements.extend(told);
    for effect in &decision.effects {
        citizen.take(effect);
    }
    decision
}

fn decide_body(citizen: &Citizen, setting: &Setting<'_>) -> Result<Decision, Refusal> {
    match &setting.operation.body {
        OpBody::Issue { .. } => Ok(issue::decide(citizen, setting)),
        OpBody::ReportLoss { serial } => {
            permitted(setting, Action::ReportLoss.duty())?;
            let command = Command::ReportLoss { serial: *serial, consequence_confirmed: true };
            on_code(citizen, setting, &command)
        }
        OpBody::Reprint { serial } => {
            permitted(setting, Action::Reprint.duty())?;
            on_code(citizen, setting, &Command::Reprint { serial: *serial })
        }
        OpBody::Void { serial, reason } => {
            permitted(setting, Action::Void.duty())?;
            life::check_void_reason(reason)?;
            on_code(citizen, setting, &Command::Void { serial: *serial })
        }
        // A print result is only a note for the record: a failed print changes nothing (L4).
        OpBody::Printed { .. } => {
            permitted(setting, Duty::Serve)?;
            Ok(Decision::done(Vec::new()))
        }
        OpBody::CorrectionOpened { correction, holder } => {
            correction::opened(citizen, setting, correction, holder)
        }
        OpBody::CorrectionCommanded { id, revision, command } => {
            correction::commanded(citizen, setting, *id, *revision, command)
        }
    }
}

/// S5: checks the operator's permission again, at the time of the operation.
pub(super) fn permitted<'a>(setting: &Setting<'a>, duty: Duty) -> Result<&'a Operator, Refusal> {
    Operator::check(setting.operator, setting.site, duty, setting.operation.business_at())
}

/// Returns whether a reference belongs to a number, so that nobody can file an operation
/// under another person.
pub(super) fn is_holder(
    citizen_ref: &CitizenRef,
    number: &rules::person::IdNumber,
    rulebook: &Rulebook,
) -> bool {
    CitizenRef::of(number, &rulebook.index_key) == *citizen_ref
}

/// Decides commands that concern one existing code and need nothing of the person.
fn on_code(citizen: &Citizen, setting: &Setting<'_>, command: &Command) -> Result<Decision, Refusal> {
    let at = setting.operation.business_at();
    // Eligibility plays no part here, so an unknown person is no obstacle; only the code matters.
    let holder = life::Holder {
        eligibility: rules::eligibility::Eligibility::NotEligible {
            shortfall: rules::eligibility::Shortfall::NotKnownOffline,
        },
        codes: citizen.codes.iter().map(|issued| issued.code.clone()).collect(),
        issue_days: Vec::new(),
        unused_corrections: Vec::new(),
    };
    let now = Now { at, vantage: Vantage::Centre };
    let outcome = life::decide(&holder, command, &now, &setting.rulebook.policy)?;
    let changed = outcome.changes.iter().map(|(serial, state)| Effect::CodeState(*serial, *state));
    let printed = outcome.reprinted.map(Effect::CodePrinted);
    Ok(Decision::done(changed.chain(printed).collect()))
}

/// Returns the announcement for the site that issued a code, if another desk ended it.
fn revocation(citizen: &Citizen, effect: &Effect, by_device: u32) -> Option<Announcement> {
    let Effect::CodeState(serial, state) = effect else { return None };
    let device = serial.device();
    if device == by_device || device == CENTRE_DEVICE {
        return None;
    }
    let mut code = citizen.code(*serial)?.code.clone();
    code.state = *state;
    let change = Change::CodeChanged { citizen_ref: citizen.citizen_ref.clone(), code };
    Some(Announcement { audience: Audience::SiteOfDevice(device), change })
}

/// Device number of codes the centre itself issues for portal and kiosk.
pub const CENTRE_DEVICE: u32 = 0;
