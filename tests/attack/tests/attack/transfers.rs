//! With a stick that carries a desk's outbox (C3).

use attack::{carried, folder::Folder, key::unhex};
use desk::store::blob::Blob;
use outage::{
    centre::Centre,
    window::{Window, senior},
};
use std::path::PathBuf;

const EVIDENCE: &[u8] = b"a page of a household book";

/// A desk without a line that served somebody and scanned a page, and its outbox on a stick.
struct Stick {
    centre: Centre,
    window: Window,
    file: PathBuf,
}

impl Stick {
    async fn made(name: &str) -> Self {
        let centre = Centre::start(name).await.unwrap();
        let window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
        window.serve(&senior(1).unwrap()).await.unwrap();
        let page = Blob { bytes: EVIDENCE.to_vec(), media_type: "image/jpeg".to_owned() };
        window.desk.blob.keep(&page).await.unwrap();
        let out = centre.folder.below("stick").unwrap();
        let file = window.desk.transfer.export(&window.supervisor().unwrap(), &out).await.unwrap();
        Self { centre, window, file }
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.file).unwrap()
    }

    /// Imports a changed file. Returns what the command says.
    async fn import(&self, bytes: &[u8]) -> Result<String, String> {
        let file = self.file.with_extension("changed");
        std::fs::write(&file, bytes).unwrap();
        let told = self.centre.central.command(&["import", file.to_str().unwrap()]).await;
        told.map_err(|error| error.to_string())
    }

    fn secret_of_the_centre(&self) -> Vec<u8> {
        let keys = self.centre.folder.path().join("central/keys/issuing/sealing.key");
        unhex(std::fs::read_to_string(keys).unwrap().trim()).unwrap()
    }
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|part| part == text)
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_stolen_transfer_file_tells_nobody_but_the_centre_whom_a_desk_served() {
    let mut stick = Stick::made("attack-c3-stick").await;
    let number = senior(1).unwrap().expose().to_owned();
    let secrets = [number.as_bytes(), "冯长寿".as_bytes(), EVIDENCE];
    let file = stick.bytes();
    for secret in secrets {
        assert!(!has(&file, secret), "nothing lies open");
    }
    // Who has the desk's whole folder beside the stick has no key that opens it.
    stick.window.close().await.unwrap();
    let folder = Folder::open(stick.window.folder.path()).unwrap();
    let parts = carried::parts(&file).unwrap();
    assert_eq!(parts.len(), 2, "the operations and the page");
    for name in folder.secrets().unwrap() {
        let secret = folder.secret(&name).unwrap();
        for part in &parts {
            assert!(carried::open(part, &secret).is_err(), "{name}");
        }
    }
    // The centre's key opens both, so the arithmetic here is right.
    let secret = stick.secret_of_the_centre();
    let opened: Vec<u8> = parts.iter().flat_map(|part| carried::open(part, &secret).unwrap()).collect();
    for secret in secrets {
        assert!(has(&opened, secret));
    }
    assert!(parts.iter().all(|part| carried::sealed_to(part) == carried::key_id(&secret).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_carrying_desk_holds_nothing_that_it_could_read() {
    let stick = Stick::made("attack-c3-carrier").await;
    let mut carrier = Window::enrol(&stick.centre, 2, &stick.centre.central.url()).await.unwrap();
    carrier.desk.transfer.import(&carrier.supervisor().unwrap(), &stick.file).await.unwrap();
    carrier.close().await.unwrap();
    let number = senior(1).unwrap().expose().to_owned();
    let rows = Folder::open(carrier.folder.path()).unwrap().rows().await.unwrap();
    assert!(rows.iter().any(|(table, _)| table == "transferred_batch"), "it waits there");
    assert!(rows.iter().all(|(_, row)| !row.contains(&number) && !row.contains("冯长寿")));
    // It reaches the centre all the same.
    carrier.restart().await.unwrap();
    carrier.online();
    let own = carrier.desk.identity().author().device;
    let theirs = format!("SELECT count(*) FROM op_log WHERE device <> {own}");
    let arrived = async || {
        carrier.desk.sync().now();
        let operations = stick.centre.count(&theirs).await.ok()?;
        let pages = stick.centre.count("SELECT count(*) FROM blob").await.ok()?;
        (operations == 2 && pages == 1).then_some(())
    };
    let patience = std::time::Duration::from_secs(60);
    rig::process::until("the operations and the page", patience, arrived).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_file_that_is_cut_changed_or_for_another_centre_says_so_and_a_replay_adds_nothing() {
    let stick = Stick::made("attack-c3-changed").await;
    let whole = stick.bytes();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    let mut renamed = whole.clone();
    renamed[0] = b'X';
    for (what, bytes) in [
        ("cut", whole[..whole.len() - 1].to_vec()),
        ("changed", changed),
        ("another format", renamed),
        ("nothing", Vec::new()),
    ] {
        let told = stick.import(&bytes).await.unwrap_err();
        assert!(told.contains("cut or was changed") && told.contains("不完整"), "{what}: {told}");
    }
    let elsewhere = Stick::made("attack-c3-elsewhere").await;
    let told = stick.import(&elsewhere.bytes()).await.unwrap_err();
    assert!(told.contains("not of this centre") && told.contains("不属于本中心"), "{told}");
    assert_eq!(stick.centre.count("SELECT count(*) FROM op_log").await.unwrap(), 0);
    let told = stick.import(&whole).await.unwrap();
    assert!(told.contains("2 of them new"), "{told}");
    let told = stick.import(&whole).await.unwrap();
    assert!(told.contains("0 of them new"), "{told}");
    assert_eq!(stick.centre.count("SELECT count(*) FROM op_log").await.unwrap(), 2);
    // Each try is an act of the administrator in the audit log.
    let acts = "SELECT (SELECT count(*) FROM audit_leaf WHERE kind = 'act' AND body LIKE '%\"import\"%')
        + (SELECT count(*) FROM audit_event WHERE kind = 'act' AND body LIKE '%\"import\"%')";
    assert_eq!(stick.centre.count(acts).await.unwrap(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_file_opens_after_one_rotation_of_the_sealing_key_and_not_after_two() {
    let mut stick = Stick::made("attack-c3-rotated").await;
    let before = stick.secret_of_the_centre();
    rotate(&stick.centre, 1);
    assert_ne!(stick.secret_of_the_centre(), before);
    assert!(stick.import(&stick.bytes()).await.unwrap().contains("2 of them new"));
    rotate(&stick.centre, 2);
    let told = stick.import(&stick.bytes()).await.unwrap_err();
    assert!(told.contains("does not have, or has no more") && told.contains("已停用的密钥"), "{told}");
    // The desk hears of the newest key, and its next file is sealed to that.
    stick.centre.central.start_again(&stick.centre.folder).await.unwrap();
    let newest = carried::key_id(&stick.secret_of_the_centre()).unwrap();
    let out = stick.centre.folder.below("sticks").unwrap();
    for visit in 1.. {
        stick.window.online();
        stick.window.drained().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        stick.window.offline().await;
        stick.window.serve(&senior(100 + visit).unwrap()).await.unwrap();
        let (supervisor, out) = (stick.window.supervisor().unwrap(), out.join(visit.to_string()));
        let file = stick.window.desk.transfer.export(&supervisor, &out).await.unwrap();
        let parts = carried::parts(&std::fs::read(file).unwrap()).unwrap();
        if parts.iter().all(|part| carried::sealed_to(part) == newest) {
            break;
        }
        assert!(visit < 120, "the desk never heard of the new key");
    }
}

/// Exchanges the sealing key, as the handbook says.
fn rotate(centre: &Centre, times: u32) {
    use central::keys::ceremony::{self, PRACTICE, PRACTICE_PASSPHRASE, RootFile};
    let keys = centre.folder.path().join("central/keys");
    let passphrase = rules::Sensitive::new(PRACTICE_PASSPHRASE.to_owned());
    let root = RootFile::open(&keys.join(PRACTICE).join("root.json"), &passphrase).unwrap();
    let request = ceremony::request(&keys, None, &[rules::issuing::Purpose::Sealing]).unwrap();
    let file = centre.folder.path().join(format!("next-{times}.json"));
    ceremony::write(&file, &root.grant(&request, 365, central::clock::now()).unwrap()).unwrap();
    ceremony::install(&keys, &file).unwrap();
}
