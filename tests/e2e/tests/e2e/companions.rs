//! Devices beside the window: a queue that calls tickets, a rating device and a display, emulated
//! on the window's own socket.

use drivers::emulate::EmulatedCompanion;
use practice::clerk::{Action, Confirmation};
use practice::site::FIRST_DESK;
use serde_json::Value;

use crate::Counter;

/// Returns the next stage event for which `is_it` holds, and every line on the way.
fn stage(display: &mut EmulatedCompanion, is_it: impl Fn(&Value) -> bool) -> (Value, Vec<String>) {
    let mut lines = Vec::new();
    loop {
        let line = display.next_line().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        lines.push(line);
        if is_it(&event) {
            return (event, lines);
        }
    }
}

#[tokio::test]
async fn a_ticket_and_a_rating_are_bound_to_the_case_and_stand_in_the_journal() {
    let mut counter = Counter::closed("companions").await;
    counter.site.change_settings(FIRST_DESK, "[companions]\nopen = true").unwrap();
    counter.open_window().await;
    let socket = counter.site.desk_folder(FIRST_DESK).unwrap().join("run/companions.sock");
    let connect = |device| EmulatedCompanion::connect(&socket, device).unwrap();
    let (mut queue, mut rating, mut display) = (connect("queue"), connect("rating"), connect("display"));
    let citizen = counter.site.citizen("senior").unwrap();
    let clerk = counter.clerk();

    assert!(queue.call("A-012", 300).unwrap().contains("taken"));
    let (called, _) = stage(&mut display, |event| event["ticket"] == "A-012");
    assert_eq!((&called["stage"], &called["case"]), (&Value::from("welcome"), &Value::Null));
    let _card = counter.site.lay("senior").unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    clerk.holder_agrees().await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    let (done, lines) =
        stage(&mut display, |event| event["stage"] == "done" && event["result"] == "confirmed");
    assert_eq!(done["ticket"], "A-012");
    for line in &lines {
        let is_personal = line.contains(citizen.name) || line.contains(&citizen.number);
        assert!(!is_personal && !line.contains(&citizen.number[14..]), "{line}");
    }

    let case = done["case"].as_str().unwrap();
    assert!(rating.rate(case, 5).unwrap().contains("taken"));
    assert!(rating.rate(case, 5).unwrap().contains("taken"), "the same rating sent again");
    assert!(rating.rate(case, 1).unwrap().contains("already_rated"));
    assert!(rating.rate("3100002026112300100000000", 5).unwrap().contains("unknown_case"));
    assert!(queue.rate(case, 5).unwrap().contains("not_yours"));

    clerk.hands_over().await.unwrap();
    let (_, _) = stage(&mut display, |event| event["case"].is_null());
    let window = counter.window();
    window.click("place-journal").await.unwrap();
    window.text_with("journal-rating", "5.0").await.unwrap();
    let cases = window.text("journal-cases").await.unwrap();
    assert!(cases.contains("A-012") && cases.contains("5:00"), "ticket and five minutes: {cases}");
    window.text_with("journal-clerks", "5.0").await.unwrap();

    window.click("export-journal").await.unwrap();
    let said = window.text("journal-exported").await.unwrap();
    let path = said.split_whitespace().find(|word| word.ends_with(".csv")).unwrap();
    let csv = std::fs::read_to_string(path).unwrap();
    assert!(csv.contains(case) && csv.contains("\"A-012\",\"300\""), "{csv}");
    assert!(!csv.contains(citizen.name) && !csv.contains('*'), "no name, not even masked: {csv}");
}
