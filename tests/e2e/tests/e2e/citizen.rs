//! The citizen window (客显): a second window of the program, which may ask only for its own view.

use practice::clerk::{Action, Confirmation};
use practice::site::FIRST_DESK;

use crate::Counter;

/// Script that asks for everything the clerk's window may ask for.
const ASK_FOR_MORE: &str = r#"
const done = arguments[0];
const names = ['status', 'counter', 'queue', 'audit', 'unmask', 'confirm', 'plugin:sql|select', 'plugin:webview|set_webview_zoom'];
const ask = (name) => window.__TAURI_INTERNALS__.invoke(name, {}).then(() => 'allowed', (refusal) => String(refusal));
Promise.all(names.map(ask)).then(done);
"#;

#[tokio::test]
async fn the_citizen_window_shows_the_current_action_and_nothing_else() {
    let mut counter = Counter::open("citizen-window").await;
    counter.site.change_settings(FIRST_DESK, "[citizen_window]\nopen = true").unwrap();
    counter.open_window().await;
    let window = counter.window();
    let [clerks, citizens] = ["status-line", "citizen-window"];
    let citizen = counter.site.citizen("senior").unwrap();

    window.switch_to_window_with(citizens).await.unwrap();
    window.has("citizen-window", "data-stage", "welcome").await.unwrap();
    // S1: its capability allows a single command.
    let answers = window.run_script(ASK_FOR_MORE).await.unwrap();
    for answer in answers.as_array().unwrap() {
        assert!(answer.as_str().unwrap().contains("not allowed"), "{answer}");
    }

    let card = counter.site.lay("senior").unwrap();
    window.has("citizen-window", "data-stage", "in_progress").await.unwrap();
    let shown = window.text("citizen-window").await.unwrap();
    assert!(!shown.contains(citizen.name) && shown.contains("王**"), "masked until it is compared: {shown}");
    window.switch_to_window_with(clerks).await.unwrap();
    counter.clerk().begins(Action::Apply).await.unwrap();
    window.switch_to_window_with(citizens).await.unwrap();
    // L8: name and photo are shown large, for the citizen to compare.
    window.text_with("citizen-window-name", citizen.name).await.unwrap();
    window.find("citizen-window-portrait").await.unwrap();
    let masked = format!("310***********{}", &citizen.number[14..]);
    window.text_with("citizen-window-number", &masked).await.unwrap();
    window.switch_to_window_with(clerks).await.unwrap();
    counter.clerk().holder_agrees().await.unwrap();
    counter.clerk().does_it().await.unwrap();
    counter.clerk().sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    window.switch_to_window_with(citizens).await.unwrap();
    window.has("citizen-window", "data-stage", "done").await.unwrap();
    window.find("citizen-window-through").await.unwrap();
    assert!(!window.shows("citizen-window-portrait").await, "no photo after the case ends");
    drop(card);

    window.switch_to_window_with(clerks).await.unwrap();
    counter.clerk().hands_over().await.unwrap();
    window.press_with(rig::window::Key::Control, 'l').await.unwrap();
    window.find("lock").await.unwrap();
    window.switch_to_window_with(citizens).await.unwrap();
    window.has("citizen-window", "data-stage", "closed").await.unwrap();
}
