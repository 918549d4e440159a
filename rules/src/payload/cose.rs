//! Converts between claims and the text of the symbol.

use super::{CLASS, Claims, HOLDER, LIMIT_BYTES, PREFIX, PayloadError, SM2_WITH_SM3, Unverified};
use crate::{
    canonical_cbor::encoded,
    keys::{Class, KeyError, KeyId, RawSignature, Signer},
    life::Serial,
    time::At,
};
use ciborium::Value;
use coset::{
    CoseSign1, CoseSign1Builder, Header, HeaderBuilder, ProtectedHeader, RegisteredLabelWithPrivate,
    TaggedCborSerializable,
    iana::{CwtClaimName, EnumI64},
};

/// Encodes and signs claims, and returns the text of the symbol.
///
/// # Errors
/// The [`KeyError`] that the signer returns.
pub fn encode(claims: &Claims, signer: &dyn Signer) -> Result<String, KeyError> {
    let signed = CoseSign1Builder::new()
        .protected(header(signer.key_id()))
        .payload(claim_bytes(claims))
        .try_create_signature(b"", |message| signer.sign(message).map(|signature| signature.to_vec()))?
        .build();
    // This header holds a number and eight bytes, which CBOR can always encode.
    let bytes = signed.to_tagged_vec().map_err(|_| KeyError::Signature)?;
    Ok(format!("{PREFIX}{}", base45::encode(bytes)))
}

/// Parses the text of a symbol without checking its signature.
///
/// A symbol has only one encoding: anything that [`encode`] would write differently is damaged.
/// Never panics, and allocates no more than the order of the input's size.
///
/// # Errors
/// [`PayloadError::TooLong`] above [`LIMIT_BYTES`], [`PayloadError::Foreign`] without the
/// [`PREFIX`], [`PayloadError::Damaged`] for anything else that is not a symbol.
pub fn decode(text: &str) -> Result<Unverified, PayloadError> {
    read(text).map(|(unverified, _)| unverified)
}

/// Parses like [`decode`], and also returns the signed structure for checking the signature.
pub(super) fn read(text: &str) -> Result<(Unverified, CoseSign1), PayloadError> {
    if text.len() > LIMIT_BYTES {
        return Err(PayloadError::TooLong);
    }
    let body = text.strip_prefix(PREFIX).ok_or(PayloadError::Foreign)?;
    let bytes = base45::decode(body).map_err(|_| PayloadError::Damaged)?;
    let signed = CoseSign1::from_tagged_slice(&bytes).map_err(|_| PayloadError::Damaged)?;
    let unverified = claims_of(&signed).ok_or(PayloadError::Damaged)?;
    if !is_canonical(&unverified, &signed, &bytes) || base45::encode(&bytes) != body {
        return Err(PayloadError::Damaged);
    }
    Ok((unverified, signed))
}

/// One value, one text: the key id gives this header again, the claims these payload bytes, and
/// both the whole structure.
fn is_canonical(unverified: &Unverified, signed: &CoseSign1, bytes: &[u8]) -> bool {
    let again = CoseSign1 {
        protected: ProtectedHeader { original_data: None, header: header(unverified.key_id) },
        unprotected: Header::default(),
        payload: Some(claim_bytes(&unverified.claims)),
        signature: signed.signature.clone(),
    };
    again.to_tagged_vec().is_ok_and(|canonical| canonical == bytes)
}

/// The protected header: algorithm and key id, and nothing else.
fn header(key_id: KeyId) -> Header {
    HeaderBuilder::new()
        .algorithm_label(RegisteredLabelWithPrivate::PrivateUse(SM2_WITH_SM3))
        .key_id(key_id.0.to_vec())
        .build()
}

/// Puts a signature to the claims it was made for.
pub(super) fn assemble(claims: &Claims, key_id: KeyId, signature: &RawSignature) -> Option<String> {
    let signed = CoseSign1Builder::new()
        .protected(header(key_id))
        .payload(claim_bytes(claims))
        .signature(signature.0.to_vec())
        .build();
    signed.to_tagged_vec().ok().map(|bytes| format!("{PREFIX}{}", base45::encode(bytes)))
}

/// Encodes the claims as canonical CBOR: keys 1, 4, 6, 7 and the private ones, in bytewise order.
pub(super) fn claim_bytes(claims: &Claims) -> Vec<u8> {
    let holder = vec![Value::from(claims.masked_name.as_str()), Value::from(claims.masked_number.as_str())];
    encoded(&Value::Map(vec![
        (CwtClaimName::Iss.to_i64().into(), claims.issuer.as_str().into()),
        (CwtClaimName::Exp.to_i64().into(), claims.expires_at.seconds().into()),
        (CwtClaimName::Iat.to_i64().into(), claims.issued_at.seconds().into()),
        (CwtClaimName::Cti.to_i64().into(), Value::Bytes(claims.serial.0.to_vec())),
        (HOLDER.into(), Value::Array(holder)),
        (CLASS.into(), class_number(claims.class).into()),
    ]))
}

fn claims_of(signed: &CoseSign1) -> Option<Unverified> {
    let key_id = KeyId(signed.protected.header.key_id.as_slice().try_into().ok()?);
    let map: Value = ciborium::from_reader(signed.payload.as_deref()?).ok()?;
    let claims = Claims {
        issuer: text(&map, CwtClaimName::Iss.to_i64())?,
        issued_at: instant(&map, CwtClaimName::Iat.to_i64())?,
        expires_at: instant(&map, CwtClaimName::Exp.to_i64())?,
        serial: Serial(claim(&map, CwtClaimName::Cti.to_i64())?.as_bytes()?.as_slice().try_into().ok()?),
        masked_name: holder(&map)?.0,
        masked_number: holder(&map)?.1,
        class: class(&map)?,
    };
    Some(Unverified { claims, key_id })
}

fn claim(map: &Value, label: i64) -> Option<&Value> {
    map.as_map()?.iter().find(|(key, _)| *key == Value::from(label)).map(|(_, value)| value)
}

fn text(map: &Value, label: i64) -> Option<String> {
    claim(map, label)?.as_text().map(ToOwned::to_owned)
}

fn instant(map: &Value, label: i64) -> Option<At> {
    let seconds = i64::try_from(claim(map, label)?.as_integer()?).ok()?;
    seconds.checked_mul(1000).map(At)
}

fn holder(map: &Value) -> Option<(String, String)> {
    match claim(map, HOLDER)?.as_array()?.as_slice() {
        [name, number] => Some((name.as_text()?.to_owned(), number.as_text()?.to_owned())),
        _ => None,
    }
}

const LIVE: u8 = 1;
const PRACTICE: u8 = 2;

const fn class_number(class: Class) -> u8 {
    match class {
        Class::Live => LIVE,
        Class::Practice => PRACTICE,
    }
}

fn class(map: &Value) -> Option<Class> {
    match u8::try_from(claim(map, CLASS)?.as_integer()?).ok()? {
        LIVE => Some(Class::Live),
        PRACTICE => Some(Class::Practice),
        _ => None,
    }
}
