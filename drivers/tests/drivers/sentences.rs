//! Every error has its own code and a sentence in both languages.

use std::collections::BTreeSet;

use drivers::Language;
use drivers::camera::CameraError;
use drivers::card::CardError;
use drivers::chip_photo::ChipPhotoError;
use drivers::printer::{PrinterError, PrinterProblem, PrinterReason, Severity};
use drivers::scanner::ScannerError;

type Words = (&'static str, [&'static str; 2]);

fn words() -> Vec<Words> {
    let both = [Language::Chinese, Language::English];
    let card = CardError::ALL.iter().map(|e| (e.code(), both.map(|l| e.message(l))));
    let printer = PrinterError::ALL.iter().map(|e| (e.code(), both.map(|l| e.message(l))));
    let problem = PrinterProblem::ALL.iter().map(|e| (e.code(), both.map(|l| e.message(l))));
    let camera = CameraError::ALL.iter().map(|e| (e.code(), both.map(|l| e.message(l))));
    let scanner = ScannerError::ALL.iter().map(|e| (e.code(), both.map(|l| e.message(l))));
    let photo = ChipPhotoError::ALL.iter().map(|e| (e.code(), both.map(|l| e.message(l))));
    card.chain(printer).chain(problem).chain(camera).chain(scanner).chain(photo).collect()
}

#[test]
fn codes_are_unique_and_sentences_end_with_a_full_stop() {
    let words = words();
    let codes: BTreeSet<_> = words.iter().map(|(code, _)| code).collect();
    assert_eq!(codes.len(), words.len());
    for (code, [chinese, english]) in words {
        assert!(chinese.ends_with('。') && !chinese.is_ascii(), "{code}");
        assert!(english.ends_with('.') && english.is_ascii(), "{code}: {english}");
    }
}

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
