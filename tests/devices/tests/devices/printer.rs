//! The printer driver with a real IPP printer, directly and through CUPS.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use drivers::printer::{
    JobProblem, JobState, JobStatus, Media, PrintOptions, Printer, PrinterError, PrinterProblem,
    PrinterState, list_printers,
};
use rig::RigFolder;
use rig::bus::{Bus, BusKind};
use rig::cupsd::Cupsd;
use rig::printer::{Behaviour, Printer as RealPrinter};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

// Fields are dropped in order, so a piece stands above those it uses.
struct Desk {
    device: RealPrinter,
    bus: Bus,
    folder: RigFolder,
}

impl Desk {
    async fn start(name: &str) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let bus = Bus::start(&folder, BusKind::System).await.unwrap();
        let device = RealPrinter::start(&folder, &bus).await.unwrap();
        Self { device, bus, folder }
    }

    async fn printer(&self) -> Printer {
        Printer::connect(&self.device.uri()).await.unwrap()
    }
}

fn sheet(words: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {words}\n%%EOF\n").into_bytes()
}

fn options() -> PrintOptions {
    PrintOptions { job_name: "310000-20260101-001-0001".to_owned(), media: Media::a4(), copies: 1 }
}

async fn until(changes: &mut mpsc::Receiver<JobStatus>, wanted: impl Fn(&JobStatus) -> bool) -> JobStatus {
    let mut seen = Vec::new();
    let search = async {
        while let Some(status) = changes.recv().await {
            if wanted(&status) {
                return Some(status);
            }
            seen.push(status);
        }
        None
    };
    let found = tokio::time::timeout(PATIENCE, search).await.ok().flatten();
    found.unwrap_or_else(|| panic!("saw only {seen:#?}"))
}

fn is(state: JobState) -> impl Fn(&JobStatus) -> bool {
    move |status| status.state == state
}

fn has(problem: PrinterProblem) -> impl Fn(&JobStatus) -> bool {
    move |status| status.blocking_problem() == Some(problem)
}

#[tokio::test]
async fn a_sheet_is_printed_once_and_byte_for_byte() {
    let desk = Desk::start("driver-prints").await;
    let printer = desk.printer().await;
    let status = printer.status().await.unwrap();
    assert_eq!((status.state, status.accepting, status.prints_pdf), (PrinterState::Idle, true, true));
    let job = printer.print(sheet("one"), &options()).await.unwrap();
    let last = until(&mut job.watch(), is(JobState::Completed)).await;
    assert_eq!(last.reasons, []);
    let printed = desk.device.printed().unwrap();
    assert_eq!(printed.len(), 1);
    assert_eq!(std::fs::read(&printed[0]).unwrap(), sheet("one"));
    assert_eq!(job.cancel().await, Err(PrinterError::JobOver));
}

#[tokio::test]
async fn paper_is_checked_before_printing() {
    let desk = Desk::start("driver-media").await;
    let printer = desk.printer().await;
    let with = |media| PrintOptions { media, ..options() };
    assert!(printer.validate(&options()).await.is_ok());
    let not_loaded = printer.print(sheet("legal"), &with(Media::named("na_legal_8.5x14in"))).await;
    assert_eq!(not_loaded, Err(PrinterError::MediaNotLoaded));
    let poster = Media::named("iso_a0_841x1189mm");
    assert_eq!(printer.validate(&with(poster)).await, Err(PrinterError::MediaNotSupported));
    assert!(desk.device.printed().unwrap().is_empty());
}

#[tokio::test]
async fn a_job_without_paper_waits_and_continues() {
    let desk = Desk::start("driver-paper").await;
    let printer = desk.printer().await;
    desk.device.take_paper_out().await.unwrap();
    let job = printer.print(sheet("waits"), &options()).await.unwrap();
    let mut changes = job.watch();
    let waiting = until(&mut changes, has(PrinterProblem::PaperOut)).await;
    assert!(!waiting.state.is_final());
    desk.device.refill().await.unwrap();
    until(&mut changes, is(JobState::Completed)).await;
    assert_eq!(desk.device.printed().unwrap().len(), 1);
}

#[tokio::test]
async fn a_waiting_job_is_cancelled() {
    let desk = Desk::start("driver-cancel").await;
    let printer = desk.printer().await;
    desk.device.take_paper_out().await.unwrap();
    let job = printer.print(sheet("cancelled"), &options()).await.unwrap();
    let mut changes = job.watch();
    until(&mut changes, has(PrinterProblem::PaperOut)).await;
    job.cancel().await.unwrap();
    // This printer only reaches the point where it can stop once it has paper.
    until(&mut changes, |status| status.problems.contains(&JobProblem::Stopping)).await;
    desk.device.refill().await.unwrap();
    until(&mut changes, is(JobState::Cancelled)).await;
}

#[tokio::test]
async fn a_jam_and_an_aborted_job_are_reported() {
    let desk = Desk::start("driver-jam").await;
    let printer = desk.printer().await;
    desk.device.behave(Behaviour::Jams).unwrap();
    let job = printer.print(sheet("jams"), &options()).await.unwrap();
    let mut changes = job.watch();
    until(&mut changes, has(PrinterProblem::PaperJam)).await;
    desk.device.behave(Behaviour::Prints).unwrap();
    until(&mut changes, is(JobState::Completed)).await;
    desk.device.behave(Behaviour::Aborts).unwrap();
    let job = printer.print(sheet("aborts"), &options()).await.unwrap();
    let last = until(&mut job.watch(), is(JobState::Aborted)).await;
    assert!(last.problems.contains(&JobProblem::AbortedBySystem), "{last:?}");
}

#[tokio::test]
async fn a_printer_switched_off_is_reported_and_used_again() {
    let mut desk = Desk::start("driver-off").await;
    let printer = desk.printer().await;
    desk.device.take_paper_out().await.unwrap();
    let job = printer.print(sheet("off"), &options()).await.unwrap();
    let mut changes = job.watch();
    until(&mut changes, has(PrinterProblem::PaperOut)).await;
    desk.device.switch_off();
    until(&mut changes, has(PrinterProblem::Offline)).await;
    assert_eq!(printer.status().await, Err(PrinterError::Unreachable));
    desk.device.start_again(&desk.folder, &desk.bus).await.unwrap();
    // This printer keeps no jobs over a restart, so only the tray can tell what was printed.
    until(&mut changes, is(JobState::Forgotten)).await;
    let job = printer.print(sheet("on again"), &options()).await.unwrap();
    until(&mut job.watch(), is(JobState::Completed)).await;
}

#[tokio::test]
async fn printing_works_the_same_through_cups() {
    let mut desk = Desk::start("driver-cups").await;
    let cups = Cupsd::start(&desk.folder, &desk.bus, &desk.device.uri()).await.unwrap();
    let server: String = cups.uri().split("/printers").next().unwrap().to_owned();
    let listed = list_printers(&server).await.unwrap();
    assert_eq!(listed.len(), 1);
    let printer = Printer::connect(&listed[0].uri).await.unwrap();
    let job = printer.print(sheet("through cups"), &options()).await.unwrap();
    until(&mut job.watch(), is(JobState::Completed)).await;
    let printed = desk.device.printed().unwrap();
    assert_eq!(std::fs::read(&printed[0]).unwrap(), sheet("through cups"));

    desk.device.take_paper_out().await.unwrap();
    let job = printer.print(sheet("waits"), &options()).await.unwrap();
    let mut changes = job.watch();
    until(&mut changes, has(PrinterProblem::PaperOut)).await;
    desk.device.refill().await.unwrap();
    until(&mut changes, is(JobState::Completed)).await;

    desk.device.switch_off();
    let job = printer.print(sheet("off"), &options()).await.unwrap();
    let mut changes = job.watch();
    until(&mut changes, has(PrinterProblem::Offline)).await;
    job.cancel().await.unwrap();
    until(&mut changes, is(JobState::Cancelled)).await;
}

#[tokio::test]
async fn wrong_printer_addresses_are_told_apart() {
    let desk = Desk::start("driver-wrong").await;
    assert_eq!(Printer::at("localhost"), Err(PrinterError::BadAddress));
    assert_eq!(Printer::at("ipps:///ipp/print"), Err(PrinterError::BadAddress));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = silent.local_addr().unwrap().port();
    drop(silent);
    let nobody = Printer::connect(&format!("ipp://127.0.0.1:{free}/ipp/print")).await;
    assert_eq!(nobody, Err(PrinterError::Unreachable));
    let wrong_path = Printer::connect(&desk.device.uri().replace("/ipp/print", "/nothing")).await;
    assert_eq!(wrong_path, Err(PrinterError::NotFound));
}

#[tokio::test]
async fn c4_a_printed_sheet_does_not_stay_in_the_spool() {
    let desk = Desk::start("driver-spool").await;
    let cups = Cupsd::start(&desk.folder, &desk.bus, &desk.device.uri()).await.unwrap();
    let printer = Printer::connect(&cups.uri()).await.unwrap();
    // One comes out, one is cancelled before it does.
    for paper in [true, false] {
        if !paper {
            desk.device.take_paper_out().await.unwrap();
        }
        let job = printer.print(sheet("secret"), &options()).await.unwrap();
        let mut changes = job.watch();
        if paper {
            until(&mut changes, is(JobState::Completed)).await;
        } else {
            until(&mut changes, has(PrinterProblem::PaperOut)).await;
            assert_eq!(cups.spooled().unwrap().len(), 1, "it waits there");
            job.cancel().await.unwrap();
            until(&mut changes, is(JobState::Cancelled)).await;
        }
        let gone = async || cups.spooled().unwrap().is_empty().then_some(());
        rig::process::until("an empty spool", PATIENCE, gone).await.unwrap();
        assert_eq!(job.status().await.unwrap().state, JobState::Forgotten, "nor does its name");
    }
}

/// An authority, and certificate and key that it gave `localhost`.
fn certified() -> (String, String, String) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap().pem();
    (issuer.pem(), certificate, key.serialize_pem())
}

#[tokio::test]
async fn c4_an_encrypted_printer_is_printed_on_and_must_show_its_certificate() {
    let desk = Desk::start("driver-encrypted").await;
    let (authority, certificate, key) = certified();
    let own = Some((certificate.as_str(), key.as_str()));
    let cups = Cupsd::start_with_certificate(&desk.folder, &desk.bus, &desk.device.uri(), own).await.unwrap();
    let at = || Printer::at(&cups.encrypted_uri()).unwrap();
    let refused = Some(PrinterError::CertificateRefused);
    assert_eq!(at().status().await.err(), refused, "the system does not know it");
    let (another, ..) = certified();
    assert_eq!(at().trusting(another.as_bytes()).unwrap().status().await.err(), refused);
    assert_eq!(at().trusting(b"no certificate"), Err(PrinterError::BadAuthority));

    let printer = at().trusting(authority.as_bytes()).unwrap();
    let job = printer.print(sheet("sealed"), &options()).await.unwrap();
    until(&mut job.watch(), is(JobState::Completed)).await;
    let printed = desk.device.printed().unwrap();
    assert_eq!(std::fs::read(&printed[0]).unwrap(), sheet("sealed"));
    // In clear nothing is said to a printer that wants TLS.
    let clear = cups.encrypted_uri().replace("ipps:", "ipp:");
    assert!(Printer::at(&clear).unwrap().status().await.is_err());
}
