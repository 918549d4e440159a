//! The real server fuzzed by schemathesis from its own OpenAPI document.
//!
//! There must be no 5xx and no undocumented answer, and every route must be reached by
//! an authorised caller.

use crate::common::{
    client::{Centre, ok},
    machine::Machine,
};
use central_fixture::desk::senior;
use rules::{correction::Digest, life::Action, wire::OperatorAuthResponse};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf, process::Command};

/// Number of requests generated for each operation; with the seed they are the same in every run.
const EXAMPLES: u32 = 20;
const SEED: u32 = 20_261_123;

/// Returns the path where `make setup` installs schemathesis.
fn schemathesis() -> PathBuf {
    let build = rig::folder::program_folder().unwrap();
    let program = build.parent().unwrap().join("schemathesis/bin/schemathesis");
    assert!(program.is_file(), "{} is missing: make setup installs it", program.display());
    program
}

/// Settings that lift the rate limits, because the faults to find lie behind them.
const NO_LIMITS: [(&str, &str); 6] = [
    ("SUISHEN_CENTRAL_LIMITS__KIOSK_PEOPLE_PER_HOUR", "1000000"),
    ("SUISHEN_CENTRAL_LIMITS__DEVICE_PER_MINUTE", "1000000"),
    ("SUISHEN_CENTRAL_LIMITS__OPERATOR_PER_MINUTE", "1000000"),
    ("SUISHEN_CENTRAL_LIMITS__SCANNER_PER_MINUTE", "1000000"),
    ("SUISHEN_CENTRAL_LIMITS__CHANNEL_PER_MINUTE", "1000000"),
    ("SUISHEN_CENTRAL_LIMITS__DOOR_PER_MINUTE", "1000000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_5xx_and_no_undocumented_answer_on_any_route() {
    let centre = Centre::start_with("central-openapi", &NO_LIMITS).await;
    let password = centre.staff("10001", "supervisor").await;
    let (mut desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let operator: OperatorAuthResponse = ok(centre.operator_login(&device, "10001", &password).await).await;
    let password = centre.staff("10002", "security-admin").await;
    let administrator: OperatorAuthResponse =
        ok(centre.operator_login(&device, "10002", &password).await).await;
    let holder = senior(1);
    let (number, name) = (holder.number.expose(), holder.name.expose());
    // The photo is not an image: no registry content may make the server fail.
    let line = json!({ "number": number, "name": name, "household": true, "photo": "broken.jpg" });
    std::fs::write(centre.folder.path().join("broken.jpg"), b"no picture").unwrap();
    let people = centre.folder.path().join("people.jsonl");
    std::fs::write(&people, line.to_string()).unwrap();
    centre.central.command(&["import-population", people.to_str().unwrap()]).await.unwrap();
    let issue = desk.issue(&holder, Action::Apply, central::clock::now(), None);
    centre.push(&desk, &device, vec![issue]).await;
    let evidence = b"a scan".to_vec();
    let blob = Digest::of(&evidence).to_string();
    let put = centre.client.put(centre.url(&format!("/v1/blobs/{blob}"))).bearer_auth(&device);
    assert!(put.body(evidence).send().await.unwrap().status().is_success());
    let kiosk = Machine::at(&centre, "kiosk").await;
    let card = json!({ "method": "id_card", "number": number, "name": name });
    let session: Value = ok(centre.post("/v1/channels/kiosk/login", Some(&kiosk.token), &card).await).await;

    // A desk's testimony is read after a restore alone.
    centre.central.command(&["restore", "begin"]).await.unwrap();

    let settings = centre.folder.path().join("schemathesis.toml");
    let session = session["session"].as_str().unwrap();
    let known = Known {
        device: &device,
        operator: operator.token.token.expose(),
        administrator: administrator.token.token.expose(),
        key: &kiosk.token,
        session,
        citizen: &holder.citizen_ref.to_string(),
        number,
        name,
        blob: &blob,
    };
    std::fs::write(&settings, known.settings()).unwrap();
    let report = centre.folder.logs().join("schemathesis.ndjson");
    let mut command = Command::new(schemathesis());
    command.arg("--config-file").arg(&settings).arg("run").arg(centre.url("/v1/openapi.json"));
    command.args(["--max-examples", &EXAMPLES.to_string(), "--seed", &SEED.to_string()]);
    command.args(["--phases", "examples,coverage,fuzzing"]);
    command.args([
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    ]);
    command.arg("--report-ndjson-path").arg(&report);
    command.current_dir(centre.folder.path());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let answers = answers(&std::fs::read_to_string(&report).unwrap());
    println!("{answers:#?}");
    assert_eq!(answers.len(), operations(&centre).await, "every operation was asked for");
    for (operation, statuses) in &answers {
        // These statuses mean the caller was kept out; any other was answered by the route itself.
        let shut = [401, 403, 404, 405];
        assert!(statuses.keys().any(|status| !shut.contains(status)), "{operation}: {statuses:?}");
    }
}

/// Returns the number of operations in the document.
async fn operations(centre: &Centre) -> usize {
    let document: Value = ok(centre.get("/v1/openapi.json", None).await).await;
    let paths = document["paths"].as_object().unwrap();
    paths.values().map(|methods| methods.as_object().unwrap().len()).sum()
}

/// Counts the statuses of each operation in the report.
fn answers(report: &str) -> BTreeMap<String, BTreeMap<u64, u32>> {
    let mut answers: BTreeMap<String, BTreeMap<u64, u32>> = BTreeMap::new();
    for line in report.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let recorder = &event["ScenarioFinished"]["recorder"];
        let Some(label) = recorder["label"].as_str() else { continue };
        for interaction in recorder["interactions"].as_object().into_iter().flat_map(|all| all.values()) {
            if let Some(status) = interaction["response"]["status_code"].as_u64() {
                *answers.entry(label.to_owned()).or_default().entry(status).or_default() += 1;
            }
        }
    }
    answers
}

/// Credentials and values that schemathesis needs to be let in.
struct Known<'a> {
    device: &'a str,
    operator: &'a str,
    administrator: &'a str,
    key: &'a str,
    session: &'a str,
    citizen: &'a str,
    number: &'a str,
    name: &'a str,
    blob: &'a str,
}

impl Known<'_> {
    fn settings(&self) -> String {
        let Self { device, operator, administrator, key, session, citizen, number, name, blob } = self;
        format!(
            r#"
[auth.openapi.desk]
bearer = "{device}"
[auth.openapi.operator]
bearer = "{operator}"
[auth.openapi.administrator]
bearer = "{administrator}"
[auth.openapi.channel]
bearer = "{key}"
[auth.openapi.session]
api_key = "{session}"

[dictionaries.citizens]
values = ["{citizen}"]
[dictionaries.blobs]
values = ["{blob}"]
[dictionaries.channels]
values = ["kiosk"]
[dictionaries.words]
values = ["{citizen}", "{number}", "{name}"]
[generation.dictionaries]
string = {{ dictionary = "words", probability = 0.2 }}
[parameters]
"path.ref" = {{ dictionary = "citizens", probability = 0.5 }}
"path.sm3" = {{ dictionary = "blobs", probability = 0.5 }}
"path.channel" = {{ dictionary = "channels", probability = 0.8 }}
"#
        )
    }
}
