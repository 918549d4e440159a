//! Loss reports, reprints, voids and prints of a code.

use crate::machine::support::{CLERK, DISMISSED, STRANGER, SUPERVISOR, Window, code_states, rejected};
use central_fixture::desk::{MORNING, issue_body, senior};
use rules::{
    Refusal,
    life::{Action, CodeState, Serial},
    op::OpBody,
    wire::Verdict,
};

const DONE: Verdict = Verdict::Applied { action: None };

/// A window with a live code.
fn with_code() -> (Window, Serial) {
    let mut window = Window::registered(senior(1));
    let serial = window.desk.serial(&window.holder.number);
    let body = issue_body(&window.holder, Action::Apply, serial, MORNING.day(), Some(1));
    window.does(CLERK, body);
    assert_eq!(window.state_of(serial), Some(CodeState::Live));
    (window, serial)
}

fn void(serial: Serial, reason: &str) -> OpBody {
    OpBody::Void { serial, reason: reason.to_owned() }
}

#[test]
fn s5_whoever_does_not_work_at_the_site_does_nothing_to_a_code() {
    let (mut window, serial) = with_code();
    for who in ["99999", STRANGER, DISMISSED] {
        for body in [
            OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true },
            OpBody::Reprint { serial, agent: None },
            OpBody::Printed { serial, good: true },
            void(serial, "发错了人"),
        ] {
            let operation = window.writes(who, MORNING, body);
            window.refuses(&operation, Refusal::NotPermitted);
        }
    }
}

#[test]
fn s5_a_void_takes_a_supervisor_and_a_reason() {
    let (mut window, serial) = with_code();
    let operation = window.writes(CLERK, MORNING, void(serial, "发错了人"));
    window.refuses(&operation, Refusal::NotPermitted);
    for blank in ["", " ", "\u{3000}"] {
        let operation = window.writes(SUPERVISOR, MORNING, void(serial, blank));
        window.refuses(&operation, Refusal::VoidReasonNeeded);
    }
    assert_eq!(window.does(SUPERVISOR, void(serial, "发错了人")).verdict, DONE);
    assert_eq!(window.state_of(serial), Some(CodeState::Voided));
}

#[test]
fn l6_a_loss_report_ends_the_code_it_names_and_a_reprint_counts_its_copies() {
    let (mut window, serial) = with_code();
    assert_eq!(window.does(CLERK, OpBody::Reprint { serial, agent: None }).verdict, DONE);
    assert_eq!(window.citizen.code(serial).unwrap().code.copies, 2);
    let decision =
        window.does(CLERK, OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true });
    assert_eq!((decision.verdict.clone(), code_states(&decision)), (DONE, vec![(serial, CodeState::Lost)]));
    let operation = window.writes(CLERK, MORNING, OpBody::Reprint { serial, agent: None });
    window.refuses(&operation, Refusal::CodeNotLive);
}

#[test]
fn l12_of_150_reprints_in_one_batch_the_sixth_and_all_after_it_are_refused_and_listed_for_review() {
    let (mut window, serial) = with_code();
    for nth in 1..=150 {
        let decision = window.does(CLERK, OpBody::Reprint { serial, agent: None });
        let (verdict, reviews) = match nth {
            ..=5 => (DONE, Vec::new()),
            _ => (rejected(Refusal::TooManyCopies), vec!["too_many_copies"]),
        };
        assert_eq!((decision.verdict, decision.reviews), (verdict, reviews), "{nth}");
    }
    assert_eq!(window.citizen.code(serial).unwrap().code.copies, 1 + 5);
}

#[test]
fn l6_a_loss_report_whose_consequence_was_not_confirmed_is_refused() {
    let (mut window, serial) = with_code();
    let unconfirmed = OpBody::ReportLoss { serial, agent: None, consequence_confirmed: false };
    let operation = window.writes(CLERK, MORNING, unconfirmed);
    window.refuses(&operation, Refusal::ConsequenceNotConfirmed);
}

#[test]
fn nothing_is_done_to_a_code_the_citizen_does_not_have() {
    let (mut window, serial) = with_code();
    let anothers = Serial::new(serial.bucket(), serial.device(), 99, [9; 7]);
    for body in [
        OpBody::ReportLoss { serial: anothers, agent: None, consequence_confirmed: true },
        OpBody::Reprint { serial: anothers, agent: None },
        void(anothers, "发错了人"),
    ] {
        let operation = window.writes(SUPERVISOR, MORNING, body);
        window.refuses(&operation, Refusal::UnknownCode);
    }
    assert_eq!(window.state_of(serial), Some(CodeState::Live));
}

/// L4: what came of the printing is a note for the record.
#[test]
fn l4_a_failed_print_changes_nothing() {
    let (mut window, serial) = with_code();
    let before = window.citizen.clone();
    for good in [true, false] {
        assert_eq!(window.does(CLERK, OpBody::Printed { serial, good }).verdict, DONE);
    }
    assert_eq!(window.citizen, before);
}
