//! At a window, by who may use it no more or never might (M2, M5).

use outage::{
    centre::{CLERK, Centre},
    window::{Window, senior, serve},
};
use rules::Sensitive;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

async fn logged_in(name: &str) -> (Centre, Window) {
    let centre = Centre::start(name).await.unwrap();
    let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
    window.online();
    window.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    (centre, window)
}

/// Rows of the desk's audit, as its files have them.
async fn audited(window: &Window, text: &str) -> usize {
    let folder = attack::folder::Folder::open(window.folder.path()).unwrap();
    let rows = folder.rows().await.unwrap();
    rows.iter().filter(|(table, row)| table == "audit" && row.contains(text)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn m5_a_clerk_who_is_dismissed_while_logged_in_issues_nothing_more() {
    let (centre, mut window) = logged_in("attack-m5").await;
    let held = window.desk.session.operator().unwrap();
    serve((&window.desk, &held), &senior(1).unwrap()).await.unwrap();
    window.drained().await.unwrap();
    centre.central.command(&["staff", "disable", CLERK]).await.unwrap();
    let ended = async || {
        window.desk.sync().now();
        window.desk.session.operator().is_err().then_some(())
    };
    rig::process::until("the end of the session", PATIENCE, ended).await.unwrap();
    // Whoever still holds the session, also without a line.
    window.offline().await;
    let refused = serve((&window.desk, &held), &senior(2).unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), "session_ended");
    let again = window.log_in(CLERK, &centre.passwords[0]).await.unwrap_err();
    assert_eq!(again.code(), "login_failed");
    window.close().await.unwrap();
    assert_eq!(centre.count("SELECT count(*) FROM code").await.unwrap(), 1);
    assert!(audited(&window, "login_failed").await >= 1, "the try is a row");
}

#[tokio::test(flavor = "multi_thread")]
async fn m2_a_lock_holds_against_many_tries_at_once_and_a_restart() {
    let (centre, mut window) = logged_in("attack-m10").await;
    window.desk.session.log_out().await.unwrap();
    window.offline().await;
    let mut centre = centre;
    centre.central.stop();
    let wrong = Sensitive::new("a guess of somebody".to_owned());
    let tries = tries(&window, &wrong, 20).await;
    let checked = tries.iter().filter(|code| *code == "offline_login_failed").count();
    assert!(checked <= 5, "{tries:?}");
    assert!(tries.iter().all(|code| ["offline_login_failed", "login_locked"].contains(&code.as_str())));
    // The program closed and opened again.
    window.restart().await.unwrap();
    let right = window.log_in(CLERK, &centre.passwords[0]).await.unwrap_err();
    assert_eq!(right.code(), "login_locked");
    window.close().await.unwrap();
    let rows = audited(&window, "offline_login_failed").await + audited(&window, "login_locked").await;
    assert_eq!(rows, 21, "each try is a row");
}

/// Codes of as many tries at once.
async fn tries(window: &Window, password: &Sensitive<String>, count: usize) -> Vec<String> {
    let tries = (0..count).map(|_| {
        let (desk, password) = (window.desk.clone(), password.clone());
        tokio::spawn(async move {
            let staff = CLERK.parse().unwrap();
            let credentials = desk::session::Credentials { staff, password, second_factor: None };
            desk.session.log_in(&credentials).await.unwrap_err().code().to_owned()
        })
    });
    let mut codes = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        codes.push(one.await.unwrap());
    }
    codes
}
