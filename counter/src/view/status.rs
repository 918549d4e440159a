//! The status line: staff, desk, line, queue, devices and clock.

use rules::{
    DeviceNumber, Sensitive, SiteCode,
    keys::Class,
    permission::{Duty, Role},
    window::{DeviceKind, DeviceState, KeyProtection},
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Failure, KitView};

/// Everything that is always visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct StatusView {
    /// Grows with every view. Answers and events overtake each other; the page keeps the view with
    /// the highest revision.
    pub revision: u32,
    /// The desk; `None` until it is enrolled at a centre.
    pub desk: Option<DeskView>,
    /// The member of staff who is logged in; `None` shows the login screen.
    pub operator: Option<OperatorView>,
    /// Whether the screen is locked. The form behind it is kept.
    pub locked: bool,
    /// Line to the centre.
    pub line: LineView,
    /// Work that waits at this desk.
    pub queue: QueueDepthView,
    /// Devices with their states.
    pub devices: Vec<DeviceView>,
    /// Trouble with the clock (L10), if any.
    pub clock: Option<Failure>,
    /// Why offline issuing is stopped (L10, L11), if it is.
    pub issuing_blocked: Option<Failure>,
    /// Set while this desk's certificate is about to end; says what to do in time.
    pub certificate_ends: Option<Failure>,
    /// Set while a newer program is required and this one may still issue codes (L13).
    pub program_ends: Option<Failure>,
    /// Set while the centre's audit log contradicts what this desk has seen of it (D2).
    pub centre_rewritten: Option<Failure>,
    /// The kit of a home visit that is out or was not returned yet.
    pub kit: Option<KitView>,
    /// Current Shanghai time.
    pub now: String,
    /// Idle minutes after which the page locks the screen.
    pub lock_minutes: u16,
}

/// An enrolled desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeskView {
    /// Name of the service centre (政务服务中心).
    pub site_name: String,
    /// Number of the site, six digits.
    #[specta(type = String)]
    pub site: SiteCode,
    /// Window number.
    pub desk_number: u16,
    /// Device number at the centre.
    pub device: DeviceNumber,
    /// Practice (演练) or live.
    pub class: Class,
    /// What protects this desk's keys at rest (C1).
    pub protection: KeyProtection,
}

/// The member of staff who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperatorView {
    /// Staff number (工号).
    pub staff: String,
    /// Full name.
    pub name: String,
    /// Roles at this site.
    pub roles: Vec<Role>,
    /// Duties of these roles. The page shows the places for them; the desk checks again.
    pub duties: Vec<Duty>,
    /// End of the offline login.
    pub offline_until: Option<String>,
    /// Whether their session has ended: they log in again, and what is on the screen stays.
    pub session_ended: bool,
    /// Whether that log-in needs their one-time code.
    pub second_factor: bool,
}

/// Line to the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LineView {
    /// Current state.
    pub state: LineState,
    /// Time of the last change of state.
    pub since: Option<String>,
    /// Time of the last successful exchange.
    pub last_contact: Option<String>,
    /// Why the desk is not online.
    pub reason: Option<Failure>,
}

/// State of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// The desk is not enrolled at a centre.
    NotEnrolled,
    /// The first exchange since the start is under way.
    Connecting,
    /// The last exchange succeeded (在线).
    Online,
    /// The centre is out of reach (离线).
    Offline,
    /// Synchronisation stopped: the desk is quarantined, fenced or out of service, or the centre
    /// lost operations that this desk has removed.
    Stopped,
}

/// Work that waits at this desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueueDepthView {
    /// Number of operations without an answer of the centre.
    pub waiting: u32,
    /// Age of the oldest of them, in seconds.
    pub oldest_seconds: Option<u32>,
    /// Number of open conflicts.
    pub conflicts: u32,
    /// Number of corrections waiting for an approver here.
    pub approvals: u32,
    /// Number of open escalations of this site.
    pub escalations: u32,
    /// Number of citizens to be called.
    pub calls: u32,
}

/// A device on the status line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeviceView {
    /// Kind of device.
    pub kind: DeviceKind,
    /// Name that the operating system gives it.
    pub name: String,
    /// Current state.
    pub state: DeviceState,
    /// What is wrong, and what to do.
    pub trouble: Option<Failure>,
}

/// A device in the desk check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeviceCheckView {
    /// Kind of device.
    pub kind: DeviceKind,
    /// Name that the operating system gives it.
    pub name: String,
    /// Current state.
    pub state: DeviceState,
    /// Findings, in Chinese.
    pub found_zh: Vec<String>,
    /// Findings, in English.
    pub found_en: Vec<String>,
    /// Last failure of this device.
    pub last_error: Option<Failure>,
    /// Time of that failure.
    pub last_error_at: Option<String>,
}

/// Form to change one's own password.
#[derive(Clone, Deserialize, Serialize, Type)]
pub struct PasswordInput {
    /// Staff number (工号).
    pub staff: String,
    /// Password of now, or activation code, as typed.
    pub password: Sensitive<String>,
    /// Whether it is an activation code.
    pub activation: bool,
    /// One-time code (TOTP), where the account has one and is not logged in.
    pub second_factor: Option<Sensitive<String>>,
    /// New password as typed.
    pub new_password: Sensitive<String>,
}

/// Login form.
#[derive(Clone, Deserialize, Serialize, Type)]
pub struct LoginInput {
    /// Staff number (工号).
    pub staff: String,
    /// Password as typed.
    pub password: Sensitive<String>,
    /// One-time code (TOTP), where the account has one.
    pub second_factor: Option<Sensitive<String>>,
}
