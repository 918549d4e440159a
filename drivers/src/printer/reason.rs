//! Reasons for a printer's state, and what they mean for the clerk.

use serde::{Deserialize, Serialize};

use crate::Language;

/// Severity of a reason: the suffix of its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// The reason is for information (`-report`).
    Report,
    /// The printer needs attention soon (`-warning`).
    Warning,
    /// Printing stops (`-error`, or no suffix, to which the standard gives the same meaning).
    Error,
}

/// Problem that the clerk has to solve at the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PrinterProblem {
    /// The paper is used up, or not the paper that the job needs.
    PaperOut,
    /// Paper is running low.
    PaperLow,
    /// Paper is stuck.
    PaperJam,
    /// A cover or door is open.
    CoverOpen,
    /// A tray is missing.
    TrayMissing,
    /// The output tray is full or almost full.
    OutputFull,
    /// Toner, ink or another supply is used up.
    SupplyOut,
    /// Toner, ink or another supply is running low.
    SupplyLow,
    /// Somebody paused the printer or its queue.
    Paused,
    /// The spooler cannot reach the printer, or the printer is off.
    Offline,
    /// The printer's memory or the spool area is full.
    SpoolFull,
    /// Another reason; its keyword is in [`PrinterReason::keyword`].
    Other,
}

/// One entry of the attribute `printer-state-reasons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterReason {
    /// Meaning of the reason for the clerk.
    pub problem: PrinterProblem,
    /// Severity of the reason.
    pub severity: Severity,
    /// Keyword exactly as the printer sent it.
    pub keyword: String,
}

impl PrinterReason {
    /// Parses a keyword of `printer-state-reasons`; `None` for `none` and for notes of the spooler.
    #[must_use]
    pub fn parse(keyword: &str) -> Option<Self> {
        if keyword == "none" {
            return None;
        }
        // Notes of the spooler on its own work, such as `cups-waiting-for-job-completed`.
        if keyword.starts_with("cups-") {
            return None;
        }
        let (stem, severity) = split_severity(keyword);
        Some(Self { problem: problem(stem), severity, keyword: keyword.to_owned() })
    }

    /// Returns the desk's own reason for a printer that cannot be asked.
    pub(crate) fn unreachable() -> Self {
        Self {
            problem: PrinterProblem::Offline,
            severity: Severity::Error,
            keyword: "desk-unreachable".to_owned(),
        }
    }
}

fn split_severity(keyword: &str) -> (&str, Severity) {
    let suffixes =
        [("-error", Severity::Error), ("-warning", Severity::Warning), ("-report", Severity::Report)];
    suffixes
        .iter()
        .find_map(|(suffix, severity)| keyword.strip_suffix(suffix).map(|stem| (stem, *severity)))
        .unwrap_or((keyword, Severity::Error))
}

fn problem(stem: &str) -> PrinterProblem {
    match stem {
        "media-empty" | "media-needed" | "input-media-supply-empty" => PrinterProblem::PaperOut,
        "media-low" | "input-media-supply-low" => PrinterProblem::PaperLow,
        "media-jam" | "media-path-jam" => PrinterProblem::PaperJam,
        "cover-open" | "door-open" | "interlock-open" => PrinterProblem::CoverOpen,
        "input-tray-missing" | "output-tray-missing" => PrinterProblem::TrayMissing,
        "output-area-full" | "output-area-almost-full" => PrinterProblem::OutputFull,
        "toner-empty" | "marker-supply-empty" | "marker-waste-full" | "developer-empty" | "opc-life-over" => {
            PrinterProblem::SupplyOut
        }
        "toner-low" | "marker-supply-low" | "marker-waste-almost-full" | "developer-low" | "opc-near-eol" => {
            PrinterProblem::SupplyLow
        }
        "paused" | "moving-to-paused" | "hold-new-jobs" => PrinterProblem::Paused,
        "offline" | "shutdown" | "connecting-to-device" | "timed-out" | "stopped-partly" => {
            PrinterProblem::Offline
        }
        "spool-area-full" => PrinterProblem::SpoolFull,
        _ => PrinterProblem::Other,
    }
}

impl PrinterProblem {
    /// Returns whether the problem makes an unfinished job wait.
    ///
    /// The severity does not tell: printers report an empty tray as anything from a report
    /// to an error.
    #[must_use]
    pub fn holds_jobs_up(self) -> bool {
        !matches!(self, Self::PaperLow | Self::SupplyLow | Self::Other)
    }

    /// Every problem, for tables and tests.
    pub const ALL: [Self; 12] = [
        Self::PaperOut,
        Self::PaperLow,
        Self::PaperJam,
        Self::CoverOpen,
        Self::TrayMissing,
        Self::OutputFull,
        Self::SupplyOut,
        Self::SupplyLow,
        Self::Paused,
        Self::Offline,
        Self::SpoolFull,
        Self::Other,
    ];

    /// Returns the stable code of the problem.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PaperOut => "printer.paper-out",
            Self::PaperLow => "printer.paper-low",
            Self::PaperJam => "printer.paper-jam",
            Self::CoverOpen => "printer.cover-open",
            Self::TrayMissing => "printer.tray-missing",
            Self::OutputFull => "printer.output-full",
            Self::SupplyOut => "printer.supply-out",
            Self::SupplyLow => "printer.supply-low",
            Self::Paused => "printer.paused",
            Self::Offline => "printer.offline",
            Self::SpoolFull => "printer.spool-full",
            Self::Other => "printer.other",
        }
    }

    /// Returns what the clerk should do at the printer.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        let (chinese, english) = self.sentences();
        language.pick(chinese, english)
    }

    fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::PaperOut => (
                "打印机缺纸。请装入任务所需的纸张，任务会自动继续。",
                "The printer is out of paper. Load the paper the job needs; the job goes on by itself.",
            ),
            Self::PaperLow => ("打印机纸张不多了。请及时添纸。", "Paper is running low. Add some soon."),
            Self::PaperJam => (
                "打印机卡纸。请打开机盖取出纸张；取出的纸如已打印，请登记作废，原任务会取消。",
                "Paper is stuck. Open the printer and take it out; if it was printed on, record it as spoilt: its job is then cancelled.",
            ),
            Self::CoverOpen => {
                ("打印机盖没有关好。请合上机盖。", "A cover of the printer is open. Close it.")
            }
            Self::TrayMissing => ("打印机纸盒没有装好。请推入纸盒。", "A tray is missing. Push it in."),
            Self::OutputFull => ("出纸口已满。请取走纸张。", "The output tray is full. Take the paper out."),
            Self::SupplyOut => {
                ("打印机墨粉（耗材）用尽。请更换耗材。", "Toner or another supply is used up. Replace it.")
            }
            Self::SupplyLow => (
                "打印机墨粉（耗材）不多了。请准备更换。",
                "Toner or another supply is running low. Have a new one ready.",
            ),
            Self::Paused => (
                "打印机已暂停。请在打印机或 CUPS 上恢复。",
                "The printer is paused. Resume it at the printer or in CUPS.",
            ),
            Self::Offline => (
                "打印机脱机。请检查电源和网线，恢复后任务会自动继续。",
                "The printer is offline. Check its power and cable; the job goes on when it is back.",
            ),
            Self::SpoolFull => (
                "打印机存储已满。请等待其他任务完成，或重启打印机。",
                "The printer's memory is full. Wait for other jobs or restart it.",
            ),
            Self::Other => (
                "打印机报告了其他问题。请查看打印机面板上的提示。",
                "The printer reports another problem. Look at its own display.",
            ),
        }
    }
}
