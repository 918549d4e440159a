use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use drivers::printer::{JobState, Media, PrintOptions, Printer, PrinterError, PrinterProblem};
use rig::RigFolder;
use rig::bus::{Bus, BusKind};
use rig::cupsd::Cupsd;
use rig::printer::Printer as RealPrinter;

use crate::table::{Table, Trouble};

const DEVICE: &str = "printer";
const SHEET: &[u8] = b"%PDF-1.4\n%%EOF\n";

fn options() -> PrintOptions {
    PrintOptions { job_name: "fault-table".to_owned(), media: Media::a4(), copies: 1 }
}

/// Asks until the answer is `wanted`; returns how long that took.
async fn until(printer: &Printer, wanted: Result<(), PrinterError>) -> Duration {
    let begin = Instant::now();
    loop {
        let answer = printer.status().await.map(drop);
        if answer == wanted {
            return begin.elapsed();
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{answer:?} instead of {wanted:?}");
    }
}

async fn prints(printer: &Printer) {
    let job = printer.print(SHEET.to_vec(), &options()).await.unwrap();
    let mut changes = job.watch();
    let mut last = None;
    while let Some(status) = changes.recv().await {
        last = Some(status.state);
    }
    assert_eq!(last, Some(JobState::Completed));
}

/// Asks a stranger that listens like a printer and answers one request with `answer`, or
/// not at all.
async fn stranger(answer: Option<&'static str>) -> (Result<(), PrinterError>, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let printer = Printer::at(&format!("ipp://{}/ipp/print", listener.local_addr().unwrap())).unwrap();
    let answering = std::thread::spawn(move || {
        let Some(answer) = answer else { return Some(listener) };
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        None
    });
    let begin = Instant::now();
    let outcome = printer.status().await.map(drop);
    let noticed = begin.elapsed();
    drop(answering.join().unwrap());
    (outcome, noticed)
}

pub(crate) async fn rows(table: &mut Table) {
    let folder = RigFolder::new("faults-printer").unwrap();
    let bus = Bus::start(&folder, BusKind::System).await.unwrap();
    let mut device = RealPrinter::start(&folder, &bus).await.unwrap();
    let printer = Printer::at(&device.uri()).unwrap();

    device.switch_off();
    let noticed = until(&printer, Err(PrinterError::Unreachable)).await;
    device.start_again(&folder, &bus).await.unwrap();
    let recovered = until(&printer, Ok(())).await;
    for trouble in [Trouble::Absent, Trouble::UnpluggedIdle] {
        table.row(DEVICE, trouble, PrinterError::Unreachable.code(), noticed, Some(recovered));
    }

    device.take_paper_out().await.unwrap();
    let job = printer.print(SHEET.to_vec(), &options()).await.unwrap();
    let mut changes = job.watch();
    changes.recv().await.unwrap();
    device.switch_off();
    let begin = Instant::now();
    while changes.recv().await.unwrap().blocking_problem() != Some(PrinterProblem::Offline) {}
    let noticed = begin.elapsed();
    device.start_again(&folder, &bus).await.unwrap();
    let begin = Instant::now();
    // This printer forgets its jobs at a restart; the driver must report that.
    while !changes.recv().await.unwrap().state.is_final() {}
    table.row(DEVICE, Trouble::UnpluggedBusy, PrinterProblem::Offline.code(), noticed, Some(begin.elapsed()));

    let (outcome, noticed) = stranger(None).await;
    assert_eq!(outcome, Err(PrinterError::TimedOut));
    table.row(DEVICE, Trouble::Slow, PrinterError::TimedOut.code(), noticed, None);
    let (outcome, noticed) =
        stranger(Some("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nnot anything")).await;
    assert_eq!(outcome, Err(PrinterError::Protocol));
    table.row(DEVICE, Trouble::Garbage, PrinterError::Protocol.code(), noticed, None);
    let (outcome, noticed) = stranger(Some("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")).await;
    assert_eq!(outcome, Err(PrinterError::NotFound));
    table.row(DEVICE, Trouble::WrongDevice, PrinterError::NotFound.code(), noticed, None);
    let begin = Instant::now();
    prints(&printer).await;
    table.row(DEVICE, Trouble::ComesBack, "printed", begin.elapsed(), Some(begin.elapsed()));

    let mut cups = Cupsd::start(&folder, &bus, &device.uri()).await.unwrap();
    let queue = Printer::connect(&cups.uri()).await.unwrap();
    prints(&queue).await;
    cups.stop();
    let noticed = until(&queue, Err(PrinterError::Unreachable)).await;
    cups.start_again(&folder, &bus).await.unwrap();
    let recovered = until(&queue, Ok(())).await;
    prints(&queue).await;
    table.row(DEVICE, Trouble::ServiceRestarted, PrinterError::Unreachable.code(), noticed, Some(recovered));
}
