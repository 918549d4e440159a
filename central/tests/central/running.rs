//! Operating the server: health, metrics, logs, shutdown, limits, evidence in a bucket.

use crate::common::{
    client::{Centre, ok},
    machine::Machine,
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode as Code,
    routing::get,
};
use central_fixture::desk::{Desk, senior};
use reqwest::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER},
};
use rules::{
    correction::Digest,
    life::Action,
    op::Operation,
    wire::{OperatorAuthResponse, ProtocolError, PushRequest, PushResponse, VerifyRequest},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

fn issues(desk: &mut Desk, first: u32, count: u32) -> Vec<Operation> {
    let at = central::clock::now().plus_ms(-1_000);
    (first..first + count).map(|person| desk.issue(&senior(person), Action::Apply, at, None)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_metrics_logs_and_graceful_shutdown() {
    let pages = tempfile::tempdir().unwrap();
    for (file, text) in [("verify/index.html", PAGE), ("assets/decoder-1.js", "onmessage = null")] {
        std::fs::create_dir_all(pages.path().join(file).parent().unwrap()).unwrap();
        std::fs::write(pages.path().join(file), text).unwrap();
    }
    let folder = pages.path().to_str().unwrap();
    let mut centre = Centre::start_with("central-operation", &[("SUISHEN_CENTRAL_PAGES", folder)]).await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let ops = issues(&mut desk, 0, 5);
    centre.push(&desk, &token, ops).await;
    let operator: OperatorAuthResponse = ok(centre.operator_login(&token, "10001", &password).await).await;
    let holder = senior(0);
    let view = centre.look_up(operator.token.token.expose(), 1, &holder.number).await;
    assert_eq!(view.status(), StatusCode::OK);
    metrics_are_shown(&centre).await;
    pages_are_served_from_their_folder(&centre).await;

    // Without its database the process is alive but not ready.
    centre.postgres.stop();
    assert_eq!(centre.get("/healthz", None).await.status(), StatusCode::OK);
    assert_eq!(centre.get("/readyz", None).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let ops = issues(&mut desk, 10, 1);
    let refused = centre.post("/v1/sync/push", Some(&token), &desk.push(ops.clone())).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(RETRY_AFTER));
    assert_eq!(refused.json::<ProtocolError>().await.unwrap(), ProtocolError::Unavailable);
    centre.postgres.start_again(&centre.folder).await.unwrap();
    let ready = async || centre.central.is_ready().await.then_some(());
    rig::process::until("readiness", Duration::from_secs(60), ready).await.unwrap();
    centre.push(&desk, &token, ops).await;

    let ops = issues(&mut desk, 20, 2);
    a_push_under_way_is_finished_before_shutdown(&mut centre, &token, &desk.push(ops)).await;
    let secrets =
        [holder.number.expose(), holder.name.expose(), &password, &token, operator.token.token.expose()];
    logs_hold_no_personal_data(&centre, &secrets);
}

async fn metrics_are_shown(centre: &Centre) {
    assert_eq!(centre.get("/metrics", None).await.status(), StatusCode::NOT_FOUND, "not for everybody");
    let figures = centre.central.metrics().await.unwrap();
    for line in [
        "central_operations_received_total 5",
        "central_operations_decided_total 5",
        "central_requests_total{route=\"/v1/sync/push\",status=\"200\"} 1",
        "central_operations_waiting 0",
    ] {
        assert!(figures.lines().any(|one| one == line), "{line} is missing in {figures}");
    }
    assert!(figures.contains("central_request_seconds"), "how long requests take");
    assert!(
        figures.contains("\"/v1/citizens\"") && !figures.contains(senior(0).number.expose()),
        "{figures}"
    );
}

const PAGE: &str = "<!doctype html><title>核验</title>";

/// M6: pages for phones are served from their folder, and may load nothing from elsewhere.
async fn pages_are_served_from_their_folder(centre: &Centre) {
    // The client follows the redirect to the page's own folder.
    let page = centre.get("/verify", None).await;
    assert_eq!(page.url().path(), "/verify/");
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let tag = page.headers()[ETAG].clone();
    assert_eq!(page.text().await.unwrap(), PAGE);
    let held = centre.client.get(centre.url("/verify/")).header(IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!(held.status(), StatusCode::NOT_MODIFIED);
    let decoder = centre.get("/assets/decoder-1.js", None).await;
    assert!(decoder.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("'wasm-unsafe-eval'"));
    assert!(decoder.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    for outside in ["/verify/../central.toml", "/verify/..%2f..%2fcentral.toml", "/verify/none.js", "/"] {
        assert_eq!(centre.get(outside, None).await.status(), StatusCode::NOT_FOUND, "{outside}");
    }
    let posted = centre.client.post(centre.url("/verify/")).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::NOT_FOUND);
}

/// After a stop signal the server accepts no connection, but still answers the half-sent request.
async fn a_push_under_way_is_finished_before_shutdown(centre: &mut Centre, token: &str, push: &PushRequest) {
    let address = centre.central.url().trim_start_matches("http://").to_owned();
    let body = serde_json::to_vec(push).unwrap();
    let mut line = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /v1/sync/push HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.write_all(&body[..body.len() / 2]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    centre.central.ask_to_end();
    let closed = async || TcpStream::connect(&address).await.is_err().then_some(());
    rig::process::until("no new connections", Duration::from_secs(30), closed).await.unwrap();
    line.write_all(&body[body.len() / 2..]).await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(centre.central.ended().await.unwrap().success());
    let last = push.batch.ops.last().unwrap().seq;
    let kept = centre.postgres.query("SELECT max(seq) FROM op_log").await.unwrap();
    assert_eq!(kept, last.to_string(), "and what was answered is kept");
}

fn logs_hold_no_personal_data(centre: &Centre, secrets: &[&str]) {
    let log = centre.central.log().unwrap();
    let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with("listening on ")).collect();
    assert!(lines.len() > 5, "{log}");
    for line in lines {
        let parsed: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(parsed["level"].is_string() && parsed["timestamp"].is_string(), "{line}");
        for secret in secrets {
            assert!(!line.contains(secret), "{line}");
        }
    }
    assert!(log.contains("registry viewed"), "S6: who looked at whom");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_device_operator_scanner_and_client_has_its_own_rate_limit() {
    let limits = [
        ("SUISHEN_CENTRAL_LIMITS__DEVICE_PER_MINUTE", "9"),
        ("SUISHEN_CENTRAL_LIMITS__OPERATOR_PER_MINUTE", "3"),
        ("SUISHEN_CENTRAL_LIMITS__SCANNER_PER_MINUTE", "4"),
        ("SUISHEN_CENTRAL_LIMITS__CHANNEL_PER_MINUTE", "2"),
    ];
    let centre = Centre::start_with("central-rates", &limits).await;
    let (first, _) = centre.enrol(1).await;
    let (second, _) = centre.enrol(2).await;
    let tokens = [centre.device_token(&first).await, centre.device_token(&second).await];

    let mut calls = 0;
    let busy = loop {
        let answer = centre.get("/v1/sync/results", Some(&tokens[0])).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        calls += 1;
        assert!(calls < 20, "no limit");
    };
    assert_eq!(calls, 7, "two of the nine were its log-in and the same again");
    let seconds: u64 = busy.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=7).contains(&seconds), "a ninth of a minute, rounded up: {seconds}");
    assert_eq!(centre.get("/v1/sync/results", Some(&tokens[1])).await.status(), StatusCode::OK);

    // Two operators at one desk.
    for (number, expected) in [("1", 401), ("1", 401), ("1", 401), ("1", 429), ("2", 401)] {
        let status = centre.operator_login(&tokens[1], number, "nothing").await.status();
        assert_eq!(status, expected, "operator {number}");
    }

    let scan = async |scanner: &str| {
        let (payload, place) = ("no code".to_owned(), "北门".to_owned());
        let request = VerifyRequest { payload, scanner: scanner.to_owned(), place, register: false };
        centre.post("/v1/verify", None, &request).await.status()
    };
    for _ in 0..4 {
        assert_eq!(scan("保安甲").await, StatusCode::OK);
    }
    assert_eq!(scan("保安甲").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(scan("保安乙").await, StatusCode::OK);

    // Its log-in was one of the two.
    let kiosk = Machine::at(&centre, "kiosk").await;
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(kiosk.call("view", None, None).await.status().as_u16());
    }
    assert_eq!(statuses, [401, 429], "no session, and then too many");
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_a_half_sent_request_times_out() {
    let patience = [("SUISHEN_CENTRAL_LIMITS__REQUEST_TIMEOUT_S", "1")];
    let centre = Centre::start_with("central-halves", &patience).await;
    let url = centre.url("");
    let address = url.trim_start_matches("http://");
    for (sent, told) in [
        ("", ""),
        ("PRI * HTTP/2.0\r\n\r\nSM", ""),
        ("POST /v1/verify HTTP/1.1\r\nhost: ce", ""),
        ("POST /v1/verify HTTP/1.1\r\nhost: centre\r\ncontent-length: 9\r\n\r\n{", "HTTP/1.1 503 "),
    ] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), connection.read_to_end(&mut answer)).await;
        ended.expect("the centre hangs up").unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(told) && answer.is_empty() == told.is_empty(), "{sent:?}: {answer}");
    }
    assert_eq!(centre.get("/healthz", None).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_pushes_is_spread_out_and_nothing_is_lost() {
    let limits = [
        ("SUISHEN_CENTRAL_LIMITS__PUSHES_AT_A_TIME", "1"),
        ("SUISHEN_CENTRAL_LIMITS__PUSHES_IN_LINE", "1"),
        ("SUISHEN_CENTRAL_LIMITS__BACKLOG", "20"),
        ("SUISHEN_CENTRAL_APPLY_WORKERS", "0"),
    ];
    let centre = Arc::new(Centre::start_with("central-storm", &limits).await);
    let mut desks = Vec::new();
    for window in 1..=8 {
        let (mut desk, _) = centre.enrol(window).await;
        let ops = issues(&mut desk, u32::from(window) * 100, 100);
        desks.push((centre.device_token(&desk).await, desk.push(ops)));
    }
    let mut storm = tokio::task::JoinSet::new();
    for (token, push) in desks {
        let centre = Arc::clone(&centre);
        storm.spawn(async move {
            let mut told = Vec::new();
            loop {
                let answer = centre.post("/v1/sync/push", Some(&token), &push).await;
                if answer.status() == StatusCode::OK {
                    return (told, ok::<PushResponse>(answer).await);
                }
                assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
                told.push(answer.headers()[RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
    }
    let done = storm.join_all().await;
    let told: Vec<u64> = done.iter().flat_map(|(told, _)| told.iter().copied()).collect();
    assert!(!told.is_empty(), "eight pushes, one at a time and one in line");
    assert!(told.iter().all(|seconds| (1..=8).contains(seconds)), "{told:?}");
    let slowed = done.iter().filter(|(_, answer)| answer.next_after_ms > 0).count();
    assert!(slowed > 0, "with that much waiting, desks are slowed down");
    assert!(done.iter().all(|(_, answer)| answer.received_through == 100));
    assert_eq!(centre.postgres.query("SELECT count(*) FROM op_log").await.unwrap(), "800");
}

/// The backlog is what the database counts, whatever this process received or how often
/// it was sent.
#[tokio::test(flavor = "multi_thread")]
async fn the_backlog_falls_when_another_process_decides() {
    let limits = [("SUISHEN_CENTRAL_APPLY_WORKERS", "0"), ("SUISHEN_CENTRAL_LIMITS__BACKLOG", "20")];
    let centre = Centre::start_with("central-backlog", &limits).await;
    centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let ops = issues(&mut desk, 0, 100);
    for _ in 0..3 {
        centre.push(&desk, &token, ops.clone()).await;
    }
    let slowed = async || centre.push(&desk, &token, ops[..1].to_vec()).await.next_after_ms > 0;
    assert!(slowed().await);
    let worker = [("SUISHEN_CENTRAL_APPLY_WORKERS", "1")];
    let _worker = centre.central.another("worker", &centre.folder, &worker).await.unwrap();
    let let_go = async || (!slowed().await).then_some(());
    rig::process::until("a backlog of nothing", Duration::from_secs(30), let_go).await.unwrap();
}

/// A minimal S3 service: one bucket in memory.
type Bucket = Arc<Mutex<HashMap<String, Bytes>>>;

async fn bucket() -> (Bucket, String) {
    let kept = Bucket::default();
    let router = Router::new()
        .route(
            "/{bucket}/{*key}",
            get(async |State(kept): State<Bucket>, Path((_, key)): Path<(String, String)>| {
                let found = kept.lock().unwrap().get(&key).cloned();
                let modified = [("last-modified", "Thu, 26 Nov 2026 00:00:00 GMT"), ("etag", "\"1\"")];
                found.map(|bytes| (modified, bytes)).ok_or(Code::NOT_FOUND)
            })
            .put(
                async |State(kept): State<Bucket>, Path((_, key)): Path<(String, String)>, bytes: Bytes| {
                    kept.lock().unwrap().insert(key, bytes);
                    [("etag", "\"1\"")]
                },
            ),
        )
        .with_state(kept.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (kept, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_evidence_is_stored_encrypted_in_the_configured_bucket() {
    let (kept, url) = bucket().await;
    let variables = [
        ("SUISHEN_CENTRAL_BLOBS_S3_BUCKET", "evidence"),
        ("AWS_ENDPOINT", url.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "local"),
        ("AWS_ACCESS_KEY_ID", "practice"),
        ("AWS_SECRET_ACCESS_KEY", "practice"),
    ];
    let centre = Centre::start_with("central-bucket", &variables).await;
    let password = centre.staff("10001", "clerk").await;
    let (desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let scan = b"a page of a household book".repeat(100);
    let path = format!("/v1/blobs/{}", Digest::of(&scan));
    let put = async || {
        let request = centre.client.put(centre.url(&path)).bearer_auth(&token);
        request.header(CONTENT_TYPE, "image/png").body(scan.clone()).send().await.unwrap().status()
    };
    assert_eq!(put().await, StatusCode::CREATED);
    assert_eq!(put().await, StatusCode::OK, "there already");
    let sealed: Vec<Bytes> = kept.lock().unwrap().values().cloned().collect();
    assert_eq!(sealed.len(), 1);
    assert!(!sealed[0].windows(9).any(|window| window == b"household"));
    let operator: OperatorAuthResponse = ok(centre.operator_login(&token, "10001", &password).await).await;
    let found = centre.get(&path, Some(operator.token.token.expose())).await;
    assert_eq!(found.headers()[CONTENT_TYPE], "image/png");
    assert_eq!(found.bytes().await.unwrap(), scan);
}
