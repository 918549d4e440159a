//! Properties of every history of a holder: any channels, days, losses and corrections,
//! in any order.

use crate::support::{at_centre, day, eligible, number_text, serial};
use jiff::ToSpan;
use proptest::{collection::vec, prelude::*};
use rules::{
    At, Day, Policy, Refusal,
    life::{
        Action, Code, CodeState, Command, Holder, Now, Standing, Vantage, decide, fitting_action, offers,
        valid_through,
    },
    person::IdNumber,
};
use uuid::Uuid;

/// One attempt at an action, by one channel, after some time.
#[derive(Clone, Debug)]
struct Attempt {
    hours_later: u16,
    kind: u8,
    which: usize,
    offline: bool,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    // Mostly within the day; sometimes so late that codes have expired.
    let later = prop_oneof![4 => 0_u16..30, 1 => 4000_u16..5000];
    let attempt = (later, 0_u8..8, 0_usize..4, any::<bool>())
        .prop_map(|(hours_later, kind, which, offline)| Attempt { hours_later, kind, which, offline });
    vec(attempt, 1..40)
}

struct History {
    holder: Holder,
    at: At,
    counter: u32,
    issued: Vec<(Day, Action)>,
}

impl History {
    fn new() -> Self {
        let holder = Holder {
            eligibility: eligible(),
            codes: vec![],
            issue_days: vec![],
            unused_corrections: Vec::new(),
        };
        Self { holder, at: At::start_of(day(2026, 1, 1)), counter: 0, issued: vec![] }
    }

    fn command(&mut self, attempt: &Attempt) -> Option<Command> {
        self.counter += 1;
        let serial = serial(self.counter);
        let known = self.holder.codes.iter().rev().nth(attempt.which).map(|code| code.serial);
        let issue = |action| Command::Issue {
            action,
            serial,
            confirmed_by_holder: true,
            consequence_confirmed: true,
            guardian_recorded: false,
        };
        Some(match attempt.kind {
            0 => issue(Action::Apply),
            1 => issue(Action::Reapply),
            2 => issue(Action::Reissue),
            3 => Command::ReportLoss { serial: known?, consequence_confirmed: true },
            4 => Command::Reprint { serial: known? },
            5 => Command::Void { serial: known? },
            6 => {
                self.holder.unused_corrections = vec![Uuid::from_u128(self.counter.into())];
                return None;
            }
            _ => Command::Replace {
                serial,
                correction: *self.holder.unused_corrections.last()?,
                confirmed_by_holder: true,
                consequence_confirmed: true,
                guardian_recorded: true,
            },
        })
    }

    fn now(&self, offline: bool) -> Now {
        let last_contact = Some(self.at.plus_ms(-1));
        let away = Vantage::Offline { last_contact, clock_offset_ms: 0, clock_set_back: false };
        Now { at: self.at, vantage: if offline { away } else { Vantage::Centre } }
    }

    /// Attempts one action and applies its outcome.
    fn step(&mut self, attempt: &Attempt) {
        self.at = self.at.plus_ms(i64::from(attempt.hours_later) * 3_600_000);
        let Some(command) = self.command(attempt) else { return };
        let Ok(outcome) = decide(&self.holder, &command, &self.now(attempt.offline), &Policy::default())
        else {
            return;
        };
        for (serial, state) in outcome.changes {
            let code = self.holder.codes.iter_mut().find(|code| code.serial == serial).unwrap();
            assert!(is_step(code.state, state), "{:?} to {state:?}", code.state);
            code.state = state;
        }
        self.holder.codes.extend(outcome.new_code);
        if let (Some(day), Command::Issue { action, .. }) = (outcome.counts_for, &command) {
            self.holder.issue_days.push(day);
            self.issued.push((day, *action));
        }
        if outcome.used_correction.is_some() {
            self.holder.unused_corrections.clear();
        }
    }

    fn live(&self) -> Vec<&Code> {
        let today = self.at.day();
        self.holder.codes.iter().filter(|code| code.standing(today) == Standing::Live).collect()
    }
}

/// Returns whether the state machine allows the step. No code ever becomes live again.
const fn is_step(from: CodeState, to: CodeState) -> bool {
    matches!(
        (from, to),
        (CodeState::Live, CodeState::Lost | CodeState::Superseded | CodeState::Voided)
            | (CodeState::Lost, CodeState::Superseded | CodeState::Voided)
    )
}

/// What the centre decided and what a desk hears of it may come in any order: the end is the same.
#[test]
fn l_table_a_code_moves_by_the_arrows_and_by_nothing_else() {
    const ALL: [CodeState; 4] = [CodeState::Live, CodeState::Lost, CodeState::Superseded, CodeState::Voided];
    for from in ALL {
        for to in ALL {
            assert_eq!(from.moved_to(to), if is_step(from, to) { to } else { from }, "{from:?} to {to:?}");
        }
    }
}

/// All 146,097 days of a whole cycle of the calendar, each leap day among them.
#[test]
fn l1_each_day_of_400_years_ends_as_in_another_calendar() {
    let mut issued = time::Date::from_calendar_date(2000, time::Month::January, 1).unwrap();
    let here = |date: time::Date| day(date.year() as i16, u8::from(date.month()) as i8, date.day() as i8);
    for _ in 0..146_097 {
        let end = issued + time::Duration::days(180);
        assert_eq!(valid_through(here(issued), &Policy::default()), here(end), "{issued}");
        issued = issued.next_day().unwrap();
    }
    assert_eq!(here(issued), day(2400, 1, 1));
}

/// Returns the date in Shanghai, computed with another calendar.
fn shanghai_date(at: At) -> time::Date {
    let offset = time::UtcOffset::from_hms(8, 0, 0).unwrap();
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000)
        .unwrap()
        .to_offset(offset)
        .date()
}

/// Generates time steps that land on both sides of midnight, within a millisecond.
fn steps() -> impl Strategy<Value = Vec<(i64, u8)>> {
    const DAY_MS: i64 = 86_400_000;
    let step = prop_oneof![Just(0), Just(1), Just(DAY_MS - 1), Just(DAY_MS), 0..2 * DAY_MS];
    vec((step, 0_u8..3), 1..30)
}

proptest! {
    #[test]
    fn l3_only_the_first_issue_of_a_shanghai_day_is_allowed_whatever_the_channel(steps in steps()) {
        // Channels differ only in where they decide: portal and kiosk at the centre, the counter
        // on both sides.
        let mut history = History::new();
        let mut used: Vec<time::Date> = Vec::new();
        for (step, channel) in steps {
            history.at = history.at.plus_ms(step);
            history.counter += 1;
            let action = fitting_action(&history.holder, history.at.day());
            let wish = Command::Issue {
                action, serial: serial(history.counter), confirmed_by_holder: true, consequence_confirmed: true, guardian_recorded: false,
            };
            let decided = decide(&history.holder, &wish, &history.now(channel == 2), &Policy::default());
            let date = shanghai_date(history.at);
            if used.contains(&date) {
                prop_assert_eq!(decided, Err(Refusal::AlreadyIssuedToday));
                continue;
            }
            used.push(date);
            let outcome = decided.unwrap();
            for (serial, state) in &outcome.changes {
                history.holder.codes.iter_mut().find(|code| code.serial == *serial).unwrap().state = *state;
            }
            history.holder.codes.extend(outcome.new_code);
            history.holder.issue_days.extend(outcome.counts_for);
        }
        prop_assert_eq!(history.holder.issue_days.len(), used.len());
    }

    #[test]
    fn l7_a_holder_never_has_two_live_codes(attempts in attempts()) {
        let mut history = History::new();
        for attempt in &attempts {
            history.step(attempt);
            prop_assert!(history.live().len() <= 1);
        }
    }

    #[test]
    fn l3_never_two_issues_on_one_day_under_any_interleaving(attempts in attempts()) {
        let mut history = History::new();
        for attempt in &attempts {
            history.step(attempt);
        }
        let mut days: Vec<Day> = history.issued.iter().map(|(day, _)| *day).collect();
        let all = days.len();
        days.sort_unstable();
        days.dedup();
        prop_assert_eq!(days.len(), all);
    }

    #[test]
    fn l_table_the_offers_agree_with_the_decisions(attempts in attempts(), offline in any::<bool>()) {
        let mut history = History::new();
        for attempt in &attempts {
            history.step(attempt);
        }
        let now = history.now(offline);
        for (action, offer) in offers(&history.holder, &now, &Policy::default()) {
            if !action.counts_for_the_day() {
                continue;
            }
            let command = Command::Issue { action, serial: serial(9999), confirmed_by_holder: true, consequence_confirmed: true, guardian_recorded: false };
            prop_assert_eq!(decide(&history.holder, &command, &now, &Policy::default()).map(|_| ()), offer);
        }
    }

    #[test]
    fn l_table_exactly_one_of_the_three_issue_actions_fits(attempts in attempts()) {
        let mut history = History::new();
        for attempt in &attempts {
            history.step(attempt);
            let tomorrow = at_centre(history.at.day().tomorrow().unwrap());
            let offers = offers(&history.holder, &tomorrow, &Policy::default());
            let allowed: Vec<Action> = offers
                .into_iter()
                .filter_map(|(action, offer)| (action.counts_for_the_day() && offer.is_ok()).then_some(action))
                .collect();
            prop_assert_eq!(allowed, [fitting_action(&history.holder, tomorrow.at.day())]);
        }
    }

    #[test]
    fn l1_only_the_first_code_of_a_holder_is_an_application(attempts in attempts()) {
        let mut history = History::new();
        for attempt in &attempts {
            history.step(attempt);
        }
        let applications = history.issued.iter().filter(|(_, action)| *action == Action::Apply).count();
        prop_assert!(applications <= 1);
        if let Some((_, first)) = history.issued.first() {
            prop_assert_eq!(*first, Action::Apply);
        }
    }

    #[test]
    fn l1_expiry_agrees_with_another_calendar_over_400_years(offset in 0_i32..146_097, validity_days in 0_u16..1000) {
        let start = time::Date::from_calendar_date(2000, time::Month::January, 1).unwrap();
        let issued = start + time::Duration::days(offset.into());
        let end = issued + time::Duration::days(validity_days.into());
        let here = |date: time::Date| day(date.year() as i16, u8::from(date.month()) as i8, date.day() as i8);
        let policy = Policy { validity_days, ..Policy::default() };
        prop_assert_eq!(valid_through(here(issued), &policy), here(end));
    }

    #[test]
    fn l3_the_shanghai_day_agrees_with_another_calendar(ms in -62_000_000_000_000_i64..250_000_000_000_000) {
        let shanghai = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
            .unwrap()
            .to_offset(time::UtcOffset::from_hms(8, 0, 0).unwrap());
        let (date, civil) = (At(ms).day(), At(ms).civil());
        prop_assert_eq!(i32::from(date.year()), shanghai.year());
        prop_assert_eq!(date.month(), u8::from(shanghai.month()) as i8);
        prop_assert_eq!(date.day(), shanghai.day() as i8);
        prop_assert_eq!((civil.hour(), civil.minute()), (shanghai.hour() as i8, shanghai.minute() as i8));
        prop_assert!(At::start_of(date) <= At(ms) && At(ms) < At::end_of(date));
        prop_assert_eq!(At::end_of(date), At::start_of(date.saturating_add(1.days())));
    }

    #[test]
    fn l10_l11_a_desk_that_may_not_issue_still_accepts_losses(
        contact_hours in proptest::option::of(-10_i64..500), offset in any::<i64>(), clock_set_back in any::<bool>(),
    ) {
        let at = At::start_of(day(2026, 2, 1));
        let last_contact = contact_hours.map(|hours| at.plus_ms(-hours * 3_600_000));
        let now = Now { at, vantage: Vantage::Offline { last_contact, clock_offset_ms: offset, clock_set_back } };
        let issued = Code {
            serial: serial(1),
            state: CodeState::Live,
            issued_at: at,
            valid_through: day(2026, 7, 31),
            provisional: false,
            copies: 1,
        };
        let holder = Holder { eligibility: eligible(), codes: vec![issued], issue_days: vec![], unused_corrections: Vec::new() };
        let loss = Command::ReportLoss { serial: serial(1), consequence_confirmed: true };
        prop_assert!(decide(&holder, &loss, &now, &Policy::default()).is_ok());
        let reissue = Command::Issue {
            action: Action::Reissue, serial: serial(2), confirmed_by_holder: true, consequence_confirmed: true, guardian_recorded: false,
        };
        let fit = matches!(contact_hours, Some(0..72)) && offset.unsigned_abs() <= 300_000 && !clock_set_back;
        let decided = decide(&holder, &reissue, &now, &Policy::default());
        prop_assert_eq!(decided.is_ok(), fit);
        if let Err(refusal) = decided {
            prop_assert!([Refusal::ClockNotTrusted, Refusal::OfflineTooLong].contains(&refusal));
        }
    }

    #[test]
    fn e1_e2_every_birthday_falls_into_exactly_one_group(days in 0_i32..43_000) {
        use rules::eligibility::{Eligibility, Ground, Knowledge, age_on, eligibility};
        let today = day(2026, 1, 1);
        let birth = today.saturating_sub(days.days());
        let number = IdNumber::parse(&number_text("310000", birth, 2)).unwrap();
        let ground = match eligibility(&number, &Knowledge::Nothing, today, &Policy::default()) {
            Eligibility::Eligible { ground, provisional: false, .. } => Some(ground),
            Eligibility::Eligible { .. } | Eligibility::NotEligible { .. } => None,
        };
        let expected = match age_on(birth, today) {
            0..=17 => Some(Ground::Minor),
            18..=59 => None,
            60.. => Some(Ground::Senior),
        };
        prop_assert_eq!(ground, expected);
    }
}
