//! An old image of a desk's disk is restored (S7).

use desk::sync::Stop;
use outage::{
    books::{agree, nobody_has_two},
    centre::Centre,
    window::{BETWEEN_CITIZENS_MS, Window, senior},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_restored_disk_image_quarantines_the_desk_and_is_reported() {
    let centre = Centre::start("outage-disk").await.unwrap();
    let url = centre.central.url();
    let mut window = Window::enrol(&centre, 3, &url).await.unwrap();
    window.online();
    let first = window.serve(&senior(1).unwrap()).await.unwrap();
    window.drained().await.unwrap();
    window.close().await.unwrap();
    let image = window.image().unwrap();
    // Two more citizens are served, which the image does not contain.
    window.restart().await.unwrap();
    window.online();
    for index in 2..=3 {
        window.serve(&senior(index).unwrap()).await.unwrap();
    }
    window.drained().await.unwrap();
    window.close().await.unwrap();
    window.put_back(&image).unwrap();
    window.restart().await.unwrap();

    // The desk reuses sequence numbers that the centre knows with other content.
    let lost_on_the_way = window.issue(&senior(4).unwrap()).await.unwrap();
    window.online();
    stopped(&window).await;
    let refused = window.issue(&senior(5).unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), "quarantined", "nothing more is issued");
    window.lose(&senior(1).unwrap(), &first).await.unwrap();
    assert!(window.waiting().await.unwrap() >= 2, "what was done waits, nothing is thrown away");

    // The security administrator sees it in the list of desks, the log and the metrics.
    let listed = centre.central.command(&["desk", "list"]).await.unwrap();
    let line = listed.lines().find(|line| line.contains("\t3\t")).unwrap();
    assert!(line.contains("quarantined since 20"), "{line}");
    let figures = centre.central.metrics().await.unwrap();
    assert!(
        figures.lines().any(|line| line.starts_with("central_quarantines_total ") && !line.ends_with(" 0"))
    );
    let log = centre.central.log().unwrap();
    assert!(log.lines().any(|line| line.contains("\"ERROR\"") && line.contains("quarantine")), "{log}");
    // The stop survives a restart.
    window.restart().await.unwrap();
    assert_eq!(window.desk.sync().stopped(), Some(Stop::Quarantined));

    // After a new invitation the desk sends what the centre never had, under its next epoch. Its
    // clock is ahead by its visits, and what it dates after the old key's end is not signed by it.
    window.close().await.unwrap();
    tokio::time::sleep(Duration::from_millis(10 * BETWEEN_CITIZENS_MS.unsigned_abs())).await;
    window.enrol_again(&centre, 3, &url).await.unwrap();
    assert_eq!(window.desk.identity().desk_key().epoch, 2);
    window.online();
    window.drained().await.unwrap();
    let settled = agree(&centre, &window).await.unwrap();
    assert_eq!(settled.len(), 2, "the issue and the loss");
    let code = format!("SELECT state FROM code WHERE serial = '\\x{}'", lost_on_the_way.serial);
    assert_eq!(centre.postgres.query(&code).await.unwrap(), "0", "the citizen's sheet is good");
    let listed = centre.central.command(&["desk", "list"]).await.unwrap();
    assert!(listed.lines().any(|line| line.contains("\t3\t") && line.contains("at work")), "{listed}");
    nobody_has_two(&centre).await.unwrap();
}

async fn stopped(window: &Window) {
    let is_stopped = async || {
        window.desk.sync().now();
        window.desk.sync().stopped().filter(|stop| *stop == Stop::Quarantined).map(|_| ())
    };
    rig::process::until("quarantine", Duration::from_secs(60), is_stopped).await.unwrap();
}
