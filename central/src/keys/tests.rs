use super::{ceremony, *};
use crate::keys::ceremony::{PRACTICE, PRACTICE_PASSPHRASE, RootFile};
use rules::{DeviceNumber, Sensitive};
use std::{error::Error, os::unix::fs::PermissionsExt as _};

const NOW: At = At(1_772_416_800_000);
const DAY: i64 = 24 * 60 * 60 * 1000;

#[test]
fn practice_makes_keys_that_load_reads_and_never_overwrites() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let root = ceremony::practice(folder.path(), NOW)?;
    let keys = load(folder.path())?;
    assert_eq!((keys.class, keys.trust.root()), (Class::Practice, &root));
    assert!(keys.check(NOW).is_ok());
    assert!(matches!(ceremony::practice(folder.path(), NOW), Err(KeyFileError::Exists(_))));
    Ok(())
}

#[test]
fn a_key_that_other_users_may_read_is_refused() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    ceremony::practice(folder.path(), NOW)?;
    let key = folder.path().join("issuing/receipts.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    assert!(matches!(load(folder.path()), Err(KeyFileError::Readable(path)) if path == key));
    Ok(())
}

#[test]
fn the_private_half_of_the_root_is_in_no_file_of_the_service() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    ceremony::practice(folder.path(), NOW)?;
    let passphrase = Sensitive::new(PRACTICE_PASSPHRASE.to_owned());
    let file = folder.path().join(PRACTICE).join("root.json");
    assert!(RootFile::open(&file, &passphrase).is_ok());
    let wrong = RootFile::open(&file, &Sensitive::new("practice sites".to_owned()));
    assert!(matches!(wrong, Err(KeyFileError::Passphrase(_))));
    std::fs::remove_dir_all(folder.path().join(PRACTICE))?;
    assert!(load(folder.path()).is_ok(), "the service needs nothing of it");
    Ok(())
}

#[test]
fn a_missing_or_ended_issuing_key_is_named_with_what_to_do() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    ceremony::practice(folder.path(), NOW)?;
    let keys = load(folder.path())?;
    let late = keys.check(NOW.plus_ms(366 * DAY)).unwrap_err().to_string();
    assert!(late.contains("`keys rotate certificates`"), "{late}");
    std::fs::remove_file(folder.path().join("issuing/audit.json"))?;
    let missing = load(folder.path()).err().ok_or("loaded")?.to_string();
    assert!(missing.contains("no issuing key for audit"), "{missing}");
    Ok(())
}

#[test]
fn what_another_root_signed_is_not_installed() -> Result<(), Box<dyn Error>> {
    let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
    for folder in &folders {
        ceremony::practice(folder.path(), NOW)?;
    }
    let [here, elsewhere] = folders.each_ref().map(tempfile::TempDir::path);
    let passphrase = Sensitive::new(PRACTICE_PASSPHRASE.to_owned());
    let other = RootFile::open(&elsewhere.join(PRACTICE).join("root.json"), &passphrase)?;
    let request = ceremony::request(here, None, &[Purpose::Receipts])?;
    let file = here.join("foreign.json");
    ceremony::write(&file, &other.grant(&request, 365, NOW)?)?;
    assert!(matches!(ceremony::install(here, &file), Err(KeyFileError::AnotherRoot(_))));

    let own = RootFile::open(&here.join(PRACTICE).join("root.json"), &passphrase)?;
    let request = ceremony::request(elsewhere, None, &[Purpose::Receipts])?;
    let file = here.join("of another request.json");
    ceremony::write(&file, &own.grant(&request, 365, NOW)?)?;
    assert!(matches!(ceremony::install(here, &file), Err(KeyFileError::AnotherRequest(_))));
    Ok(())
}

#[test]
fn after_a_rotation_the_new_key_signs_and_the_old_word_stays_good() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    ceremony::practice(folder.path(), NOW)?;
    let before = load(folder.path())?;
    let old = before.issuers.sign(Vec::<rules::wire::Receipt>::new(), NOW)?;
    let passphrase = Sensitive::new(PRACTICE_PASSPHRASE.to_owned());
    let root = RootFile::open(&folder.path().join(PRACTICE).join("root.json"), &passphrase)?;
    let request = ceremony::request(folder.path(), None, &[Purpose::Receipts])?;
    let file = folder.path().join("granted.json");
    ceremony::write(&file, &root.grant(&request, 365, NOW)?)?;
    ceremony::install(folder.path(), &file)?;
    ceremony::install(folder.path(), &file)?;

    let after = load(folder.path())?;
    let new = after.issuers.sign(Vec::<rules::wire::Receipt>::new(), NOW)?;
    assert_ne!(old.issuer, new.issuer);
    assert!(old.verify(&after.trust).is_ok() && new.verify(&before.trust).is_ok());

    let key = old.issuer.value.public_key.key_id();
    let file = folder.path().join("revoked-again.json");
    ceremony::write(&file, &root.revoke(key, NOW)?)?;
    ceremony::install(folder.path(), &file)?;
    let after = load(folder.path())?;
    assert!(old.verify(&after.trust).is_err() && new.verify(&after.trust).is_ok());
    Ok(())
}

/// Exchanges a key, as the two machines do.
fn exchange(folder: &Path, purpose: Purpose, times: u32) -> Result<(), Box<dyn Error>> {
    let passphrase = Sensitive::new(PRACTICE_PASSPHRASE.to_owned());
    let root = RootFile::open(&folder.join(PRACTICE).join("root.json"), &passphrase)?;
    let request = ceremony::request(folder, None, &[purpose])?;
    let file = folder.join(format!("granted-{purpose}-{times}.json"));
    ceremony::write(&file, &root.grant(&request, 365, NOW)?)?;
    ceremony::install(folder, &file)?;
    // Installing the same file again changes nothing.
    ceremony::install(folder, &file)?;
    Ok(())
}

#[test]
fn c3_what_was_sealed_to_the_key_before_opens_until_the_next_exchange() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    ceremony::practice(folder.path(), NOW)?;
    let keys = load(folder.path())?;
    let to = rules::sealing::sealing_key(&keys.sealing.record, &keys.trust, keys.class)?;
    let sealed = rules::sealing::seal(to, (DeviceNumber(7), 1), b"an outbox", &mut rand::rng())?;
    let opens = |keys: &Keys| keys.sealing.opening.iter().any(|key| key.open(&sealed).is_ok());
    assert!(opens(&keys) && keys.sealing.opening.len() == 1);
    exchange(folder.path(), Purpose::Sealing, 1)?;
    let after = load(folder.path())?;
    assert_ne!(after.sealing.record, keys.sealing.record);
    assert!(opens(&after) && after.sealing.opening.len() == 2);
    exchange(folder.path(), Purpose::Sealing, 2)?;
    assert!(!opens(&load(folder.path())?));
    // Of no other key a private half stays.
    exchange(folder.path(), Purpose::Receipts, 1)?;
    assert!(!before_key_file(folder.path(), Purpose::Receipts).exists());
    Ok(())
}
