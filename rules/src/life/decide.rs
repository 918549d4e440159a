//! Decides commands on codes, and which commands the screen offers.

use super::{
    Action, Code, CodeState, Command, Holder, Now, Outcome, Serial, Standing, TakesEffect, Vantage,
    valid_through,
};
use crate::{
    Policy, Refusal,
    eligibility::{Eligibility, Shortfall},
    time::Day,
};

/// Decides whether a command is allowed now, and returns its effects.
///
/// # Errors
/// The [`Refusal`] of the first rule that forbids it. The order is: eligibility of the holder,
/// state of the codes, day of issue, condition of the desk, and last the steps the clerk can still
/// take on screen.
pub fn decide(holder: &Holder, command: &Command, now: &Now, policy: &Policy) -> Result<Outcome, Refusal> {
    let today = now.at.day();
    match command {
        Command::Issue { action, serial, confirmed_by_holder, consequence_confirmed, guardian_recorded } => {
            may_issue(holder, *action, now, today, policy)?;
            check_guardian_recorded(holder, *guardian_recorded)?;
            confirmed(*confirmed_by_holder)?;
            check_consequence(*action, *consequence_confirmed)?;
            issue(holder, *action, *serial, now, policy)
        }
        Command::Replace {
            serial,
            correction,
            confirmed_by_holder,
            consequence_confirmed,
            guardian_recorded,
        } => {
            let old = may_replace(holder, now, today, policy)?;
            if !holder.unused_corrections.contains(correction) {
                return Err(Refusal::NoApprovedCorrection);
            }
            check_guardian_recorded(holder, *guardian_recorded)?;
            confirmed(*confirmed_by_holder)?;
            check_consequence(Action::Replace, *consequence_confirmed)?;
            replace(holder, old, *serial, *correction, now)
        }
        Command::ReportLoss { serial, consequence_confirmed } => {
            standing_one_of(find(holder, *serial)?, today, &[Standing::Live])?;
            check_consequence(Action::ReportLoss, *consequence_confirmed)?;
            Ok(Outcome { changes: vec![(*serial, CodeState::Lost)], ..nothing(now) })
        }
        Command::Reprint { serial } => {
            may_reprint(find(holder, *serial)?, today, policy)?;
            Ok(Outcome { reprinted: Some(*serial), ..nothing(now) })
        }
        Command::Void { serial } => {
            standing_one_of(find(holder, *serial)?, today, &[Standing::Live, Standing::Lost])?;
            Ok(Outcome { changes: vec![(*serial, CodeState::Voided)], ..nothing(now) })
        }
    }
}

/// Returns all seven actions, each with whether it is allowed now, for the screen.
///
/// The first allowed issue action is the primary one. Steps that follow later (confirmations,
/// guardian, reason) are not checked here.
pub fn offers(holder: &Holder, now: &Now, policy: &Policy) -> Vec<(Action, Result<(), Refusal>)> {
    let today = now.at.day();
    let offer = |action| match action {
        Action::Apply | Action::Reapply | Action::Reissue => may_issue(holder, action, now, today, policy),
        Action::Replace => may_replace(holder, now, today, policy).map(|_| ()),
        Action::Reprint => present(holder, action, today).and_then(|code| may_reprint(code, today, policy)),
        Action::ReportLoss | Action::Void => present(holder, action, today).map(|_| ()),
    };
    Action::ALL.into_iter().map(|action| (action, offer(action))).collect()
}

/// Returns the code that a loss report, reprint or void would act on, if the action is allowed.
///
/// It is the live code, and for a void also a lost one.
pub fn code_acted_on(holder: &Holder, action: Action, today: Day) -> Option<&Code> {
    match action {
        Action::ReportLoss | Action::Reprint | Action::Void => present(holder, action, today).ok(),
        Action::Apply | Action::Reapply | Action::Reissue | Action::Replace => None,
    }
}

/// Returns the last valid day of the code that `action` would make (L1); `None` if it makes none.
///
/// A replacement keeps the last day of the old code.
pub fn would_be_valid_through(holder: &Holder, action: Action, today: Day, policy: &Policy) -> Option<Day> {
    match action {
        Action::Apply | Action::Reapply | Action::Reissue => Some(valid_through(today, policy)),
        Action::Replace => deciding_code(holder, today).map(|code| code.valid_through),
        Action::ReportLoss | Action::Reprint | Action::Void => None,
    }
}

/// Returns the one of `apply`, `reapply` and `reissue` that fits the holder's codes.
pub fn fitting_action(holder: &Holder, today: Day) -> Action {
    match deciding_code(holder, today).map(|code| code.standing(today)) {
        None => Action::Apply,
        // A superseded code has a successor, even if this desk does not know it.
        Some(Standing::Live | Standing::Lost | Standing::Superseded) => Action::Reissue,
        Some(Standing::Expired | Standing::Voided) => Action::Reapply,
    }
}

/// Returns the "last code" that the table of actions is about.
///
/// It is usually the newest. The loser of a double issue is revoked and may be newer than the
/// winner, so a live code precedes a lost one, and both precede any other. After `superseded`,
/// the successor decides.
fn deciding_code(holder: &Holder, today: Day) -> Option<&Code> {
    let newest = |wanted: &dyn Fn(Standing) -> bool| {
        holder.codes.iter().rev().find(|code| wanted(code.standing(today)))
    };
    newest(&|standing| standing == Standing::Live)
        .or_else(|| newest(&|standing| standing == Standing::Lost))
        .or_else(|| newest(&|standing| standing != Standing::Superseded))
        .or_else(|| holder.codes.last())
}

fn may_issue(holder: &Holder, action: Action, now: &Now, today: Day, policy: &Policy) -> Result<(), Refusal> {
    match holder.eligibility {
        Eligibility::Eligible { .. } => {}
        Eligibility::NotEligible { shortfall: Shortfall::NotKnownOffline } => {
            return Err(Refusal::EligibilityNotKnown);
        }
        Eligibility::NotEligible { .. } => return Err(Refusal::NotEligible),
    }
    match (action, fitting_action(holder, today)) {
        (Action::Apply | Action::Reapply | Action::Reissue, fitting) if fitting == action => {}
        (Action::Apply, _) => return Err(Refusal::HasHadACode),
        (Action::Reapply | Action::Reissue, Action::Apply) => return Err(Refusal::NeverHadACode),
        (Action::Reapply, _) => return Err(Refusal::ReissueInstead),
        (Action::Reissue, _) => return Err(Refusal::ReapplyInstead),
        (Action::ReportLoss | Action::Reprint | Action::Replace | Action::Void, _) => {
            return Err(Refusal::NotAnIssue);
        }
    }
    if holder.issue_days.contains(&today) {
        return Err(Refusal::AlreadyIssuedToday);
    }
    desk_may_issue(now, policy)
}

fn may_replace<'a>(holder: &'a Holder, now: &Now, today: Day, policy: &Policy) -> Result<&'a Code, Refusal> {
    if holder.unused_corrections.is_empty() {
        return Err(Refusal::NoApprovedCorrection);
    }
    let old = deciding_code(holder, today).ok_or(Refusal::NeverHadACode)?;
    match old.standing(today) {
        Standing::Live | Standing::Lost => {}
        Standing::Expired | Standing::Voided => return Err(Refusal::ReapplyInstead),
        Standing::Superseded => return Err(Refusal::CodeNotLive),
    }
    desk_may_issue(now, policy)?;
    Ok(old)
}

/// Checks that this desk may issue codes at all (L10, L11). The centre always may.
///
/// # Errors
/// [`Refusal::ClockNotTrusted`] if the clock is off or was set back, [`Refusal::OfflineTooLong`] if
/// the last contact is too long ago or there was none.
pub fn desk_may_issue(now: &Now, policy: &Policy) -> Result<(), Refusal> {
    let Vantage::Offline { last_contact, clock_offset_ms, clock_set_back } = now.vantage else {
        return Ok(());
    };
    let last_contact = last_contact.ok_or(Refusal::OfflineTooLong)?;
    let is_off = clock_offset_ms.saturating_abs() > policy.clock_tolerance_ms;
    if is_off || clock_set_back || now.at < last_contact {
        return Err(Refusal::ClockNotTrusted);
    }
    if now.at.since_ms(last_contact) >= policy.offline_limit_ms() {
        return Err(Refusal::OfflineTooLong);
    }
    Ok(())
}

/// Checks that an action which ends a code was confirmed (L6).
///
/// `decide` calls it for every command but `void`, which is confirmed by the password (S4).
///
/// # Errors
/// [`Refusal::ConsequenceNotConfirmed`] if the action has a consequence and `confirmed` is false.
pub fn check_consequence(action: Action, confirmed: bool) -> Result<(), Refusal> {
    if action.has_consequence() && !confirmed { Err(Refusal::ConsequenceNotConfirmed) } else { Ok(()) }
}

/// Checks that a guardian is recorded if the holder needs one (E8). Every action that makes a new
/// sheet needs this.
fn check_guardian_recorded(holder: &Holder, is_recorded: bool) -> Result<(), Refusal> {
    if holder.eligibility.needs_guardian() && !is_recorded { Err(Refusal::GuardianNeeded) } else { Ok(()) }
}

fn confirmed(by_holder: bool) -> Result<(), Refusal> {
    if by_holder { Ok(()) } else { Err(Refusal::NotConfirmedByHolder) }
}

fn issue(
    holder: &Holder,
    action: Action,
    serial: Serial,
    now: &Now,
    policy: &Policy,
) -> Result<Outcome, Refusal> {
    let today = now.at.day();
    let new_code = new_code(holder, serial, valid_through(today, policy), now)?;
    let changes = if action == Action::Reissue { superseded(holder, today) } else { Vec::new() };
    Ok(Outcome { new_code: Some(new_code), changes, counts_for: Some(today), ..nothing(now) })
}

fn replace(
    holder: &Holder,
    old: &Code,
    serial: Serial,
    correction: uuid::Uuid,
    now: &Now,
) -> Result<Outcome, Refusal> {
    Ok(Outcome {
        new_code: Some(new_code(holder, serial, old.valid_through, now)?),
        changes: superseded(holder, now.at.day()),
        used_correction: Some(correction),
        ..nothing(now)
    })
}

/// Returns a change to `Superseded` for every code that still counts (L7).
fn superseded(holder: &Holder, today: Day) -> Vec<(Serial, CodeState)> {
    let counting = holder.codes.iter().filter(|code| code.standing(today).counts());
    counting.map(|code| (code.serial, CodeState::Superseded)).collect()
}

fn new_code(holder: &Holder, serial: Serial, valid_through: Day, now: &Now) -> Result<Code, Refusal> {
    if find(holder, serial).is_ok() {
        return Err(Refusal::SerialReused);
    }
    let granted_provisionally = matches!(holder.eligibility, Eligibility::Eligible { provisional: true, .. });
    let provisional = is_offline(now) || granted_provisionally;
    Ok(Code { serial, state: CodeState::Live, issued_at: now.at, valid_through, provisional, copies: 1 })
}

fn find(holder: &Holder, serial: Serial) -> Result<&Code, Refusal> {
    holder.codes.iter().find(|code| code.serial == serial).ok_or(Refusal::UnknownCode)
}

fn standing_one_of(code: &Code, today: Day, allowed: &[Standing]) -> Result<(), Refusal> {
    if allowed.contains(&code.standing(today)) { Ok(()) } else { Err(Refusal::CodeNotLive) }
}

/// Returns whether a code may be printed once more (L12). Days since the issue are what the copies
/// are measured by: dating operations back to other days gains nothing.
fn may_reprint(code: &Code, today: Day, policy: &Policy) -> Result<(), Refusal> {
    standing_one_of(code, today, &[Standing::Live])?;
    let days = today.since(code.issued_at.day()).map_or(0, |span| span.get_days().max(0)) + 1;
    let reprints = u32::from(policy.reprints_per_day).saturating_mul(days.unsigned_abs());
    let allowed = reprints.saturating_add(1).min(policy.copies_per_code.into());
    if code.copies < allowed { Ok(()) } else { Err(Refusal::TooManyCopies) }
}

/// Returns the code that a loss report, a reprint or a void acts on.
fn present(holder: &Holder, action: Action, today: Day) -> Result<&Code, Refusal> {
    let deciding = deciding_code(holder, today).ok_or(Refusal::NeverHadACode)?;
    let allowed: &[Standing] = match action {
        Action::Void => &[Standing::Live, Standing::Lost],
        _ => &[Standing::Live],
    };
    standing_one_of(deciding, today, allowed)?;
    Ok(deciding)
}

const fn is_offline(now: &Now) -> bool {
    matches!(now.vantage, Vantage::Offline { .. })
}

const fn nothing(now: &Now) -> Outcome {
    Outcome {
        new_code: None,
        changes: Vec::new(),
        counts_for: None,
        reprinted: None,
        used_correction: None,
        takes_effect: if is_offline(now) { TakesEffect::AtNextSynchronisation } else { TakesEffect::AtOnce },
    }
}
