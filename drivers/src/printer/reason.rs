//! Reasons for a printer's state, and what they mean for the clerk.

use serde::{Deserialize, Serialize};

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
            Self::PaperOut => "printer_paper_out",
            Self::PaperLow => "printer_paper_low",
            Self::PaperJam => "printer_paper_jam",
            Self::CoverOpen => "printer_cover_open",
            Self::TrayMissing => "printer_tray_missing",
            Self::OutputFull => "printer_output_full",
            Self::SupplyOut => "printer_supply_out",
            Self::SupplyLow => "printer_supply_low",
            Self::Paused => "printer_paused",
            Self::Offline => "printer_offline",
            Self::SpoolFull => "printer_spool_full",
            Self::Other => "printer_other",
        }
    }
}
