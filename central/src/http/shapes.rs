//! Drawings of the shared wire types for the OpenAPI document.
//!
//! Instants are milliseconds since 1970 (UTC) and days are `YYYY-MM-DD` in Shanghai. Digests,
//! references, keys and signatures are lower-case hexadecimal.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

/// Defines the drawn types. They convert to and from JSON, so that the test can compare them with
/// the real ones.
macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            #[derive(Serialize, Deserialize, ToSchema)]
            #[serde(deny_unknown_fields)]
            $(#[$meta])*
            pub(crate) struct $name { $($(#[$field_meta])* pub(crate) $field: $type,)* }
        )*
    };
}

shapes! {
    /// A refusal: its code and the data that belongs to it.
    #[schema(as = Error)]
    Refusal {
        /// `gap`, `quarantined`, `revoked`, `clock_off`, `fenced`, `malformed`,
        /// `unauthenticated`, `forbidden`, `not_found`, `busy`, `too_large`,
        /// `enrolment_code`, `refused`, `unavailable`.
        error: String,
        /// `clock_off`: the time at the centre.
        #[serde(skip_serializing_if = "Option::is_none")]
        server_time: Option<i64>,
        /// `gap`: the sequence number to resend from.
        #[serde(skip_serializing_if = "Option::is_none")]
        resend_from: Option<u64>,
        /// `fenced`: the epoch in force.
        #[serde(skip_serializing_if = "Option::is_none")]
        current: Option<u32>,
        /// `refused`: the code of the rule.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    }

    /// Request to enrol a desk.
    EnrolRequest {
        /// One-time code of the invitation.
        code: String,
        /// SM2 public key, 65 bytes.
        #[schema(pattern = "^04[0-9a-f]{128}$")]
        public_key: String,
        /// Version of the desk's program.
        program: String,
    }
    /// Public key of a desk, as the root key certifies it.
    DeskKey {
        public_key: String,
        device: u32,
        epoch: u32,
        site: String,
        /// Either `practice` or `live`.
        class: String,
        not_before: i64,
        not_after: i64,
        retired_at: Option<i64>,
    }
    /// Certificate of a desk.
    SignedDeskKey { value: DeskKey, signature: String, key_id: String, }
    /// Everything a desk needs to work.
    EnrolResponse {
        certificate: SignedDeskKey,
        root: String,
        issuer: String,
        site_name: String,
        desk_number: u16,
        index_key: String,
        server_time: i64,
    }
    /// Signed assertion: `base64url(claims) "." base64url(SM2 signature over the first part)`;
    /// claims `{device, epoch, issued_at, nonce}`.
    DeviceAuthRequest { assertion: String, }
    /// Request to log an operator in.
    OperatorAuthRequest { staff: String, password: String, second_factor: Option<String>, }
    /// A bearer token and its expiry.
    TokenResponse { token: String, expires_at: i64, server_time: i64, }

    /// One operation of a desk's chain. `hash` is SM3 over canonical CBOR of all other fields.
    Operation {
        version: u16,
        op_id: Uuid,
        device: u32,
        epoch: u32,
        seq: u64,
        citizen_ref: Option<String>,
        bucket: Option<u8>,
        wall: i64,
        monotonic_ms: i64,
        boot_id: Uuid,
        offset_ms: i64,
        operator: String,
        case_number: Option<String>,
        /// Fields by `kind`: `issue`, `report_loss`, `reprint`, `void`,
        /// `printed`, `correction_opened`, `correction_commanded`.
        #[schema(value_type = Object)]
        body: Value,
        prev_hash: String,
        hash: String,
    }
    /// At most 200 operations without a gap.
    Batch { device: u32, epoch: u32, first_seq: u64, prev_hash: String, ops: Vec<Operation>, }
    /// A batch with the desk's signature over canonical CBOR of
    /// `{device, epoch, first_seq, length, prev_hash, last_hash}`: position of the run, number
    /// of operations, hash before the first, hash of the last. Each operation's own hash
    /// covers the rest.
    PushRequest { batch: Batch, signature: String, }
    /// Verdict of the centre on one operation.
    Receipt {
        id: Uuid,
        device: u32,
        epoch: u32,
        seq: u64,
        hash: String,
        /// By `verdict`: `applied`, `duplicate_same_day`, `not_eligible`,
        /// `needs_approval`, `stale_version`, `rejected`.
        #[schema(value_type = Object)]
        verdict: Value,
        decided_at: i64,
    }
    /// A batch of receipts under one signature of the root key.
    SignedReceipts { value: Vec<Receipt>, signature: String, key_id: String, }
    /// Answer to a push.
    PushResponse {
        received_through: u64,
        applied_through: u64,
        results: Option<SignedReceipts>,
        server_time: i64,
        next_after_ms: u32,
    }
    /// Verdicts right after `after`.
    ResultsResponse {
        results: Option<SignedReceipts>,
        applied_through: u64,
        /// Less than was told before: the centre was restored, and wants the rest again.
        received_through: u64,
        server_time: i64,
    }
    /// What the desks of a site must know.
    ChangesResponse {
        /// By `change`: `staff`, `escalation`, `correction`, `code_changed`, `policy`.
        #[schema(value_type = Vec<Object>)]
        changes: Vec<Value>,
        cursor: u64,
        more: bool,
        /// Place of the newest. Less than the cursor asked with: the centre was restored, and its
        /// news begin anew.
        newest: u64,
        /// The desk's operations are durable through this seq.
        received_through: u64,
        server_time: i64,
    }
    /// A code in the registry's view.
    Code {
        serial: String,
        /// One of `live`, `lost`, `superseded`, `voided`.
        state: String,
        issued_at: i64,
        #[schema(format = Date)]
        valid_through: String,
        provisional: bool,
        copies: u32,
    }
    /// A bound relative (E9).
    Relative { citizen_ref: String, masked_name: String, relation: String, }
    /// Disability certificate (残疾人证).
    Certificate {
        number: String,
        #[schema(format = Date)]
        valid_through: String,
    }
    /// The registry's record of a citizen.
    CitizenView {
        citizen_ref: String,
        version: u64,
        number: String,
        name: String,
        photo: Option<String>,
        shanghai_household: bool,
        certificate: Option<Certificate>,
        relatives: Vec<Relative>,
        codes: Vec<Code>,
        issue_days: Vec<String>,
        #[schema(value_type = Vec<Object>)]
        corrections: Vec<Value>,
        #[schema(value_type = Vec<Object>)]
        escalations: Vec<Value>,
        server_time: i64,
    }

    /// A scan to verify.
    VerifyRequest {
        /// Text of the symbol.
        payload: String,
        /// Name of the scanner.
        #[schema(min_length = 1, max_length = 64)]
        scanner: String,
        /// Place of the scan.
        #[schema(min_length = 1, max_length = 64)]
        place: String,
    }
    /// State of a code, masked, with a watermark. The code alone grants no entry.
    VerifyResponse {
        /// `valid`, `provisional`, `expired`, `lost`, `superseded`, `voided`, `foreign`, `damaged`,
        /// `wrong_signature`, `not_yet_valid`, `other_class`.
        answer: String,
        masked_name: Option<String>,
        masked_number: Option<String>,
        issued_at: Option<i64>,
        valid_through: Option<String>,
        health: Option<String>,
        nucleic_acid: Option<String>,
        registration_reference: Option<String>,
        watermark: String,
        server_time: i64,
    }

    /// Keys of all desks.
    KeyList { version: u64, made_at: i64, class: String, desks: Vec<DeskKey>, }
    /// A value with its signature by the root key.
    SignedKeyList { value: KeyList, signature: String, key_id: String, }
    /// The signed key list and its class.
    TrustResponse { keys: SignedKeyList, class: String, }
    /// New or changed keys since a version.
    KeyListDelta { since: u64, version: u64, made_at: i64, class: String, desks: Vec<DeskKey>, }
    /// A value with its signature by the root key.
    SignedKeyListDelta { value: KeyListDelta, signature: String, key_id: String, }
    /// Binary fuse filter over revoked serials.
    RevocationFilter { version: u64, made_at: i64, class: String, entries: u64, bytes: String, }
    /// A value with its signature by the root key.
    SignedRevocationFilter { value: RevocationFilter, signature: String, key_id: String, }
    /// Serials revoked since a version.
    RevocationDelta { since: u64, version: u64, made_at: i64, class: String, revoked: Vec<String>, }
    /// A value with its signature by the root key.
    SignedRevocationDelta { value: RevocationDelta, signature: String, key_id: String, }
}

/// Refusals that any call may give.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum AnyCall {
    /// The request is malformed.
    #[response(status = 400)]
    Malformed(#[to_schema] Refusal),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(#[to_schema] Refusal),
    /// Too many requests; see `Retry-After`.
    #[response(status = 429)]
    Busy(#[to_schema] Refusal),
    /// The centre cannot answer now; nothing is lost. See `Retry-After`.
    #[response(status = 503)]
    Unavailable(#[to_schema] Refusal),
}

/// Refusals of authenticated calls.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum KnownCaller {
    /// No valid token, or an assertion too far from the centre's time (`clock_off`).
    #[response(status = 401)]
    Unauthenticated(#[to_schema] Refusal),
    /// Not permitted, or the desk is quarantined or out of service.
    #[response(status = 403)]
    Forbidden(#[to_schema] Refusal),
    /// The desk has enrolled again (`fenced`), or operations before the batch are missing (`gap`).
    #[response(status = 409)]
    Conflict(#[to_schema] Refusal),
}

/// Refusals of the channels.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum ChannelCall {
    /// Key, session or log-in is missing or invalid.
    #[response(status = 401)]
    Unauthenticated(#[to_schema] Refusal),
    /// The key belongs to another channel, or the person is not bound to the holder.
    #[response(status = 403)]
    Forbidden(#[to_schema] Refusal),
    /// The channel or the object does not exist.
    #[response(status = 404)]
    NotFound(#[to_schema] Refusal),
    /// A rule refuses the request; `code` names it.
    #[response(status = 422)]
    Refused(#[to_schema] Refusal),
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::{
        At, Sensitive,
        keys::{Class, DeskKey as RealKey, KeyList as RealList, Signed, Signer as _, SoftwareKey},
        life::Serial,
        revocation::RevocationFilter as RealFilter,
        wire,
    };
    use serde::de::DeserializeOwned;

    /// Asserts that the drawing parses the real type's JSON without a field left over, and writes
    /// it back equal.
    fn same<T: Serialize + DeserializeOwned>(real: impl Serialize) {
        let real = serde_json::to_value(real).unwrap();
        let drawn: T = serde_json::from_value(real.clone()).unwrap();
        assert_eq!(serde_json::to_value(drawn).unwrap(), real);
    }

    #[test]
    fn the_drawings_match_the_real_types() {
        let key = SoftwareKey::from_bytes(&[5; 32]).unwrap();
        let at = At(1_000);
        let desk = RealKey {
            public_key: key.public_key(),
            device: 1,
            epoch: 1,
            site: "310101".to_owned(),
            class: Class::Practice,
            not_before: at,
            not_after: at,
            retired_at: Some(at),
        };
        let list = RealList { version: 1, made_at: at, class: Class::Practice, desks: vec![desk.clone()] };
        same::<SignedDeskKey>(Signed::sign(desk.clone(), &key).unwrap());
        let trust = wire::TrustResponse { keys: Signed::sign(list, &key).unwrap(), class: Class::Practice };
        same::<TrustResponse>(trust);
        let delta = wire::KeyListDelta {
            since: 1,
            version: 2,
            made_at: at,
            class: Class::Practice,
            desks: vec![desk],
        };
        same::<SignedKeyListDelta>(Signed::sign(delta, &key).unwrap());
        let serial = Serial::new(1, 2, 3, [0; 7]);
        let filter = RealFilter::build(&[serial], 1, at, Class::Practice).unwrap();
        same::<SignedRevocationFilter>(Signed::sign(filter, &key).unwrap());
        let delta = wire::RevocationDelta {
            since: 1,
            version: 2,
            made_at: at,
            class: Class::Practice,
            revoked: vec![serial],
        };
        same::<SignedRevocationDelta>(Signed::sign(delta, &key).unwrap());
        let hash = rules::correction::Digest::of(b"operation");
        let verdict = wire::Verdict::Applied { action: None };
        let receipt = crate::machine::receipt::receipt(1, 1, 1, hash, verdict, at);
        let roll = Signed::sign(vec![receipt], &key).unwrap();
        same::<PushResponse>(wire::PushResponse {
            received_through: 1,
            applied_through: 1,
            results: Some(roll.clone()),
            server_time: at,
            next_after_ms: 0,
        });
        same::<ResultsResponse>(wire::ResultsResponse {
            results: Some(roll),
            applied_through: 1,
            received_through: 1,
            server_time: at,
        });
        same::<TokenResponse>(wire::TokenResponse {
            token: Sensitive::new(String::new()),
            expires_at: at,
            server_time: at,
        });
        same::<VerifyResponse>(wire::VerifyResponse {
            answer: wire::VerifyAnswer::Valid,
            masked_name: None,
            masked_number: None,
            issued_at: None,
            valid_through: Some(at.day()),
            health: None,
            nucleic_acid: None,
            registration_reference: None,
            watermark: String::new(),
            server_time: at,
        });
        same::<Refusal>(wire::ProtocolError::Gap { resend_from: 3 });
        same::<Refusal>(wire::ProtocolError::Fenced { current: 3 });
        same::<Refusal>(wire::ProtocolError::Refused { code: rules::Refusal::NotEligible });
        same::<Refusal>(wire::ProtocolError::Busy);
    }
}
