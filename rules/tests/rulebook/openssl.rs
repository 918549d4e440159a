//! Interoperability with OpenSSL 3: curve, digest, distinguishing identifier and byte order agree.

use crate::support::key;
use rules::keys::{KeyError, PublicKey, SM2_ID, Signer};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// SubjectPublicKeyInfo of an SM2 key, up to the point (RFC 5480; the
/// curve is 1.2.156.10197.1.301).
const PUBLIC_KEY_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x81,
    0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D, 0x03, 0x42, 0x00,
];

/// Encodes an ECPrivateKey (RFC 5915) with the curve and the public key.
fn private_key_info(secret: &[u8; 32], point: &[u8]) -> Vec<u8> {
    let curve = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D];
    let public = [&[0xA1, 0x44, 0x03, 0x42, 0x00], point].concat();
    [&[0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20], &secret[..], &curve[..], &public[..]].concat()
}

/// Encodes r‖s as a DER sequence of two integers.
fn der_of(signature: &[u8; 64]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let significant = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap()..];
        let sign: &[u8] = if significant[0] >= 0x80 { &[0] } else { &[] };
        [&[2, (sign.len() + significant.len()) as u8], sign, significant].concat()
    };
    let body = [integer(&signature[..32]), integer(&signature[32..])].concat();
    [&[0x30, body.len() as u8], &body[..]].concat()
}

/// Decodes a DER sequence of two integers into r‖s.
fn raw_of(der: &[u8]) -> [u8; 64] {
    let mut raw = [0; 64];
    let mut rest = &der[2..];
    for half in raw.chunks_exact_mut(32) {
        let (integer, after) = rest[2..].split_at(usize::from(rest[1]));
        let significant = &integer[integer.len().saturating_sub(32)..];
        half[32 - significant.len()..].copy_from_slice(significant);
        rest = after;
    }
    raw
}

fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    let identifier = format!("distid:{SM2_ID}");
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(["dgst", "-sm3", "-keyform", "DER", "-sigopt", &identifier])
        .args(arguments)
        .output();
    output.expect("OpenSSL 3 must be installed to run this test")
}

#[test]
fn openssl_verifies_our_signatures() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 1..12 {
        let signer = key(seed);
        let message = vec![seed; usize::from(seed) * 40];
        fs::write(folder.path().join("message"), &message).unwrap();
        fs::write(folder.path().join("key"), [&PUBLIC_KEY_INFO, signer.public_key().as_bytes()].concat())
            .unwrap();
        fs::write(folder.path().join("signature"), der_of(&signer.sign(&message).unwrap())).unwrap();
        let verified = openssl(folder.path(), &["-verify", "key", "-signature", "signature", "message"]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        fs::write(folder.path().join("message"), b"another").unwrap();
        let refused = openssl(folder.path(), &["-verify", "key", "-signature", "signature", "message"]);
        assert!(!refused.status.success());
    }
}

#[test]
fn we_verify_signatures_of_openssl() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 1..12 {
        let public: PublicKey = key(seed).public_key();
        let message = vec![seed; usize::from(seed) * 40];
        fs::write(folder.path().join("message"), &message).unwrap();
        fs::write(folder.path().join("key"), private_key_info(&[seed; 32], public.as_bytes())).unwrap();
        let signed = openssl(folder.path(), &["-sign", "key", "-out", "signature", "message"]);
        assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
        let signature = raw_of(&fs::read(folder.path().join("signature")).unwrap());
        assert_eq!(public.verify(&message, &signature), Ok(()));
        assert_eq!(public.verify(b"another", &signature), Err(KeyError::Signature));
    }
}
