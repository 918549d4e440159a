//! The page's part: what it may send, and what it is shown.

use practice::bridge::Bridge;
use reqwest::{Client, Method, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longest wait for a step.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page that has the kiosk's key.
pub(crate) struct Page {
    client: Client,
    pub(crate) base: String,
    pub(crate) key: String,
}

impl Page {
    pub(crate) fn of(bridge: &Bridge) -> Self {
        let start = std::fs::read_to_string(bridge.start_file()).unwrap();
        let address = start.split_once("url=").unwrap().1.split_once('"').unwrap().0;
        let (base, key) = address.split_once("/kiosk/?key=").unwrap();
        // The provider is chosen once per process; a second choice of the same one changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { client, base: base.to_owned(), key: key.to_owned() }
    }

    /// Returns a request as the browser sends it, but for the cookie.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) fn own(&self, method: Method, path: &str) -> RequestBuilder {
        let port = self.base.rsplit_once(':').unwrap().1;
        self.bare(method, path).header("cookie", format!("kiosk-{port}={}", self.key))
    }

    pub(crate) async fn touch(&self, command: &Value) -> Response {
        let request = self.own(Method::POST, "/bridge/do").header("origin", &self.base);
        request.json(command).send().await.unwrap()
    }

    /// Touches what must be possible.
    pub(crate) async fn does(&self, command: Value) {
        let answer = self.touch(&command).await;
        assert_eq!(answer.status(), 204, "{command}");
    }

    /// Waits for a view of which this is true.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let (begin, mut after) = (Instant::now(), 0);
        loop {
            let request = self.own(Method::GET, &format!("/bridge/view?after={after}"));
            let view: Value = request.send().await.unwrap().json().await.unwrap();
            if is_so(&view) {
                return view;
            }
            assert!(begin.elapsed() < PATIENCE, "no {what}: {view}");
            after = view["number"].as_u64().unwrap();
        }
    }

    pub(crate) async fn at(&self, step: &str) -> Value {
        self.until(step, |view| view["step"]["at"] == step).await["step"].clone()
    }

    pub(crate) async fn refused(&self, code: &str) {
        self.until(code, |view| view["step"]["why"]["code"] == code).await;
    }

    /// Waits until this trouble is shown, or none.
    pub(crate) async fn trouble(&self, code: Option<&str>) {
        let is_so = |view: &Value| match code {
            Some(code) => view["troubles"].as_array().unwrap().iter().any(|one| one["code"] == code),
            None => view["troubles"] == json!([]),
        };
        self.until(code.unwrap_or("end of trouble"), is_so).await;
    }

    /// Waits until a sheet is as said.
    pub(crate) async fn print(&self, is_over: bool, code: Option<&str>) {
        let is_so = |view: &Value| {
            let print = &view["step"]["print"];
            print["is_over"] == is_over && print["failure"]["code"].as_str() == code
        };
        self.until(&format!("print {is_over} {code:?}"), is_so).await;
    }

    /// Chooses a way to log in, from the start.
    pub(crate) async fn chooses(&self, way: &str) {
        self.until(way, |view| {
            let ways = view["ways"].as_array().unwrap();
            view["step"]["at"] == "start" && ways.iter().any(|known| known == way)
        })
        .await;
        self.does(json!({ "do": "begin" })).await;
        self.does(json!({ "do": "choose", "way": way })).await;
    }
}
