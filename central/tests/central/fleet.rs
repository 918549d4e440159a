//! The fleet: what desks say of themselves at each log-in, and how it is shown.

use crate::common::client::Centre;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central::store::postgres::PgStore;
use central_fixture::desk::Desk;
use reqwest::{Response, StatusCode};
use rules::{
    At, DeviceNumber,
    keys::{Class, Signer as _, SoftwareKey},
    program::ProgramVersion,
    window::{DeviceKind, KeyProtection},
    wire::{DeviceAuthRequest, DeviceTrouble, Heartbeat},
};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const HOUR: i64 = 60 * 60 * 1000;
const DESKS: u32 = 3_000;

fn well(now: At) -> Heartbeat {
    Heartbeat {
        program: ProgramVersion::THIS,
        class: Class::Practice,
        protection: KeyProtection::Tpm,
        troubles: Vec::new().try_into().unwrap(),
        staff: None,
        conflicts: 0,
        waiting: 0,
        oldest_waiting: None,
        clock_ahead_ms: 40,
        disk_free: Some(50 << 30),
        keys_end: now.plus_ms(20 * 24 * HOUR),
    }
}

/// What is wrong with six of the desks.
fn ill(device: DeviceNumber, heartbeat: &mut Heartbeat, told_at: &mut At) {
    match device {
        DeviceNumber(10) => *told_at = told_at.plus_ms(-97 * HOUR),
        DeviceNumber(20) => heartbeat.program = "0.0.9".parse().unwrap(),
        DeviceNumber(30) => heartbeat.disk_free = Some(100 << 20),
        DeviceNumber(40) => {
            (heartbeat.waiting, heartbeat.oldest_waiting) = (7, Some(told_at.plus_ms(-5 * HOUR)))
        }
        DeviceNumber(50) => {
            let failure = "printer_paper_out".to_owned().try_into().unwrap();
            let trouble = DeviceTrouble { device: DeviceKind::Printer, failure };
            heartbeat.troubles = vec![trouble].try_into().unwrap();
        }
        DeviceNumber(60) => heartbeat.clock_ahead_ms = -6 * 60 * 1000,
        _ => {}
    }
}

const PROBLEMS: [(&str, &str); 6] =
    [("10", "silent"), ("20", "old"), ("30", "disk"), ("40", "queue"), ("50", "device"), ("60", "clock")];

async fn three_thousand(centre: &Centre) {
    let sites =
        "INSERT INTO site (site, name) SELECT (310200 + n)::text, 'site' FROM generate_series(0, 3) n";
    let devices = format!(
        "INSERT INTO device (device, site, desk_number, epoch)
         SELECT n, (310200 + n / 900)::text, n % 900 + 1, 1 FROM generate_series(1, {DESKS}) n"
    );
    for statement in [sites, devices.as_str()] {
        centre.postgres.query(statement).await.unwrap();
    }
    let store = PgStore::connect(&centre.postgres.url(), 8).await.unwrap();
    let now = central::clock::now();
    let tellers = (0..8).map(|first| {
        let store = store.clone();
        tokio::spawn(async move {
            for device in (1..=DESKS).filter(|device| device % 8 == first) {
                let (mut heartbeat, mut told_at) = (well(now), now);
                ill(DeviceNumber(device), &mut heartbeat, &mut told_at);
                store.note_heartbeat((DeviceNumber(device), 1), &heartbeat, told_at).await.unwrap();
            }
        })
    });
    for teller in tellers.collect::<Vec<_>>() {
        teller.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn among_three_thousand_desks_the_list_and_the_figures_name_each_one_with_a_problem() {
    let mut centre = Centre::start("central-fleet").await;
    let command = async |words: &[&str]| centre.central.command(words).await.unwrap();
    assert_eq!(command(&["version", "show"]).await.trim(), "none");
    let this = ProgramVersion::THIS.to_string();
    let required = command(&["version", "require", &this, "--from", "2026-12-15"]).await;
    assert_eq!(required.trim(), format!("{this} from 2026-12-15 00:00"));
    three_thousand(&centre).await;

    let all = command(&["desk", "list"]).await;
    assert_eq!(all.lines().count(), 1 + 3_000);
    let columns = all.lines().next().unwrap().split('\t').count();
    assert!(all.lines().all(|line| line.split('\t').count() == columns), "{all}");
    for (device, problem) in PROBLEMS {
        let listed = command(&["desk", "list", "--only", problem]).await;
        let found: Vec<&str> = listed.lines().skip(1).collect();
        let [line] = found[..] else { panic!("{problem}: {found:?}") };
        assert!(
            line.starts_with(&format!("{device}\t")) && line.ends_with(&format!("\t{problem}")),
            "{line}"
        );
    }
    let two = command(&["desk", "list", "--only", "old", "--only", "disk"]).await;
    assert_eq!(
        two.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect::<Vec<_>>(),
        ["20", "30"]
    );
    assert!(two.contains("\t0.0.9\t") && two.contains("\t100 MiB\t"), "{two}");
    let ill = command(&["desk", "list", "--only", "device"]).await;
    assert!(ill.contains("printer_paper_out"), "{ill}");

    // The figures are counted at the start of a server, and once a minute.
    centre.central.start_again(&centre.folder).await.unwrap();
    let counted = async || {
        let figures = centre.central.metrics().await.ok()?;
        let is_one = |problem| figures.contains(&format!("central_desk_problems{{problem=\"{problem}\"}} 1"));
        PROBLEMS.iter().all(|(_, problem)| is_one(problem)).then_some(())
    };
    rig::process::until("figures of the fleet", Duration::from_secs(240), counted).await.unwrap();
    let rules = include_str!("../../../deploy/suishen-central.rules.yml");
    for (_, problem) in PROBLEMS {
        assert!(rules.contains(&format!("central_desk_problems{{problem=\"{problem}\"}}")), "{problem}");
    }
    let lifted = centre.central.command(&["version", "lift"]).await.unwrap();
    assert_eq!(lifted.trim(), "none");
    let old = centre.central.command(&["desk", "list", "--only", "old"]).await.unwrap();
    assert_eq!(old.lines().count(), 1, "{old}");
}

/// Logs a desk in with a heartbeat that may be anything, signed by `key`.
async fn log_in(
    centre: &Centre,
    desk: &Desk,
    key: &SoftwareKey,
    (off_ms, heartbeat): (i64, Value),
) -> Response {
    let claims = json!({
        "device": desk.device,
        "epoch": desk.epoch,
        "issued_at": central::clock::now().plus_ms(off_ms),
        "nonce": Uuid::new_v4(),
        "heartbeat": heartbeat,
    });
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
    let signature = URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()).unwrap());
    let request =
        DeviceAuthRequest { assertion: format!("{text}.{signature}"), certificate: None, desk_number: None };
    centre.post("/v1/auth/device", None, &request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_is_signed_small_and_takes_the_place_of_its_own_desks_last_one() {
    let centre = Centre::start("central-heartbeat").await;
    let (desk, _) = centre.enrol(1).await;
    let (other, _) = centre.enrol(2).await;
    let good = serde_json::to_value(well(central::clock::now())).unwrap();
    let with = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed
    };
    let told = async || {
        let question = "SELECT device, heartbeat::json->>'waiting' FROM desk_heartbeat ORDER BY device";
        centre.postgres.query(question).await.unwrap()
    };
    for waiting in 0..5 {
        let answer = log_in(&centre, &desk, &desk.key, (0, with("waiting", json!(waiting)))).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let answer = log_in(&centre, &other, &other.key, (0, good.clone())).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let rows = |waiting: u32| {
        let mut rows = [(desk.device, waiting), (other.device, 0)];
        rows.sort_unstable();
        rows.map(|(device, waiting)| format!("{device}|{waiting}")).join("\n")
    };
    let before = rows(4);
    assert_eq!(told().await, before, "one row a desk, the newest");

    // A thief has the key of one desk, and speaks for no other.
    let stolen = log_in(&centre, &other, &desk.key, (0, with("waiting", json!(99)))).await;
    assert_eq!(stolen.status(), StatusCode::UNAUTHORIZED);
    let overtaken = log_in(&centre, &desk, &desk.key, (-60_000, with("waiting", json!(98)))).await;
    assert_eq!(overtaken.status(), StatusCode::OK);
    let printer = |failure: &str| json!({ "device": "printer", "failure": failure });
    for (field, value) in [
        ("program", json!("1.2")),
        ("program", json!("9".repeat(1_000))),
        ("troubles", json!(vec![printer("paper_out"); 5])),
        ("troubles", json!([printer(&"a".repeat(49))])),
        ("troubles", json!([printer("\u{1b}[2J")])),
        ("waiting", json!(-1)),
    ] {
        let answer = log_in(&centre, &desk, &desk.key, (0, with(field, value))).await;
        assert_eq!(answer.status(), StatusCode::OK, "{field}: a desk logs in whatever it says");
    }
    let large = json!("9".repeat(20_000));
    let refused = log_in(&centre, &desk, &desk.key, (0, with("program", large))).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(told().await, before, "what cannot be read is not kept");
    // What a newer program adds is passed over.
    let newer = with("fan_speed", json!(7));
    assert_eq!(log_in(&centre, &desk, &desk.key, (0, newer)).await.status(), StatusCode::OK);
    assert_eq!(told().await, rows(0));
    let kept =
        centre.postgres.query("SELECT count(*) FROM desk_heartbeat WHERE heartbeat LIKE '%fan%'").await;
    assert_eq!(kept.unwrap(), "0");
    // A desk that says nothing of itself logs in all the same.
    assert_eq!(log_in(&centre, &desk, &desk.key, (0, Value::Null)).await.status(), StatusCode::OK);
}
