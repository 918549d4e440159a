//! Keys, signatures and key lists.

use crate::support::{day, desk_key, issuers, key, key_list, noon, today};
use proptest::prelude::*;
use rules::{
    At,
    issuing::{Issued, Trust},
    keys::{Class, DeskKey, KeyError, KeyId, PublicKey, Signed, Signer, SoftwareKey},
    op::canonical,
};
use sm3::{Digest as _, Sm3};

/// The order of the curve, from GB/T 32918.5.
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x72,
    0x03, 0xDF, 0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39, 0xD5, 0x41, 0x23,
];

#[test]
fn signatures_are_deterministic_and_verify() {
    let signer = key(7);
    let signature = signer.sign(b"message").unwrap();
    assert_eq!(signature, signer.sign(b"message").unwrap());
    assert_eq!(signer.public_key().verify(b"message", &signature), Ok(()));
    assert_eq!(signer.public_key().verify(b"massage", &signature), Err(KeyError::Signature));
    assert_eq!(key(8).public_key().verify(b"message", &signature), Err(KeyError::Signature));
    for malformed in [&signature[..63], &[0; 64], &[0xFF; 64], b""] {
        assert_eq!(signer.public_key().verify(b"message", malformed), Err(KeyError::Signature));
    }
}

#[test]
fn private_keys_must_be_scalars_of_the_curve() {
    for secret in [[0; 32], ORDER, [0xFF; 32]] {
        assert_eq!(SoftwareKey::from_bytes(&secret).err(), Some(KeyError::PrivateKey));
    }
    let mut one = [0; 32];
    one[31] = 1;
    assert!(SoftwareKey::from_bytes(&one).is_ok());
}

#[test]
fn debug_output_of_a_key_hides_its_secret() {
    let shown = format!("{:?}", key(7));
    assert!(shown.contains(&format!("{:?}", key(7).key_id())));
    assert!(!shown.contains("070707"));
}

#[test]
fn public_keys_must_be_points_on_the_curve() {
    let public = key(7).public_key();
    let bytes = public.as_bytes().to_vec();
    assert_eq!((bytes.len(), bytes[0]), (65, 4));
    assert_eq!(PublicKey::from_bytes(&bytes).unwrap(), public);
    let mut off_curve = bytes.clone();
    off_curve[64] ^= 1;
    let compressed = [&[2 + (bytes[64] & 1)], &bytes[1..33]].concat();
    for malformed in [&off_curve[..], &bytes[..64], &compressed, &[0], &[]] {
        assert_eq!(PublicKey::from_bytes(malformed), Err(KeyError::PublicKey));
    }
    assert_ne!(public, key(8).public_key());
}

#[test]
fn a_key_id_is_the_beginning_of_the_sm3_digest_of_the_point() {
    let public = key(7).public_key();
    assert_eq!(public.key_id().0, Sm3::digest(public.as_bytes())[..8]);
    assert_eq!(key(7).key_id(), public.key_id());
}

#[test]
fn keys_are_serialised_as_lower_case_hexadecimal() {
    let public = key(7).public_key();
    let json = serde_json::to_string(&public).unwrap();
    assert_eq!(json.len(), 132);
    assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), public);
    assert!(serde_json::from_str::<PublicKey>(&json.to_uppercase()).is_err());
    assert!(serde_json::from_str::<PublicKey>("\"04\"").is_err());
    assert_eq!(format!("{public:?}"), format!("PublicKey({:?})", public.key_id()));
    let id = serde_json::to_string(&public.key_id()).unwrap();
    assert_eq!(serde_json::from_str::<KeyId>(&id).unwrap(), public.key_id());
    assert!(serde_json::from_str::<KeyId>("\"00\"").is_err());
}

#[test]
fn a_signed_value_verifies_only_with_its_key() {
    let (root, other) = (key(1), key(2));
    let signed = Signed::sign(vec![1_u8, 2, 3], &root).unwrap();
    assert_eq!(signed.verify(&root.public_key()), Ok(&vec![1, 2, 3]));
    assert_eq!(signed.verify(&other.public_key()), Err(KeyError::Signature));
    let message = canonical(&signed.value);
    assert_eq!(signed.signature, rules::hex::encode(&root.sign(&message).unwrap()));
    let relabelled = Signed { key_id: other.key_id(), ..signed.clone() };
    assert_eq!(relabelled.verify(&root.public_key()), Err(KeyError::Signature));
    let altered = Signed { value: vec![1, 2, 4], ..signed.clone() };
    assert_eq!(altered.verify(&root.public_key()), Err(KeyError::Signature));
    let cut = Signed { signature: signed.signature[2..].into(), ..signed };
    assert_eq!(cut.verify(&root.public_key()), Err(KeyError::Signature));
}

#[test]
fn a_signed_value_survives_json() {
    let list = key_list(vec![desk_key(&key(2), Class::Live)], Class::Live);
    let signed = issuers(1).sign(list.clone(), At(0)).unwrap();
    let back: Issued<rules::keys::KeyList> =
        serde_json::from_str(&serde_json::to_string(&signed).unwrap()).unwrap();
    assert_eq!(back.verify(&Trust::of(key(1).public_key())), Ok(&list));
}

#[test]
fn retiring_a_key_does_not_affect_earlier_signatures() {
    let retired_at = noon(day(2026, 1, 1));
    let key = DeskKey { retired_at: Some(retired_at), ..desk_key(&key(2), Class::Live) };
    assert!(key.was_valid(retired_at.plus_ms(-1)));
    assert!(!key.was_valid(retired_at));
    let key = DeskKey { retired_at: None, ..key };
    assert!(key.was_valid(retired_at));
    assert!(key.was_valid(key.not_before) && !key.was_valid(key.not_before.plus_ms(-1)));
    assert!(key.was_valid(key.not_after) && !key.was_valid(key.not_after.plus_ms(1)));
}

#[test]
fn s11_a_key_of_the_other_class_is_not_found() {
    let signer = key(2);
    let list = key_list(vec![desk_key(&key(3), Class::Live), desk_key(&signer, Class::Live)], Class::Live);
    assert_eq!(list.find(signer.key_id()), Some(&list.desks[1]));
    assert_eq!(list.find(key(4).key_id()), None);
    let slipped_in = key_list(vec![desk_key(&signer, Class::Practice)], Class::Live);
    assert_eq!(slipped_in.find(signer.key_id()), None);
    assert_eq!(list.made_at, noon(today()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_message_signed_by_any_key_verifies(seed in 1_u8..255, message in proptest::collection::vec(any::<u8>(), 0..200), bit in 0_usize..512) {
        let signer = key(seed);
        let mut signature = signer.sign(&message).unwrap();
        prop_assert_eq!(signer.public_key().verify(&message, &signature), Ok(()));
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(signer.public_key().verify(&message, &signature), Err(KeyError::Signature));
    }
}
