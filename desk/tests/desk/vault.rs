//! What protects the vault's key: a real TPM 2.0 in software, nothing, or a key file (C1).

use desk::{
    Desk, DeskError,
    clock::SystemClock,
    enrolment,
    store::Store,
    vault::{KeyFile, KeyProtection, Vault, VaultSettings},
};
use fixture::{CODE, TestCentre};
use rig::{RigFolder, keyring::Keyring, tpm::Tpm};
use rules::{Sensitive, keys::Class};
use std::{fs, path::Path, sync::Arc, time::Duration};

fn with(tpm: &str, key_file: KeyFile) -> VaultSettings {
    VaultSettings { tpm: Some(tpm.to_owned()), key_file }
}

async fn enrolled(folder: &Path, url: &str, settings: &VaultSettings) -> Result<Arc<Desk>, DeskError> {
    let vault = Vault::open_or_create(folder, settings).await?;
    let store = Store::open(&vault).await?;
    let clock = Arc::new(SystemClock::new());
    let code = Sensitive::new(CODE.to_owned());
    let enrolled = enrolment::enrol(&vault, &store, clock.clone(), url, None, &code).await;
    if let Err(error) = enrolled {
        store.close().await;
        return Err(error);
    }
    Desk::open(&vault, store, clock, Box::new(fixture::Printer)).await
}

async fn opened(folder: &Path, settings: &VaultSettings) -> Result<Arc<Desk>, DeskError> {
    let vault = Vault::open_or_create(folder, settings).await?;
    let store = Store::open(&vault).await?;
    Desk::open(&vault, store, Arc::new(SystemClock::new()), Box::new(fixture::Printer)).await
}

/// Returns every file below a folder with its content, by path.
fn content(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(content(&path))
        } else {
            files.push((path.clone(), fs::read(path).unwrap()))
        }
    }
    files.sort();
    files
}

#[tokio::test]
async fn c1_a_folder_sealed_by_a_tpm_opens_at_every_start_and_at_no_other_machine() {
    let rig = RigFolder::new("vault-tpm").unwrap();
    let mut own = Tpm::start(&rig, "own").await.unwrap();
    let settings = with(&own.tcti(), KeyFile::Refused);
    let centre = TestCentre::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = enrolled(folder.path(), &centre.url, &settings).await.unwrap();
    assert_eq!(desk.protection(), KeyProtection::Tpm);
    assert_eq!(centre.mind().protection, Some(KeyProtection::Tpm), "the centre knows");
    desk.store().close().await;
    assert!(!folder.path().join("vault.key").exists());

    own.start_again(&rig).await.unwrap();
    for _ in 0..5 {
        // More often than a TPM has room for keys: none is left behind in it.
        opened(folder.path(), &settings).await.unwrap().store().close().await;
    }

    let copy = tempfile::tempdir().unwrap();
    fixture::copy(folder.path(), copy.path());
    let before = content(copy.path());
    let other = Tpm::start(&rig, "other").await.unwrap();
    let at_other = with(&other.tcti(), KeyFile::Allowed);
    assert_eq!(opened(copy.path(), &at_other).await.err().unwrap().code(), "tpm_other");
    assert_eq!(enrolled(copy.path(), &centre.url, &at_other).await.err().unwrap().code(), "tpm_other");
    let no_tpm = with("none", KeyFile::Allowed);
    assert_eq!(opened(copy.path(), &no_tpm).await.err().unwrap().code(), "tpm_unavailable");
    drop(own);
    assert_eq!(opened(copy.path(), &settings).await.err().unwrap().code(), "tpm_unavailable");
    assert_eq!(content(copy.path()), before, "nothing was changed");
}

#[tokio::test]
async fn c1_what_the_tpm_sealed_cannot_be_altered_or_exchanged() {
    let rig = RigFolder::new("vault-altered").unwrap();
    let tpm = Tpm::start(&rig, "own").await.unwrap();
    let settings = with(&tpm.tcti(), KeyFile::Refused);
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&one, &other] {
        Vault::open_or_create(folder.path(), &settings).await.unwrap();
    }
    let file = one.path().join("vault.tpm");
    let sealed: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    for part in ["private", "public"] {
        let mut altered = sealed.clone();
        let text = sealed[part].as_str().unwrap();
        let end = if text.as_bytes()[20] == b'A' { "B" } else { "A" };
        altered[part] = format!("{}{end}{}", &text[..20], &text[21..]).into();
        fs::write(&file, altered.to_string()).unwrap();
        let error = Vault::open_or_create(one.path(), &settings).await.unwrap_err();
        assert_eq!(error.code(), "vault_damaged", "{part}");
    }
    fs::copy(other.path().join("vault.tpm"), &file).unwrap();
    assert_eq!(Vault::open_or_create(one.path(), &settings).await.unwrap_err().code(), "key_wrong");
}

#[tokio::test]
async fn c1_without_tpm_and_keyring_a_key_file_needs_permission() {
    let folder = tempfile::tempdir().unwrap();
    let no_key = with("none", KeyFile::Refused);
    // Tests have no session bus of their own; with one, a keyring might answer.
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none() {
        assert_eq!(opened(folder.path(), &no_key).await.err().unwrap().code(), "key_unprotected");
        assert!(content(folder.path()).is_empty(), "nothing was made");
    }
    Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let before = content(folder.path());
    assert_eq!(opened(folder.path(), &no_key).await.err().unwrap().code(), "key_unprotected");
    assert_eq!(content(folder.path()), before, "nothing was changed");
}

#[tokio::test]
async fn c1_a_key_file_for_practice_serves_no_live_desk() {
    let centre = TestCentre::start().await;
    centre.mind().class = Class::Live;
    let folder = tempfile::tempdir().unwrap();
    let (practice, allowed) = (with("none", KeyFile::Practice), with("none", KeyFile::Allowed));
    // Made before, so that a keyring of this session is not asked.
    Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    assert_eq!(
        enrolled(folder.path(), &centre.url, &practice).await.err().unwrap().code(),
        "key_unprotected"
    );
    assert_eq!(opened(folder.path(), &practice).await.err().unwrap().code(), "not_enrolled");

    let desk = enrolled(folder.path(), &centre.url, &allowed).await.unwrap();
    assert_eq!((desk.protection(), desk.identity().class()), (KeyProtection::KeyFile, Class::Live));
    assert_eq!(centre.mind().protection, Some(KeyProtection::KeyFile));
    desk.store().close().await;
    assert_eq!(opened(folder.path(), &practice).await.err().unwrap().code(), "key_unprotected");
}

/// Names the folder that this program opens when it runs as a program of its own.
const FOLDER: &str = "VAULT_TEST_FOLDER";

/// Opens a vault in the session that a variable points to, in a program of its own. Returns what
/// protects it, or the code of the error.
async fn opened_in(session: &(&'static str, String), folder: &Path) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "vault::c1_a_folder_whose_key_a_keyring_keeps_opens_in_that_session_alone"]);
    command.arg("--nocapture").env(FOLDER, folder).envs([session.clone()]);
    let said = rig::process::run(command).await.unwrap();
    let line = said.lines().find_map(|line| line.strip_prefix("vault: "));
    line.unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[tokio::test]
async fn c1_a_folder_whose_key_a_keyring_keeps_opens_in_that_session_alone() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let opened = Vault::open_or_create(Path::new(&folder), &with("none", KeyFile::Refused)).await;
        let said = opened.map(|vault| format!("{:?}", vault.protection()));
        println!("\nvault: {}", said.unwrap_or_else(|error| error.code().to_owned()));
        return;
    }
    let [rig, elsewhere] = ["vault-keyring", "vault-keyring-other"].map(|name| RigFolder::new(name).unwrap());
    let (own, other) = (Keyring::start(&rig).await.unwrap(), Keyring::start(&elsewhere).await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    // A keyring that is slow at the first start is none, and nothing is made then.
    let made = async || (opened_in(&own.variable(), folder.path()).await == "Keyring").then_some(());
    rig::process::until("a vault", Duration::from_secs(60), made).await.unwrap();
    assert_eq!(opened_in(&own.variable(), folder.path()).await, "Keyring");
    let before = content(folder.path());
    assert!(!folder.path().join("vault.key").exists());
    assert_eq!(opened_in(&other.variable(), folder.path()).await, "key_missing", "another machine");
    let nowhere = (own.variable().0, "unix:path=/nonexistent".to_owned());
    assert_eq!(opened_in(&nowhere, folder.path()).await, "key_missing", "no keyring today");
    assert_eq!(content(folder.path()), before, "nothing was changed");
    assert_eq!(opened_in(&own.variable(), folder.path()).await, "Keyring");
}
