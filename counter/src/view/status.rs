//! The status line: who, desk, line, queue, devices, clock.

use rules::{
    keys::Class,
    permission::{Duty, Role},
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::Failure;

/// Everything that is always visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct StatusView {
    /// Grows with every view that was begun. Answers and events overtake each other; the page keeps
    /// the youngest.
    pub revision: u32,
    /// `None` until the desk is enrolled at a centre.
    pub desk: Option<DeskView>,
    /// Who is logged in; `None` = login screen.
    pub operator: Option<OperatorView>,
    /// Screen is locked; the form behind it is kept.
    pub locked: bool,
    /// The line to the centre.
    pub line: LineView,
    /// What waits to be sent.
    pub queue: QueueDepthView,
    /// Devices, each with its state.
    pub devices: Vec<DeviceView>,
    /// Clock trouble (L10), if any.
    pub clock: Option<Failure>,
    /// Offline issuing is stopped (L10, L11), and why.
    pub issuing_blocked: Option<Failure>,
    /// This desk's certificate ends soon: what has to be done before it does.
    pub certificate_ends: Option<Failure>,
    /// Shanghai time now.
    pub now: String,
    /// Idle minutes after which the page locks the screen.
    pub lock_minutes: u16,
}

/// This desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeskView {
    /// 政务服务中心
    pub site_name: String,
    /// Six digits.
    pub site: String,
    /// Window number.
    pub desk_number: u16,
    /// Device number.
    pub device: u32,
    /// Practice (演练) or live.
    pub class: Class,
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperatorView {
    /// 工号
    pub staff: String,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// What these roles may do: decides which places of the rail are shown. The desk checks again.
    pub duties: Vec<Duty>,
    /// The offline login holds until.
    pub offline_until: Option<String>,
    /// The account has a second factor: it is asked for wherever the password is asked for again.
    pub second_factor: bool,
}

/// State of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LineView {
    /// State.
    pub state: LineState,
    /// Since when.
    pub since: Option<String>,
    /// Last successful exchange.
    pub last_contact: Option<String>,
    /// Why not online.
    pub reason: Option<Failure>,
}

/// State of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Not enrolled.
    NotEnrolled,
    /// Trying for the first time.
    Connecting,
    /// 在线
    Online,
    /// 离线
    Offline,
    /// Quarantined, fenced or out of service, or the centre lost what this desk has removed.
    Stopped,
}

/// Depth of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueueDepthView {
    /// Operations not yet answered for.
    pub waiting: u32,
    /// Age of the oldest, seconds.
    pub oldest_seconds: Option<u32>,
    /// Conflicts nobody has dealt with.
    pub conflicts: u32,
    /// Corrections waiting for an approver here.
    pub approvals: u32,
    /// Escalations of this site still open.
    pub escalations: u32,
}

/// Kinds of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// 读卡器
    CardReader,
    /// 打印机
    Printer,
    /// 摄像头
    Camera,
    /// 扫码枪
    Scanner,
}

/// State of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Ready.
    Ready,
    /// At work.
    Busy,
    /// In trouble: see the message.
    Trouble,
    /// Not found.
    Absent,
    /// Not set up on this desk.
    NotConfigured,
}

/// A device on the status line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeviceView {
    /// Kind.
    pub kind: DeviceKind,
    /// Name as the system gives it.
    pub name: String,
    /// State.
    pub state: DeviceState,
    /// What is wrong, what to do.
    pub trouble: Option<Failure>,
}

/// One line of the desk check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeviceCheckView {
    /// Kind.
    pub kind: DeviceKind,
    /// Name.
    pub name: String,
    /// State.
    pub state: DeviceState,
    /// What was found, zh-CN.
    pub found_zh: Vec<String>,
    /// What was found, en.
    pub found_en: Vec<String>,
    /// Last thing that went wrong.
    pub last_error: Option<Failure>,
    /// Time of the last error.
    pub last_error_at: Option<String>,
}

/// Login form.
#[derive(Clone, Deserialize, Serialize, Type)]
pub struct LoginInput {
    /// 工号
    pub staff: String,
    /// Password.
    pub password: String,
    /// TOTP, where set.
    pub second_factor: Option<String>,
}
