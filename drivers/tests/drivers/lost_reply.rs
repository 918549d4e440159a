//! A printer whose reply to a document is lost. Replies are written here by hand,
//! without an encoder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use drivers::printer::{Media, PrintOptions, Printer, PrinterError};

const CREATE_JOB: u8 = 0x05;
const SEND_DOCUMENT: u8 = 0x06;
const CANCEL_JOB: u8 = 0x08;
const GET_PRINTER_ATTRIBUTES: u8 = 0x0B;

const OK: u16 = 0x0000;
const NOT_POSSIBLE: u16 = 0x0404;
const FORMAT_NOT_SUPPORTED: u16 = 0x040A;

const JOB: i32 = 7;
const IDLE: i32 = 3;

/// Status codes for the document and the cancellation; `None` means that the printer
/// closes the connection.
#[derive(Clone, Copy)]
struct Manners {
    document: Option<u16>,
    cancel: Option<u16>,
}

/// Prints with such a printer. Returns the result and the operations that were requested.
async fn print(manners: Manners) -> (Result<i32, PrinterError>, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let printer = Printer::at(&format!("ipp://{}/ipp/print", listener.local_addr().unwrap())).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    // The thread ends with the process of the test.
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap(), manners, &seen);
        }
    });
    let options = PrintOptions { job_name: "suishen-0001".to_owned(), media: Media::a4(), copies: 1 };
    let job = printer.print(b"%PDF-1.4\n%%EOF\n".to_vec(), &options).await;
    let asked = asked.lock().unwrap().clone();
    (job.map(|job| job.id()), asked)
}

fn serve(mut stream: TcpStream, manners: Manners, asked: &Mutex<Vec<u8>>) {
    let request = request(&mut stream);
    let operation = request[3];
    asked.lock().unwrap().push(operation);
    let (status, group) = match operation {
        SEND_DOCUMENT => (manners.document, Vec::new()),
        CANCEL_JOB => (manners.cancel, Vec::new()),
        CREATE_JOB => (Some(OK), [vec![0x02], number(0x21, "job-id", JOB)].concat()),
        GET_PRINTER_ATTRIBUTES => (Some(OK), [vec![0x04], number(0x23, "printer-state", IDLE)].concat()),
        _ => (Some(OK), Vec::new()),
    };
    let Some(status) = status else { return };
    let head = [&[1, 1][..], &status.to_be_bytes(), &request[4..8], &[0x01]].concat();
    let body = [head, group, vec![0x03]].concat();
    let http = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[http.as_bytes(), &body].concat()).unwrap();
}

/// Returns the IPP message of an HTTP request.
fn request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).unwrap();
        received.extend_from_slice(&buffer[..count]);
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&received[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let length: usize = length.parse().unwrap();
        if received.len() >= end + 4 + length {
            return received[end + 4..].to_vec();
        }
    }
}

/// Encodes a four-byte value: an integer (`0x21`) or an enum (`0x23`).
fn number(tag: u8, name: &str, value: i32) -> Vec<u8> {
    let length = u16::try_from(name.len()).unwrap();
    [&[tag][..], &length.to_be_bytes(), name.as_bytes(), &[0, 4], &value.to_be_bytes()].concat()
}

#[tokio::test]
async fn a_job_with_a_lost_reply_is_followed_unless_it_was_cancelled() {
    // The job is over, or nobody answers: the sheet may lie in the tray.
    for cancel in [Some(NOT_POSSIBLE), None] {
        let (job, asked) = print(Manners { document: None, cancel }).await;
        assert_eq!(job, Ok(JOB));
        assert_eq!(asked.last(), Some(&CANCEL_JOB), "never sent a second time");
        assert_eq!(asked.iter().filter(|operation| **operation == SEND_DOCUMENT).count(), 1);
    }
    let (job, _) = print(Manners { document: None, cancel: Some(OK) }).await;
    assert!(job.is_err(), "cancelled before it was over");
}

#[tokio::test]
async fn a_refused_document_is_an_error_whatever_happens_to_its_job() {
    for cancel in [Some(OK), Some(NOT_POSSIBLE), None] {
        let (job, asked) = print(Manners { document: Some(FORMAT_NOT_SUPPORTED), cancel }).await;
        assert_eq!(job, Err(PrinterError::FormatNotSupported));
        assert_eq!(asked.last(), Some(&CANCEL_JOB));
    }
}

#[tokio::test]
async fn an_accepted_document_is_not_cancelled() {
    let (job, asked) = print(Manners { document: Some(OK), cancel: Some(OK) }).await;
    assert_eq!((job, asked.contains(&CANCEL_JOB)), (Ok(JOB), false));
}
