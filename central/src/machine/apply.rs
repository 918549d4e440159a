//! Stage two: what one operation does to one citizen.

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

/// An operation with what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// The one before it on the same desk, where it is at hand.
    pub previous: Option<&'a Operation>,
    /// When the centre took it.
    pub received_at: At,
    /// Site of the desk.
    pub site: &'a str,
    /// Who did it, if the account is known.
    pub operator: Option<&'a Operator>,
    /// An issue's serial is in use already.
    pub serial_taken: bool,
    /// The rules.
    pub rulebook: &'a Rulebook,
}

/// The decision on one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The centre's word.
    pub verdict: Verdict,
    /// What changes, in order.
    pub effects: Vec<Effect>,
    /// The code of a refused sheet that is no citizen's: on record as voided all the same.
    pub voided: Option<Code>,
    /// What desks must be told.
    pub announcements: Vec<Announcement>,
    /// What somebody has to look at.
    pub reviews: Vec<&'static str>,
}

/// Something the desks of a site must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// To whom.
    pub audience: Audience,
    /// What.
    pub change: Change,
}

/// The desks of which site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// This one.
    Site(String),
    /// The one of a device, which the store looks up.
    SiteOfDevice(u32),
    /// The one an escalation was filed for, which the store looks up: bucket and id.
    SiteOfEscalation(u8, Uuid),
}

impl Decision {
    /// A refusal without effect.
    #[must_use]
    pub const fn refused(verdict: Verdict) -> Self {
        Self { verdict, effects: Vec::new(), voided: None, announcements: Vec::new(), reviews: Vec::new() }
    }

    /// Done, with these effects.
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

    /// A rule says no.
    #[must_use]
    pub const fn rejected(code: Refusal) -> Self {
        Self::refused(Verdict::Rejected { code })
    }
}

/// Decides an operation against the citizen it concerns, and takes the effects over into `citizen`.
///
/// The decision never fails: whatever is wrong with the operation becomes its verdict, so that it cannot hold up those
/// behind it.
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
        // What came of the printing is a note for the record: a failed print changes nothing (L4).
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

/// S5 at the centre, at the time of the operation.
pub(super) fn permitted<'a>(setting: &Setting<'a>, duty: Duty) -> Result<&'a Operator, Refusal> {
    Operator::check(setting.operator, setting.site, duty, setting.operation.business_at())
}

/// Whether a reference belongs to a number: nobody can book an operation on somebody else.
pub(super) fn is_holder(
    citizen_ref: &CitizenRef,
    number: &rules::person::IdNumber,
    rulebook: &Rulebook,
) -> bool {
    CitizenRef::of(number, &rulebook.index_key) == *citizen_ref
}

/// Commands that concern one existing code and need nothing of the person.
fn on_code(citizen: &Citizen, setting: &Setting<'_>, command: &Command) -> Result<Decision, Refusal> {
    let at = setting.operation.business_at();
    // Eligibility plays no part in these, so an unknown record is no obstacle: the code itself is looked at.
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

/// The word to the site whose desk issued a code, when somebody else ended it.
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

/// Device number of the centre's own codes, issued for portal and kiosk.
pub const CENTRE_DEVICE: u32 = 0;
