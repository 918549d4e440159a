//! Who is answered, told from those who are not.

use crate::page::Page;
use reqwest::{Method, StatusCode};
use serde_json::json;

pub(crate) async fn only_the_own_page_is_answered(page: &Page) {
    let calls = [(Method::GET, "/bridge/view"), (Method::GET, "/bridge/photo"), (Method::POST, "/bridge/do")];
    let begin = json!({ "do": "begin" });
    for (method, path) in calls {
        let no_key = page.bare(method.clone(), path).header("origin", &page.base).json(&begin);
        assert_eq!(no_key.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{path} without the key");
        let other = page.own(method, path).header("host", "kiosk.example").json(&begin);
        let other = other.send().await.unwrap().status();
        assert_eq!(other, StatusCode::MISDIRECTED_REQUEST, "{path} by another name");
    }
    for origin in [None, Some("http://kiosk.example"), Some("null"), Some("http://127.0.0.1:1")] {
        let mut request = page.own(Method::POST, "/bridge/do").json(&begin);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN, "from {origin:?}");
    }
    let form = page.own(Method::POST, "/bridge/do").header("origin", &page.base).body(begin.to_string());
    assert!(form.send().await.unwrap().status().is_client_error(), "what a form can send");
    page.at("start").await;
    the_address_becomes_a_cookie(page).await;
    let shown = page.bare(Method::GET, "/kiosk/").send().await.unwrap();
    assert_eq!(
        (shown.status(), &shown.headers()["cache-control"]),
        (StatusCode::OK, &"no-store".parse().unwrap())
    );
    let policy = shown.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for path in ["/kiosk.toml", "/channel.key", "/bridge", "/verify/"] {
        let answer = page.own(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

async fn the_address_becomes_a_cookie(page: &Page) {
    let wrong = page.bare(Method::GET, &format!("/kiosk/?key={}", "0".repeat(page.key.len())));
    assert_eq!(wrong.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let entry = page.bare(Method::GET, &format!("/kiosk/?key={}", page.key)).send().await.unwrap();
    let headers = entry.headers();
    assert_eq!((entry.status(), &headers["location"]), (StatusCode::SEE_OTHER, &"/kiosk/".parse().unwrap()));
    let cookie = headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "the page cannot read it");
}
