//! What portal and kiosk ask the centre for a citizen, and what they hear (N-3).
//!
//! Days are `YYYY-MM-DD` in Shanghai, instants milliseconds since 1970 (UTC).

use crate::{
    Refusal, Sensitive,
    correction::{Dismissal, Field},
    life::{Action, Standing},
    op::CitizenRef,
    time::{At, Day},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Identification of the citizen who logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "method", deny_unknown_fields)]
pub enum LoginRequest {
    /// 身份证登录: the card was read at the kiosk. The portal may not use it.
    IdCard(CardRequest),
    /// 随申办登录 or 亲属码登录: the token of the citizen's phone, or of the portal's own log-in.
    LoginToken {
        /// Log-in token of the city's service.
        token: Sensitive<String>,
    },
}

/// Number and name as read from an ID card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CardRequest {
    /// Number on the card.
    #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 15, max_length = 18))]
    pub number: Sensitive<String>,
    /// Name on the card. Another than the registry's is refused as `go_to_window`, and so is a
    /// number that nobody has.
    pub name: Sensitive<String>,
}

/// A new session of a citizen, with the view it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionResponse {
    /// Session token, sent as `X-Session`.
    pub session: Sensitive<String>,
    /// Expiry of the session.
    pub expires_at: At,
    /// The holder's current view.
    pub view: ChannelView,
}

/// The holder as shown at portal and kiosk, for them to confirm (L8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelView {
    /// Full name, as it will be printed.
    pub name: Sensitive<String>,
    /// Masked citizen number (M1).
    pub masked_number: String,
    /// Whether a photo can be fetched.
    pub has_photo: bool,
    /// The live code, or else the last one.
    pub code: Option<ChannelCode>,
    /// Actions possible now, each with the reason if it is refused.
    pub offers: Vec<Offer>,
    /// Reports of the holder's name or photo that are open or were answered, newest first.
    pub reports: Vec<ChannelReport>,
    /// Relatives whose codes the person logged in may handle (E9).
    pub relatives: Vec<ChannelRelative>,
}

/// A report that name or photo is wrong, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelReport {
    /// Id that `escalate` returned.
    pub id: Uuid,
    /// Field that was reported as wrong.
    pub field: Field,
    /// When it was filed.
    pub filed_at: At,
    /// Whether it still waits for a window.
    pub open: bool,
    /// Why it was closed without a correction; absent if it waits or a correction answered it.
    pub dismissed: Option<Dismissal>,
}

/// A code as shown at portal and kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelCode {
    /// Serial, 32 hexadecimal digits.
    pub serial: String,
    /// Time of issue.
    pub issued_at: At,
    /// Last valid day (L1).
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub valid_through: Day,
    /// State today: `live`, `expired`, `lost`, `superseded`, `voided`.
    pub standing: Standing,
    /// Number of printed copies.
    pub copies: u32,
}

/// An action and whether it is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Offer {
    /// `apply`, `reapply`, `reissue`, `report_loss`, `reprint`.
    pub action: Action,
    /// Reason for refusing it; absent = allowed.
    pub refusal: Option<Refusal>,
}

/// A relative whose code may be handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelRelative {
    /// Reference to send to `switch`, to handle their code.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub citizen_ref: CitizenRef,
    /// Masked name (M2) of the relative.
    pub masked_name: String,
    /// Relation, such as 父, 母, 子, 女, 配偶.
    pub relation: String,
}

/// Request to handle another person's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SwitchRequest {
    /// Reference from `relatives`, or the person's own to switch back.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub citizen_ref: CitizenRef,
}

/// Request to `apply`, `reapply`, `reissue` or report a `loss`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// Whether name and photo (L8), or the consequence (L6), were shown and confirmed.
    pub confirmed: bool,
}

/// Request to `escalate` a wrong name or photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EscalateRequest {
    /// The field that is wrong.
    pub field: Field,
    /// Remark of the citizen, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 200))]
    pub remark: Option<Sensitive<String>>,
}

/// A filed escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EscalateResponse {
    /// Id of the escalation, for the citizen's note.
    pub id: Uuid,
}
