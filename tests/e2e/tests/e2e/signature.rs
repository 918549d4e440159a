//! 无误 and 有误 on the citizen window, and the signature that is kept as evidence.

use practice::clerk::{Action, Confirmation};
use practice::site::FIRST_DESK;
use rig::process::until;
use rig::window::Window;
use std::time::Duration;

use crate::Counter;

const PATIENCE: Duration = Duration::from_secs(45);
const CLERKS: &str = "status-line";
const CITIZENS: &str = "citizen-window";

/// Blobs that operations name and the centre has, besides the photos of citizens.
const EVIDENCE: &str = "SELECT count(*) FROM named_blob JOIN blob USING (digest) \
     WHERE digest NOT IN (SELECT photo FROM citizen WHERE photo IS NOT NULL)";

/// Returns a counter that asks for a signature on the citizen window.
async fn asking(name: &str) -> Counter {
    let mut counter = Counter::closed(name).await;
    counter.site.change_settings(FIRST_DESK, "[citizen_window]\nopen = true\nsign = true").unwrap();
    counter.open_window().await;
    counter.window().switch_to_window_with(CLERKS).await.unwrap();
    counter
}

/// Says on the citizen window that all is right, and signs with two strokes.
async fn signs(window: &Window) {
    window.switch_to_window_with(CITIZENS).await.unwrap();
    window.click("citizen-right").await.unwrap();
    window.draw("signature-pad", &[(0.1, 0.5), (0.3, 0.2), (0.5, 0.8), (0.6, 0.4)]).await.unwrap();
    window.draw("signature-pad", &[(0.7, 0.2), (0.72, 0.5), (0.9, 0.6)]).await.unwrap();
    window.has("signature-pad", "data-ink", "true").await.unwrap();
    window.click("signature-done").await.unwrap();
    window.has("citizen-answer", "data-answer", "signed").await.unwrap();
    window.switch_to_window_with(CLERKS).await.unwrap();
    window.has("answer", "data-answer", "signed").await.unwrap();
}

#[tokio::test]
async fn a_citizen_finds_the_mistake_signs_the_correction_and_the_supervisor_sees_it() {
    let counter = asking("signature").await;
    let citizen = counter.site.citizen("wrong-character").unwrap();
    let second = counter.open_second_desk("supervisor").await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let _card = counter.site.lay("wrong-character").unwrap();
    clerk.sees(citizen).await.unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    window.has("answer", "data-answer", "asked").await.unwrap();

    window.switch_to_window_with(CITIZENS).await.unwrap();
    window.click("citizen-wrong").await.unwrap();
    window.has("citizen-answer", "data-answer", "wrong").await.unwrap();
    window.switch_to_window_with(CLERKS).await.unwrap();
    window.has("answer", "data-answer", "wrong").await.unwrap();
    // 有误 leads to the correction.
    window.find("wrong-field").await.unwrap();
    window.press('1').await.unwrap();
    window.has("correction", "data-field-name", "name").await.unwrap();
    clerk.chooses_reason("N1").await.unwrap();
    clerk.adds_evidence("card_scan").await.unwrap();

    window.switch_to_window_with(CITIZENS).await.unwrap();
    window.has("citizen-window", "data-stage", "check_correction").await.unwrap();
    window.text_with("citizen-window-before", citizen.registered_name()).await.unwrap();
    window.text_with("citizen-window-after", citizen.name).await.unwrap();
    signs(window).await;
    clerk.hands_in().await.unwrap();

    // The other desk has the record from the centre.
    let supervisor = second.supervisor();
    supervisor.opens_first().await.unwrap();
    supervisor.looks_at_evidence(&["chip_read", "card_scan", "signature"]).await.unwrap();
    supervisor.approves().await.unwrap();
    second.window.has("approval", "data-state", "applied").await.unwrap();
    clerk.sees_correction("applied").await.unwrap();
    assert_eq!(counter.at_the_centre(EVIDENCE).await, 3, "chip, card and signature");
}

#[tokio::test]
async fn an_issue_keeps_the_signature_and_without_one_the_reason() {
    let counter = asking("signed-issue").await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let card = counter.site.lay("senior").unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    signs(window).await;
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    until("the signature at the centre", PATIENCE, async || {
        (counter.at_the_centre(EVIDENCE).await == 1).then_some(())
    })
    .await
    .unwrap();
    window.switch_to_window_with(CITIZENS).await.unwrap();
    assert!(!window.shows("citizen-answer").await, "nothing is asked any more");
    window.switch_to_window_with(CLERKS).await.unwrap();
    clerk.hands_over().await.unwrap();
    drop(card);

    // The clerk does not wait, and names no reason: F9 is as quick as ever.
    let _card = counter.site.lay("disabled").unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    window.has("answer", "data-answer", "asked").await.unwrap();
    window.choose("answer-unsigned", "cannot_write").await.unwrap();
    window.has("answer", "data-answer", "unsigned").await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    assert_eq!(counter.at_the_centre(EVIDENCE).await, 1, "no signature was kept for who gave none");
}
