//! Which ticket a case was called by, and how long it is at the window. No I/O here.

use crate::{
    case::Seen,
    view::{CitizenStage, Confirmation},
};
use desk::service::{CalledTicket, Sitting};
use drivers::companion::StageEvent;
use rules::At;

/// What is known of the visitor at the window.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// Called while somebody was in front, or before anybody came.
    waiting: Option<CalledTicket>,
    /// Ticket of who is in front, and of the cases after them until the next one is called.
    ticket: Option<CalledTicket>,
    /// When the citizen in front sat down.
    sat_down: Option<At>,
    /// Case in hand, since when it has been.
    case: Option<(String, At)>,
    told: Option<StageEvent>,
    said: Option<(CitizenStage, Option<Confirmation>)>,
}

/// What follows from a change at the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// A case has its number: note when it began, and its ticket.
    Begin(Sitting),
    /// A case left the window after these milliseconds.
    End {
        /// Number of the case.
        case_number: String,
        /// Milliseconds at the window.
        served_ms: i64,
    },
    /// Tell the devices.
    Tell(StageEvent),
    /// Say the prompt of a stage.
    Say(CitizenStage, Option<Confirmation>),
}

impl Track {
    /// Takes where the window is now.
    pub(super) fn see(&mut self, seen: &Seen, window: u16, now: At) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.case.as_ref().map(|(number, _)| number) != seen.case_number.as_ref()
            && let Some((case_number, since)) = self.case.take()
        {
            effects.push(Effect::End { case_number, served_ms: (now.0 - since.0).max(0) });
            self.sat_down = None;
        }
        match (seen.is_served, self.sat_down) {
            (true, None) => {
                self.sat_down = Some(now);
                if let Some(called) = self.waiting.take() {
                    self.ticket = Some(called);
                }
            }
            (false, Some(_)) => self.sat_down = None,
            _ => {}
        }
        if self.case.is_none()
            && let Some(number) = seen.case_number.as_ref().filter(|_| seen.is_served)
        {
            let begun_at = self.sat_down.unwrap_or(now);
            self.case = Some((number.clone(), begun_at));
            effects.push(Effect::Begin(Sitting {
                case_number: number.clone(),
                begun_at,
                ticket: self.ticket.clone(),
            }));
        }
        let event = self.event(seen, window);
        if self.told.as_ref() != Some(&event) {
            self.told = Some(event.clone());
            effects.push(Effect::Tell(event));
        }
        if self.said != Some((seen.stage, seen.result)) {
            self.said = Some((seen.stage, seen.result));
            effects.push(Effect::Say(seen.stage, seen.result));
        }
        effects
    }

    /// Takes a ticket that was called. It is that of who sits down next.
    pub(super) fn call(&mut self, ticket: CalledTicket) {
        if self.sat_down.is_none() {
            self.ticket = None;
        }
        self.waiting = Some(ticket);
    }

    /// Takes that the visitor with the ticket has left.
    pub(super) fn ticket_done(&mut self) {
        self.ticket = None;
    }

    fn event(&self, seen: &Seen, window: u16) -> StageEvent {
        let own = self.ticket.as_ref().filter(|_| seen.is_served);
        let ticket = own.or(self.waiting.as_ref().filter(|_| !seen.is_served));
        StageEvent {
            window,
            stage: word(seen.stage).to_owned(),
            case: seen.case_number.clone(),
            ticket: ticket.map(|called| called.ticket.clone()),
            result: seen.result.map(|result| {
                match result {
                    Confirmation::Confirmed => "confirmed",
                    Confirmation::Provisional => "provisional",
                    Confirmation::Refused => "refused",
                }
                .to_owned()
            }),
        }
    }
}

/// Returns the word of a stage in the protocol.
const fn word(stage: CitizenStage) -> &'static str {
    match stage {
        CitizenStage::Closed => "closed",
        CitizenStage::Welcome => "welcome",
        CitizenStage::Reading => "reading",
        CitizenStage::TakeCard => "take_card",
        CitizenStage::InProgress => "in_progress",
        CitizenStage::Correcting => "correcting",
        CitizenStage::CheckCorrection => "check_correction",
        CitizenStage::NotEligible => "not_eligible",
        CitizenStage::TakeNotice => "take_notice",
        CitizenStage::PleaseCheck => "please_check",
        CitizenStage::Done => "done",
        CitizenStage::Trouble => "trouble",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: u16 = 3;

    fn seen(stage: CitizenStage, is_served: bool, case: Option<&str>) -> Seen {
        Seen { stage, is_served, case_number: case.map(str::to_owned), result: None }
    }

    fn called(ticket: &str) -> CalledTicket {
        CalledTicket { ticket: ticket.to_owned(), called_at: At(0), waited_seconds: Some(60) }
    }

    /// The ticket under which a case is begun now.
    fn begun(effects: Vec<Effect>) -> Option<Option<String>> {
        effects.into_iter().find_map(|effect| match effect {
            Effect::Begin(sitting) => Some(sitting.ticket.map(|called| called.ticket)),
            _ => None,
        })
    }

    #[test]
    fn a_case_begins_when_its_citizen_sat_down_and_ends_when_it_leaves_the_window() {
        let mut track = Track::default();
        track.see(&seen(CitizenStage::Welcome, false, None), WINDOW, At(0));
        track.see(&seen(CitizenStage::InProgress, true, None), WINDOW, At(1_000));
        let effects = track.see(&seen(CitizenStage::PleaseCheck, true, Some("1")), WINDOW, At(9_000));
        let sitting = Sitting { case_number: "1".to_owned(), begun_at: At(1_000), ticket: None };
        assert_eq!(effects[0], Effect::Begin(sitting));
        let effects = track.see(&seen(CitizenStage::Welcome, false, None), WINDOW, At(61_000));
        assert_eq!(effects[0], Effect::End { case_number: "1".to_owned(), served_ms: 60_000 });
    }

    #[test]
    fn a_ticket_is_that_of_who_sits_down_next_and_not_of_who_sits_there() {
        let mut track = Track::default();
        track.see(&seen(CitizenStage::Welcome, false, None), WINDOW, At(0));
        track.call(called("A1"));
        track.see(&seen(CitizenStage::InProgress, true, None), WINDOW, At(1));
        track.call(called("A2"));
        assert_eq!(
            begun(track.see(&seen(CitizenStage::Done, true, Some("1")), WINDOW, At(2))),
            Some(Some("A1".into()))
        );
        track.see(&seen(CitizenStage::Welcome, false, None), WINDOW, At(3));
        track.see(&seen(CitizenStage::InProgress, true, None), WINDOW, At(4));
        assert_eq!(
            begun(track.see(&seen(CitizenStage::Done, true, Some("2")), WINDOW, At(5))),
            Some(Some("A2".into()))
        );
    }

    #[test]
    fn one_ticket_has_several_cases_until_it_is_done_or_the_next_is_called() {
        let mut track = Track::default();
        let serve = |track: &mut Track, case: &str, at: i64| {
            track.see(&seen(CitizenStage::InProgress, true, None), WINDOW, At(at));
            let ticket = begun(track.see(&seen(CitizenStage::Done, true, Some(case)), WINDOW, At(at + 1)));
            track.see(&seen(CitizenStage::Welcome, false, None), WINDOW, At(at + 2));
            ticket.unwrap()
        };
        track.call(called("A1"));
        assert_eq!(serve(&mut track, "1", 10).as_deref(), Some("A1"));
        assert_eq!(serve(&mut track, "2", 20).as_deref(), Some("A1"));
        track.ticket_done();
        assert_eq!(serve(&mut track, "3", 30), None);
        track.call(called("A2"));
        track.call(called("A3")); // A2 did not come
        assert_eq!(serve(&mut track, "4", 40).as_deref(), Some("A3"));
    }

    #[test]
    fn devices_are_told_of_changes_only() {
        let mut track = Track::default();
        let told = |effects: Vec<Effect>| effects.iter().any(|effect| matches!(effect, Effect::Tell(_)));
        assert!(told(track.see(&seen(CitizenStage::Welcome, false, None), WINDOW, At(0))));
        assert!(!told(track.see(&seen(CitizenStage::Welcome, false, None), WINDOW, At(1))));
        assert!(told(track.see(&seen(CitizenStage::Reading, true, None), WINDOW, At(2))));
    }
}
