//! Access the page must not have, and data the disk must not reveal.

use practice::clerk::{Action, Confirmation};
use practice::site::FIRST_DESK;

use crate::Counter;

/// Script that calls every command of the SQL plugin, as code injected into the page would.
const ASK_FOR_SQL: &str = r#"
const done = arguments[arguments.length - 1];
const input = { db: 'sqlite:desk', query: 'SELECT 1', values: [] };
const ask = (command) =>
  window.__TAURI_INTERNALS__.invoke(`plugin:sql|${command}`, input).then(() => 'allowed', (refusal) => String(refusal));
Promise.all(['load', 'execute', 'select', 'close'].map(ask)).then(done);
"#;

#[tokio::test]
async fn s1_the_page_is_refused_every_sql_command() {
    let counter = Counter::open("sql-refused").await;
    let answers = counter.window().run_script(ASK_FOR_SQL).await.unwrap();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 4);
    for answer in answers {
        assert!(answer.as_str().unwrap().contains("not allowed"), "{answer}");
    }
    // The page still works, so the permission was what refused.
    let _card = counter.site.lay("senior").unwrap();
    counter.clerk().sees(counter.site.citizen("senior").unwrap()).await.unwrap();
}

#[tokio::test]
async fn c4_a_script_leads_the_window_to_no_other_address_and_opens_none() {
    let counter = Counter::open("foreign-address").await;
    let foreign = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", foreign.local_addr().unwrap());
    let script = format!(
        "const done = arguments[arguments.length - 1];
         const opened = window.open('{address}');
         window.location.href = '{address}';
         setTimeout(() => done([opened === null, window.location.href]), 2000);"
    );
    let answer = counter.window().run_script(&script).await.unwrap();
    assert_eq!(answer[0], true, "no other window");
    assert!(answer[1].as_str().unwrap().starts_with("tauri://localhost"), "{answer}");
    let called = tokio::time::timeout(std::time::Duration::from_secs(1), foreign.accept()).await;
    assert!(called.is_err(), "nobody called there");
    let _card = counter.site.lay("senior").unwrap();
    counter.clerk().sees(counter.site.citizen("senior").unwrap()).await.unwrap();
}

#[tokio::test]
async fn s2_no_file_of_the_desk_contains_a_readable_name_or_number() {
    let mut counter = Counter::open("no-readable-name").await;
    let card = counter.site.lay("senior").unwrap();
    let citizen = counter.site.citizen("senior").unwrap().clone();
    counter.clerk().issues(&citizen, Action::Apply, Confirmation::Confirmed).await.unwrap();
    drop(card);
    let folder = counter.site.desk_folder(FIRST_DESK).unwrap();
    let open = readable_in(&folder, &citizen.number, citizen.name);
    counter.window = None;
    let closed = readable_in(&folder, &citizen.number, citizen.name);
    assert_eq!((open, closed), (Vec::<String>::new(), Vec::new()));

    let database = std::fs::read(folder.join("desk.db")).unwrap();
    assert!(database.len() > 4096, "the database is empty: nothing was tested");
    assert!(!database.starts_with(b"SQLite format 3\0"));
}

/// Returns the files below `folder` that contain the name or number, in any encoding of a
/// database or log.
fn readable_in(folder: &std::path::Path, number: &str, name: &str) -> Vec<String> {
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let needles = [number.as_bytes().to_vec(), name.as_bytes().to_vec(), utf_16(number), utf_16(name)];
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(readable_in(&path, number, name));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        if needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == needle)) {
            found.push(path.display().to_string());
        }
    }
    found
}
