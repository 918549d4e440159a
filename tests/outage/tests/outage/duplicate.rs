//! The same holder is served on the same day at two offline desks.

use counter::{Counter, view::LoginInput};
use desk::store::Page;
use outage::{
    books::{agree, nobody_has_two},
    centre::{Centre, SUPERVISOR},
    window::{Window, senior},
};
use rig::{
    bus::{Bus, BusKind},
    printer::Printer,
};
use rules::{case_number::grouped, life::CodeState, wire::Verdict};
use std::{path::Path, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn l3_of_two_offline_issues_the_first_applied_wins_and_the_other_is_a_conflict() {
    let centre = Centre::start("outage-duplicate").await.unwrap();
    let url = centre.central.url();
    let mut first = Window::enrol(&centre, 1, &url).await.unwrap();
    let mut second = Window::enrol(&centre, 2, &url).await.unwrap();
    let number = senior(1).unwrap();
    // The second desk issued earlier; the first one synchronises earlier.
    let lost = second.issue(&number).await.unwrap();
    let won = first.issue(&number).await.unwrap();
    for window in [&mut first, &mut second] {
        window.online();
        window.drained().await.unwrap();
    }
    let settled = agree(&centre, &second).await.unwrap();
    assert_eq!(settled[0].1, Verdict::DuplicateSameDay { winner: won.serial });
    assert!(matches!(agree(&centre, &first).await.unwrap()[0].1, Verdict::Applied { .. }), "and never flips");
    nobody_has_two(&centre).await.unwrap();

    // The other code is kept but revoked and does not verify; the winner verifies.
    let state =
        format!("SELECT state, encode(duplicate_of, 'hex') FROM code WHERE serial = '\\x{}'", lost.serial);
    assert_eq!(centre.postgres.query(&state).await.unwrap(), format!("3|{}", won.serial));
    let citizen = second.desk.citizen.read(&number, None).await.unwrap();
    assert_eq!(citizen.codes[0].code.state, CodeState::Voided);
    assert!(!citizen.holder.issue_days.is_empty(), "the day is used up");

    // The second window shows the conflict with the citizen's case.
    let conflicts = second.desk.lists.conflicts.page(true, Page { offset: 0, limit: 10 }).await.unwrap();
    assert_eq!(conflicts.rows[0].case_number.as_ref(), Some(&lost.case_number));
    second.close().await.unwrap();
    first.close().await.unwrap();

    // The counter shows both sides of it, prints the notice and stores the call-back note.
    let bus = Bus::start(&centre.folder, BusKind::System).await.unwrap();
    let printer = Printer::start(&centre.folder, &bus).await.unwrap();
    let settings = format!(
        "[centre]\nurl = \"{url}\"\n\n[printer]\nuri = \"{}\"\n\n[vault]\nkey_file = \"practice\"\n",
        printer.uri()
    );
    std::fs::write(second.folder.path().join("desk.toml"), settings).unwrap();
    let counter = Counter::open(second.folder.path().to_owned()).await;
    let password = centre.passwords[1].clone();
    let login = LoginInput { staff: SUPERVISOR.to_owned(), password, second_factor: None };
    counter.session.login(login).await.unwrap();
    let shown = counter.lists.conflicts.list().await.unwrap();
    assert_eq!((shown.len(), shown[0].closed), (1, false));
    let case_number = grouped(&lost.case_number);
    assert_eq!(shown[0].case_number.as_ref(), Some(&case_number));
    counter.lists.conflicts.print_notice(shown[0].epoch, shown[0].seq).await.unwrap();
    let printed = async || printer.printed().ok()?.pop();
    let notice = rig::process::until("the notice", Duration::from_secs(60), printed).await.unwrap();
    let text = text_of(&notice);
    let won_short = won.serial.to_string()[24..].to_owned();
    for words in [case_number.as_str(), "冯**", &won_short, "已撤销"] {
        assert!(text.contains(words), "{words} is missing on the notice: {text}");
    }
    assert!(!text.contains(number.expose()), "M1");
    let note = "已电话告知本人".to_owned();
    let closed = counter.lists.conflicts.close(shown[0].epoch, shown[0].seq, note).await.unwrap();
    assert!(closed[0].closed);
}

/// Returns the text of a printed sheet without whitespace.
fn text_of(pdf: &Path) -> String {
    let output = std::process::Command::new("pdftotext").arg(pdf).arg("-").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect()
}
