//! L12: how often a code is printed.

use crate::{
    life::run,
    support::{at_centre, code, day, holder, serial},
};
use rules::{
    Policy, Refusal,
    life::{Action, CodeState, Command, offers},
};

#[test]
fn l12_copies_are_limited_by_the_days_of_a_code_and_in_all() {
    let issued_on = day(2026, 3, 2);
    let copies_after = |days: i32, mut copies: u32| {
        let now = at_centre(issued_on.checked_add(jiff::Span::new().days(days)).unwrap());
        let mut holder = holder(vec![code(1, CodeState::Live, issued_on, day(2026, 8, 29))]);
        loop {
            holder.codes[0].copies = copies;
            let offered = offers(&holder, &now, &Policy::default());
            let offered = offered.into_iter().find(|(action, _)| *action == Action::Reprint).unwrap().1;
            let decided = run(&holder, &Command::Reprint { serial: serial(1) }, &now).map(|_| ());
            assert_eq!(offered, decided, "the screen offers what is decided");
            if let Err(refusal) = decided {
                assert_eq!(refusal, Refusal::TooManyCopies);
                return copies;
            }
            copies += 1;
        }
    };
    assert_eq!(copies_after(0, 1), 1 + 5);
    assert_eq!(copies_after(1, 6), 1 + 10);
    assert_eq!(copies_after(170, 1), 50, "a code that lay unused saves none up beyond that");
    // A desk whose clock is behind gains nothing from the days before the issue.
    assert_eq!(copies_after(-3, 1), 1 + 5);
}
