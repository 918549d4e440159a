//! Decisions on requests of portal (一网通办) and kiosk (自助终端), under the same rules as at a desk.

use super::{
    Rulebook,
    citizen::{Citizen, Effect, IssuedCode, Person},
    decision::{Announcement, Audience, Decision},
};
use rules::{
    At, DeviceNumber, Refusal, SiteCode,
    agent::{Binding, check_agent},
    correction::{Field, open_correction},
    life::{self, Action, Command, Now, Outcome, Serial, Vantage},
    op::{Agent, AgentRole, CitizenRef},
    wire::{Change, Channel, Escalation},
};
use uuid::Uuid;

/// A request of a channel client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// 首次申领, 再次申领 or 补领 of a code.
    Issue {
        /// Which of the three actions.
        action: Action,
        /// Serial of the new code.
        serial: Serial,
        /// L8 and L6: name, photo and the effect on earlier codes were shown and confirmed.
        confirmed: bool,
    },
    /// 挂失 of the live code.
    ReportLoss {
        /// L6: the consequence was shown and confirmed.
        confirmed: bool,
    },
    /// 下载 of the live code, counted as one more copy.
    Download,
    /// A report that name or photo is wrong, passed on to a counter.
    Escalate {
        /// Id of the new escalation.
        id: Uuid,
        /// The field reported wrong.
        field: Field,
        /// Remark of the citizen in their own words.
        remark: Option<rules::Sensitive<String>>,
    },
}

/// The person who asks, with channel, site and time.
#[derive(Clone, Debug)]
pub struct Asking<'a> {
    /// The logged-in citizen: the holder, or a relative (E9).
    pub acting: &'a Person,
    /// Citizen reference of that person.
    pub acting_ref: &'a CitizenRef,
    /// Channel the request came through.
    pub channel: Channel,
    /// Site whose desks see escalations.
    pub site: &'a SiteCode,
    /// Time of the request.
    pub at: At,
    /// Policy and keys to decide with.
    pub rulebook: &'a Rulebook,
}

/// Decides a channel's request. Returns the decision and the code it concerns, if any.
///
/// # Errors
/// The [`Refusal`] of the rule that forbids the request.
pub fn decide(
    citizen: &mut Citizen,
    request: &Request,
    asking: &Asking<'_>,
) -> Result<(Decision, Option<Serial>), Refusal> {
    let person = citizen.person.clone().filter(|person| person.registered).ok_or(Refusal::NotPermitted)?;
    let guardian_recorded = may_act(citizen, &person, asking)?;
    let today = asking.at.day();
    let live = citizen.live_code(today).map(|issued| issued.code.serial);
    let (command, serial) = match request {
        Request::Issue { action, serial, confirmed } => {
            let command = Command::Issue {
                action: *action,
                serial: *serial,
                confirmed_by_holder: *confirmed,
                consequence_confirmed: *confirmed,
                guardian_recorded,
            };
            (command, *serial)
        }
        Request::ReportLoss { confirmed } => {
            let serial = live.ok_or(Refusal::CodeNotLive)?;
            (Command::ReportLoss { serial, consequence_confirmed: *confirmed }, serial)
        }
        Request::Download => {
            let serial = live.ok_or(Refusal::CodeNotLive)?;
            (Command::Reprint { serial }, serial)
        }
        Request::Escalate { id, field, remark } => {
            return Ok((escalate(citizen, &person, asking, *id, *field, remark.clone())?, None));
        }
    };
    let policy = &asking.rulebook.policy;
    let holder = citizen.holder(&person.number, today, policy);
    let now = Now { at: asking.at, vantage: Vantage::Centre };
    let outcome = life::decide(&holder, &command, &now, policy)?;
    let mut decision = Decision::done(effects(&outcome, serial));
    decision.announcements = announcements(citizen, &decision.effects);
    decision.effects.iter().for_each(|effect| citizen.take(effect));
    Ok((decision, Some(serial)))
}

/// E8, E9: checks that the holder or a person bound to them acts. Returns whether a guardian acts.
fn may_act(citizen: &Citizen, person: &Person, asking: &Asking<'_>) -> Result<bool, Refusal> {
    if *asking.acting_ref == citizen.citizen_ref {
        return Ok(false);
    }
    let today = asking.at.day();
    let policy = &asking.rulebook.policy;
    let is_child = citizen.under_fourteen(today, policy);
    let agent = Agent {
        role: if is_child { AgentRole::Guardian } else { AgentRole::Relative },
        number: asking.acting.number.clone(),
        name: asking.acting.name.clone(),
        binding_verified: citizen.relatives.contains(asking.acting_ref),
        proof: Vec::new(),
        // A guardian who requests the child's code here consents by requesting it.
        consent: is_child,
    };
    match check_agent(&agent, &person.number, today, &Vantage::Centre, policy)? {
        Binding::Verified => Ok(is_child),
        Binding::Unverified => Err(Refusal::AgentNotBound),
    }
}

fn effects(outcome: &Outcome, serial: Serial) -> Vec<Effect> {
    let changed = outcome.changes.iter().map(|(serial, state)| Effect::CodeState(*serial, *state));
    let mut effects: Vec<Effect> = changed.collect();
    effects.extend(
        // The caller signs its symbol.
        outcome
            .new_code
            .clone()
            .map(|code| Effect::CodeAdded(IssuedCode { code, duplicate_of: None, symbol: None })),
    );
    effects.extend(outcome.counts_for.map(|day| Effect::DayUsed(day, serial)));
    effects.extend(outcome.reprinted.map(Effect::CodePrinted));
    effects
}

/// Returns the announcements for the desks that issued the codes this decision ends.
fn announcements(citizen: &Citizen, effects: &[Effect]) -> Vec<Announcement> {
    let ended = effects.iter().filter_map(|effect| match effect {
        Effect::CodeState(serial, state) if serial.device() != DeviceNumber::CENTRE => {
            Some((*serial, *state))
        }
        _ => None,
    });
    ended
        .filter_map(|(serial, state)| {
            let code = life::Code { state, ..citizen.code(serial)?.code.clone() };
            let change = Change::CodeChanged { code };
            Some(Announcement { audience: Audience::SiteOfDevice(serial.device()), change })
        })
        .collect()
}

/// Files an escalation. Each field has at most one open correction, whether filed here or begun
/// at a counter.
fn escalate(
    citizen: &mut Citizen,
    person: &Person,
    asking: &Asking<'_>,
    id: Uuid,
    field: Field,
    remark: Option<rules::Sensitive<String>>,
) -> Result<Decision, Refusal> {
    let corrections = citizen.corrections.iter().map(|record| &record.correction);
    let is_filed = citizen.escalations.iter().any(|filed| filed.field == field && !filed.closed);
    if is_filed || open_correction(corrections, field).is_some() {
        return Err(Refusal::CorrectionOpen);
    }
    let escalation = Escalation {
        id,
        number: person.number.clone(),
        masked_name: person.name.masked(),
        field,
        channel: asking.channel,
        at: asking.at,
        remark,
        closed: false,
        dismissed: None,
    };
    let mut decision = Decision::done(vec![Effect::Escalation(Box::new(escalation.clone()))]);
    decision.announcements.push(Announcement {
        audience: Audience::Site(asking.site.to_owned()),
        change: Change::Escalation(Box::new(escalation)),
    });
    decision.effects.iter().for_each(|effect| citizen.take(effect));
    Ok(decision)
}
