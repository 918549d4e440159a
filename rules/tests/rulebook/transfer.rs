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
const FIRST_VERSION: &str = "535343415252593101010101010101010101010101010101020202020202020202020202020202020202020202020202fb366dbec0619948d72b3c713df83e98fab98c3de059eff1417fa163d682cc2032ff6f1b8c88674eb686187c23fa182d655d984271ab476ad4e7378a15d67ecf3c94bcda735ca7fc6cde3458a551681d752238094dce2913ced587b7c5894a9dab6869ba1f25180d341098ec49a592b4635cf1e5783e6bd177d8cc0ad4989676b086852696b43482eed5f379c8fb501a47869dc08ee982ae59e5e2b3727e4f8a98a265f92658921b97ccfbec05b4f24eb2e2595dea747da5a10b4e0af3757a4fd0ca5de61d5f04925b601afdba9616977b3dc504bd57c53b20a6628cefff21904388a0aef291d648390fe25d1086ac1d8874dd3f2c0156b33166f26d3493f16dadd770f32210871a78087b9c4a02fe26cdff3162c30aa84f3619fc7f0ba710d83bda88c6b0d4f8a2750219d6983393d16604bc1fea55ed700c1a21144acf2017b7a7739585a2f1ddca680f98dcebd65030b7bf218dea1d06e4464ff4427d1bf9f946c17c60edec52cbc4c7476309e553d304550b11c3a466b1c42a94ddaaef81f035a1ac9f740049d72c05505cf79351098fcc4f6bc73d2e92e3534f4079ed9a49825a46c4ba34804a576700117d98005d1395825d109a920baa34e2fb8327fa6df2b298ed2c3debf148a6bd319a99e58123856752e015e2e69224d80122e701d5894e18b4330a621154ed9a23c1dbb8b409d15cd1b2a1ed38f7e2eb54c93972bd4be5365f3d3e29741235f0a0fb3e81f18a1d6df89a07110fe9173ec9fcd0d9186fa1978f2b98d43469318d99a99f7663c599e2791c2ce17b76ac676ae305dd4f4a067d62ff96d2eb1fd154bd942ffc4ff1c8e634c14e6eab5f9652ed42fb6fbcfd04f41df3f51552b6b3fa67d805eba157e4bb1e1eccb09fedfda59d3034ea3364900fe723af4b2466749c82f2502008de1a690b5540bc3e83150863f56a085b9e14a1b3f4e5e7e017df8d2c6f3e0f24d66e843bb5ae61e4811c53cb19c3c915a2103a4daf9013cd16b0bc263e642b89e1e5c594932d19797f97744729b5b8964e9d7e47d5ea87b57dcc98df77f367e0457041d40bbcd97624c2d4cad48f48825a0a7c6a9556f07dfaafddfe4ce238bc214f23fbc7dc319a5b05e653bf876e1b61f716b2e52d5bf17198685c5d002df126d97d30b841a38e7ec99419180e8e4f29e76dabbbe1de7d529e0bcb7fcca1b55c280d37c619c5af33eeb78f6d79b8c73e5dde8889335cf036d292866332b680e1060f2aa342fca514476f428de042770acf7e4f1fc8d7f2731cc4ba7f3c850b4db0517a865d1f80bf60f4c8b5f7";

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
