//! One citizen as the centre knows them, and one desk that concerns them.

use central::machine::{
    Rulebook, apply,
    citizen::{Citizen, Effect},
    correction::needed,
    decision::{Announcement, Audience, Decision, DecisionContext},
    people::SiteOperator,
    program::Programs,
    proof,
};
use central_fixture::{
    desk::{Desk, Holder, MORNING, SITE, rulebook},
    people,
};
use rules::{
    At, DeviceNumber, Refusal,
    authority::StaffRecord,
    digest::Digest,
    institution::RosterId,
    keys::DeskKey,
    life::{CodeState, Serial},
    op::{OpBody, Operation},
    permission::Role,
    wire::{Change, Verdict},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Clerk of the site.
pub(crate) const CLERK: &str = "10001";
/// Supervisor of the site.
pub(crate) const SUPERVISOR: &str = "10002";
/// Clerk and supervisor of another site.
pub(crate) const STRANGER: &str = "10003";
/// Clerk and supervisor of the site until this morning.
pub(crate) const DISMISSED: &str = "10004";
/// Device number of the desk.
pub(crate) const DEVICE: DeviceNumber = DeviceNumber(7);

pub(crate) struct Window {
    pub(crate) citizen: Citizen,
    pub(crate) holder: Holder,
    pub(crate) desk: Desk,
    /// The store says that the serial of the next issue is in use.
    pub(crate) serial_taken: bool,
    /// The evidence of corrections is not at the centre.
    pub(crate) evidence_missing: bool,
    /// What the centre knows of the key that signed a symbol.
    pub(crate) known_key: Box<dyn Fn(DeskKey) -> Option<DeskKey>>,
    /// When the centre receives an operation; when it was written, if it is not set.
    pub(crate) received_at: Option<At>,
    /// Log-ins at windows that the centre checked.
    pub(crate) log_ins: HashMap<Uuid, central::machine::log_in::WindowLogIn>,
    /// Rosters that have the holder (I5).
    pub(crate) rosters: Vec<RosterId>,
    /// Programs of desks (L13).
    pub(crate) programs: Programs,
    rulebook: Rulebook,
}

impl Window {
    /// The registry knows the holder.
    pub(crate) fn registered(holder: Holder) -> Self {
        let mut window = Self::unknown(holder);
        window.citizen.person = Some(window.holder.person());
        window
    }

    /// Nobody has heard of the holder.
    pub(crate) fn unknown(holder: Holder) -> Self {
        Self {
            citizen: Citizen::unknown(holder.citizen_ref.clone()),
            holder,
            known_key: Box::new(Some),
            desk: Desk::new(DEVICE, 1),
            serial_taken: false,
            evidence_missing: false,
            rosters: Vec::new(),
            received_at: None,
            log_ins: HashMap::new(),
            rulebook: rulebook(),
            programs: Programs::default(),
        }
    }

    /// Writes an operation of the desk.
    pub(crate) fn writes(&mut self, who: &str, at: At, body: OpBody) -> Operation {
        self.desk.operator = who.parse().unwrap();
        self.desk.operation(&self.holder.number, at, body)
    }

    /// Decides an operation written at the window in the morning.
    pub(crate) fn does(&mut self, who: &str, body: OpBody) -> Decision {
        let operation = self.writes(who, MORNING, body);
        self.decides(&operation)
    }

    /// Decides an operation; the citizen is as it is afterwards.
    pub(crate) fn decides(&mut self, operation: &Operation) -> Decision {
        let both = [Role::Clerk, Role::Supervisor];
        let operators = [
            operator(CLERK, SITE, &both[..1]),
            operator(SUPERVISOR, SITE, &both[1..]),
            operator(STRANGER, "310104", &both),
            dismissed(operator(DISMISSED, SITE, &both)),
        ];
        let contents = self.citizen.corrections.iter().map(|record| &record.correction.content);
        let mut evidence: HashSet<Digest> = contents.flat_map(needed).cloned().collect();
        evidence.retain(|_| !self.evidence_missing);
        let signed_by = Desk::new(operation.device, operation.epoch).certificate().value;
        let signing_key = (self.known_key)(signed_by);
        let log_ins = self.log_ins.clone();
        let site = SITE.parse().unwrap();
        let sites = HashMap::from([(operation.device, site)]);
        let setting = DecisionContext {
            operation,
            previous: None,
            received_at: self.received_at.unwrap_or_else(|| operation.business_at()),
            site: sites.get(&operation.device),
            sites: &sites,
            operator: operators.iter().find(|operator| operator.number == operation.operator),
            supervisor: operators
                .iter()
                .find(|operator| Some(&operator.number) == proof::supervisor(operation)),
            unproven: None,
            rosters: &self.rosters,
            evidence: &evidence,
            log_ins: &log_ins,
            serial_taken: self.serial_taken,
            signing_key: signing_key.as_ref(),
            programs: &self.programs,
            rulebook: &self.rulebook,
        };
        apply::decide(&mut self.citizen, &setting)
    }

    /// Asserts that an operation is refused and leaves no trace with the citizen. A sheet that is
    /// nobody's may be recorded as voided, and what a dismissed person tries is for review.
    pub(crate) fn refuses(&mut self, operation: &Operation, code: Refusal) {
        let before = self.citizen.clone();
        let decision = self.decides(operation);
        let is_dismissed = code == Refusal::NotPermitted && operation.operator.as_str() == DISMISSED;
        let reviews = if is_dismissed { vec![apply::DISMISSED] } else { Vec::new() };
        let refused = Decision { reviews, ..Decision::refused(rejected(code)) };
        assert_eq!(Decision { voided: None, ..decision }, refused);
        assert_eq!(self.citizen, before, "nothing is recorded");
    }

    pub(crate) fn state_of(&self, serial: Serial) -> Option<CodeState> {
        self.citizen.code(serial).map(|issued| issued.code.state)
    }
}

fn operator(number: &str, site: &str, roles: &[Role]) -> SiteOperator {
    let record = people::staff(&site.parse().unwrap(), number, roles).record;
    SiteOperator { number: record.number.clone(), versions: vec![record] }
}

fn dismissed(mut operator: SiteOperator) -> SiteOperator {
    let first = operator.versions[0].clone();
    operator.versions.push(StaffRecord { active: false, from: MORNING, version: 2, ..first });
    operator
}

pub(crate) const fn rejected(code: Refusal) -> Verdict {
    Verdict::Rejected { code }
}

/// The sites' desks that hear of a change of this code, and the state they hear.
pub(crate) fn told_of(decision: &Decision, serial: Serial) -> Vec<(Audience, CodeState)> {
    let of_code = |Announcement { audience, change }: &Announcement| match change {
        Change::CodeChanged { code, .. } if code.serial == serial => Some((audience.clone(), code.state)),
        _ => None,
    };
    decision.announcements.iter().filter_map(of_code).collect()
}

/// The states that a decision gives to codes that were there.
pub(crate) fn code_states(decision: &Decision) -> Vec<(Serial, CodeState)> {
    let state = |effect: &Effect| match effect {
        Effect::CodeState(serial, state) => Some((*serial, *state)),
        _ => None,
    };
    decision.effects.iter().filter_map(state).collect()
}
