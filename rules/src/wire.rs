//! Requests and answers between desk and centre (JSON), shared so that both speak the same.
//! Suffixes: none = stored, `View` = shown, `Request`, `Response`.

use crate::{
    Refusal, Sensitive,
    correction::{Correction, Digest},
    keys::{Class, DeskKey, PublicKey, Signed},
    life::{Action, Code, Serial},
    op::{Batch, CitizenRef},
    permission::Role,
    person::{DisabilityCertificate, IdNumber, Name},
    time::{At, Day},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST /v1/desks/enrol`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// One-time code from the security admin.
    pub code: Sensitive<String>,
    /// The desk's key.
    pub public_key: PublicKey,
    /// Program version.
    pub program: String,
}

/// Answer: everything a desk needs to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolResponse {
    /// Signed by the root: device, epoch, site, class, validity.
    pub certificate: Signed<DeskKey>,
    /// Root key to verify everything else with.
    pub root: PublicKey,
    /// Centre's short name (`iss`).
    pub issuer: String,
    /// Name of the site, shown and printed.
    pub site_name: String,
    /// Window number at the site, 1–999.
    pub desk_number: u16,
    /// Index key for `CitizenRef`, hex, kept wrapped.
    pub index_key: Sensitive<String>,
    /// Centre's clock.
    pub server_time: At,
}

/// `POST /v1/auth/device`: claims are JSON, base64url, then `.`, then base64url of the SM2 signature over the first part's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAssertion {
    /// Device.
    pub device: u32,
    /// Epoch.
    pub epoch: u32,
    /// Made at (desk clock plus offset). Accepted within the policy's tolerance.
    pub issued_at: At,
    /// Never reused.
    pub nonce: Uuid,
}

/// The signed form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthRequest {
    /// `claims.signature`
    pub assertion: String,
}

/// `POST /v1/auth/operator` (with the device's bearer token).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAuthRequest {
    /// Staff number.
    pub staff: String,
    /// Password.
    pub password: Sensitive<String>,
    /// TOTP, where set.
    pub second_factor: Option<Sensitive<String>>,
}

/// Bearer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// `Authorization: Bearer …`
    pub token: Sensitive<String>,
    /// Until when.
    pub expires_at: At,
    /// Centre's clock.
    pub server_time: At,
}

/// `POST /v1/sync/push`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRequest {
    /// The operations.
    pub batch: Batch,
    /// Desk's signature over canonical CBOR of `batch`, hex.
    pub signature: String,
}

/// Answer to a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushResponse {
    /// Durable through this seq.
    pub received_through: u64,
    /// Decided through this seq.
    pub applied_through: u64,
    /// Verdicts known already, of this batch: one signature over the whole roll, ascending by seq; `None` = none yet.
    pub results: Option<Signed<Vec<Receipt>>>,
    /// Centre's clock.
    pub server_time: At,
    /// Do not push again before (spreads a storm), ms.
    pub next_after_ms: u32,
}

/// `GET /v1/sync/results?after=`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultsResponse {
    /// Verdicts right after `after`, gapless and ascending, under one signature; `None` = none yet.
    pub results: Option<Signed<Vec<Receipt>>>,
    /// Decided through this seq.
    pub applied_through: u64,
    /// Centre's clock.
    pub server_time: At,
}

/// The centre's word on one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Receipt id.
    pub id: Uuid,
    /// Device.
    pub device: u32,
    /// Epoch.
    pub epoch: u32,
    /// Which.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
    /// What.
    pub verdict: Verdict,
    /// When decided.
    pub decided_at: At,
}

/// What the centre decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// Done. For an issue the action that fitted.
    Applied {
        /// Which action was applied, for issues.
        action: Option<Action>,
    },
    /// L3: another channel or desk was first. The code is kept and revoked.
    DuplicateSameDay {
        /// The code that won.
        winner: Serial,
    },
    /// E-rules at the centre say no.
    NotEligible,
    /// Waits for a supervisor.
    NeedsApproval,
    /// Registry version moved on.
    StaleVersion {
        /// The version now.
        current: u64,
    },
    /// Refused.
    Rejected {
        /// Why.
        code: Refusal,
    },
}

/// Why a push or call is refused as a whole (HTTP 4xx body `{error, …}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "error")]
pub enum ProtocolError {
    /// Resend from this seq.
    #[error("gap: resend from {resend_from}")]
    Gap {
        /// First missing.
        resend_from: u64,
    },
    /// Same seq, other hash: the disk was restored or copied.
    #[error("desk is quarantined")]
    Quarantined,
    /// A newer enrolment exists.
    #[error("epoch is fenced by {current}")]
    Fenced {
        /// The epoch in force.
        current: u32,
    },
    /// Signature, chain or shape is wrong.
    #[error("batch is malformed")]
    Malformed,
    /// No or bad token.
    #[error("not authenticated")]
    Unauthenticated,
    /// Not allowed.
    #[error("not permitted")]
    Forbidden,
    /// No such thing.
    #[error("not found")]
    NotFound,
    /// Too many; see `Retry-After`.
    #[error("too many requests")]
    Busy,
    /// Body too large.
    #[error("too large")]
    TooLarge,
    /// One-time code is wrong, used or old.
    #[error("enrolment code is not valid")]
    EnrolmentCode,
    /// A rule refuses.
    #[error("refused")]
    Refused {
        /// Why.
        code: Refusal,
    },
    /// The centre cannot answer now; nothing is lost.
    #[error("unavailable")]
    Unavailable,
}

/// `GET /v1/sync/changes?cursor=`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesResponse {
    /// In order.
    pub changes: Vec<Change>,
    /// Pass back next time.
    pub cursor: u64,
    /// There is more now.
    pub more: bool,
    /// Centre's clock.
    pub server_time: At,
}

/// What a desk must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Somebody of the staff of this site, new or changed.
    Staff(Box<Staff>),
    /// A kiosk or portal escalation of this site.
    Escalation(Box<Escalation>),
    /// A correction this desk made or somebody here may approve.
    Correction(Box<CorrectionRecord>),
    /// A code was revoked (by another desk, kiosk, duplicate).
    CodeChanged {
        /// Whose.
        citizen_ref: CitizenRef,
        /// As it is.
        code: Code,
    },
    /// Policy numbers in force.
    Policy(Box<crate::Policy>),
}

/// A member of staff as a desk needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Staff number (工号).
    pub number: String,
    /// Name shown.
    pub name: Sensitive<String>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Argon2id PHC string: offline verifier.
    pub password_hash: Sensitive<String>,
    /// TOTP secret, base32, where set.
    pub totp_secret: Option<Sensitive<String>>,
    /// May work.
    pub active: bool,
    /// Grows with every change.
    pub version: u64,
}

/// "Name or photo is wrong", filed at kiosk or portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Masked name for lists.
    pub masked_name: String,
    /// Masked number for lists.
    pub masked_number: String,
    /// Which field.
    pub field: crate::correction::Field,
    /// Where filed.
    pub channel: Channel,
    /// When.
    pub at: At,
    /// What the citizen said, if anything.
    pub remark: Option<Sensitive<String>>,
    /// Done with.
    pub closed: bool,
}

/// Channels of issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case", rename = "IssueChannel")] // the page's runtime has a Channel of its own
pub enum Channel {
    /// 一网通办
    Portal,
    /// 自助终端
    Kiosk,
    /// 窗口
    Counter,
}

/// A correction with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionRecord {
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Masked name for lists.
    pub masked_name: String,
    /// Masked number for lists.
    pub masked_number: String,
    /// Under 14 today.
    pub under_fourteen: bool,
    /// The correction.
    pub correction: Correction,
    /// Case number.
    pub case_number: Option<String>,
    /// Device that opened it.
    pub device: u32,
}

/// `GET /v1/citizens/{ref}`: the registry's view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitizenView {
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Registry version.
    pub version: u64,
    /// Number.
    pub number: IdNumber,
    /// Name.
    pub name: Name,
    /// Photo, to be fetched with `GET /v1/blobs/{sm3}`.
    pub photo: Option<Digest>,
    /// E5.
    pub shanghai_household: bool,
    /// E6.
    pub certificate: Option<DisabilityCertificate>,
    /// Bound relatives (E9).
    pub relatives: Vec<Relative>,
    /// All codes, oldest first.
    pub codes: Vec<Code>,
    /// L3.
    pub issue_days: Vec<Day>,
    /// Corrections, oldest first.
    pub corrections: Vec<Correction>,
    /// Open escalations.
    pub escalations: Vec<Escalation>,
    /// Centre's clock.
    pub server_time: At,
}

/// A bound relative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Masked name.
    pub masked_name: String,
    /// 父/母/子/女/配偶…
    pub relation: String,
}

/// `POST /v1/verify`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyRequest {
    /// Text of the symbol.
    pub payload: String,
    /// Who scans (shown in the watermark).
    pub scanner: String,
    /// Where.
    pub place: String,
}

/// M6, M7.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyResponse {
    /// The answer.
    pub answer: VerifyAnswer,
    /// Masked name, when ours and well signed.
    pub masked_name: Option<String>,
    /// Masked number.
    pub masked_number: Option<String>,
    /// Issued.
    pub issued_at: Option<At>,
    /// Last valid day.
    pub valid_through: Option<Day>,
    /// M6: health status as the provider gave it; `None` = no provider here.
    pub health: Option<String>,
    /// M6: latest nucleic-acid result.
    pub nucleic_acid: Option<String>,
    /// M7: reference for test registration, masked, only for valid codes.
    pub registration_reference: Option<String>,
    /// Watermark: who, where, when.
    pub watermark: String,
    /// Centre's clock.
    pub server_time: At,
}

/// What a code is to a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VerifyAnswer {
    /// 有效
    Valid,
    /// 待确认: well signed, the centre has not heard of it yet.
    Provisional,
    /// 已过期
    Expired,
    /// 已挂失
    Lost,
    /// 已被补换
    Superseded,
    /// 已作废
    Voided,
    /// Not ours.
    Foreign,
    /// Ours, unreadable.
    Damaged,
    /// Signature or key wrong.
    WrongSignature,
    /// Issued in the future.
    NotYetValid,
    /// Practice code at a live centre, or the other way round.
    OtherClass,
}

/// `GET /v1/keys`, `GET /v1/revocations`: whole signed lists; `?since=version` gives 304 when unchanged or a delta (see the centre's docs).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustResponse {
    /// The keys.
    pub keys: Signed<crate::keys::KeyList>,
    /// Practice or live.
    pub class: Class,
}

/// `GET /v1/keys/delta?since=`: the desk keys that are new or changed since a version. The result of applying it to the list of `since` is the
/// list of `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyListDelta {
    /// Version it starts from.
    pub since: u64,
    /// Version it leads to.
    pub version: u64,
    /// When it was made.
    pub made_at: At,
    /// Practice or live.
    pub class: Class,
    /// New or changed keys, by device and epoch.
    pub desks: Vec<DeskKey>,
}

/// `GET /v1/revocations/delta?since=`: serials revoked since a version, to be checked beside the filter of that version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationDelta {
    /// Version it starts from.
    pub since: u64,
    /// Version it leads to.
    pub version: u64,
    /// When it was made.
    pub made_at: At,
    /// Practice or live.
    pub class: Class,
    /// Serials that are new.
    pub revoked: Vec<Serial>,
}
