//! Keywords of a printer and what they mean.

use drivers::printer::{PrinterProblem, PrinterReason, Severity};

#[test]
fn printer_keywords_are_parsed_with_their_severity() {
    let table = [
        ("media-empty", PrinterProblem::PaperOut, Severity::Error),
        ("media-empty-report", PrinterProblem::PaperOut, Severity::Report),
        ("media-needed-warning", PrinterProblem::PaperOut, Severity::Warning),
        ("media-low-report", PrinterProblem::PaperLow, Severity::Report),
        ("media-jam-error", PrinterProblem::PaperJam, Severity::Error),
        ("cover-open-error", PrinterProblem::CoverOpen, Severity::Error),
        ("door-open", PrinterProblem::CoverOpen, Severity::Error),
        ("input-tray-missing", PrinterProblem::TrayMissing, Severity::Error),
        ("output-area-full-error", PrinterProblem::OutputFull, Severity::Error),
        ("toner-empty-error", PrinterProblem::SupplyOut, Severity::Error),
        ("marker-supply-low-warning", PrinterProblem::SupplyLow, Severity::Warning),
        ("paused", PrinterProblem::Paused, Severity::Error),
        ("shutdown", PrinterProblem::Offline, Severity::Error),
        ("offline-report", PrinterProblem::Offline, Severity::Report),
        ("spool-area-full", PrinterProblem::SpoolFull, Severity::Error),
        ("fuser-over-temp-error", PrinterProblem::Other, Severity::Error),
    ];
    for (keyword, problem, severity) in table {
        let reason = PrinterReason::parse(keyword).unwrap();
        assert_eq!((reason.problem, reason.severity, reason.keyword.as_str()), (problem, severity, keyword));
    }
    assert_eq!(PrinterReason::parse("none"), None);
    assert_eq!(PrinterReason::parse("cups-waiting-for-job-completed"), None);
}
