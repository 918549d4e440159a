//! A desk restarts with a battery-backed clock that stopped or shows another year.

use outage::{
    books::agree,
    centre::Centre,
    clock::MovedClock,
    window::{Window, senior},
};

const DAY_MS: i64 = 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn l10_a_desk_whose_clock_is_days_off_after_a_restart_recovers() {
    let centre = Centre::start("outage-clock").await.unwrap();
    for (number, moved) in (1..).zip([-400 * DAY_MS, 3 * DAY_MS]) {
        let mut window = Window::enrol(&centre, number, &centre.central.url()).await.unwrap();
        let holder = senior(number).unwrap();
        window.online();
        let served = window.serve(&holder).await.unwrap();
        window.drained().await.unwrap();
        window.close().await.unwrap();
        window.clock = MovedClock::rebooted(moved);
        window.restart().await.unwrap();
        // A loss report is accepted at any time.
        window.lose(&holder, &served).await.unwrap();
        window.online();
        window.drained().await.unwrap();
        let off = window.desk.read_clock().at.since_ms(central::clock::now());
        assert!(off.abs() < 60_000, "the desk has the centre's time again: {off} ms off");
        agree(&centre, &window).await.unwrap();
    }
}
