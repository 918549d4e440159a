//! Reads a printed sheet back with independent programs: poppler, zbar and OpenSSL.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use coset::{CoseSign1, TaggedCborSerializable as _};

/// Distinguishing identifier of every SM2 signature (GM/T 0009).
const SM2_ID: &str = "1234567812345678";
/// Resolution of a common office scanner, in dpi.
const SCAN_DPI: &str = "200";
const PREFIX: &str = "SSM1:";

/// Returns the text of the only symbol on the first page, rasterised at scanner resolution and
/// read by zbar.
///
/// # Errors
/// Any failure of the programs, or if there is not exactly one symbol.
pub async fn symbol(sheet: &Path) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let page = folder.path().join("page");
    let mut pdftoppm = Command::new("pdftoppm");
    pdftoppm.args(["-r", SCAN_DPI, "-gray", "-singlefile"]).arg(sheet).arg(&page);
    rig::process::run(pdftoppm).await?;
    let mut zbarimg = Command::new("zbarimg");
    zbarimg.args(["-q", "--raw"]).arg(page.with_extension("pgm"));
    let read = rig::process::run(zbarimg).await?;
    let symbols: Vec<&str> = read.lines().collect();
    ensure!(symbols.len() == 1, "{} symbols on the sheet", symbols.len());
    Ok(symbols[0].to_owned())
}

/// Returns all text of the sheet, as copied from a PDF viewer.
///
/// # Errors
/// Any failure of pdftotext, such as for a file that is not a PDF.
pub async fn text(sheet: &Path) -> anyhow::Result<String> {
    let mut pdftotext = Command::new("pdftotext");
    pdftotext.arg(sheet).arg("-");
    Ok(rig::process::run(pdftotext).await?)
}

/// Checks the symbol's signature with OpenSSL. `public_key` is the uncompressed point, 65 bytes.
///
/// # Errors
/// If the symbol is not an offline code, or OpenSSL rejects the signature.
pub async fn verify_with_openssl(symbol: &str, public_key: &[u8]) -> anyhow::Result<()> {
    let signed = structure(symbol)?;
    ensure!(signed.signature.len() == 64, "a signature has 64 bytes, this one {}", signed.signature.len());
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("key.der"), subject_public_key_info(public_key)?)?;
    std::fs::write(at("message"), signed.tbs_data(b""))?;
    std::fs::write(at("signature"), der_signature(&signed.signature))?;
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey"]).arg(at("key.der"));
    openssl
        .args(["-rawin", "-digest", "sm3", "-pkeyopt", &format!("distid:{SM2_ID}"), "-in"])
        .arg(at("message"));
    openssl.arg("-sigfile").arg(at("signature"));
    let verdict = rig::process::run(openssl).await?;
    ensure!(verdict.contains("Signature Verified Successfully"), "OpenSSL says: {verdict}");
    Ok(())
}

/// Returns the id of the key that signed the symbol, in hexadecimal.
///
/// # Errors
/// If the symbol is not an offline code.
pub fn key_id(symbol: &str) -> anyhow::Result<String> {
    let signed = structure(symbol)?;
    Ok(signed.protected.header.key_id.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn structure(symbol: &str) -> anyhow::Result<CoseSign1> {
    let body = symbol.strip_prefix(PREFIX).context("the symbol has another prefix")?;
    let bytes = base45::decode(body).map_err(|error| anyhow::anyhow!("no Base45: {error}"))?;
    CoseSign1::from_tagged_slice(&bytes).map_err(|error| anyhow::anyhow!("no COSE_Sign1: {error}"))
}

/// Returns the SubjectPublicKeyInfo (RFC 5480) of a point on SM2's curve.
fn subject_public_key_info(point: &[u8]) -> anyhow::Result<Vec<u8>> {
    /// SEQUENCE, SEQUENCE, OID id-ecPublicKey, OID sm2p256v1 (1.2.156.10197.1.301), BIT STRING
    /// of 66 bytes.
    const HEADER: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x81,
        0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D, 0x03, 0x42, 0x00,
    ];
    ensure!(point.len() == 65 && point[0] == 4, "a public key is an uncompressed point of 65 bytes");
    Ok([&HEADER, point].concat())
}

/// Encodes raw r‖s as a SEQUENCE of two INTEGERs, the form OpenSSL reads.
fn der_signature(raw: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
        let mut value = bytes[first..].to_vec();
        if value[0] & 0x80 != 0 {
            value.insert(0, 0); // else it would be negative
        }
        [&[0x02, value.len() as u8], value.as_slice()].concat()
    };
    let (r, s) = raw.split_at(raw.len() / 2);
    let body = [integer(r), integer(s)].concat();
    [&[0x30, body.len() as u8], body.as_slice()].concat()
}
