//! The centre's database is put back to an earlier state, as after a restore from a backup.

use desk::{store::Page, sync::log::Log as _};
use outage::{
    books::{agree, nobody_has_two},
    centre::Centre,
    window::{Window, senior},
};
use rules::{
    life::{Action, CodeState},
    wire::Verdict,
};
use std::time::Duration;

/// Sheets of the operations that are in the image, and of all.
const IN_THE_IMAGE: u16 = 7;
const ALL: u16 = 13;

async fn keep_image(centre: &mut Centre) {
    centre.postgres.keep_image().await.unwrap();
    started(centre).await;
}

async fn put_image_back(centre: &mut Centre) {
    centre.postgres.put_image_back().await.unwrap();
    started(centre).await;
}

async fn started(centre: &mut Centre) {
    centre.postgres.start_again(&centre.folder).await.unwrap();
    let ready = async || centre.central.is_ready().await.then_some(());
    rig::process::until("readiness", Duration::from_secs(60), ready).await.unwrap();
}

async fn at_the_centre(centre: &Centre, window: &Window) -> u64 {
    let device = window.desk.identity().author().device;
    centre.count(&format!("SELECT count(*) FROM op_log WHERE device = {device}")).await.unwrap()
}

/// Waits until the centre has all of them and its verdicts are heard. Nobody does anything at the
/// desk.
async fn is_whole_again(centre: &Centre, window: &Window) {
    let whole = async || {
        // In this order: before the desk notices, it has nothing to hear again either.
        if at_the_centre(centre, window).await != u64::from(ALL) {
            return None;
        }
        window.log().position().await.ok()?.recheck_after.is_none().then_some(())
    };
    rig::process::until("what the centre forgot", Duration::from_secs(120), whole).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_put_back_to_an_earlier_state_gets_everything_again_by_the_polls_alone() {
    let mut centre = Centre::start("outage-restored").await.unwrap();
    let url = centre.central.url();
    let mut window = Window::enrol(&centre, 1, &url).await.unwrap();
    let mut other = Window::enrol(&centre, 2, &url).await.unwrap();
    window.online();
    let mut issued = Vec::new();
    for index in 1..=IN_THE_IMAGE {
        issued.push(window.issue(&senior(index).unwrap()).await.unwrap());
    }
    window.drained().await.unwrap();
    keep_image(&mut centre).await;
    for index in IN_THE_IMAGE + 1..=ALL {
        issued.push(window.issue(&senior(index).unwrap()).await.unwrap());
    }
    window.drained().await.unwrap();

    // The desk goes on polling all the time.
    put_image_back(&mut centre).await;
    is_whole_again(&centre, &window).await;
    let settled = agree(&centre, &window).await.unwrap();
    assert!(settled.iter().all(|(_, verdict)| *verdict == Verdict::Applied { action: Some(Action::Apply) }));
    assert_eq!(window.desk.counts.open_conflicts().await.unwrap(), 0);

    // Once more, and this time somebody is served elsewhere before the desk is there again: winner
    // and loser of the day change places.
    window.close().await.unwrap();
    put_image_back(&mut centre).await;
    let holder = senior(ALL).unwrap();
    other.online();
    let won = other.issue(&holder).await.unwrap();
    other.drained().await.unwrap();
    window.restart().await.unwrap();
    window.online();
    is_whole_again(&centre, &window).await;
    let settled = agree(&centre, &window).await.unwrap();
    let duplicate = Verdict::DuplicateSameDay { winner: won.serial };
    assert_eq!(settled[usize::from(ALL) - 1].1, duplicate);
    let conflicts = window.desk.lists.conflicts.page(true, Page { offset: 0, limit: 10 }).await.unwrap().rows;
    assert_eq!(conflicts.len(), 1, "the supervisor sees it");
    assert_eq!(conflicts[0].verdict, duplicate);
    assert_eq!(conflicts[0].before, Some(Verdict::Applied { action: Some(Action::Apply) }));
    let citizen = window.desk.citizen.read(&holder, None).await.unwrap();
    let lost = citizen.codes.iter().find(|code| code.code.serial == issued[usize::from(ALL) - 1].serial);
    assert_eq!(lost.unwrap().code.state, CodeState::Voided);
    nobody_has_two(&centre).await.unwrap();
}
