//! Request and response bodies of the channels.
//!
//! Days are `YYYY-MM-DD` in Shanghai, instants milliseconds since 1970 (UTC).

use rules::{
    At, Day, Refusal, Sensitive,
    correction::{Dismissal, Field},
    life::{Action, Standing},
    op::CitizenRef,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Name of a channel in URLs.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum ChannelName {
    /// 一网通办, the portal.
    Portal,
    /// 自助终端, the kiosk.
    Kiosk,
}

/// Identification of the citizen who logs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "method", deny_unknown_fields)]
pub(crate) enum LoginRequest {
    /// 身份证登录: the card was read at the kiosk. The portal may not use it.
    IdCard(CardRequest),
    /// 随申办登录 or 亲属码登录: the token of the citizen's phone, or of the portal's own log-in.
    LoginToken {
        /// Log-in token of the city's service.
        token: Sensitive<String>,
    },
}

/// Number and name as read from an ID card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardRequest {
    /// Number on the card.
    #[schema(value_type = String, min_length = 15, max_length = 18)]
    pub(crate) number: Sensitive<String>,
    /// Name on the card. Another than the registry's is refused as `go_to_window`, and so is a
    /// number that nobody has.
    pub(crate) name: Sensitive<String>,
}

/// A new session of a citizen, with the view it opens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionResponse {
    /// Session token, sent as `X-Session`.
    pub(crate) session: Sensitive<String>,
    /// Expiry of the session.
    pub(crate) expires_at: At,
    /// The holder's current view.
    pub(crate) view: ChannelView,
}

/// The holder as shown at portal and kiosk, for them to confirm (L8).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelView {
    /// Full name, as it will be printed.
    pub(crate) name: Sensitive<String>,
    /// Masked citizen number (M1).
    pub(crate) masked_number: String,
    /// Whether a photo can be fetched.
    pub(crate) has_photo: bool,
    /// The live code, or else the last one.
    pub(crate) code: Option<ChannelCode>,
    /// Actions possible now, each with the reason if it is refused.
    pub(crate) offers: Vec<Offer>,
    /// Reports of the holder's name or photo that are open or were answered, newest first.
    pub(crate) reports: Vec<ChannelReport>,
    /// Relatives whose codes the person logged in may handle (E9).
    pub(crate) relatives: Vec<ChannelRelative>,
}

/// A report that name or photo is wrong, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelReport {
    /// Id that `escalate` returned.
    pub(crate) id: uuid::Uuid,
    /// Field that was reported as wrong.
    pub(crate) field: Field,
    /// When it was filed.
    pub(crate) filed_at: At,
    /// Whether it still waits for a window.
    pub(crate) open: bool,
    /// Why it was closed without a correction; absent if it waits or a correction answered it.
    pub(crate) dismissed: Option<Dismissal>,
}

/// A code as shown at portal and kiosk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelCode {
    /// Serial, 32 hexadecimal digits.
    pub(crate) serial: String,
    /// Time of issue.
    pub(crate) issued_at: At,
    /// Last valid day (L1).
    #[schema(value_type = String, format = Date)]
    pub(crate) valid_through: Day,
    /// State today: `live`, `expired`, `lost`, `superseded`, `voided`.
    pub(crate) standing: Standing,
    /// Number of printed copies.
    pub(crate) copies: u32,
}

/// An action and whether it is allowed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offer {
    /// `apply`, `reapply`, `reissue`, `report_loss`, `reprint`.
    pub(crate) action: Action,
    /// Reason for refusing it; absent = allowed.
    pub(crate) refusal: Option<Refusal>,
}

/// A relative whose code may be handled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelRelative {
    /// Reference to send to `switch`, to handle their code.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    pub(crate) citizen_ref: CitizenRef,
    /// Masked name (M2) of the relative.
    pub(crate) masked_name: String,
    /// Relation, such as 父, 母, 子, 女, 配偶.
    pub(crate) relation: String,
}

/// Request to handle another person's code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchRequest {
    /// Reference from `relatives`, or the person's own to switch back.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    pub(crate) citizen_ref: CitizenRef,
}

/// Request to `apply`, `reapply`, `reissue` or report a `loss`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    /// Whether name and photo (L8), or the consequence (L6), were shown and confirmed.
    pub(crate) confirmed: bool,
}

/// Request to `escalate` a wrong name or photo.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EscalateRequest {
    /// The field that is wrong.
    pub(crate) field: Field,
    /// Remark of the citizen, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub(crate) remark: Option<Sensitive<String>>,
}

/// A filed escalation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EscalateResponse {
    /// Id of the escalation, for the citizen's note.
    pub(crate) id: uuid::Uuid,
}
