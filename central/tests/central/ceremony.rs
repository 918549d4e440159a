//! F: the key ceremony, walked from the handbook: each command of docs/keys.md is run as it stands
//! there, by the real program on the real server.

use crate::common::client::{Centre, ok};
use central::keys::ceremony::{PRACTICE, PRACTICE_PASSPHRASE, RootFile};
use central_fixture::desk::{Desk, senior};
use rig::{RigFolder, central::Central, folder::workspace_program, postgres::Postgres};
use rules::{
    At, Sensitive,
    audit::TreeHead,
    issuing::{Issued, Purpose, Trust},
    life::Action,
    wire::{Receipt, TrustAnchors, TrustResponse, VerifyAnswer, VerifyResponse},
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

const HANDBOOK: &str = include_str!("../../../docs/keys.md");
const ROOT_PASSPHRASE: &str = "the root of this city";
const PEOPLE_PASSPHRASE: &str = "one for each of us";
const PATIENCE: Duration = Duration::from_secs(30);

/// Two machines and the media that go between them.
struct Ceremony {
    media: PathBuf,
    settings: PathBuf,
}

impl Ceremony {
    /// Runs a line of the handbook. The root's machine has no settings, so no database either.
    fn run(&self, line: &str, is_root: bool) -> Output {
        let program = workspace_program("suishen-central").unwrap();
        let media = self.media.display().to_string();
        let line = line.replace("/media/", &format!("{media}/"));
        let mut command = Command::new("sh");
        command.args(["-ec", &line]).env_clear().env("PATH", path(&program));
        command.env("SUISHEN_ROOT_PASSPHRASE", ROOT_PASSPHRASE);
        command.env("SUISHEN_PASSPHRASE", PEOPLE_PASSPHRASE);
        if !is_root {
            command.env("SUISHEN_CENTRAL_CONFIG_FILE", &self.settings);
        }
        command.output().unwrap()
    }

    /// Runs all commands of a section. Returns what each printed.
    fn section(&self, title: &str, change: impl Fn(&str) -> String) -> Vec<String> {
        let lines = commands(title);
        assert!(!lines.is_empty(), "no commands under {title}");
        let run = |(line, is_root): (String, bool)| {
            let line = change(&line);
            let output = self.run(&line, is_root);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{line}: {said}");
            String::from_utf8(output.stdout).unwrap()
        };
        lines.into_iter().map(run).collect()
    }
}

fn path(program: &Path) -> String {
    let folder = program.parent().unwrap().display();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

/// Returns the commands under a heading, each with whether it is for the root's machine.
fn commands(title: &str) -> Vec<(String, bool)> {
    let (mut found, mut is_here, mut is_root, mut is_code) = (Vec::new(), false, false, false);
    for line in HANDBOOK.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (is_here, is_root) = (heading == title, false);
        } else if line.starts_with("```") {
            is_code = line == "```sh";
        } else if is_here && is_code {
            found.push((line.to_owned(), is_root));
        } else if line.contains("n the root's machine") {
            is_root = true;
        } else if line.contains("n the service's machine") {
            is_root = false;
        }
    }
    found
}

/// The codes of invented people are practice codes.
fn as_written(line: &str) -> String {
    line.replace("--class live", "--class practice")
}

/// What the centre signed at one time.
struct Word {
    receipts: Issued<Vec<Receipt>>,
    lists: TrustResponse,
    head: Issued<TreeHead>,
    symbol: String,
}

async fn word(centre: &Centre, desk: &mut Desk, person: u32) -> Word {
    let token = centre.device_token(desk).await;
    let holder = senior(person);
    let issue = desk.issue(&holder, Action::Apply, central::clock::now().plus_ms(-1_000), None);
    let symbol = desk.symbol(&issue);
    let pushed = centre.push(desk, &token, vec![issue]).await;
    let lists = ok(centre.get("/v1/keys", None).await).await;
    let head = head(centre).await.unwrap();
    Word { receipts: pushed.results.unwrap(), lists, head, symbol }
}

async fn head(centre: &Centre) -> Option<Issued<TreeHead>> {
    let answer = centre.get("/v1/audit/head", None).await;
    if answer.status().is_success() { Some(ok(answer).await) } else { None }
}

impl Word {
    fn is_good(&self, trust: &Trust) -> bool {
        self.receipts.verify(trust).is_ok()
            && self.lists.keys.verify(trust).is_ok()
            && self.head.verify(trust).is_ok()
    }
}

/// Waits until the log has a head by another key than `old`'s and the lists have the desk's key.
async fn settled(centre: &Centre, old: Option<&Word>) {
    let old = old.map(|word| &word.head.issuer);
    tokio::time::timeout(PATIENCE, async {
        while head(centre).await.is_none_or(|head| Some(&head.issuer) == old)
            || centre.postgres.query("SELECT count(*) FROM desk_key WHERE changed_in = 0").await.unwrap()
                != "0"
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn f_the_handbooks_ceremony_starts_a_centre_and_exchanges_every_key() {
    let folder = RigFolder::new("central-ceremony").unwrap();
    let media = folder.path().join("media");
    for medium in ["root", "carry", "people"] {
        std::fs::create_dir_all(media.join(medium)).unwrap();
    }
    let people = media.join("people").display().to_string();
    let variables = [("SUISHEN_AS", people.as_str()), ("SUISHEN_PASSPHRASE", PEOPLE_PASSPHRASE)];
    let postgres = Postgres::start(&folder).await.unwrap();
    let mut server = Central::without_keys(&folder, &postgres, &variables).unwrap();
    let ceremony = Ceremony { media: media.clone(), settings: server.settings().to_owned() };

    let refused = ceremony.run("suishen-central serve", false);
    assert!(!refused.status.success(), "no keys yet");
    ceremony.section("Make the root key", as_written);
    let asked = ceremony.section("Draw the issuing keys", as_written).concat();
    let refused = ceremony.run("suishen-central serve", false);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("there is no issuing key"), "{why}");
    let signed = ceremony.section("Sign them", as_written).concat();
    for purpose in Purpose::ALL {
        let line = asked.lines().find(|line| line.starts_with(purpose.code())).unwrap();
        assert!(signed.lines().any(|other| other.starts_with(line)), "{line}: the other machine says so too");
    }
    let credentials = ceremony.section("Make the credentials", as_written);
    ceremony.section("Start the centre", as_written);
    server.migrate(&postgres).await.unwrap();
    server.start_again(&folder).await.unwrap();
    let keys = server.settings().with_file_name("keys");
    assert!(!keys.join(PRACTICE).exists() && !keys.join("root.json").exists(), "no root on this machine");
    ceremony.section("Run a command as an administrator", as_written);

    let mut centre = Centre::with_site(folder, postgres, server).await;
    let (mut desk, enrolled) = centre.enrol(1).await;
    let password = centre.staff("10001", "clerk").await;
    let trust = enrolled.trust();
    settled(&centre, None).await;
    let before = word(&centre, &mut desk, 1).await;
    assert!(before.is_good(&trust));

    // Each key in its turn.
    for purpose in Purpose::ALL.map(Purpose::code) {
        ceremony.section("Exchange an issuing key", |line| line.replace("receipts", purpose));
    }
    centre.central.start_again(&centre.folder).await.unwrap();
    let token = centre.device_token(&desk).await;
    let logged_in = centre.operator_login(&token, "10001", &password).await;
    assert!(logged_in.status().is_success(), "an account from before");
    let (mut newcomer, of_newcomer) = centre.enrol(2).await;
    settled(&centre, Some(&before)).await;
    let after = word(&centre, &mut desk, 2).await;
    assert!(before.is_good(&trust) && after.is_good(&trust), "old and new side by side");
    assert_ne!(before.receipts.issuer, after.receipts.issuer);
    assert_ne!(before.lists.keys.issuer, after.lists.keys.issuer);
    assert_ne!(before.head.issuer, after.head.issuer);
    assert_ne!(enrolled.certificate.issuer, of_newcomer.certificate.issuer);
    assert_eq!(enrolled.root, of_newcomer.root);
    for symbol in [&before.symbol, &after.symbol] {
        let request = serde_json::json!({ "payload": symbol, "scanner": "10001", "place": "窗口" });
        let answer: VerifyResponse = ok(centre.post("/v1/verify", Some(&token), &request).await).await;
        assert!(matches!(answer.answer, VerifyAnswer::Valid), "{:?}", answer.answer);
    }
    assert!(word(&centre, &mut newcomer, 3).await.is_good(&trust));

    // The auditor's credential is taken back.
    let verify = "suishen-central --as /media/people/audit.json alarm list";
    assert!(ceremony.run(verify, false).status.success());
    let auditor = credentials.iter().find(|line| line.starts_with("audit")).unwrap();
    let auditor = auditor.trim().rsplit(' ').next().unwrap();
    ceremony.section("Take a key back", |line| line.replace("AUDITOR_KEY", auditor));
    let refused = ceremony.run(verify, false);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("not in force any more"), "{why}");
    centre.central.start_again(&centre.folder).await.unwrap();
    let anchors: Issued<TrustAnchors> = ok(centre.get("/v1/trust-anchors", None).await).await;
    let mut told = trust.clone();
    assert_eq!(told.take(anchors.verify(&trust).unwrap().revoked.as_ref().unwrap()), Ok(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn f_serve_does_not_start_with_an_ended_key_and_says_what_to_do() {
    let mut centre = Centre::start("central-ended-key").await;
    let keys = centre.central.settings().with_file_name("keys");
    let passphrase = Sensitive::new(PRACTICE_PASSPHRASE.to_owned());
    let root = RootFile::open(&keys.join(PRACTICE).join("root.json"), &passphrase).unwrap();
    let request = central::keys::ceremony::request(&keys, None, &[Purpose::Receipts]).unwrap();
    let file = centre.folder.path().join("old.json");
    central::keys::ceremony::write(&file, &root.grant(&request, 1, At(0)).unwrap()).unwrap();
    central::keys::ceremony::install(&keys, &file).unwrap();
    centre.central.stop();
    let mut serve = Command::new(workspace_program("suishen-central").unwrap());
    let output = serve.arg("serve").arg("--config").arg(centre.central.settings()).output().unwrap();
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{why}");
    assert!(why.contains("receipts") && why.contains("`keys rotate receipts`"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f_a_command_needs_the_credential_of_its_kind_and_stands_in_the_log_with_who() {
    let centre = Centre::start("central-credentials").await;
    let people = centre.central.settings().with_file_name("keys").join(PRACTICE);
    let with = |file: &str| people.join(file).display().to_string();
    for (credential, command) in [
        ("security.json", ["desk", "list"]),
        ("audit.json", ["review", "list"]),
        ("system.json", ["alarm", "list"]),
    ] {
        let credential = with(credential);
        let refused = centre.central.command(&[&["--as", &credential], &command[..]].concat()).await;
        let why = refused.unwrap_err().to_string();
        assert!(why.contains("another kind"), "{why}");
    }
    let name = ["site", "add", "--site", "310104", "--name", "徐汇"];
    centre.central.command(&[&["--as", &with("system.json")], &name[..]].concat()).await.unwrap();
    let acts = || async {
        let sql = "SELECT body FROM audit_leaf WHERE kind = 'act' AND body LIKE '%310104%'";
        centre.postgres.query(sql).await.unwrap()
    };
    tokio::time::timeout(PATIENCE, async {
        while acts().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    let act: serde_json::Value = serde_json::from_str(&acts().await).unwrap();
    assert_eq!(act["act"]["value"]["name"], "site add");
    assert_eq!(act["administrator"]["value"]["staff"], "90001");
    let others = "SELECT count(*) FROM audit_leaf WHERE kind = 'act' AND body LIKE '%desk list%'";
    assert_eq!(centre.postgres.query(others).await.unwrap(), "0", "what was refused was no act");
}

#[tokio::test(flavor = "multi_thread")]
async fn f_n1_a_security_administrator_releases_look_ups_of_others() {
    let centre = Centre::start("central-release").await;
    centre.staff("10001", "clerk").await;
    let released = centre.central.command(&["look-up", "release", "10001"]).await.unwrap();
    assert!(released.contains("10001: 1 releases"), "{released}");
    let row = centre.postgres.query("SELECT operator || ' ' || supervisor FROM look_up_release").await;
    assert_eq!(row.unwrap(), "10001 90002");
    for nobody in ["90002", "10009"] {
        assert!(centre.central.command(&["look-up", "release", nobody]).await.is_err());
    }
}
