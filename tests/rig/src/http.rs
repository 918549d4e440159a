//! Plain HTTP on the loopback: web pages and health checks of daemons, and whoever calls the centre as a client would.

use std::io::Cursor;

use http::{Request, header::HOST};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::error::{Result, RigError};

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of a good answer.
    ///
    /// # Errors
    /// Any status but one of success, with what the answer said.
    pub fn good(self) -> Result<Vec<u8>> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        Err(RigError::Unexpected(format!("answer {}: {}", self.status, self.text())))
    }
}

/// Gets `path`.
///
/// # Errors
/// When nobody listens, or the answer is no HTTP.
pub(crate) async fn get(port: u16, path: &str) -> Result<Answer> {
    send(port, "GET", path, &[], Vec::new()).await
}

/// Sends one request on a connection of its own.
///
/// # Errors
/// When nobody listens, or the answer is no HTTP.
pub(crate) async fn send(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Answer> {
    let failed = |error: &dyn std::error::Error| RigError::Unexpected(format!("port {port}: {error}"));
    let mut request = Request::builder().method(method).uri(format!("http://localhost:{port}{path}"));
    request = request.header(HOST, format!("localhost:{port}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Cursor::new(body))).map_err(|error| failed(&error))?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Cursor<Vec<u8>>>>();
    let answer = client.request(request).await.map_err(|error| failed(&error))?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
    Ok(Answer { status, body: body.to_vec() })
}
