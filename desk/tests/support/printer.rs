//! An IPP printer that prints at once, on nothing: what was sent to it is kept.

use axum::{Router, body::Bytes, extract::State, routing::post};
use std::{
    io::Write,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, task::JoinHandle};

type Documents = Arc<Mutex<Vec<Vec<u8>>>>;

/// The printer.
pub struct TestPrinter {
    /// Its address.
    pub uri: String,
    documents: Documents,
    task: JoinHandle<()>,
}

impl TestPrinter {
    /// Starts on a port of the kernel's choice.
    pub async fn start() -> Self {
        let documents = Documents::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("ipp://{}/ipp/print", listener.local_addr().unwrap());
        let router = Router::new().route("/ipp/print", post(answer)).with_state(documents.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { uri, documents, task }
    }

    /// The text of the `nth` document, from 1, without spaces and line ends; waits for it.
    pub async fn text(&self, nth: usize) -> String {
        super::until(async || self.documents.lock().unwrap().len() >= nth).await;
        let pdf = self.documents.lock().unwrap()[nth - 1].clone();
        let mut reader = Command::new("pdftotext");
        let mut reader =
            reader.args(["-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        reader.stdin.take().unwrap().write_all(&pdf).unwrap();
        let read = reader.wait_with_output().unwrap();
        String::from_utf8(read.stdout).unwrap().split_whitespace().collect()
    }
}

impl Drop for TestPrinter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One reply for whatever is asked: an idle printer, and a job that is printed.
async fn answer(State(documents): State<Documents>, request: Bytes) -> Vec<u8> {
    const DOCUMENT: &[u8] = b"%PDF";
    const IDLE: i32 = 3;
    const COMPLETED: i32 = 9;
    if let Some(start) = request.windows(DOCUMENT.len()).position(|bytes| bytes == DOCUMENT) {
        documents.lock().unwrap().push(request[start..].to_vec());
    }
    let (version, request_id) = (&request[..2], &request[4..8]);
    [
        version,
        &[0, 0], // successful-ok
        request_id,
        &[0x02],
        &attribute(0x21, "job-id", 1),
        &attribute(0x23, "job-state", COMPLETED),
        &[0x04],
        &attribute(0x23, "printer-state", IDLE),
        &[0x03],
    ]
    .concat()
}

fn attribute(tag: u8, name: &str, value: i32) -> Vec<u8> {
    let length = u16::try_from(name.len()).unwrap().to_be_bytes();
    [&[tag], &length[..], name.as_bytes(), &[0, 4], &value.to_be_bytes()].concat()
}
