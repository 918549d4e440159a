//! The carried file of a long outage.

use crate::support::{desk_key, key};
use rules::{
    carry::{CarriedBlob, CarriedQueue, CarryError, LIMIT_BYTES, open, seal},
    correction::Digest,
    keys::{Class, Signed},
};

const PASSPHRASE: &str = "correct horse battery";

fn queue() -> CarriedQueue {
    CarriedQueue {
        certificate: Signed::sign(desk_key(&key(2), Class::Live), &key(1)).unwrap(),
        batches: Vec::new(),
        blobs: vec![CarriedBlob {
            digest: Digest::of(b"scan"),
            media_type: "image/jpeg".into(),
            bytes: b"scan".to_vec(),
        }],
    }
}

#[test]
fn s12_a_carried_file_opens_with_its_passphrase_only() {
    let file = seal(&queue(), PASSPHRASE, [1; 16], [2; 24]).unwrap();
    assert_eq!(open(&file, PASSPHRASE), Ok(queue()));
    assert_eq!(open(&file, "another passphrase"), Err(CarryError::Locked));
    assert!(!file.windows(4).any(|window| window == b"scan"));
    assert_eq!(seal(&queue(), PASSPHRASE, [1; 16], [2; 24]).unwrap(), file, "nothing random is drawn here");
    assert_eq!(seal(&queue(), "too short", [1; 16], [2; 24]), Err(CarryError::Passphrase));
}

#[test]
fn s12_an_altered_carried_file_does_not_open() {
    let file = seal(&queue(), PASSPHRASE, [1; 16], [2; 24]).unwrap();
    // Salt, nonce, text and tag: each is authenticated.
    for at in [8, 24, 48, file.len() - 1] {
        let mut altered = file.clone();
        altered[at] ^= 1;
        assert_eq!(open(&altered, PASSPHRASE), Err(CarryError::Locked), "byte {at}");
    }
    assert_eq!(open(&[b"SSCARRY2", &file[8..]].concat(), PASSPHRASE), Err(CarryError::Foreign));
    for length in [0, 8, 23, 47] {
        assert_eq!(open(&file[..length], PASSPHRASE), Err(CarryError::Foreign), "{length} bytes");
    }
    assert_eq!(open(&file[..48], PASSPHRASE), Err(CarryError::Locked));
    assert_eq!(open(&vec![0; LIMIT_BYTES + 1], PASSPHRASE), Err(CarryError::TooLarge));
}

#[test]
fn s12_a_carried_file_does_not_show_its_blobs() {
    assert!(!format!("{:?}", queue().blobs).contains("115"), "no bytes of a scan in a log");
}
