//! A desk enrols again while the centre has operations whose receipts it lacks.

use outage::{
    books::{agree, nobody_has_two},
    centre::Centre,
    window::{Window, senior},
};
use rules::wire::Verdict;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn s7_enrolling_again_before_the_receipts_doubles_nothing() {
    let mut centre = Centre::start("outage-again").await.unwrap();
    centre.central.stop();
    // This process receives operations but does not decide them.
    let idle = [("SUISHEN_CENTRAL_APPLY_WORKERS", "0")];
    let idle = centre.central.another("idle", &centre.folder, &idle).await.unwrap();
    let mut window = Window::enrol(&centre, 1, &idle.url()).await.unwrap();
    let kept = window.serve(&senior(1).unwrap()).await.unwrap();
    let lost = window.serve(&senior(2).unwrap()).await.unwrap();
    window.lose(&senior(2).unwrap(), &lost).await.unwrap();
    window.online();
    let taken = async || (centre.count("SELECT count(*) FROM op_log").await.ok()? == 5).then_some(());
    rig::process::until("the operations", Duration::from_secs(60), taken).await.unwrap();
    window.close().await.unwrap();
    drop(idle);

    centre.central.start_again(&centre.folder).await.unwrap();
    window.enrol_again(&centre, 1, &centre.central.url()).await.unwrap();
    window.online();
    window.drained().await.unwrap();
    let settled = agree(&centre, &window).await.unwrap();
    assert_eq!(settled.len(), 5);
    assert!(settled.iter().all(|(_, verdict)| matches!(verdict, Verdict::Applied { .. })), "{settled:?}");
    for (serial, state) in [(kept.serial, "0"), (lost.serial, "1")] {
        let code = format!("SELECT state FROM code WHERE serial = '\\x{serial}'");
        assert_eq!(centre.postgres.query(&code).await.unwrap(), state);
    }
    nobody_has_two(&centre).await.unwrap();
}
