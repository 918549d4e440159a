//! The report for support: everything that helps to find a fault, and nobody's data.

use super::*;
use std::{collections::BTreeMap, io::Read as _, os::unix::fs::PermissionsExt as _};

/// Sends the log of this process to the report as well, as the program does.
fn log_to_the_report() {
    let subscriber = tracing_subscriber::fmt().with_env_filter("warn,desk=info,counter=info,drivers=info");
    // Another test of this process may have done it.
    let _ = subscriber.with_ansi(false).with_writer(|| counter::LogTail).try_init();
}

fn opened(path: &str) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

#[tokio::test]
async fn a_desk_in_trouble_that_served_people_reports_its_faults_and_nobody() {
    log_to_the_report();
    let bench = Bench::open().await;
    let settings = "[printer]\nuri = \"ipp://print-user:print-secret@127.0.0.1:1/print\"\n\n\
                    [vault]\ntpm = \"none\"\nkey_file = \"practice\"\n";
    std::fs::write(bench.folder.path().join("desk.toml"), settings).unwrap();
    bench.desk.store().close().await;
    let counter = Counter::open(bench.folder.path().to_owned()).await;
    let bench = Bench { desk: counter.desk().unwrap(), counter, ..bench };
    let refused = bench.counter.report.make().await.unwrap_err();
    assert_eq!(refused.code, "not_logged_in");
    assert_eq!(bench.counter.report.save().await.unwrap_err().code, "not_logged_in");
    bench.log_in(CLERK).await;
    assert_eq!(bench.counter.report.save().await.unwrap_err().code, "out_of_step", "nothing is shown yet");

    // People are served without the centre: a code, its loss, a correction with evidence and photo.
    let mut cases = Vec::new();
    bench.serve(&senior(1)).await;
    cases.extend(bench.issue(agreed(), Action::Apply).await.case_number);
    bench.lift().await;
    bench.serve(&senior(2)).await;
    cases.extend(bench.issue(agreed(), Action::Apply).await.case_number);
    bench.serve(&senior(2)).await;
    bench.lift().await;
    handed_in(&bench, 3, "欧阳演练").await;
    bench.serve(&senior(4)).await;
    let (_, case) = bench.begin_correction().await;
    cases.push(case);
    let task = tokio::spawn(bench.desk.clone().run_sync());
    fixture::until(async || matches!(bench.desk.sync().status().line, desk::sync::Line::Offline { .. }))
        .await;
    task.abort();
    let _ = task.await;
    tracing::warn!("a log line that ought not to be: {} 欧阳演练", senior(5).expose());

    let shown = bench.counter.report.make().await.unwrap();
    let path = bench.counter.report.save().await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let parent = std::path::Path::new(&path).parent().unwrap();
    assert_eq!(std::fs::metadata(parent).unwrap().permissions().mode() & 0o777, 0o700);
    let files = opened(&path);
    let as_shown: BTreeMap<_, _> = shown.files.into_iter().map(|file| (file.name, file.text)).collect();
    assert_eq!(files, as_shown, "what is saved is what was shown");

    // It says what is wrong.
    let state: serde_json::Value = serde_json::from_str(&files["state.json"]).unwrap();
    assert_eq!(state["line"]["reason"], "centre_connection_refused");
    assert_eq!(state["desk"]["class"], "practice");
    assert_eq!(state["desk"]["vault"], "key_file");
    assert!(state["queue"]["pending"].as_u64().unwrap() >= 3, "{state}");
    assert!(state["queue"]["oldest_waiting"].is_string());
    assert!(state["certificates"]["last_key_ends"].is_string());
    assert!(state["disk_free_bytes"].as_u64().unwrap() > 0);
    let printer = state["devices"].as_array().unwrap().iter().find(|one| one["kind"] == "printer").unwrap();
    assert_eq!(printer["state"], "absent", "{printer}");
    assert!(printer["last_error"].as_str().unwrap().starts_with("printer_"), "{printer}");
    assert!(files["settings.toml"].contains("ipp://127.0.0.1:1/print"), "{}", files["settings.toml"]);
    assert!(files["journal.txt"].contains("\tissue\tok"), "{}", files["journal.txt"]);
    assert!(files["log.txt"].contains("centre_connection_refused"), "{}", files["log.txt"]);

    // And nothing about anybody.
    let all: String = files.values().map(String::as_str).collect::<Vec<_>>().join("\n");
    let mut secrets: Vec<String> =
        ["print-secret", "print-user", "张", "欧阳", "演练", "李四", "31000000000000000000000000000000"]
            .map(str::to_owned)
            .into();
    for n in 1..=5 {
        let number = senior(n);
        secrets.extend([number.expose().to_owned(), number.masked(), number.expose()[6..14].to_owned()]);
        secrets.push(bench.desk.citizen_ref(&number).to_string());
    }
    for case in &cases {
        secrets.extend([case.clone(), ungrouped(case)]);
    }
    let mut raw = fixture::raw(&bench.desk).await;
    let serials: Vec<(String,)> =
        sqlx::query_as("SELECT serial FROM code").fetch_all(&mut *raw).await.unwrap();
    let blobs: Vec<(String,)> = sqlx::query_as("SELECT digest FROM blob").fetch_all(&mut *raw).await.unwrap();
    assert!(serials.len() >= 2 && !blobs.is_empty(), "people were served");
    secrets.extend(serials.into_iter().chain(blobs).map(|(text,)| text));
    for secret in &secrets {
        assert!(!all.contains(secret.as_str()), "{secret} in the report:\n{all}");
    }
    assert!(all.is_ascii(), "{all}");
}
