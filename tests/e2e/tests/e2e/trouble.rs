//! Faults at a counter and their consequences.

use std::time::{Duration, Instant};

use drivers::emulate::{Fault, Faults};
use practice::clerk::{Action, Confirmation};
use rig::process::until;

use crate::Counter;

/// Time from the centre's return until the screen must show the confirmation.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn after_pcscd_restarts_the_next_card_is_read() {
    let mut counter = Counter::open("pcscd-killed").await;
    let card = counter.site.lay("senior").unwrap();
    counter.clerk().sees(counter.site.citizen("senior").unwrap()).await.unwrap();
    drop(card);
    counter.clerk().sends_away().await.unwrap();

    counter.site.smart_cards.kill();
    counter.site.smart_cards.start_again(&counter.site.folder).await.unwrap();

    let _card = counter.site.lay("sixty-today").unwrap();
    counter.clerk().sees(counter.site.citizen("sixty-today").unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_card_pulled_during_reading_only_shows_a_message() {
    let counter = Counter::open("card-pulled").await;
    // The card disappears when its second page is requested.
    let pulled = counter.site.lay_faulty("sixty-today", Faults::one(Fault::PullAt(2))).unwrap();
    counter.window().find("failure").await.unwrap();
    let words = counter.window().text("failure").await.unwrap();
    assert!(words.contains('卡'), "the message does not speak of the card: {words}");
    assert!(!counter.window().shows("citizen-name").await);
    assert!(pulled.is_pulled());
    drop(pulled);
    assert_eq!(counter.codes_at_the_centre().await, 0);
    // `pcscd` polls every 400 ms and would not notice a card that returns faster than a hand can
    // put it back.
    tokio::time::sleep(Duration::from_secs(1)).await;

    let _card = counter.site.lay("sixty-today").unwrap();
    counter.clerk().sees(counter.site.citizen("sixty-today").unwrap()).await.unwrap();
}

#[tokio::test]
async fn l9_without_the_centre_a_code_is_provisional_and_confirmed_when_it_returns() {
    let mut counter = Counter::open("centre-away").await;
    counter.site.central.stop();
    let _card = counter.site.lay("senior").unwrap();
    let citizen = counter.site.citizen("senior").unwrap();
    counter.clerk().issues(citizen, Action::Apply, Confirmation::Provisional).await.unwrap();
    assert_eq!(counter.codes_at_the_centre().await, 0);
    counter.clerk().sees_sheet_printed().await.unwrap();

    counter.site.central.start_again(&counter.site.folder).await.unwrap();
    let back = Instant::now();
    counter.clerk().sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    let took = back.elapsed();
    assert!(took <= CONFIRMED_WITHIN, "confirmed {took:?} after the centre was back");
    assert_eq!(counter.codes_at_the_centre().await, 1);
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM op_log").await, 1);
}

#[tokio::test]
async fn without_paper_the_job_waits_and_nothing_is_issued_twice() {
    let counter = Counter::open("paper-out").await;
    counter.site.printer.take_paper_out().await.unwrap();
    let _card = counter.site.lay("senior").unwrap();
    let citizen = counter.site.citizen("senior").unwrap();
    counter.clerk().issues(citizen, Action::Apply, Confirmation::Confirmed).await.unwrap();
    // The printer's own reason is shown in words.
    counter.window().text_with("failure", "缺纸").await.unwrap();
    counter.site.printer.refill().await.unwrap();
    counter.window().has("print-state", "data-state", "completed").await.unwrap();
    assert_eq!(counter.site.printer.printed().unwrap().len(), 1);
    assert_eq!(counter.codes_at_the_centre().await, 1);
}

#[tokio::test]
async fn a_cancelled_print_is_repeated_without_a_new_code() {
    let counter = Counter::open("print-cancelled").await;
    counter.site.printer.take_paper_out().await.unwrap();
    let _card = counter.site.lay("senior").unwrap();
    let citizen = counter.site.citizen("senior").unwrap();
    counter.clerk().issues(citizen, Action::Apply, Confirmation::Confirmed).await.unwrap();
    let window = counter.window();
    window.text_with("failure", "缺纸").await.unwrap();
    // The status line, which is always visible, shows it too.
    window.text_with("status-devices", "打印机").await.unwrap();
    window.click("print-cancel").await.unwrap();
    // This printer can only stop once it has paper.
    window.has("print-state", "data-state", "cancelling").await.unwrap();
    counter.site.printer.refill().await.unwrap();
    window.has("print-state", "data-state", "cancelled").await.unwrap();
    // Only the clerk can see whether a sheet came out anyway.
    window.text_with("print-in-hand", "出纸口").await.unwrap();
    window.click("print-spoilt").await.unwrap();
    until("one sheet out of the printer", Duration::from_secs(45), async || {
        (counter.site.printer.printed().ok()?.len() == 1).then_some(())
    })
    .await
    .unwrap();
    assert_eq!(counter.codes_at_the_centre().await, 1, "printed again, not issued again");
    let copies = until("the second copy counted", Duration::from_secs(45), async || {
        let copies = counter.at_the_centre("SELECT max(copies) FROM code").await;
        (copies == 2).then_some(copies)
    });
    copies.await.unwrap();
}

#[tokio::test]
async fn no_personal_data_stays_on_screen_when_the_card_is_lifted() {
    const ALL_WORDS: &str = "arguments[0](document.documentElement.outerHTML)";
    let counter = Counter::open("card-lifted").await;
    let citizen = counter.site.citizen("senior").unwrap();
    let card = counter.site.lay("senior").unwrap();
    counter.clerk().sees(citizen).await.unwrap();
    let tail = &citizen.number[14..];
    let shown = counter.window().run_script(ALL_WORDS).await.unwrap().to_string();
    assert!(shown.contains(citizen.name) && shown.contains(tail));
    drop(card);
    counter.clerk().waits().await.unwrap();
    let left = counter.window().run_script(ALL_WORDS).await.unwrap().to_string();
    assert!(!left.contains(citizen.name) && !left.contains(tail));
}
