//! A standby of the database is promoted while desks work.

use crate::backup::{answered, command, has_heard, is_active, is_whole_again};
use outage::{
    books::{agree, nobody_has_two},
    centre::{Centre, SUPERVISOR},
    window::{Window, senior},
};
use rig::postgres::Postgres;
use rules::wire::Verdict;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

const DESKS: u16 = 3;
/// Most visits of one desk: its clock goes ahead with each, and is implausible after 3,000.
const VISITS_OF_A_DESK: u16 = 2_500;
/// Visits of the storm, two operations each, and the variable for more operations.
const VISITS: u16 = 90;
const OPERATIONS: &str = "OUTAGE_OPERATIONS";
const PATIENCE: Duration = Duration::from_secs(120);

/// Starts a centre that knows two servers. Commits wait for the standby, or do not.
async fn centre_with_standby(name: &str, is_synchronous: bool) -> (Centre, Postgres) {
    let mut centre = Centre::start(name).await.unwrap();
    let standby = centre.postgres.standby("standby", &centre.folder).await.unwrap();
    if is_synchronous {
        centre.postgres.wait_for_standby().await.unwrap();
    }
    let url = centre.postgres.service_url_with(&standby);
    let both = [("SUISHEN_CENTRAL_DATABASE_URL", url.as_str())];
    centre.central = centre.central.another("central-of-two", &centre.folder, &both).await.unwrap();
    (centre, standby)
}

/// Waits until the centre works with the standby, which was promoted.
async fn moved(centre: &Centre) {
    let moved = async || {
        let figures = centre.central.metrics().await.ok()?;
        figures.lines().any(|line| line == "central_database_moves_total 1").then_some(())
    };
    rig::process::until("the other primary", PATIENCE, moved).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_promoted_in_a_storm_loses_and_doubles_nothing() {
    let (mut centre, mut standby) = centre_with_standby("outage-standby", true).await;
    let check = command(&centre, &["check"]).await;
    assert!(check.contains("is a standby") && check.contains("synchronous"), "{check}");
    let longer = std::env::var(OPERATIONS).ok().map(|number| number.parse::<u32>().unwrap());
    let visits = longer.map_or(VISITS, |operations| u16::try_from(operations / 2).unwrap());
    let (url, begun) = (centre.central.url(), Arc::new(AtomicU16::new(0)));
    let mut working = Vec::new();
    for number in 1..=DESKS.max(visits / VISITS_OF_A_DESK + 1) {
        let mut window = Window::enrol(&centre, number, &url).await.unwrap();
        let begun = Arc::clone(&begun);
        working.push(tokio::spawn(async move {
            window.online();
            let mut served = 0;
            loop {
                let visit = begun.fetch_add(1, Ordering::Relaxed);
                if visit >= visits {
                    return (window, served);
                }
                window.serve(&senior(visit).unwrap()).await.unwrap();
                window.desk.sync().now();
                served += 1;
            }
        }));
    }
    let half = async || {
        let has_failed = working.iter().any(tokio::task::JoinHandle::is_finished);
        (has_failed || begun.load(Ordering::Relaxed) >= visits / 2).then_some(())
    };
    rig::process::until("the middle of the storm", Duration::from_secs(3_600), half).await.unwrap();

    // The primary is silent: nothing that was begun there ends. Somebody promotes the standby.
    let frozen = centre.postgres.freeze().unwrap();
    standby.promote().await.unwrap();
    moved(&centre).await;
    // Then the old one takes writes again.
    drop(frozen);
    let two = async || {
        let figures = centre.central.metrics().await.ok()?;
        figures.contains("central_database_servers{state=\"primary\"} 2").then_some(())
    };
    rig::process::until("the old primary", PATIENCE, two).await.unwrap();
    std::mem::swap(&mut centre.postgres, &mut standby);

    let mut all = 0;
    for desk in working {
        let (window, served) = desk.await.unwrap();
        window.drained().await.unwrap();
        let settled = agree(&centre, &window).await.unwrap();
        assert_eq!(settled.len(), usize::from(served) * 2);
        // To the desk it was a pause.
        assert!(settled.iter().all(|(_, verdict)| matches!(verdict, Verdict::Applied { .. })));
        assert_eq!(window.desk.counts.open_conflicts().await.unwrap(), 0);
        assert!(!window.desk.counts.is_centre_rewritten().await.unwrap());
        all += served;
    }
    assert_eq!(all, visits);
    nobody_has_two(&centre).await.unwrap();
    moved(&centre).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_without_the_newest_gets_it_again_from_the_desks() {
    let (mut centre, mut standby) = centre_with_standby("outage-standby-behind", false).await;
    let url = centre.central.url();
    let mut window = Window::enrol(&centre, 1, &url).await.unwrap();
    let mut other = Window::enrol(&centre, 2, &url).await.unwrap();
    for desk in [&mut window, &mut other] {
        desk.online();
    }
    window.serve(&senior(1).unwrap()).await.unwrap();
    window.drained().await.unwrap();
    standby.stop_following(&centre.postgres).await.unwrap();

    // What the standby does not know, though desks have receipts for it.
    for citizen in 2..6 {
        window.serve(&senior(citizen).unwrap()).await.unwrap();
        other.serve(&senior(10 + citizen).unwrap()).await.unwrap();
    }
    command(&centre, &["staff", "disable", SUPERVISOR]).await;
    for desk in [&window, &other] {
        desk.drained().await.unwrap();
        desk.desk.sync().now();
        has_heard(desk, SUPERVISOR).await;
    }
    centre.postgres.kill();
    standby.promote().await.unwrap();
    moved(&centre).await;
    std::mem::swap(&mut centre.postgres, &mut standby);

    // The polls bring the operations back, and `restore begin` what else was signed since.
    for desk in [&window, &other] {
        is_whole_again(&centre, desk).await;
    }
    assert!(is_active(&centre, SUPERVISOR).await, "the standby knows nothing of it");
    command(&centre, &["restore", "begin"]).await;
    // A start asks at once; otherwise a desk asks within a minute.
    for desk in [&mut window, &mut other] {
        desk.restart().await.unwrap();
    }
    answered(&centre, 2, &[format!("back\taccount\t{SUPERVISOR}\t")]).await;
    assert!(!is_active(&centre, SUPERVISOR).await);
    for desk in [&window, &other] {
        is_whole_again(&centre, desk).await;
        assert_eq!(desk.desk.counts.open_conflicts().await.unwrap(), 0);
        assert!(!desk.desk.counts.is_centre_rewritten().await.unwrap());
    }
    nobody_has_two(&centre).await.unwrap();
    command(&centre, &["audit", "verify"]).await;
}
