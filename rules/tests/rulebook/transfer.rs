//! The transfer file of a long outage.

use crate::support::{desk_key, issuers, key};
use rules::{
    At,
    correction::Digest,
    keys::Class,
    transfer::{LIMIT_BYTES, TransferBlob, TransferError, TransferFile, open, seal},
};

const PASSPHRASE: &str = "correct horse battery";

fn queue() -> TransferFile {
    TransferFile {
        certificate: issuers(1).sign(desk_key(&key(2), Class::Live), At(0)).unwrap(),
        batches: Vec::new(),
        blobs: vec![TransferBlob {
            digest: Digest::of(b"scan"),
            media_type: "image/jpeg".into(),
            bytes: b"scan".to_vec(),
        }],
    }
}

#[test]
fn s12_a_transfer_file_opens_only_with_its_passphrase() {
    let file = seal(&queue(), PASSPHRASE, [1; 16], [2; 24]).unwrap();
    assert_eq!(open(&file, PASSPHRASE), Ok(queue()));
    assert_eq!(open(&file, "another passphrase"), Err(TransferError::Locked));
    assert!(!file.windows(4).any(|window| window == b"scan"));
    assert_eq!(seal(&queue(), PASSPHRASE, [1; 16], [2; 24]).unwrap(), file, "nothing random is drawn here");
    assert_eq!(seal(&queue(), "too short", [1; 16], [2; 24]), Err(TransferError::Passphrase));
    assert!(seal(&queue(), "ten chars!", [1; 16], [2; 24]).is_ok());
}

/// A file sealed by the first version. Files may lie in drawers for years, so every later version
/// must open it.
const FIRST_VERSION: &str = "535343415252593101010101010101010101010101010101020202020202020202020202020202020202020202020202fb366dbec0619948d72b3c713df83e98fab98c3de059eff1417fa163d682cc2032ff6f1b8c88674eb686187c23fa182d655d984271ab476ad4e7378a15d67ecf3c94bcda735ca7fc6cde3458a551681d752238094dce2913ced587b7c5894a9dab6869ba1f25180d341098ec49a592b4635cf1e5783e6bd177d8cc0ad4989676b086852696b43482e9d2e46ca4eb43d24f80911d8ffcd8eb0cb2e1b3272c13da8eb26df43c5d93129bcaf1ea08c5fb49bf95565aea037da8ab7e7805fa75405cadbe3895be84a5fde3d1d5fccea31a9d690dd504c038b75faf8667bb7bb554d3218eb9b8cf96da521ee6b7100e33fe1d88718d3a290556e16665a66c3191a469fe8174a72317811f2a592f9e4e0ca8269dff34639102ac1e3718fa7c04a5138f30dede93b686a9f627504b839f61c3876152ea4ae901eb735c4f7b1547cd2915e9f377c2d6a4f4d8993b0c9cdcefd5556ee2ed21d1ef1b01b84418a24b7d1da8ae16cd7035beed5a9dc0ca416c1ab510d004551b27d0b5f49fc6310fdcbbef81e934aba5a9740c43eb3a9a5854f71c680998cf5f3c81ff7fdcbb095c1deeec8812fc50d0482cac11d4dc7614066a75300814ccd21a53ca9a03e562e3bfc465b336e2e0c2b7712dada119fce9348ccca5dd6795640bef4584bac16e93e224b15385891a41b4300c36435aedcb23c7dae9b7518d59d6e6aeec6df1e7bb5dc76c22e61ebf385b6e3e792e4133a5f4ac3881a78a486eaf9b53180ab2476493af868c4869afc58f7d9f84613c65d9ccf994ce372abffa8fe5142772aca88ab1ead8";

#[test]
fn s12_a_transfer_file_of_the_first_version_still_opens() {
    let file = rules::hex::decode(FIRST_VERSION).unwrap();
    assert_eq!(open(&file, PASSPHRASE), Ok(queue()));
}

#[test]
fn s12_an_altered_transfer_file_does_not_open() {
    let file = seal(&queue(), PASSPHRASE, [1; 16], [2; 24]).unwrap();
    // Salt, nonce, ciphertext and tag are all authenticated.
    for at in [8, 24, 48, file.len() - 1] {
        let mut altered = file.clone();
        altered[at] ^= 1;
        assert_eq!(open(&altered, PASSPHRASE), Err(TransferError::Locked), "byte {at}");
    }
    assert_eq!(open(&[b"SSCARRY2", &file[8..]].concat(), PASSPHRASE), Err(TransferError::Foreign));
    for length in [0, 8, 23, 47] {
        assert_eq!(open(&file[..length], PASSPHRASE), Err(TransferError::Foreign), "{length} bytes");
    }
    assert_eq!(open(&file[..48], PASSPHRASE), Err(TransferError::Locked));
    assert_eq!(open(&vec![0; LIMIT_BYTES + 1], PASSPHRASE), Err(TransferError::TooLarge));
}

#[test]
fn s12_debug_output_of_a_transfer_hides_its_blobs() {
    assert_eq!(
        format!("{:?}", queue().blobs),
        "[TransferBlob(image/jpeg, 4 bytes)]",
        "no bytes of a scan in a log"
    );
}
