//! Offline transfer: an outbox is carried to another desk or the centre, and then its
//! own desk returns.

use outage::{
    books::{agree, nobody_has_two},
    centre::Centre,
    window::{Window, senior},
};
use std::time::Duration;

const VISITS: u16 = 120;

/// Returns an offline desk with an outbox of several batches, and its transfer file.
async fn carried(centre: &Centre, number: u16) -> (Window, std::path::PathBuf) {
    let window = Window::enrol(centre, number, &centre.central.url()).await.unwrap();
    for visit in 0..VISITS {
        window.serve(&senior(number * 1_000 + visit).unwrap()).await.unwrap();
    }
    let out = centre.folder.below("stick").unwrap();
    let file = window.desk.transfer.export(&window.supervisor().unwrap(), &out).await.unwrap();
    (window, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_imported_at_the_centre_several_times_counts_once() {
    let centre = Centre::start("outage-carried-centre").await.unwrap();
    let (mut window, file) = carried(&centre, 1).await;
    let file = file.display().to_string();
    for new in [2 * VISITS, 0] {
        let told = centre.central.command(&["import", &file]).await.unwrap();
        assert!(told.contains(&format!("through operation {}, {new} of them new", 2 * VISITS)), "{told}");
    }
    let decided = centre.count("SELECT count(*) FROM op_result").await.unwrap();
    assert_eq!(decided, u64::from(2 * VISITS), "decided at once");
    // The desk continues and later synchronises itself.
    window.serve(&senior(1_900).unwrap()).await.unwrap();
    window.online();
    window.drained().await.unwrap();
    assert_eq!(agree(&centre, &window).await.unwrap().len(), usize::from(2 * VISITS + 2));
    nobody_has_two(&centre).await.unwrap();
}

/// Conflicts with other workers do not stop an import, and it leaves other desks' operations alone.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_survives_conflicts_and_decides_only_its_own_desk() {
    let mut centre = Centre::start("outage-carried-conflict").await.unwrap();
    centre.central.stop();
    let idle = [("SUISHEN_CENTRAL_APPLY_WORKERS", "0")];
    let idle = centre.central.another("idle", &centre.folder, &idle).await.unwrap();
    let mut other = Window::enrol(&centre, 2, &idle.url()).await.unwrap();
    other.serve(&senior(2_000).unwrap()).await.unwrap();
    other.online();
    let taken = async || (centre.count("SELECT count(*) FROM op_log").await.ok()? == 2).then_some(());
    rig::process::until("the other desk's operations", Duration::from_secs(60), taken).await.unwrap();
    let window = Window::enrol(&centre, 1, &idle.url()).await.unwrap();
    window.serve(&senior(1).unwrap()).await.unwrap();
    let out = centre.folder.below("stick").unwrap();
    let file = window.desk.transfer.export(&window.supervisor().unwrap(), &out).await.unwrap();
    let device = window.desk.identity().desk_key().device;
    // Another worker wins three times.
    let clash = "CREATE SEQUENCE clashes;
        GRANT USAGE ON SEQUENCE clashes TO PUBLIC;
        CREATE FUNCTION clash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('clashes') <= 3 THEN RAISE EXCEPTION USING ERRCODE = 'unique_violation'; END IF;
            RETURN NEW; END $$;
        CREATE TRIGGER clash BEFORE INSERT ON code FOR EACH ROW EXECUTE FUNCTION clash()";
    centre.postgres.query(clash).await.unwrap();
    let told = centre.central.command(&["import", &file.display().to_string()]).await.unwrap();
    assert!(told.contains("through operation 2"), "{told}");
    let decided = format!("SELECT count(*) FROM op_result WHERE device = {device}");
    assert_eq!(centre.count(&decided).await.unwrap(), 2);
    assert_eq!(centre.count("SELECT count(*) FROM op_result").await.unwrap(), 2, "not the other desk's");
}

/// Of two imported outboxes the first is refused, because its desk has enrolled again.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_transfer_is_shown_and_blocks_no_other() {
    let centre = Centre::start("outage-carried-refused").await.unwrap();
    let url = centre.central.url();
    let out = centre.folder.below("stick").unwrap();
    let mut files = Vec::new();
    let mut windows = Vec::new();
    for number in 1..=2 {
        let window = Window::enrol(&centre, number, &url).await.unwrap();
        window.serve(&senior(number).unwrap()).await.unwrap();
        files.push(window.desk.transfer.export(&window.supervisor().unwrap(), &out).await.unwrap());
        windows.push(window);
    }
    windows[0].close().await.unwrap();
    windows[0].enrol_again(&centre, 1, &url).await.unwrap();
    let mut bearer = Window::enrol(&centre, 3, &url).await.unwrap();
    for file in &files {
        bearer.desk.transfer.import(&bearer.supervisor().unwrap(), file).await.unwrap();
    }
    bearer.online();
    let second = windows[1].desk.identity().desk_key().device;
    let there = format!("SELECT count(*) FROM op_log WHERE device = {second}");
    let arrived = async || {
        bearer.desk.sync().now();
        (centre.count(&there).await.ok()? == 2).then_some(())
    };
    rig::process::until("the second desk's queue", Duration::from_secs(60), arrived).await.unwrap();
    // Device numbers are random, so either queue may be the first that is sent.
    let answered = async || {
        bearer.desk.sync().now();
        let refused = bearer.desk.transfer.refused().await.ok()?;
        (!refused.is_empty()).then_some(refused)
    };
    let refused =
        rig::process::until("the first desk's refusal", Duration::from_secs(60), answered).await.unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].device, windows[0].desk.identity().desk_key().device);
    assert_eq!(refused[0].why, rules::wire::ProtocolError::Fenced { current: 2 });
    assert!(bearer.desk.sync().stopped().is_none(), "another desk's trouble is not this desk's");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_carried_by_another_desk_counts_once_when_its_own_desk_returns() {
    let centre = Centre::start("outage-carried-desk").await.unwrap();
    let (mut window, file) = carried(&centre, 1).await;
    let mut bearer = Window::enrol(&centre, 2, &centre.central.url()).await.unwrap();
    for _ in 0..2 {
        let taken = bearer.desk.transfer.import(&bearer.supervisor().unwrap(), &file).await.unwrap();
        assert_eq!(taken, u64::from(2 * VISITS));
    }
    let theirs =
        format!("SELECT count(*) FROM op_log WHERE device = {}", window.desk.identity().author().device);
    // The carrying desk has its own work, and both desks are online at once.
    bearer.serve(&senior(2_000).unwrap()).await.unwrap();
    bearer.online();
    let arrived = async || {
        bearer.desk.sync().now();
        let count = centre.count(&theirs).await.ok()?;
        (count > 0).then_some(())
    };
    rig::process::until("the carried queue", Duration::from_secs(60), arrived).await.unwrap();
    window.serve(&senior(1_900).unwrap()).await.unwrap();
    window.online();
    window.drained().await.unwrap();
    bearer.drained().await.unwrap();
    assert_eq!(agree(&centre, &window).await.unwrap().len(), usize::from(2 * VISITS + 2));
    assert_eq!(agree(&centre, &bearer).await.unwrap().len(), 2);
    nobody_has_two(&centre).await.unwrap();
}
