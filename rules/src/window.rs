//! Kinds and states at a window that page, papers and records name alike: papers, prints, devices,
//! the queue, and what protects the keys.

use serde::{Deserialize, Serialize};

/// Kind of a printed paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// Code sheet (离线码).
    Sheet,
    /// Receipt for the citizen (受理回执 / 办结回执).
    Receipt,
    /// Notice of what is missing (一次性告知书).
    Notice,
    /// Report of the day (日结).
    DayReport,
    /// Test page of the desk check (测试页).
    TestPage,
    /// List on which each person signs for their sheet (签收表).
    HandOverList,
    /// Result of a job of collective service (办理结果).
    ResultList,
    /// Report of a home visit that came back (上门服务归还单).
    ReturnReport,
}

/// Layout of code sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SheetLayout {
    /// One sheet on an A4 page.
    A4,
    /// Four sheets on an A4 page.
    A4FourUp,
    /// Eight sheets on an A4 page.
    A4EightUp,
    /// Card size, for laminating.
    Card,
}

/// Layout of receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReceiptLayout {
    /// 210 × 297 mm.
    A4,
    /// 148 × 210 mm.
    A5,
    /// Roll of 80 mm.
    Roll80,
}

/// State of a print, as the printer reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum PrintState {
    /// The paper is being made or sent.
    Sending,
    /// The job waits at the printer.
    Pending,
    /// The printer holds the job until somebody releases it.
    Held,
    /// The job is printing.
    Printing,
    /// The printer stopped: out of paper, a jam or other trouble.
    Stopped,
    /// The printer reports that the paper came out.
    Completed,
    /// The clerk cancelled the job, and the printer has not stopped yet.
    Cancelling,
    /// The job is cancelled.
    Cancelled,
    /// The job failed.
    Failed,
}

/// Kind of a device at a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Reader of ID cards (读卡器).
    CardReader,
    /// Printer of code sheets and papers (打印机).
    Printer,
    /// Camera for photos and evidence (摄像头).
    Camera,
    /// 2D scanner (扫码枪).
    Scanner,
}

/// State of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// It answers and can be used.
    Ready,
    /// It works on something at the moment.
    Busy,
    /// It answers, but something is wrong.
    Trouble,
    /// It is configured, but was not found.
    Absent,
    /// This desk is not configured to have one.
    NotConfigured,
}

/// State of an operation in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Stored at this desk and not yet sent (待发送).
    Pending,
    /// Received by the centre, but not decided yet (已收到).
    Received,
    /// Confirmed by the centre (已确认).
    Accepted,
    /// In conflict with what another channel did (冲突).
    Conflict,
    /// Rejected by the centre (被拒).
    Rejected,
}

/// What protects the keys of a desk at rest (C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyProtection {
    /// The machine's TPM 2.0: a copied folder opens nowhere else.
    Tpm,
    /// The session's keyring (Secret Service).
    Keyring,
    /// `vault.key` beside the data: who copies the folder has everything.
    KeyFile,
}
