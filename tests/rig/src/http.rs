//! One plain HTTP GET on the loopback, for the web pages and health checks of daemons.

use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::error::{Result, RigError};

/// Gets `path` and returns the status code and the body.
///
/// # Errors
/// When nobody listens, or the answer is no HTTP.
pub(crate) async fn get(port: u16, path: &str) -> Result<(u16, String)> {
    let failed = |error: &dyn std::error::Error| RigError::Unexpected(format!("port {port}: {error}"));
    let address = format!("http://localhost:{port}{path}").parse().map_err(|error| failed(&error))?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
    let answer = client.get(address).await.map_err(|error| failed(&error))?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
