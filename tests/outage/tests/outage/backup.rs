//! The centre is lost and put back from a backup, by the steps of the runbook.

use desk::{store::blob::Blob, verification::Verified};
use outage::{
    books::{agree, nobody_has_two},
    centre::{CLERK, Centre, SITE, SUPERVISOR},
    window::{Window, senior},
};
use rules::{DeviceNumber, Sensitive, correction::Digest};
use std::time::Duration;

/// An account added after the backup, which somebody used at a window.
const NEWCOMER: &str = "10003";
/// An account added after the backup, which nobody used.
const UNUSED: &str = "10004";
const PASSWORD: &str = "a pear in the snow";
/// Longer than a desk waits before it looks at the centre's log.
const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) async fn command(centre: &Centre, words: &[&str]) -> String {
    centre.central.command(words).await.unwrap()
}

async fn employ(centre: &Centre, number: &str) {
    let words = ["staff", "add", "--number", number, "--name", "新人", "--site", SITE, "--role", "clerk"];
    let words = [&words[..], &["--password-stdin"]].concat();
    centre.central.command_with_input(&words, PASSWORD).await.unwrap();
}

fn device(window: &Window) -> DeviceNumber {
    window.desk.identity().author().device
}

/// Waits until a desk's lists say that a code may be of whoever stole its desk.
async fn is_warned(window: &Window, payload: &str) {
    let warned = async || match window.desk.verification.verify_offline(payload).await.ok()? {
        Verified::Offline(Ok(answer)) => answer.probably_revoked.then_some(()),
        _ => None,
    };
    rig::process::until("the list of keys at a desk", PATIENCE, warned).await.unwrap();
}

/// Waits until a desk has heard that somebody was dismissed.
pub(crate) async fn has_heard(window: &Window, number: &str) {
    let ended = async || {
        let accounts = window.accounts_heard_of().await.ok()?;
        accounts.iter().any(|one| one.staff.number.as_str() == number && !one.staff.active).then_some(())
    };
    rig::process::until("the news of a dismissal", PATIENCE, ended).await.unwrap();
}

/// Waits until every desk has handed in what it holds and the report has these parts; returns it.
pub(crate) async fn answered(centre: &Centre, desks: usize, parts: &[String]) -> String {
    let all = format!("desks\t{desks} of {desks} have answered");
    let report = async || {
        let report = centre.central.command(&["restore", "report"]).await.ok()?;
        let is_whole =
            report.lines().any(|line| line == all) && parts.iter().all(|part| report.contains(part));
        is_whole.then_some(report)
    };
    rig::process::until("the desks' answers", PATIENCE, report).await.unwrap()
}

pub(crate) async fn is_active(centre: &Centre, number: &str) -> bool {
    let record = format!("SELECT record FROM staff WHERE number = '{number}'");
    centre.postgres.query(&record).await.unwrap().contains("\"active\":true")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_put_back_from_a_backup_ends_in_the_same_world_or_says_what_is_lost() {
    let publish = [("SUISHEN_CENTRAL_PUBLISH_EVERY_S", "1")];
    let centre = Centre::start_with("outage-backup", &publish).await.unwrap();
    let url = centre.central.url();
    let mut window = Window::enrol(&centre, 1, &url).await.unwrap();
    let mut idle = Window::enrol(&centre, 2, &url).await.unwrap();
    let mut stolen = Window::enrol(&centre, 3, &url).await.unwrap();
    for desk in [&mut window, &mut idle, &mut stolen] {
        desk.online();
        desk.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    }
    let scan = Blob { bytes: vec![7; 30_000], media_type: "image/jpeg".to_owned() };
    let evidence = window.desk.blob.keep(&scan).await.unwrap();
    window.issue(&senior(1).unwrap()).await.unwrap();
    let of_thief = stolen.issue(&senior(2).unwrap()).await.unwrap();
    for desk in [&window, &stolen] {
        desk.drained().await.unwrap();
    }
    uploaded(&window, &evidence).await;
    let backup = centre.folder.path().join("backup");
    centre.postgres.dump(&backup).await.unwrap();

    // What the backup does not know.
    for citizen in 3..6 {
        window.issue(&senior(citizen).unwrap()).await.unwrap();
    }
    let mut late = Window::enrol(&centre, 4, &url).await.unwrap();
    late.online();
    late.issue(&senior(6).unwrap()).await.unwrap();
    for number in [NEWCOMER, UNUSED] {
        employ(&centre, number).await;
    }
    window.log_in(NEWCOMER, &Sensitive::new(PASSWORD.to_owned())).await.unwrap();
    command(&centre, &["staff", "disable", SUPERVISOR]).await;
    stolen.offline().await;
    let (thief, report) = (device(&stolen).to_string(), centre.folder.path().join("report"));
    let since = "2026-01-01T00:00";
    let revoke =
        ["desk", "revoke", &thief, "--compromised-since", since, "--report", report.to_str().unwrap()];
    command(&centre, &revoke).await;
    for desk in [&window, &late] {
        desk.drained().await.unwrap();
    }
    // A start fetches the lists at once.
    let published = async || {
        let newest = "SELECT body FROM trust_list WHERE kind = 'keys' ORDER BY version DESC LIMIT 1";
        centre.postgres.query(newest).await.ok()?.contains("\"compromised_since\":1").then_some(())
    };
    rig::process::until("the list of keys", PATIENCE, published).await.unwrap();
    idle.restart().await.unwrap();
    is_warned(&idle, &of_thief.payload).await;
    has_heard(&idle, SUPERVISOR).await;

    // The loss, of the evidence too. Whoever has a line meanwhile may hand it in again before it is
    // counted.
    window.offline().await;
    centre.postgres.restore(&backup).await.unwrap();
    std::fs::remove_dir_all(centre.folder.path().join("central/blobs/kept")).unwrap();
    let ready = async || centre.central.is_ready().await.then_some(());
    rig::process::until("readiness", PATIENCE, ready).await.unwrap();
    let begun = command(&centre, &["restore", "begin"]).await;
    assert!(begun.contains("1 pieces of evidence are missing"), "{begun}");
    window.online();

    // Everybody comes by themselves; the desk that was revoked comes too.
    stolen.online();
    let back = [format!("back\tdesk\t{}", device(&late)), format!("back\trevocation\t{thief}")];
    let report = answered(&centre, 3, &back).await;
    for account in [NEWCOMER, UNUSED, SUPERVISOR] {
        assert!(report.contains(&format!("back\taccount\t{account}\t")), "{account}: {report}");
    }
    let lost: Vec<&str> = report.lines().filter(|line| line.starts_with("lost\tpassword")).collect();
    assert!(matches!(&lost[..], [one] if one.contains(UNUSED)), "{report}");
    assert!(
        report.lines().any(|line| line.starts_with("lost\taudit\t") && !line.contains("\t0 ")),
        "{report}"
    );
    assert!(!is_active(&centre, SUPERVISOR).await);
    window.log_in(NEWCOMER, &Sensitive::new(PASSWORD.to_owned())).await.unwrap();

    // Nothing is lost, nothing is there twice, and what was taken out of service stays so.
    for desk in [&window, &late] {
        is_whole_again(&centre, desk).await;
    }
    nobody_has_two(&centre).await.unwrap();
    let revoked = format!("SELECT count(*) FROM device WHERE device = {thief} AND revoked_at IS NOT NULL");
    assert_eq!(centre.count(&revoked).await.unwrap(), 1);
    let doubtful = format!(
        "SELECT count(*) FROM desk_key WHERE device = {thief} AND certificate LIKE '%\"compromised_since\":1%'"
    );
    assert_eq!(centre.count(&doubtful).await.unwrap(), 1);
    let kept = async || uploaded_again(&centre, &evidence).await.then_some(());
    rig::process::until("the evidence", PATIENCE, kept).await.unwrap();
    for desk in [&window, &idle, &late] {
        assert!(!desk.desk.counts.is_centre_rewritten().await.unwrap(), "no false alarm");
    }

    // Windows that are enrolled now get numbers of their own.
    let new = Window::enrol(&centre, 5, &url).await.unwrap();
    let numbers = [&window, &idle, &stolen, &late, &new].map(device);
    assert!(numbers.iter().all(|number| number.has_check_digit()));
    assert_eq!(numbers.iter().collect::<std::collections::BTreeSet<_>>().len(), numbers.len());
    command(&centre, &["audit", "verify"]).await;
}

/// Waits until desk and centre agree again.
pub(crate) async fn is_whole_again(centre: &Centre, window: &Window) {
    let whole = async || {
        window.desk.sync().now();
        agree(centre, window).await.ok().map(|_| ())
    };
    if rig::process::until("the same at desk and centre", PATIENCE, whole).await.is_err() {
        agree(centre, window).await.unwrap();
    }
}

async fn uploaded(window: &Window, digest: &Digest) {
    let done = async || window.desk.blob.is_uploaded(digest).await.ok()?.then_some(());
    rig::process::until("the evidence at the centre", PATIENCE, done).await.unwrap();
}

async fn uploaded_again(centre: &Centre, digest: &Digest) -> bool {
    let here = format!("SELECT count(*) FROM blob WHERE encode(digest, 'hex') = '{digest}'");
    centre.count(&here).await.is_ok_and(|count| count == 1)
}
