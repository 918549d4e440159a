//! Takes requests of the page itself only, whatever another site makes a browser send.

use crate::{refused::Refused, state::Portal};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::sync::Arc;

/// Refuses a request that the page did not make. Another site can neither send JSON without being
/// allowed to, nor this origin; browsers of 2018 do not send an origin everywhere.
pub(crate) async fn only_ours(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    if is_ours(request.headers(), &portal.origin) {
        return next.run(request).await;
    }
    tracing::warn!("a request of another site was refused");
    Refused::Malformed.into_response()
}

fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let has = |name: &str, value: &str| headers.get(name).map(|found| found.as_bytes() == value.as_bytes());
    has(header::CONTENT_TYPE.as_str(), "application/json") == Some(true)
        && has(header::ORIGIN.as_str(), origin) != Some(false)
        && has("sec-fetch-site", "same-origin") != Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn another_site_is_refused() {
        const OURS: &str = "https://portal.example";
        let json = ("content-type", "application/json");
        assert!(is_ours(&headers(&[json]), OURS), "a browser of 2018");
        assert!(is_ours(&headers(&[json, ("origin", OURS), ("sec-fetch-site", "same-origin")]), OURS));
        assert!(!is_ours(&headers(&[("content-type", "text/plain"), ("origin", OURS)]), OURS), "a form");
        assert!(!is_ours(&headers(&[("origin", OURS)]), OURS));
        assert!(!is_ours(&headers(&[json, ("origin", "https://evil.example")]), OURS));
        assert!(!is_ours(&headers(&[json, ("origin", "null")]), OURS), "a sandboxed frame");
        assert!(!is_ours(&headers(&[json, ("sec-fetch-site", "same-site")]), OURS), "a neighbour");
    }
}
