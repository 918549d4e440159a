//! What a counter PC goes through: the plug pulled, the disk full, the disk read-only, the log cut
//! off. After each, the database is whole, and there is never a code without its operation, its
//! outbox row and its audit row.

use desk::{
    Desk, DeskError,
    clock::{Clock, SystemClock},
    store::{Page, queue::QueueFilter},
    sync::log::{DatabaseLog, Log},
};
use fixture::{Fixture, auditor, clerk, copy, senior, wish};
use rules::{At, person::IdNumber};
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    pin::Pin,
    process::{Command, Output, Stdio},
    sync::{Arc, LazyLock},
    time::Duration,
};
use uuid::Uuid;

const MODE: &str = "SUISHEN_CRASH_CHILD";
const FOLDER: &str = "SUISHEN_CRASH_FOLDER";
const START: &str = "SUISHEN_CRASH_START";
const SINCE: &str = "SUISHEN_CRASH_SINCE";

/// The machine's clocks, twenty times as fast since the fixture was made: no two cases of a desk
/// are opened in the same tenth of a second, and a child does not spend its life waiting for the
/// next one.
struct FastClock {
    system: SystemClock,
    since_ms: i64,
}

const FASTER: i64 = 20;

impl FastClock {
    fn ahead_ms(&self) -> i64 {
        (FASTER - 1) * (self.system.monotonic_ms() - self.since_ms)
    }
}

impl Clock for FastClock {
    fn wall(&self) -> At {
        self.system.wall().plus_ms(self.ahead_ms())
    }
    fn monotonic_ms(&self) -> i64 {
        self.system.monotonic_ms() + self.ahead_ms()
    }
    fn boot_id(&self) -> Uuid {
        self.system.boot_id()
    }
    fn wait(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration / u32::try_from(FASTER).unwrap()))
    }
}

/// The child: this very program, started again with a mode in its environment. Without one it does
/// nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other tests as a process of its own"]
async fn child() {
    let Ok(mode) = std::env::var(MODE) else { return };
    let folder = std::env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    match mode.as_str() {
        "issue" => {
            let since_ms = std::env::var(SINCE).unwrap().parse().unwrap();
            let desk =
                fixture::open(folder, Arc::new(FastClock { system: SystemClock::new(), since_ms })).await;
            let code = issue_until_error(&desk).await;
            println!("ended with {code}");
            // Whatever happened, what is there can still be read.
            let queue = desk
                .lists
                .queue
                .page(&clerk(&desk), QueueFilter::All, "", Page { offset: 0, limit: 1 })
                .await;
            println!("queue {}", queue.unwrap().total);
        }
        "recover" => {
            let desk = fixture::open(folder, Arc::new(SystemClock::new())).await;
            go_on_after_a_full_disk(&desk, folder).await;
            // Nothing is closed in an orderly way: what is told is on the disk.
            std::process::abort();
        }
        "open" => {
            let vault = desk::vault::Vault::open_or_create_with_key_file(folder).await.unwrap();
            let code = desk::store::Store::open(&vault).await.map_or_else(|error| error.code(), |_| "opened");
            println!("ended with {code}");
        }
        other => panic!("no mode {other}"),
    }
}

/// Issues for one person after the other, each in a new case, as fast as it goes.
async fn issue_until_error(desk: &Desk) -> &'static str {
    let first: u32 = std::env::var(START).unwrap().parse().unwrap();
    for n in first..first + 300 {
        let number = fixture::number(&format!("19{:02}0203", 20 + n / 900), n % 900 + 1);
        let citizen = desk.citizen_ref(&number);
        let case = match desk.case.open(&clerk(desk), Some(&citizen)).await {
            Ok(case) => case.as_str().to_owned(),
            Err(error) => return error.code(),
        };
        let request = fixture::request(&case, &number);
        if let Err(error) = desk.issue.new_code(&clerk(desk), &request).await {
            return error.code();
        }
    }
    "enough"
}

/// Fills the disk in the middle of an issue, makes room, has one issue refused, then serves twenty
/// people.
async fn go_on_after_a_full_disk(desk: &Desk, folder: &Path) {
    let mut told = 0;
    let mut last = None;
    let limit = fs::metadata(folder.join("desk.db-wal")).unwrap().len() + 1_000_000;
    set_longest_file(Some(limit));
    let ended_with = loop {
        let number = fixture::number("19300203", told + 1);
        let outcome = issue_to(desk, &number).await;
        match outcome {
            Ok(()) => told += 1,
            Err(error) => break error.code(),
        }
        last = Some(number);
    };
    println!("ended with {ended_with}");
    set_longest_file(None);
    println!("then {}", issue_to(desk, &last.unwrap()).await.unwrap_err().code());
    for n in 0..20 {
        issue_to(desk, &fixture::number("19310203", n + 1)).await.unwrap();
        told += 1;
    }
    println!("told {told}");
}

async fn issue_to(desk: &Desk, number: &IdNumber) -> Result<(), DeskError> {
    let case = desk.case.open(&clerk(desk), Some(&desk.citizen_ref(number))).await?;
    desk.issue.new_code(&clerk(desk), &fixture::request(case.as_str(), number)).await.map(drop)
}

/// A file that cannot grow is what a full disk is to a program; it needs no mount.
fn set_longest_file(bytes: Option<u64>) {
    let limit = rustix::process::Rlimit { current: bytes, maximum: None };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
}

fn command(folder: &Path, mode: &str, start: u32) -> Command {
    static SINCE_MS: LazyLock<i64> = LazyLock::new(|| SystemClock::new().monotonic_ms());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["crash::child", "--exact", "--ignored", "--nocapture"])
        .env(MODE, mode)
        .env(FOLDER, folder)
        .env(START, start.to_string())
        .env(SINCE, SINCE_MS.to_string())
        .stdin(Stdio::null());
    command
}

/// The child with the folder on a file system of a kind, in a mount namespace of its own.
fn in_mount(folder: &Path, mount: &str, mode: &str) -> Output {
    let child = command(folder, mode, 100);
    // Root needs no user namespace, and a container may forbid one.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let flags = if is_root { "-m" } else { "-rm" };
    let mut wrapped = Command::new("unshare");
    wrapped.args([flags, "sh", "-ec", &format!("{mount}; exec \"$0\" \"$@\"")]).arg(child.get_program());
    wrapped.args(child.get_args()).env("D", folder);
    for (name, value) in child.get_envs() {
        wrapped.env(name, value.unwrap());
    }
    wrapped.output().unwrap()
}

/// Everything that must always hold of the files in a folder.
async fn is_whole(folder: &Path) -> i64 {
    let desk = fixture::open(folder, Arc::new(SystemClock::new())).await;
    let mut raw = fixture::raw(&desk).await;
    let (integrity,): (String,) =
        sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut *raw).await.unwrap();
    assert_eq!(integrity, "ok");
    let lonely: (i64,) = sqlx::query_as(
        "SELECT count(*) FROM code c WHERE NOT EXISTS (SELECT 1 FROM outbox p WHERE p.epoch = c.epoch AND p.seq = c.seq)
         OR NOT EXISTS (SELECT 1 FROM audit a WHERE a.event = 'issue' AND a.detail = c.serial)",
    )
    .fetch_one(&mut *raw)
    .await
    .unwrap();
    assert_eq!(lonely.0, 0, "a code without its waiting operation or audit row");
    let (codes, issues): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM code), (SELECT count(*) FROM operation WHERE kind = 'issue')",
    )
    .fetch_one(&mut *raw)
    .await
    .unwrap();
    assert_eq!(codes, issues);
    drop(raw);
    let log = DatabaseLog::new(desk.store().clone(), desk.identity().author());
    let mut next = 1;
    while let Some(batch) = log.batch(next, 200).await.unwrap() {
        assert_eq!(batch.batch.check(), Ok(()));
        next += batch.batch.ops.len() as u64;
    }
    assert_eq!(desk.lists.audit.check(&auditor(&desk)).await.unwrap().broken_at, None);
    desk.store().close().await;
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_at_any_moment_of_an_issue_leaves_all_of_it_or_nothing() {
    let mut fixture = Fixture::new().await;
    fixture.centre.stop().await;
    fixture.desk.store().close().await;
    let folder = fixture.folder.path();
    let mut before = 0;
    for round in 0..10 {
        let mut running = command(folder, "issue", round * 300).stdout(Stdio::null()).spawn().unwrap();
        // Some rounds end while the program starts, some in the middle of the writing.
        tokio::time::sleep(Duration::from_millis(60 + 137 * u64::from(rand::random::<u8>()) / 64)).await;
        running.kill().unwrap();
        running.wait().unwrap();
        let codes = is_whole(folder).await;
        assert!(codes >= before, "what was committed stays");
        before = codes;
    }
    assert!(before > 0, "no round got as far as issuing");
}

#[tokio::test]
async fn a_full_disk_refuses_and_keeps_what_was_there() {
    let mut fixture = Fixture::new().await;
    fixture.centre.stop().await;
    fixture.desk.store().close().await;
    // The folder's files, on a disk of two megabytes.
    let mount = "mkdir \"$D.copy\"; cp -a \"$D/.\" \"$D.copy\"; mount -t tmpfs -o size=2m tmpfs \"$D\";
         cp -a \"$D.copy/.\" \"$D\"; rm -r \"$D.copy\"";
    let output = in_mount(fixture.folder.path(), mount, "issue");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("ended with disk_full"), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("queue "), "{said}");
}

#[tokio::test]
async fn after_a_full_disk_and_a_refusal_everything_told_is_there_at_the_next_start() {
    let mut fixture = Fixture::new().await;
    fixture.centre.stop().await;
    fixture.desk.store().close().await;
    let folder = fixture.folder.path();
    let child = command(folder, "recover", 0);
    // The signal of a file that may not grow would end the program; on a full disk there is none.
    let mut deaf = Command::new("sh");
    deaf.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(child.get_program()).args(child.get_args());
    for (name, value) in child.get_envs() {
        deaf.env(name, value.unwrap());
    }
    let output = deaf.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let told = said.lines().find_map(|line| line.strip_prefix("told ")).and_then(|n| n.parse::<i64>().ok());
    let told = told.unwrap_or_else(|| panic!("{said} {}", String::from_utf8_lossy(&output.stderr)));
    assert!(said.contains("ended with disk_"), "{said}");
    assert!(said.contains("then has_had_a_code"), "{said}");
    assert_eq!(is_whole(folder).await, told);
}

#[tokio::test]
async fn a_read_only_disk_is_said_so() {
    let mut fixture = Fixture::new().await;
    fixture.centre.stop().await;
    fixture.desk.store().close().await;
    let mount = "mount --bind \"$D\" \"$D\"; mount -o remount,bind,ro \"$D\"";
    let output = in_mount(fixture.folder.path(), mount, "open");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("ended with disk_read_only"), "{said} {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_write_ahead_log_cut_off_anywhere_loses_the_end_and_nothing_else() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    for n in 1..=6 {
        desk.issue.new_code(&clerk(desk), &wish(desk, &senior(n)).await).await.unwrap();
    }
    // The files as they lie on the disk while the program runs: what a pulled plug leaves.
    let image = tempfile::tempdir().unwrap();
    copy(fixture.folder.path(), image.path());
    let log = image.path().join("desk.db-wal");
    let length = fs::metadata(&log).unwrap().len();
    assert!(length > 50_000, "everything is in the log still");
    assert_eq!(is_whole(image.path()).await, 6);
    for part in 1..12 {
        let image = tempfile::tempdir().unwrap();
        copy(fixture.folder.path(), image.path());
        let cut = fs::OpenOptions::new().write(true).open(image.path().join("desk.db-wal")).unwrap();
        // Only as far back as enrolment: before that there is no desk to open.
        cut.set_len(length - part * 4_321).unwrap();
        let codes = is_whole(image.path()).await;
        assert!((0..=6).contains(&codes));
    }
}
