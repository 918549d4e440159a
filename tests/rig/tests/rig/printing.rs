//! The printer and CUPS, tested with CUPS's own `ipptool`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rig::bus::{Bus, BusKind};
use rig::cupsd::Cupsd;
use rig::printer::{Behaviour, Printer};
use rig::process::{run, until};
use rig::{Result, RigFolder};

const SOON: Duration = Duration::from_secs(30);

// Fields are dropped in order, so a piece stands above those it uses.
struct Print {
    printer: Printer,
    bus: Bus,
    folder: RigFolder,
}

impl Print {
    async fn start(name: &str) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let bus = Bus::start(&folder, BusKind::System).await.unwrap();
        let printer = Printer::start(&folder, &bus).await.unwrap();
        Self { printer, bus, folder }
    }

    fn sheet(&self, words: &str) -> PathBuf {
        let sheet = self.folder.path().join("sheet.pdf");
        std::fs::write(&sheet, format!("%PDF-1.4\n% {words}\n%%EOF\n")).unwrap();
        sheet
    }
}

async fn ask(uri: &str, question: &str, sheet: Option<&Path>) -> Result<String> {
    let mut ipptool = Command::new("ipptool");
    ipptool.arg("-tv");
    if let Some(sheet) = sheet {
        ipptool.arg("-f").arg(sheet).args(["-d", "filetype=application/pdf"]);
    }
    ipptool.args([uri, question]);
    run(ipptool).await
}

async fn printer_says(uri: &str, words: &str) {
    until(words, SOON, async || {
        let answer = ask(uri, "get-printer-attributes.test", None).await.ok()?;
        answer
            .lines()
            .any(|line| line.trim_start().starts_with("printer-state-reasons") && line.contains(words))
            .then_some(())
    })
    .await
    .unwrap();
}

async fn job_is(uri: &str, words: &str) {
    until(words, SOON, async || {
        let done = ask(uri, "get-completed-jobs.test", None).await.ok()?;
        done.lines().any(|line| line.contains("job-state (enum)") && line.contains(words)).then_some(())
    })
    .await
    .unwrap();
}

async fn jobs_waiting(uri: &str) -> usize {
    ask(uri, "get-jobs.test", None).await.unwrap().matches("job-id (integer)").count()
}

#[tokio::test]
async fn a_sheet_arrives_byte_for_byte() {
    let print = Print::start("sheet-arrives").await;
    let sheet = print.sheet("byte for byte");
    ask(&print.printer.uri(), "print-job.test", Some(&sheet)).await.unwrap();
    job_is(&print.printer.uri(), "completed").await;
    let printed = print.printer.printed().unwrap();
    assert_eq!(printed.len(), 1);
    assert_eq!(std::fs::read(&printed[0]).unwrap(), std::fs::read(sheet).unwrap());
}

#[tokio::test]
async fn without_paper_a_job_waits_until_the_tray_is_filled() {
    let print = Print::start("paper-out").await;
    let uri = print.printer.uri();
    print.printer.take_paper_out().await.unwrap();
    ask(&uri, "print-job.test", Some(&print.sheet("waits"))).await.unwrap();
    printer_says(&uri, "media-empty").await;
    assert_eq!(jobs_waiting(&uri).await, 1);
    print.printer.refill().await.unwrap();
    job_is(&uri, "completed").await;
    assert_eq!(jobs_waiting(&uri).await, 0);
}

#[tokio::test]
async fn a_jam_holds_the_job_until_it_is_cleared() {
    let print = Print::start("jam").await;
    let uri = print.printer.uri();
    print.printer.behave(Behaviour::Jams).unwrap();
    ask(&uri, "print-job.test", Some(&print.sheet("jams"))).await.unwrap();
    printer_says(&uri, "media-jam").await;
    print.printer.behave(Behaviour::Prints).unwrap();
    job_is(&uri, "completed").await;
}

#[tokio::test]
async fn a_job_can_be_aborted() {
    let print = Print::start("abort").await;
    print.printer.behave(Behaviour::Aborts).unwrap();
    ask(&print.printer.uri(), "print-job.test", Some(&print.sheet("aborts"))).await.unwrap();
    job_is(&print.printer.uri(), "aborted").await;
}

#[tokio::test]
async fn a_printer_switched_off_and_on_keeps_its_address() {
    let mut print = Print::start("off-and-on").await;
    let uri = print.printer.uri();
    print.printer.switch_off();
    assert!(ask(&uri, "get-printer-attributes.test", None).await.is_err());
    print.printer.start_again(&print.folder, &print.bus).await.unwrap();
    ask(&uri, "print-job.test", Some(&print.sheet("again"))).await.unwrap();
    job_is(&uri, "completed").await;
}

#[tokio::test]
async fn cups_passes_a_sheet_on_byte_for_byte() {
    let print = Print::start("cups").await;
    let cups = Cupsd::start(&print.folder, &print.bus, &print.printer.uri()).await.unwrap();
    let sheet = print.sheet("through CUPS");
    ask(&cups.uri(), "print-job.test", Some(&sheet)).await.unwrap();
    job_is(&cups.uri(), "completed").await;
    let printed = print.printer.printed().unwrap();
    assert_eq!(printed.len(), 1);
    assert_eq!(std::fs::read(&printed[0]).unwrap(), std::fs::read(sheet).unwrap());
}
