//! Corrections of name and photo, from the kiosk to the new sheet. Clerks and supervisors use the keyboard alone.

use std::path::PathBuf;

use practice::citizen::Citizen;
use practice::clerk::{Action, Clerk, Confirmation};
use practice::correcting::Wrong;
use practice::kiosk::Session;
use practice::sheet;
use rig::window::{Key, Window};
use rules::payload::{Claims, decode};
use serde_json::{Value, json};

use crate::Counter;

/// What the centre says of a symbol to whoever scans it.
async fn answer_of_the_centre(counter: &Counter, symbol: &str) -> String {
    let scan = json!({ "payload": symbol, "scanner": "e2e", "place": "演练" });
    let answer = counter.site.central.post("/v1/verify", &[], &scan).await.unwrap().good().unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    answer["answer"].as_str().unwrap().to_owned()
}

fn claims(symbol: &str) -> Claims {
    decode(symbol).unwrap().claims
}

/// The citizen applies at the kiosk, sees that something is wrong and is sent to the window. Returns the symbol of the
/// sheet with which they come.
async fn comes_from_the_kiosk(counter: &Counter, citizen: &Citizen, field: &str, remark: &str) -> String {
    let central = &counter.site.central;
    let kiosk = counter.site.install_kiosk().await.unwrap();
    let session: Session = kiosk.logs_in(central, citizen).await.unwrap();
    kiosk.applies(central, &session).await.unwrap();
    let pdf = kiosk.downloads(central, &session).await.unwrap();
    kiosk.escalates(central, &session, field, remark).await.unwrap();
    let file: PathBuf = counter.site.folder.path().join("kiosk.pdf");
    std::fs::write(&file, pdf).unwrap();
    sheet::symbol(&file).await.unwrap()
}

/// F4, the holder agrees, F9: the replacement, by keyboard.
async fn replaces(window: &Window, confirmation: Confirmation) {
    window.press(Key::F4.into()).await.unwrap();
    window.has("confirm", "data-action", "replace").await.unwrap();
    window.tab_to("confirm-holder").await.unwrap();
    window.press(' ').await.unwrap();
    let clerk = Clerk::at(window);
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Replace, confirmation).await.unwrap();
    clerk.sees_sheet_printed().await.unwrap();
}

#[tokio::test]
async fn n1_a_rare_character_goes_from_the_kiosk_to_the_right_sheet() {
    let counter = Counter::open("correct-name").await;
    let citizen = counter.site.citizen("wrong-character").unwrap();
    let old = comes_from_the_kiosk(&counter, citizen, "name", "名字里的字不对").await;
    assert_eq!(answer_of_the_centre(&counter, &old).await, "valid");

    let second = counter.open_second_desk("supervisor").await;
    let clerk = counter.clerk();
    let window = counter.window();
    let _card = counter.site.lay("wrong-character").unwrap();
    clerk.sees(citizen).await.unwrap();
    window.text_with("citizen-chip-name", citizen.name).await.unwrap();
    window.find("history-escalation").await.unwrap();
    clerk.opens_correction(Wrong::Name).await.unwrap();
    clerk.chooses_reason("N1").await.unwrap();
    // The chip's name is there already; what differs is said with its code points.
    window.text_with("name-differences", "U+2C386").await.unwrap();
    clerk.adds_evidence("card_scan").await.unwrap();
    clerk.hands_in().await.unwrap();

    let supervisor = second.supervisor();
    supervisor.opens_first().await.unwrap();
    second.window.text_with("name-differences", "U+2C386").await.unwrap();
    supervisor.looks_at_evidence(&["chip_read", "card_scan"]).await.unwrap();
    supervisor.approves().await.unwrap();
    second.window.has("approval", "data-state", "applied").await.unwrap();

    clerk.sees_correction("applied").await.unwrap();
    window.press(Key::Escape.into()).await.unwrap();
    clerk.sees_named(citizen.name).await.unwrap();
    assert!(!window.shows("history-escalation").await, "answered, so no longer open");
    replaces(window, Confirmation::Confirmed).await;

    let printed = counter.site.printer.printed().unwrap().pop().unwrap();
    assert!(sheet::text(&printed).await.unwrap().contains(citizen.name));
    let new = sheet::symbol(&printed).await.unwrap();
    assert_eq!(claims(&new).expires_at, claims(&old).expires_at, "a replacement keeps the old expiry");
    assert_ne!(claims(&new).serial, claims(&old).serial);
    assert_eq!(answer_of_the_centre(&counter, &old).await, "superseded");
    assert_eq!(answer_of_the_centre(&counter, &new).await, "valid");
}
