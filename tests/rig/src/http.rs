//! Plain HTTP on the loopback interface, for health checks and for clients of the centre.

use std::io::Cursor;

use http::{Request, header::HOST};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::error::{Result, RigError};

/// A received response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Body of the response.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body of a successful response.
    ///
    /// # Errors
    /// [`RigError::Unexpected`] for any other status, with the response text.
    pub fn good(self) -> Result<Vec<u8>> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        Err(RigError::Unexpected(format!("answer {}: {}", self.status, self.text())))
    }
}

/// Sends a GET request.
///
/// # Errors
/// [`RigError::Unexpected`] if nobody listens, or the response is not HTTP.
pub(crate) async fn get(port: u16, path: &str) -> Result<Answer> {
    send(port, "GET", path, &[], Vec::new()).await
}

/// Sends one request on its own connection.
///
/// # Errors
/// [`RigError::Unexpected`] if nobody listens, or the response is not HTTP.
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
