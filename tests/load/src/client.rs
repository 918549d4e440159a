//! A scanner's connection: minimal HTTP/1.1, as cheap for the machine as pgbench, with which
//! scans are compared.

use anyhow::{Context as _, ensure};
use serde::Serialize;
use std::io::Write as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A persistent connection.
pub(crate) struct Connection {
    stream: TcpStream,
    /// Request line and the headers that do not change.
    head: String,
    body: Vec<u8>,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: std::net::SocketAddr, path: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: "
        );
        let buffer = || Vec::with_capacity(4_096);
        Ok(Self { stream, head, body: buffer(), request: buffer(), buffer: buffer() })
    }

    /// Posts a body and returns the body of a successful answer.
    pub(crate) async fn post(&mut self, body: &impl Serialize) -> anyhow::Result<&[u8]> {
        self.body.clear();
        serde_json::to_writer(&mut self.body, body)?;
        self.request.clear();
        write!(self.request, "{}{}\r\n\r\n", self.head, self.body.len())?;
        self.request.extend_from_slice(&self.body);
        self.stream.write_all(&self.request).await?;
        self.buffer.clear();
        let begin = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the centre hung up");
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let mut head = std::str::from_utf8(&self.buffer[..begin])?.lines();
        let status = head.next().unwrap_or_default();
        ensure!(status.starts_with("HTTP/1.1 200 "), "a scan is answered with {status}");
        let length = head
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok());
        let end = begin + length.context("an answer without a length")?;
        while self.buffer.len() < end {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the centre hung up");
        }
        Ok(&self.buffer[begin..end])
    }
}
