//! The case as the page shows it. Masks are made here (M4): what leaves is
//! what may be seen.

use super::{
    answer::Asked,
    card::CardHolder,
    stage::{Confirming, InFront, Stage},
    state::Case,
};
use crate::{
    format::{data_url, day_text, short, time_text},
    view::{
        ActionKey, CardKind, CitizenCardView, ConfirmingView, CounterView, DoneView, Failure, KnowledgeView,
        OfferView, PortraitSource, PrintView, ProofView, RelativeView, TimelineEntryView,
    },
    words,
};
use desk::citizen::Source;
use rules::{
    At, Policy, Refusal,
    case_number::grouped,
    correction::{Correction, State},
    eligibility::{Eligibility, Shortfall},
    failure::CounterFailure,
    life::{self, Action, Code, Standing},
    person::{IdNumber, Name, is_private_use},
    proof::Proof,
};
use uuid::Uuid;

/// Returns the view of the Window, Confirm and Done screens.
pub(crate) fn clerk_window(
    case: &Case,
    may_void: bool,
    policy: &Policy,
    suspended: u32,
    prints: Vec<PrintView>,
) -> CounterView {
    let person = case.in_front();
    let card_holder = match &case.stage {
        Stage::Reading(card_holder) => card_holder.as_deref(),
        _ => person.map(|person| &person.card_holder),
    };
    CounterView {
        revision: 0,
        step: case.step(),
        case_number: case.shown_number().map(|number| grouped(number)),
        phone: None,
        citizen: card_holder.map(|card_holder| citizen(card_holder, person)),
        proof: card_holder.map(proof),
        eligibility: person.map(|person| person.eligibility(policy)),
        timeline: person.map(timeline).unwrap_or_default(),
        offers: person.map(|person| offers(person, may_void, policy)).unwrap_or_default(),
        confirming: confirming(case, policy),
        answer: case.asked_now().map(Asked::state),
        done: done(case, prints),
        failure: case.failure.clone(),
        knowledge: person.map_or(KnowledgeView::Nobody, knowledge),
        card_present: case.card_present,
        another_card: case.card_present && case.agent_card.is_some(),
        suspended,
    }
}

fn proof(card_holder: &CardHolder) -> ProofView {
    let proof = &card_holder.proof;
    ProofView {
        kind: proof.kind(),
        document: match proof {
            Proof::Document { document, .. } => Some(*document),
            _ => None,
        },
        agent: proof.agent().map(IdNumber::masked),
    }
}

fn knowledge(person: &InFront) -> KnowledgeView {
    match person.citizen.source {
        Source::Fresh => KnowledgeView::Centre,
        Source::Cached { fetched_at } => KnowledgeView::Cached { at: time_text(fetched_at) },
        Source::NotRegistered => KnowledgeView::NotRegistered,
        Source::Blind => KnowledgeView::CardOnly,
    }
}

pub(super) fn citizen(card_holder: &CardHolder, person: Option<&InFront>) -> CitizenCardView {
    let view = person.and_then(|person| person.citizen.view.as_ref());
    // Order of truth: what will stand on the sheet; the chip's name is shown beside it when it
    // differs.
    let name = person.map_or(&card_holder.name.name, InFront::name);
    let (portrait, portrait_from) = portrait(card_holder, person);
    CitizenCardView {
        name: name.expose().to_owned(),
        masked_name: name.masked(),
        masked_number: card_holder.number.masked(),
        sex: card_holder.sex,
        age: card_holder.age(),
        portrait,
        portrait_from,
        card: card_holder.kind,
        chip_name: (!name.compares_equal(&card_holder.name.name))
            .then(|| card_holder.name.name.expose().to_owned()),
        name_hints: name_hints(card_holder, name),
        card_valid_through: card_holder.valid_through.map(day_text),
        card_long_term: card_holder.long_term,
        card_expired: card_holder.is_expired(),
        relatives: view
            .map(|view| {
                view.relatives
                    .iter()
                    .map(|relative| RelativeView {
                        masked_name: relative.masked_name.clone(),
                        relation: relative.relation.clone(),
                    })
                    .collect()
            })
            .unwrap_or_default(),
    }
}

fn portrait(card_holder: &CardHolder, person: Option<&InFront>) -> (Option<String>, PortraitSource) {
    let from_registry = person.and_then(|person| person.portrait.as_deref());
    let from_chip = person.and_then(|person| person.chip_portrait.as_deref());
    match (from_registry, from_chip) {
        (Some(jpeg), _) => (Some(data_url("image/jpeg", jpeg)), PortraitSource::Registry),
        (None, Some(jpeg)) => (Some(data_url("image/jpeg", jpeg)), PortraitSource::Chip),
        (None, None) if card_holder.photo.is_some() && card_holder.kind != CardKind::SocialSecurity => {
            (None, PortraitSource::NotDecodable)
        }
        (None, None) => (None, PortraitSource::None),
    }
}

/// Returns what the clerk should check in the name (N3, N4) before anything is printed.
fn name_hints(card_holder: &CardHolder, name: &Name) -> Vec<Failure> {
    let mut hints = Vec::new();
    if !card_holder.name.unmapped.is_empty() || name.expose().chars().any(is_private_use) {
        hints.push(Refusal::NameUnmapped.into());
    }
    if card_holder.name.may_be_cut && name.compares_equal(&card_holder.name.name) {
        hints.push(Failure::from(CounterFailure::NameMayBeCut));
    }
    if !name.compares_equal(&card_holder.name.name) {
        hints.push(Failure::from(CounterFailure::NameDiffers));
    }
    hints
}

fn timeline(person: &InFront) -> Vec<TimelineEntryView> {
    let today = person.citizen.now.at.day();
    let codes = person.citizen.holder.codes.iter().map(|code| (code.issued_at, code_entry(code, today)));
    let corrections = person.citizen.corrections.iter().map(|record| {
        let correction = &record.correction;
        let at = changed_at(correction);
        (
            at,
            TimelineEntryView::Correction {
                id: correction.id.to_string(),
                field: correction.field,
                reason: correction.content.reason,
                state: correction.state.kind(),
                at: time_text(at),
            },
        )
    });
    let escalations = person.citizen.escalations.iter().map(|escalation| {
        (
            escalation.at,
            TimelineEntryView::Escalation {
                id: escalation.id.to_string(),
                field: escalation.field,
                channel: escalation.channel,
                at: time_text(escalation.at),
            },
        )
    });
    let mut entries: Vec<_> = codes.chain(corrections).chain(escalations).collect();
    entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn code_entry(code: &Code, today: rules::Day) -> TimelineEntryView {
    let standing = code.standing(today);
    let serial = code.serial.to_string();
    TimelineEntryView::Code {
        serial_short: short(&serial),
        serial,
        standing,
        provisional: code.provisional,
        issued_at: time_text(code.issued_at),
        valid_through: day_text(code.valid_through),
        days_left: (standing == Standing::Live)
            .then(|| {
                today.until(code.valid_through).ok().and_then(|span| u16::try_from(span.get_days()).ok())
            })
            .flatten(),
        copies: code.copies,
    }
}

fn offers(person: &InFront, may_void: bool, policy: &Policy) -> Vec<OfferView> {
    let (live, today) = (person.live_code(), person.citizen.now.at.day());
    let mut offers = person.citizen.offers(policy);
    for (action, allowed) in &mut offers {
        if allowed.is_ok() {
            *allowed = person.may_begin(*action, policy);
        }
        // Offline, what is missing is declared on the Confirm screen (E5).
        if *allowed == Err(Refusal::EligibilityNotKnown) {
            *allowed = Ok(());
        }
    }
    let primary = primary_action(&offers, person);
    let mut views: Vec<_> = offers
        .into_iter()
        .filter(|(action, _)| may_void || *action != Action::Void)
        .map(|(action, allowed)| OfferView {
            action,
            serial: life::code_acted_on(&person.citizen.holder, action, today)
                .map(|code| code.serial.to_string()),
            key: key(action, primary),
            primary: primary == Some(action),
            refusal: allowed.err().map(Failure::from),
            consequence: words::consequence(action, live.is_some(), person.is_offline()),
        })
        .collect();
    views.sort_by_key(|offer| (!offer.primary, offer.refusal.is_some()));
    views
}

/// Returns the most likely action: a `replace` that is due, else the issue that is allowed, else a
/// reprint.
fn primary_action(offers: &[(Action, Result<(), Refusal>)], person: &InFront) -> Option<Action> {
    let allowed =
        |action: Action| offers.iter().any(|(offered, result)| *offered == action && result.is_ok());
    let has_live = person.live_code().is_some();
    let order = if has_live {
        [Action::Replace, Action::Reprint, Action::Reissue, Action::Reapply, Action::Apply]
    } else {
        [Action::Replace, Action::Apply, Action::Reapply, Action::Reissue, Action::Reprint]
    };
    order.into_iter().find(|action| allowed(*action))
}

/// Returns the key of an action: F4 issues, F6 reports loss, F8 prints again.
fn key(action: Action, primary: Option<Action>) -> Option<ActionKey> {
    match action {
        Action::Apply | Action::Reapply | Action::Reissue => match primary {
            Some(Action::Replace) => None,
            _ => Some(ActionKey::F4),
        },
        Action::Replace => Some(ActionKey::F4),
        Action::ReportLoss => Some(ActionKey::F6),
        Action::Reprint => Some(ActionKey::F8),
        Action::Void => None,
    }
}

fn confirming(case: &Case, policy: &Policy) -> Option<ConfirmingView> {
    let (person, Confirming { action, serial }) = match &case.stage {
        Stage::Confirming(person, confirming) | Stage::Working(person, confirming) => (person, *confirming),
        _ => return None,
    };
    let issues = action.makes_code();
    let eligibility = person.citizen.holder.eligibility;
    let missing = person.allows(action, policy).err();
    Some(ConfirmingView {
        action,
        serial: serial.map(|serial| serial.to_string()),
        holder_confirms: issues,
        consequence: words::consequence(action, person.live_code().is_some(), person.is_offline()),
        guardian_needed: (issues && eligibility.needs_guardian())
            || missing == Some(Refusal::DocumentNeedsGuardian),
        supervisor_needed: missing == Some(Refusal::DocumentNeedsSupervisor),
        declaration_needed: issues
            && matches!(eligibility, Eligibility::NotEligible { shortfall: Shortfall::NotKnownOffline }),
        password_needed: action == Action::Void,
        provisional: issues && person.is_offline(),
        valid_through: life::would_be_valid_through(
            &person.citizen.holder,
            action,
            person.citizen.now.at.day(),
            policy,
        )
        .map(day_text),
    })
}

fn done(case: &Case, prints: Vec<PrintView>) -> Option<DoneView> {
    let Stage::Done(_, done) = &case.stage else { return None };
    let serial = done.serial.map(|serial| serial.to_string());
    Some(DoneView {
        action: done.action,
        serial_short: serial.as_deref().map(short),
        serial,
        valid_through: done.valid_through.map(day_text),
        confirmation: done.confirmation,
        confirmation_failure: done.refusal.clone(),
        sentence: words::done(done.action, done.confirmation, done.valid_through),
        prints,
        scan_back: done.scan_back.clone(),
    })
}

/// Returns when a correction last changed, as far as it says. Its id tells when it was begun
/// (UUIDv7).
pub(crate) fn changed_at(correction: &Correction) -> At {
    match correction.state {
        State::Submitted { at } | State::Approved { at, .. } | State::Rejected { at, .. } => at,
        State::Draft | State::Applied { .. } | State::Withdrawn | State::Conflicted => {
            begun_at(correction.id)
        }
    }
}

fn begun_at(id: Uuid) -> At {
    id.get_timestamp().map_or(At(0), |stamp| {
        let (seconds, nanos) = stamp.to_unix();
        At(i64::try_from(seconds).unwrap_or(0) * 1000 + i64::from(nanos / 1_000_000))
    })
}
