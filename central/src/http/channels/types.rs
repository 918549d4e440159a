//! Bodies of the channels. Days are `YYYY-MM-DD` in Shanghai, instants milliseconds since 1970 (UTC).

use rules::{
    At, Day, Refusal, Sensitive,
    correction::Field,
    life::{Action, Standing},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which channel, in addresses. Drawn for the document; the routes themselves are written out.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum ChannelName {
    /// 一网通办
    Portal,
    /// 自助终端
    Kiosk,
}

/// A field that can be wrong. Drawn for the document, after [`Field`].
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Field)]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum FieldName {
    /// 姓名
    Name,
    /// 照片
    Photo,
}

/// How the citizen is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "method", deny_unknown_fields)]
pub(crate) enum LoginRequest {
    /// 身份证登录: the card was read at the kiosk. At the portal it is refused.
    IdCard {
        /// Number on the card: it says who they are.
        #[schema(value_type = String, min_length = 15, max_length = 18)]
        number: Sensitive<String>,
        /// Name on the card; another than the registry's is no obstacle, see `name_differs`.
        #[schema(value_type = String)]
        name: Sensitive<String>,
    },
    /// 随申办登录 or 亲属码登录: what the citizen's phone showed, or the portal's own log-in.
    LoginToken {
        /// The token.
        #[schema(value_type = String)]
        token: Sensitive<String>,
    },
}

/// A session of a citizen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionResponse {
    /// To be sent as `X-Session`.
    #[schema(value_type = String)]
    pub(crate) session: Sensitive<String>,
    /// Until when.
    #[schema(value_type = i64)]
    pub(crate) expires_at: At,
    /// What there is to see.
    pub(crate) view: ChannelView,
}

/// The holder as shown at portal and kiosk, to be confirmed by them (L8).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelView {
    /// Full name, as it will be printed.
    #[schema(value_type = String)]
    pub(crate) name: Sensitive<String>,
    /// The ID card that was read bears another name: offer to send it to the window (`escalate`).
    pub(crate) name_differs: bool,
    /// Masked number (M1).
    pub(crate) masked_number: String,
    /// Whether there is a photo to fetch.
    pub(crate) has_photo: bool,
    /// The code in force, or the last one.
    pub(crate) code: Option<ChannelCode>,
    /// What may be done now, and if not, why.
    pub(crate) offers: Vec<Offer>,
    /// Relatives bound to whoever logged in, whose codes they may handle (E9).
    pub(crate) relatives: Vec<ChannelRelative>,
}

/// A code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelCode {
    /// Serial, 32 hexadecimal digits.
    pub(crate) serial: String,
    /// When it was issued.
    #[schema(value_type = i64)]
    pub(crate) issued_at: At,
    /// Last valid day (L1).
    #[schema(value_type = String, format = Date)]
    pub(crate) valid_through: Day,
    /// What it is today: `live`, `expired`, `lost`, `superseded`, `voided`.
    #[schema(value_type = String)]
    pub(crate) standing: Standing,
    /// Copies printed.
    pub(crate) copies: u32,
}

/// One action.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offer {
    /// `apply`, `reapply`, `reissue`, `report_loss`, `reprint`.
    #[schema(value_type = String)]
    pub(crate) action: Action,
    /// Why not; absent = allowed.
    #[schema(value_type = Option<String>)]
    pub(crate) refusal: Option<Refusal>,
}

/// A relative.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelRelative {
    /// To be sent to `switch`, to go on with their code.
    pub(crate) citizen_ref: String,
    /// Masked name (M2).
    pub(crate) masked_name: String,
    /// 父/母/子/女/配偶…
    pub(crate) relation: String,
}

/// For a relative: whose code is handled from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchRequest {
    /// Reference from `relatives`; the own one to come back.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub(crate) citizen_ref: String,
}

/// `apply`, `reapply`, `reissue`, `loss`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    /// Name and photo (L8), or the consequence (L6), were shown and confirmed.
    pub(crate) confirmed: bool,
}

/// `escalate`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EscalateRequest {
    /// Which.
    #[schema(value_type = FieldName)]
    pub(crate) field: Field,
    /// What the citizen says, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub(crate) remark: Option<Sensitive<String>>,
}

/// An escalation was filed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EscalateResponse {
    /// Its id, for the citizen's note.
    pub(crate) id: uuid::Uuid,
}
