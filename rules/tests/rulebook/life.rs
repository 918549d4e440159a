//! L1–L11: the life of a code, one test for each row of the table.

use crate::support::{at_centre, code, day, holder, offline, serial, today};
use rules::{
    At, DeviceNumber, Policy, Refusal,
    life::{
        Action, Code, CodeState, Command, Holder, Now, Outcome, Serial, Standing, TakesEffect, Vantage,
        check_consequence, check_void_reason, code_acted_on, decide, fitting_action, offers, valid_through,
        would_be_valid_through,
    },
};
use uuid::Uuid;

pub(crate) const CORRECTION: Uuid = Uuid::from_u128(77);

pub(crate) fn run(holder: &Holder, command: &Command, now: &Now) -> Result<Outcome, Refusal> {
    decide(holder, command, now, &Policy::default())
}

pub(crate) fn issue(action: Action) -> Command {
    Command::Issue {
        action,
        serial: serial(9),
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: false,
    }
}

const fn report_loss(serial: Serial) -> Command {
    Command::ReportLoss { serial, consequence_confirmed: true }
}

pub(crate) fn replace() -> Command {
    Command::Replace {
        serial: serial(9),
        correction: CORRECTION,
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: false,
    }
}

/// Returns a code issued on 2025-11-01 and in force on the day of the tests.
pub(crate) fn in_force(state: CodeState) -> Code {
    code(1, state, day(2025, 11, 1), day(2026, 4, 30))
}

/// Returns a code issued on 2025-01-01 that has long expired.
fn over(state: CodeState) -> Code {
    code(1, state, day(2025, 1, 1), day(2025, 6, 30))
}

#[test]
fn l_table_every_action_is_allowed_or_refused_in_every_state() {
    use Refusal::{CodeNotLive, HasHadACode, NeverHadACode, ReapplyInstead, ReissueInstead};
    let row = |codes: Vec<Code>| {
        let holder = Holder { unused_corrections: vec![CORRECTION], ..holder(codes) };
        let offers = offers(&holder, &at_centre(today()), &Policy::default());
        assert_eq!(offers.iter().map(|(action, _)| *action).collect::<Vec<_>>(), Action::ALL);
        <[Result<(), Refusal>; 7]>::try_from(offers.into_iter().map(|(_, offer)| offer).collect::<Vec<_>>())
            .unwrap()
    };
    let never = Err(NeverHadACode);
    // Columns: apply, reapply, reissue, report_loss, reprint, replace, void.
    assert_eq!(row(vec![]), [Ok(()), never, never, never, never, never, never]);
    let dead = Err(CodeNotLive);
    let (had, instead) = (Err(HasHadACode), Err(ReissueInstead));
    assert_eq!(row(vec![in_force(CodeState::Live)]), [had, instead, Ok(()), Ok(()), Ok(()), Ok(()), Ok(())]);
    assert_eq!(row(vec![in_force(CodeState::Lost)]), [had, instead, Ok(()), dead, dead, Ok(()), Ok(())]);
    let again = [had, Ok(()), Err(ReapplyInstead), dead, dead, Err(ReapplyInstead), dead];
    assert_eq!(row(vec![in_force(CodeState::Voided)]), again);
    assert_eq!(row(vec![over(CodeState::Live)]), again);
    assert_eq!(row(vec![over(CodeState::Lost)]), again);
    assert_eq!(row(vec![over(CodeState::Voided)]), again);
    // The successor exists, but is not known here.
    assert_eq!(row(vec![in_force(CodeState::Superseded)]), [had, instead, Ok(()), dead, dead, dead, dead]);
}

#[test]
fn l_table_after_superseded_the_newest_code_decides() {
    let successor = |state| code(2, state, day(2025, 12, 1), day(2026, 5, 30));
    let fitting = |codes| fitting_action(&holder(codes), today());
    let superseded = || in_force(CodeState::Superseded);
    assert_eq!(fitting(vec![]), Action::Apply);
    assert_eq!(fitting(vec![superseded(), successor(CodeState::Live)]), Action::Reissue);
    assert_eq!(fitting(vec![superseded(), successor(CodeState::Lost)]), Action::Reissue);
    assert_eq!(fitting(vec![superseded(), successor(CodeState::Voided)]), Action::Reapply);
    assert_eq!(fitting(vec![over(CodeState::Live), successor(CodeState::Superseded)]), Action::Reapply);
}

#[test]
fn l7_a_live_code_decides_even_if_the_loser_of_a_double_issue_is_newer() {
    let loser = code(2, CodeState::Voided, day(2025, 12, 1), day(2026, 5, 30));
    let fitting = |winner| fitting_action(&holder(vec![winner, loser.clone()]), today());
    assert_eq!(fitting(in_force(CodeState::Live)), Action::Reissue);
    assert_eq!(fitting(in_force(CodeState::Lost)), Action::Reissue);
    assert_eq!(fitting(over(CodeState::Live)), Action::Reapply);
}

#[test]
fn l_table_the_other_actions_are_not_issues() {
    for action in [Action::ReportLoss, Action::Reprint, Action::Replace, Action::Void] {
        assert_eq!(run(&holder(vec![]), &issue(action), &at_centre(today())), Err(Refusal::NotAnIssue));
    }
}

#[test]
fn l_table_each_action_has_its_effects() {
    let now = at_centre(today());
    let applied = run(&holder(vec![]), &issue(Action::Apply), &now).unwrap();
    let new_code = Code {
        serial: serial(9),
        state: CodeState::Live,
        issued_at: now.at,
        valid_through: day(2026, 6, 30),
        provisional: false,
        copies: 1,
    };
    let expected = Outcome {
        new_code: Some(new_code.clone()),
        changes: vec![],
        counts_for: Some(today()),
        reprinted: None,
        used_correction: None,
        takes_effect: TakesEffect::AtOnce,
    };
    assert_eq!(applied, expected);
    let reapplied = run(&holder(vec![over(CodeState::Live)]), &issue(Action::Reapply), &now).unwrap();
    assert_eq!(reapplied, expected, "an expired code is left as it is: expiry is derived");
    let reissued = run(&holder(vec![in_force(CodeState::Live)]), &issue(Action::Reissue), &now).unwrap();
    let superseded = vec![(serial(1), CodeState::Superseded)];
    assert_eq!(reissued, Outcome { changes: superseded.clone(), ..expected.clone() });

    let corrected =
        Holder { unused_corrections: vec![CORRECTION], ..holder(vec![in_force(CodeState::Live)]) };
    let replaced = run(&corrected, &replace(), &now).unwrap();
    let kept = Code { valid_through: day(2026, 4, 30), ..new_code };
    let nothing = Outcome { new_code: None, counts_for: None, ..expected };
    let with_correction = Outcome {
        new_code: Some(kept),
        changes: superseded,
        used_correction: Some(CORRECTION),
        ..nothing.clone()
    };
    assert_eq!(replaced, with_correction);

    let live = holder(vec![in_force(CodeState::Live)]);
    let lost = run(&live, &report_loss(serial(1)), &now).unwrap();
    assert_eq!(lost, Outcome { changes: vec![(serial(1), CodeState::Lost)], ..nothing.clone() });
    let reprinted = run(&live, &Command::Reprint { serial: serial(1) }, &now).unwrap();
    assert_eq!(reprinted, Outcome { reprinted: Some(serial(1)), ..nothing.clone() });
    for state in [CodeState::Live, CodeState::Lost] {
        let voided = run(&holder(vec![in_force(state)]), &Command::Void { serial: serial(1) }, &now).unwrap();
        assert_eq!(voided, Outcome { changes: vec![(serial(1), CodeState::Voided)], ..nothing.clone() });
    }
}

#[test]
fn l_table_a_code_must_belong_to_the_holder_and_a_new_serial_must_be_unused() {
    let live = holder(vec![in_force(CodeState::Live)]);
    let now = at_centre(today());
    for command in
        [report_loss(serial(5)), Command::Reprint { serial: serial(5) }, Command::Void { serial: serial(5) }]
    {
        assert_eq!(run(&live, &command, &now), Err(Refusal::UnknownCode));
    }
    let reused = Command::Issue {
        action: Action::Reissue,
        serial: serial(1),
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: false,
    };
    assert_eq!(run(&live, &reused, &now), Err(Refusal::SerialReused));
}

#[test]
fn l_table_ended_codes_can_be_neither_lost_nor_reprinted_nor_voided() {
    let now = at_centre(today());
    for dead in [in_force(CodeState::Superseded), in_force(CodeState::Voided), over(CodeState::Live)] {
        for command in [
            report_loss(serial(1)),
            Command::Reprint { serial: serial(1) },
            Command::Void { serial: serial(1) },
        ] {
            assert_eq!(run(&holder(vec![dead.clone()]), &command, &now), Err(Refusal::CodeNotLive));
        }
    }
}

#[test]
fn l_table_each_approved_correction_allows_one_replacement() {
    let now = at_centre(today());
    let mut holder = holder(vec![in_force(CodeState::Lost)]);
    assert_eq!(run(&holder, &replace(), &now), Err(Refusal::NoApprovedCorrection));
    holder.unused_corrections = vec![Uuid::from_u128(78)];
    assert_eq!(run(&holder, &replace(), &now), Err(Refusal::NoApprovedCorrection));
    holder.unused_corrections = vec![CORRECTION, Uuid::from_u128(78)];
    assert!(run(&holder, &replace(), &now).is_ok(), "any that is unused, not the newest alone");
    holder.issue_days.push(today());
    assert!(run(&holder, &replace(), &now).is_ok(), "it does not count for the day");
    let unconfirmed = Command::Replace {
        serial: serial(9),
        correction: CORRECTION,
        confirmed_by_holder: false,
        consequence_confirmed: true,
        guardian_recorded: false,
    };
    assert_eq!(run(&holder, &unconfirmed, &now), Err(Refusal::NotConfirmedByHolder));
}

#[test]
fn l_table_voiding_needs_a_reason() {
    assert_eq!(check_void_reason(" \n"), Err(Refusal::VoidReasonNeeded));
    assert_eq!(check_void_reason("领取人不符"), Ok(()));
}

#[test]
fn l1_a_code_is_valid_for_180_days_after_the_day_of_issue() {
    let through = |issued| valid_through(issued, &Policy::default());
    assert_eq!(through(day(2026, 1, 1)), day(2026, 6, 30));
    assert_eq!(through(day(2024, 1, 1)), day(2024, 6, 29), "a leap day is a day");
    assert_eq!(through(day(2026, 8, 17)), day(2027, 2, 13), "no roll-over on holidays");
    let short = Policy { validity_days: 1, ..Policy::default() };
    assert_eq!(valid_through(day(2026, 12, 31), &short), day(2027, 1, 1));
}

#[test]
fn l1_a_code_ends_at_midnight_after_its_last_day() {
    let code = code(1, CodeState::Live, day(2026, 1, 1), day(2026, 6, 30));
    let last_moment = At::end_of(day(2026, 6, 30)).plus_ms(-1);
    assert_eq!(code.standing(last_moment.day()), Standing::Live);
    assert_eq!(code.standing(last_moment.plus_ms(1).day()), Standing::Expired);
}

#[test]
fn l2_only_a_live_code_verifies() {
    for (code, standing) in [
        (in_force(CodeState::Live), Standing::Live),
        (in_force(CodeState::Lost), Standing::Lost),
        (in_force(CodeState::Superseded), Standing::Superseded),
        (in_force(CodeState::Voided), Standing::Voided),
        (over(CodeState::Live), Standing::Expired),
        (over(CodeState::Lost), Standing::Expired),
        (over(CodeState::Superseded), Standing::Superseded),
        (over(CodeState::Voided), Standing::Voided),
    ] {
        assert_eq!(code.standing(today()), standing);
        assert_eq!(code.verifies(today()), standing == Standing::Live);
    }
}

#[test]
fn l2_an_offline_verifier_learns_of_every_code_that_ended_early() {
    let revoked = [CodeState::Live, CodeState::Lost, CodeState::Superseded, CodeState::Voided]
        .map(CodeState::is_revoked);
    assert_eq!(revoked, [false, true, true, true]);
}

#[test]
fn l3_the_three_issue_actions_share_one_issue_a_day() {
    for (codes, action) in [
        (vec![], Action::Apply),
        (vec![over(CodeState::Live)], Action::Reapply),
        (vec![in_force(CodeState::Live)], Action::Reissue),
    ] {
        let mut holder = holder(codes);
        holder.issue_days = vec![day(2025, 12, 31)];
        assert!(run(&holder, &issue(action), &at_centre(today())).is_ok());
        holder.issue_days.push(today());
        assert_eq!(run(&holder, &issue(action), &at_centre(today())), Err(Refusal::AlreadyIssuedToday));
        assert!(run(&holder, &issue(action), &at_centre(day(2026, 1, 2))).is_ok());
    }
}

#[test]
fn l3_the_day_changes_at_midnight_in_shanghai() {
    let mut holder = holder(vec![]);
    holder.issue_days = vec![today()];
    let at = |at| Now { at, vantage: Vantage::Centre };
    let midnight = At::start_of(day(2026, 1, 2));
    assert_eq!(midnight, At(1_767_283_200_000), "16:00 UTC on 1 January");
    assert_eq!(
        run(&holder, &issue(Action::Apply), &at(midnight.plus_ms(-1))),
        Err(Refusal::AlreadyIssuedToday)
    );
    assert!(run(&holder, &issue(Action::Apply), &at(midnight)).is_ok());
}

#[test]
fn l3_only_three_actions_use_up_the_day() {
    let counting: Vec<_> = Action::ALL.into_iter().filter(|action| action.counts_for_the_day()).collect();
    assert_eq!(counting, [Action::Apply, Action::Reapply, Action::Reissue]);
    let mut holder = holder(vec![in_force(CodeState::Live)]);
    holder.issue_days = vec![today()];
    for command in
        [report_loss(serial(1)), Command::Reprint { serial: serial(1) }, Command::Void { serial: serial(1) }]
    {
        assert_eq!(run(&holder, &command, &at_centre(today())).unwrap().counts_for, None);
    }
}

#[test]
fn l4_a_refused_issue_uses_no_day_and_a_failed_print_can_be_repeated() {
    let fresh = holder(vec![]);
    let refused = Command::Issue {
        action: Action::Apply,
        serial: serial(9),
        confirmed_by_holder: false,
        consequence_confirmed: true,
        guardian_recorded: false,
    };
    assert!(run(&fresh, &refused, &at_centre(today())).is_err());
    assert!(run(&fresh, &issue(Action::Apply), &at_centre(today())).is_ok());
    let mut issued = holder(vec![in_force(CodeState::Live)]);
    issued.issue_days = vec![today()];
    let again = run(&issued, &Command::Reprint { serial: serial(1) }, &at_centre(today())).unwrap();
    assert_eq!((again.counts_for, again.new_code), (None, None));
}

#[test]
fn l5_loss_and_reissue_are_allowed_on_one_day() {
    let now = at_centre(today());
    let mut holder = holder(vec![in_force(CodeState::Live)]);
    let lost = run(&holder, &report_loss(serial(1)), &now).unwrap();
    holder.codes[0].state = lost.changes[0].1;
    assert!(run(&holder, &issue(Action::Reissue), &now).is_ok());
    holder.issue_days = vec![today()];
    assert_eq!(run(&holder, &issue(Action::Reissue), &now), Err(Refusal::AlreadyIssuedToday));
}

#[test]
fn l6_a_loss_report_needs_its_consequence_confirmed() {
    let live = holder(vec![in_force(CodeState::Live)]);
    let unconfirmed = Command::ReportLoss { serial: serial(1), consequence_confirmed: false };
    assert_eq!(run(&live, &unconfirmed, &at_centre(today())), Err(Refusal::ConsequenceNotConfirmed));
}

#[test]
fn l6_actions_that_end_a_code_or_follow_one_need_confirmation() {
    let wish = |action, consequence_confirmed| Command::Issue {
        action,
        serial: serial(9),
        confirmed_by_holder: true,
        consequence_confirmed,
        guardian_recorded: false,
    };
    let now = at_centre(today());
    let refused = Err(Refusal::ConsequenceNotConfirmed);
    assert!(run(&holder(vec![]), &wish(Action::Apply, false), &now).is_ok(), "a first code ends nothing");
    for (codes, action) in [
        (vec![in_force(CodeState::Live)], Action::Reissue),
        (vec![in_force(CodeState::Lost)], Action::Reissue),
        (vec![over(CodeState::Live)], Action::Reapply),
    ] {
        assert_eq!(run(&holder(codes.clone()), &wish(action, false), &now), refused);
        assert!(run(&holder(codes), &wish(action, true), &now).is_ok());
    }
    let corrected =
        Holder { unused_corrections: vec![CORRECTION], ..holder(vec![in_force(CodeState::Live)]) };
    let unconfirmed = Command::Replace {
        serial: serial(9),
        correction: CORRECTION,
        confirmed_by_holder: true,
        consequence_confirmed: false,
        guardian_recorded: false,
    };
    assert_eq!(run(&corrected, &unconfirmed, &now), refused);
    let with_consequence: Vec<_> =
        Action::ALL.into_iter().filter(|action| action.has_consequence()).collect();
    assert_eq!(
        with_consequence,
        [Action::Reapply, Action::Reissue, Action::ReportLoss, Action::Replace, Action::Void]
    );
    assert_eq!(check_consequence(Action::Reissue, false), refused.map(|_: Outcome| ()));
}

#[test]
fn l_table_four_actions_make_a_code() {
    let making: Vec<_> = Action::ALL.into_iter().filter(|action| action.makes_code()).collect();
    assert_eq!(making, [Action::Apply, Action::Reapply, Action::Reissue, Action::Replace]);
}

#[test]
fn l_table_each_action_refers_to_its_code() {
    let acted_on = |state, action| {
        code_acted_on(&holder(vec![in_force(state)]), action, today()).map(|code| code.serial)
    };
    for action in Action::ALL {
        let about_a_code = matches!(action, Action::ReportLoss | Action::Reprint | Action::Void);
        assert_eq!(acted_on(CodeState::Live, action), about_a_code.then(|| serial(1)), "{action:?}");
        assert_eq!(
            acted_on(CodeState::Lost, action),
            (action == Action::Void).then(|| serial(1)),
            "{action:?}"
        );
        assert_eq!(acted_on(CodeState::Voided, action), None, "{action:?}");
    }
}

#[test]
fn l7_a_new_code_ends_every_code_that_still_counts() {
    let mut holder = holder(vec![
        over(CodeState::Live),
        code(2, CodeState::Lost, day(2025, 12, 1), day(2026, 5, 30)),
        code(3, CodeState::Live, day(2025, 12, 2), day(2026, 5, 31)),
        code(4, CodeState::Voided, day(2025, 12, 3), day(2026, 6, 1)),
    ]);
    let expected = vec![(serial(2), CodeState::Superseded), (serial(3), CodeState::Superseded)];
    let reissued = run(&holder, &issue(Action::Reissue), &at_centre(today())).unwrap();
    assert_eq!(reissued.changes, expected);
    holder.unused_corrections = vec![CORRECTION];
    let replaced = run(&holder, &replace(), &at_centre(today())).unwrap();
    assert_eq!(replaced.changes, expected);
    assert_eq!(
        replaced.new_code.unwrap().valid_through,
        day(2026, 5, 31),
        "the live code's end, not the newest's"
    );
}

#[test]
fn l1_the_last_day_shown_before_is_the_last_day_issued() {
    let cases = [
        (vec![], Action::Apply),
        (vec![over(CodeState::Live)], Action::Reapply),
        (vec![in_force(CodeState::Lost)], Action::Reissue),
        (vec![in_force(CodeState::Live)], Action::Replace),
        (vec![in_force(CodeState::Lost)], Action::Replace),
    ];
    for (codes, action) in cases {
        let holder = Holder { unused_corrections: vec![CORRECTION], ..holder(codes) };
        let command = if action == Action::Replace { replace() } else { issue(action) };
        let issued = run(&holder, &command, &at_centre(today())).unwrap().new_code.unwrap();
        let shown = would_be_valid_through(&holder, action, today(), &Policy::default());
        assert_eq!(shown, Some(issued.valid_through), "{action:?}");
    }
    let live = holder(vec![in_force(CodeState::Live)]);
    for action in [Action::ReportLoss, Action::Reprint, Action::Void] {
        assert_eq!(would_be_valid_through(&live, action, today(), &Policy::default()), None, "{action:?}");
    }
}

#[test]
fn l8_the_holder_must_confirm_name_and_photo() {
    let unconfirmed = Command::Issue {
        action: Action::Apply,
        serial: serial(9),
        confirmed_by_holder: false,
        consequence_confirmed: true,
        guardian_recorded: false,
    };
    assert_eq!(run(&holder(vec![]), &unconfirmed, &at_centre(today())), Err(Refusal::NotConfirmedByHolder));
}

#[test]
fn l9_offline_codes_are_provisional_and_take_effect_later() {
    let away = offline(today());
    let live = Holder { unused_corrections: vec![CORRECTION], ..holder(vec![in_force(CodeState::Live)]) };
    for command in [issue(Action::Reissue), replace()] {
        let outcome = run(&live, &command, &away).unwrap();
        assert!(outcome.new_code.unwrap().provisional);
        assert_eq!(outcome.takes_effect, TakesEffect::AtNextSynchronisation);
        assert!(!run(&live, &command, &at_centre(today())).unwrap().new_code.unwrap().provisional);
    }
    let lost = run(&live, &report_loss(serial(1)), &away).unwrap();
    assert_eq!(lost.takes_effect, TakesEffect::AtNextSynchronisation);
}

#[test]
fn l_table_serials_contain_bucket_device_counter_and_random_bytes() {
    let serial = Serial::new(0xAB, DeviceNumber(0x0102_0304), 0x0506_0708, [9, 10, 11, 12, 13, 14, 15]);
    assert_eq!(serial.to_string(), "ab0102030405060708090a0b0c0d0e0f");
    assert_eq!((serial.bucket(), serial.device()), (0xAB, DeviceNumber(0x0102_0304)));
    assert_eq!(format!("{serial:?}"), serial.to_string());
    let json = serde_json::to_string(&serial).unwrap();
    assert_eq!(serde_json::from_str::<Serial>(&json).unwrap(), serial);
    for text in ["", "ab", "AB0102030405060708090A0B0C0D0E0F", "zb0102030405060708090a0b0c0d0e0f"] {
        assert_eq!(text.parse::<Serial>(), Err(Refusal::SerialMalformed));
    }
}
