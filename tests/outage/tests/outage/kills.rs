//! `kill -9` of each of the three programs while operations flow.

use outage::{
    books::{agree, nobody_has_two},
    centre::{CLERK, Centre},
    window::{Window, senior},
};
use rig::{
    folder::workspace_program,
    process::{Daemon, bound_to_rig},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const DESKS: u16 = 2;
const ROUNDS: u32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_centre_or_database_loses_and_doubles_nothing() {
    let mut centre = Centre::start("outage-kills").await.unwrap();
    let url = centre.central.url();
    let is_over = Arc::new(AtomicBool::new(false));
    let mut working = Vec::new();
    for number in 1..=DESKS {
        let mut window = Window::enrol(&centre, number, &url).await.unwrap();
        let is_over = Arc::clone(&is_over);
        working.push(tokio::spawn(async move {
            window.online();
            let mut visits = 0;
            while !is_over.load(Ordering::Relaxed) {
                window.serve(&senior(number * 2_000 + visits).unwrap()).await.unwrap();
                window.desk.sync().now();
                visits += 1;
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
            (window, visits)
        }));
    }
    for round in 0..ROUNDS {
        tokio::time::sleep(Duration::from_millis(600 + 70 * u64::from(round))).await;
        if round % 2 == 0 {
            centre.central.kill();
        } else {
            centre.postgres.kill();
        }
        // The desks keep working without the centre.
        tokio::time::sleep(Duration::from_millis(300)).await;
        if round % 2 == 0 {
            centre.central.start_again(&centre.folder).await.unwrap();
        } else {
            centre.postgres.start_again(&centre.folder).await.unwrap();
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for desk in working {
        let (window, visits) = desk.await.unwrap();
        assert!(visits > 30, "hardly anything happened: {visits}");
        window.drained().await.unwrap();
        assert_eq!(agree(&centre, &window).await.unwrap().len(), usize::from(visits) * 2);
    }
    nobody_has_two(&centre).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_desk_loses_and_doubles_nothing() {
    let centre = Centre::start("outage-desk-killed").await.unwrap();
    let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
    window.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    window.close().await.unwrap();
    for round in 0..8_u16 {
        let mut command = bound_to_rig(workspace_program("outage-desk").unwrap());
        command.arg(window.folder.path()).arg((round * 1_000).to_string());
        command.env("OUTAGE_PASSWORD", centre.passwords[0].expose());
        let mut desk = Daemon::start("desk", command, &centre.folder).unwrap();
        // The kills hit the start, the log-in, writing, pushing and storing receipts.
        tokio::time::sleep(Duration::from_millis(250 + 250 * u64::from(round))).await;
        assert_eq!(desk.ended().unwrap(), None, "it works until it is killed");
        desk.kill();
        // A try to log in counts before it is judged, and a slow machine is killed in each.
        if round % 3 == 2 {
            window.restart().await.unwrap();
            window.log_in(CLERK, &centre.passwords[0]).await.unwrap();
            window.close().await.unwrap();
        }
    }
    window.restart().await.unwrap();
    let queued = window.waiting().await.unwrap();
    window.online();
    window.drained().await.unwrap();
    let settled = agree(&centre, &window).await.unwrap();
    assert!(settled.len() > 10, "hardly anything happened: {}", settled.len());
    assert!(settled.len() > queued as usize, "some of it was settled by the processes themselves");
    nobody_has_two(&centre).await.unwrap();
}
