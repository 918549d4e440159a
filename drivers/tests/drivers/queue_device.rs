//! The device behind a CUPS queue is asked too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use drivers::printer::{Printer, PrinterProblem};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

fn attribute(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[tag], &length(name.as_bytes())[..], name.as_bytes(), &length(value), value].concat()
}

/// Answers one request with the attributes of an idle printer. Returns its address.
fn idle_printer(more: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("ipp://{}/ipp/print", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let state = attribute(0x23, "printer-state", &3i32.to_be_bytes());
        let reply = [&[1, 1, 0, 0, 0, 0, 0, 1, 0x04], &state[..], &more, &[0x03]].concat();
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", reply.len());
        stream.write_all(&[head.as_bytes(), &reply].concat()).unwrap();
    });
    uri
}

#[tokio::test]
async fn an_empty_tray_behind_a_queue_without_jobs_is_known() {
    let device = idle_printer(attribute(0x44, "printer-state-reasons", b"media-empty-error"));
    let queue = idle_printer(attribute(0x45, "device-uri", device.as_bytes()));
    let status = Printer::at(&queue).unwrap().status_with_device().await.unwrap();
    assert_eq!(status.blocking_problem(), Some(PrinterProblem::PaperOut));
    for other in ["usb://Vendor/Model", "ipp://127.0.0.1:9/ipp/print"] {
        let queue = idle_printer(attribute(0x45, "device-uri", other.as_bytes()));
        let status = Printer::at(&queue).unwrap().status_with_device().await.unwrap();
        assert_eq!(status.blocking_problem(), None, "{other}");
    }
}
