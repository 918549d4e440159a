//! M6 on the guard's page with a provider of health state that is down, slow, or lies.

use crate::scene::{Scene, Sheet, show_picture, until_tone};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use practice::guard;
use rig::{browser::Phone, window::Window};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// What the provider does with the next question.
#[derive(Clone, Copy, Debug)]
enum Mood {
    Tells,
    IsDown,
    IsSlow,
    SpeaksOfAnother,
    SpeaksOfTomorrow,
    SaysNonsense,
}

type Shared = Arc<Mutex<Mood>>;

/// Longer than the page waits for the centre.
const SLOW: Duration = Duration::from_secs(10);
const HOUR_MS: u128 = 60 * 60 * 1000;

async fn answer(State(mood): State<Shared>, Json(question): Json<Value>) -> Result<Json<Value>, StatusCode> {
    let mood = *mood.lock().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut answer = json!({
        "request": question["request"],
        "record": { "state": "green", "as_of": u64::try_from(now).unwrap(), "latest_test": null },
    });
    match mood {
        Mood::Tells => {}
        Mood::IsDown => return Err(StatusCode::BAD_GATEWAY),
        Mood::IsSlow => tokio::time::sleep(SLOW).await,
        Mood::SpeaksOfAnother => answer["request"] = json!(Uuid::from_u128(rand::random())),
        Mood::SpeaksOfTomorrow => {
            answer["record"]["as_of"] = json!(u64::try_from(now + 24 * HOUR_MS).unwrap());
        }
        Mood::SaysNonsense => answer["record"]["state"] = json!("purple"),
    }
    Ok(Json(answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn m6_the_page_stays_right_when_the_provider_is_down_slow_or_lies() {
    let mood = Arc::new(Mutex::new(Mood::Tells));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/health", listener.local_addr().unwrap());
    let provider = Router::new().route("/v1/health", post(answer)).with_state(Arc::clone(&mood));
    let provider = tokio::spawn(async move { axum::serve(listener, provider).await.unwrap() });
    let scene = Scene::start_with("pages-provider", ("SUISHEN_CENTRAL_HEALTH__URL", &url)).await;
    let sheet = scene.sheet_of(&scene.people[0]).await;
    let (address, key_id) = guard::link(&scene.central).await.unwrap();
    let phone = Phone { width: 320, height: 700, camera: None };
    let page = Window::on_phone(&scene.folder, &phone, &address).await.unwrap();
    page.text_with("key-id", &key_id[..4]).await.unwrap();
    page.click("accept-key").await.unwrap();
    page.type_into("scanner", "保安甲").await.unwrap();
    page.type_into("place", "北门").await.unwrap();
    page.click("save").await.unwrap();

    for (next, tone, words) in [
        (Mood::Tells, "good", "绿码"),
        (Mood::IsDown, "warn", "暂时查不到"),
        (Mood::SpeaksOfAnother, "warn", "自相矛盾"),
        (Mood::IsSlow, "warn", "暂时查不到"),
        (Mood::SpeaksOfTomorrow, "warn", "自相矛盾"),
        (Mood::SaysNonsense, "warn", "自相矛盾"),
        (Mood::Tells, "good", "绿码"),
    ] {
        *mood.lock().unwrap() = next;
        is_shown(&page, &sheet, tone, words).await;
    }
    provider.abort();
    assert!(provider.await.unwrap_err().is_cancelled());
    is_shown(&page, &sheet, "warn", "暂时查不到").await;
    scene.picture(&page, "guard-no-provider").await;
}

/// The code is the centre's word, whatever becomes of the provider; the whole answer is as good as
/// what is known.
async fn is_shown(page: &Window, sheet: &Sheet, tone: &str, words: &str) {
    show_picture(page, sheet).await;
    page.text_with("health", words).await.unwrap();
    until_tone(page, "health", tone).await;
    until_tone(page, "answer", tone).await;
    until_tone(page, "state", "good").await;
    assert!(page.text("state").await.unwrap().contains("有效"), "the centre's answer, not the phone's own");
}
