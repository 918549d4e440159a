//! Health state at a scan (M6): a provider that answers, is slow, is down, or says what cannot be.

use crate::common::client::{Centre, ok};
use axum::{Json, Router, extract::State, routing::post};
use central_fixture::desk::{MINUTE, senior};
use reqwest::StatusCode;
use rules::{
    health::{HealthAnswer, HealthReport, HealthState, TestOutcome, TestReport},
    life::Action,
    payload::encode,
    wire::{VerifyAnswer, VerifyRequest, VerifyResponse},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// What the provider does with the next question.
#[derive(Clone, Copy, Debug)]
enum Mood {
    Says(HealthReport),
    HasNothing,
    IsSlow,
    Fails,
    Redirects,
    SpeaksOfAnother(HealthReport),
    SaysNonsense,
}

/// A city's provider, as its interface is written down.
struct Provider {
    mood: Mutex<Mood>,
    questions: Mutex<Vec<Value>>,
}

async fn answer(
    State(provider): State<Arc<Provider>>,
    Json(question): Json<Value>,
) -> Result<Json<Value>, (StatusCode, [(&'static str, &'static str); 1])> {
    let request = question["request"].clone();
    provider.questions.lock().unwrap().push(question);
    let mood = *provider.mood.lock().unwrap();
    let record = match mood {
        Mood::Says(report) => json!({ "request": request, "record": report }),
        Mood::HasNothing => json!({ "request": request, "record": null }),
        Mood::IsSlow => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            json!({ "request": request, "record": null })
        }
        Mood::Fails => return Err((StatusCode::INTERNAL_SERVER_ERROR, [("x-reason", "down")])),
        Mood::Redirects => return Err((StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")])),
        Mood::SpeaksOfAnother(report) => json!({ "request": Uuid::new_v4(), "record": report }),
        Mood::SaysNonsense => json!({ "request": request, "record": { "state": "purple" } }),
    };
    Ok(Json(record))
}

impl Provider {
    async fn start() -> (Arc<Self>, String) {
        let provider =
            Arc::new(Self { mood: Mutex::new(Mood::HasNothing), questions: Mutex::new(Vec::new()) });
        let routes = Router::new().route("/v1/health", post(answer)).with_state(Arc::clone(&provider));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/health", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (provider, url)
    }

    fn is_now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn asked(&self) -> usize {
        self.questions.lock().unwrap().len()
    }
}

async fn scan(centre: &Centre, payload: &str) -> VerifyResponse {
    let (scanner, place) = ("保安甲".to_owned(), "北门".to_owned());
    let request = VerifyRequest { payload: payload.to_owned(), scanner, place, register: false };
    ok(centre.post("/v1/verify", None, &request).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn m6_what_the_provider_says_reaches_the_guard_and_nothing_else_does() {
    let (provider, url) = Provider::start().await;
    let settings = [
        ("SUISHEN_CENTRAL_HEALTH__URL", url.as_str()),
        ("SUISHEN_CENTRAL_HEALTH__TOKEN", "a secret"),
        ("SUISHEN_CENTRAL_HEALTH__TIMEOUT_MS", "300"),
        ("SUISHEN_CENTRAL_HEALTH__CACHE_S", "1"),
        ("SUISHEN_CENTRAL_LIMITS__SCANNER_PER_MINUTE", "100000"),
    ];
    let centre = Centre::start_with("central-health", &settings).await;
    centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let holder = senior(1);
    let issue = desk.issue(&holder, Action::Apply, central::clock::now(), Some(0));
    let text = encode(&desk.claims(&issue), &desk.key).unwrap();
    assert_eq!(scan(&centre, &text).await.health, HealthAnswer::NotAsked, "not a valid code yet");
    centre.push(&desk, &token, vec![issue]).await;

    let is_decided = async || (scan(&centre, &text).await.answer == VerifyAnswer::Valid).then_some(());
    rig::process::until("a valid code", Duration::from_secs(30), is_decided).await.unwrap();
    provider.questions.lock().unwrap().clear();
    tokio::time::sleep(Duration::from_millis(1_100)).await; // longer than an answer is kept

    let now = central::clock::now();
    let test = TestReport { outcome: TestOutcome::Negative, sampled_at: now.plus_ms(-60 * MINUTE) };
    let report = HealthReport { state: HealthState::Green, as_of: now, latest_test: Some(test) };
    provider.is_now(Mood::Says(report));
    let answer = scan(&centre, &text).await;
    assert_eq!((answer.answer, answer.health), (VerifyAnswer::Valid, HealthAnswer::Known(report)));
    assert_eq!(provider.questions.lock().unwrap()[0]["number"], holder.number.expose());
    assert_eq!(scan(&centre, &text).await.health, HealthAnswer::Known(report));
    assert_eq!(provider.asked(), 1, "a second scan within the second is answered from the cache");

    let tomorrow = HealthReport { as_of: now.plus_ms(24 * 60 * MINUTE), ..report };
    for (mood, said) in [
        (Mood::HasNothing, HealthAnswer::NoRecord),
        (Mood::Says(tomorrow), HealthAnswer::Implausible),
        (Mood::SpeaksOfAnother(report), HealthAnswer::Implausible),
        (Mood::SaysNonsense, HealthAnswer::Implausible),
        (Mood::Redirects, HealthAnswer::Unavailable),
    ] {
        tokio::time::sleep(Duration::from_millis(1_100)).await; // longer than an answer is kept
        provider.is_now(mood);
        let answer = scan(&centre, &text).await;
        assert_eq!((answer.answer, answer.health), (VerifyAnswer::Valid, said), "{mood:?}");
    }
    a_slow_provider_holds_nobody_up(&centre, &provider, &text).await;
    let log = centre.central.log().unwrap();
    assert!(!log.contains(holder.number.expose()) && !log.contains("a secret"), "nobody's number in the log");
}

/// Five failures in a row, and the provider is left alone: a scan is as fast as without one.
async fn a_slow_provider_holds_nobody_up(centre: &Centre, provider: &Provider, text: &str) {
    provider.is_now(Mood::Says(HealthReport {
        state: HealthState::Green,
        as_of: central::clock::now(),
        latest_test: None,
    }));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    scan(centre, text).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for mood in [Mood::IsSlow, Mood::Fails, Mood::Fails, Mood::Fails, Mood::IsSlow] {
        provider.is_now(mood);
        let begin = Instant::now();
        assert_eq!(scan(centre, text).await.health, HealthAnswer::Unavailable);
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }
    let asked = provider.asked();
    for _ in 0..20 {
        assert_eq!(scan(centre, text).await.health, HealthAnswer::Unavailable);
    }
    assert_eq!(provider.asked(), asked, "nobody asks a provider that fails");
}
