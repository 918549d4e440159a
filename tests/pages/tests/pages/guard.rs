//! The guard's page (核验): from the set-up address to an answer without a connection.

use crate::scene::{Scene, Sheet, TESTING_PLACE, is_accessible, show_picture, soon, until_tone};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use practice::{citizen::Citizen, guard};
use rig::{browser::Phone, window::Window};
use rules::{
    At,
    keys::Signer as _,
    wire::{REGISTRATION_PREFIX, RegistrationClaims},
};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

const SCANNER: &str = "保安甲";
const PLACE: &str = "人民公园北门";
const HOUR_MS: i64 = 60 * 60 * 1000;

/// The narrowest phone, with a camera above the sheet.
fn phone(film: &std::path::Path) -> Phone<'_> {
    Phone { width: 320, height: 700, camera: Some(film) }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn record(citizen: &Citizen, state: &str, as_of: i64) -> String {
    let test = json!({ "outcome": "negative", "sampled_at": as_of - 20 * HOUR_MS });
    json!({ "number": citizen.number, "state": state, "as_of": as_of, "latest_test": test }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_scans_a_sheet_online_and_offline() {
    let mut scene = Scene::start("pages-guard").await;
    let (lost, kept) = (scene.people[0].clone(), scene.people[1].clone());
    let sheet = scene.sheet_of(&lost).await;
    let other = scene.sheet_of(&kept).await;
    scene.provider_says(&record(&lost, "green", now()));
    let (address, key_id) = guard::link(&scene.central).await.unwrap();
    let page = Window::on_phone(&scene.folder, &phone(&sheet.film()), &address).await.unwrap();

    it_is_set_up_once(&scene, &page, &key_id).await;
    the_camera_reads_the_sheet(&scene, &page).await;
    a_test_is_registered_once(&scene, &page).await;
    m6_what_the_provider_does_not_say_is_said(&scene, &page, &lost).await;
    a_loss_is_seen_at_once(&scene, &page, &lost).await;
    a_picture_is_read(&scene, &page, &other).await;
    the_lists_name_the_lost_code(&page).await;
    scene.central.stop();
    it_answers_offline(&scene, &page, &sheet, &other).await;
    nothing_of_a_holder_is_kept(&page, &[&sheet, &other], &scene.people[..2]).await;
}

async fn it_is_set_up_once(scene: &Scene, page: &Window, key_id: &str) {
    let shown = page.text_with("key-id", &key_id[..4]).await.unwrap();
    assert_eq!(shown.replace(' ', ""), key_id, "the id that the administrator's command printed");
    is_accessible(page, "trust").await;
    page.click("accept-key").await.unwrap();
    page.click("save").await.unwrap();
    page.has("scanner", "aria-invalid", "true").await.unwrap();
    page.type_into("scanner", SCANNER).await.unwrap();
    page.type_into("place", PLACE).await.unwrap();
    is_accessible(page, "set-up").await;
    scene.picture(page, "guard-set-up").await;
    page.click("save").await.unwrap();
    lists_are_up_to_date(page).await;
    is_accessible(page, "start").await;
    scene.picture(page, "guard-start").await;
    let address = page.run_script("arguments[0](location.href)").await.unwrap();
    assert!(!address.as_str().unwrap().contains('#'), "the key is no longer in the address");
}

async fn the_camera_reads_the_sheet(scene: &Scene, page: &Window) {
    page.click("start").await.unwrap();
    // The page may have read the sheet before it is looked at.
    if page.shows("stop").await {
        scene.picture(page, "guard-scanning").await;
    }
    until_tone(page, "state", "good").await;
    assert!(page.text("state").await.unwrap().contains("有效"));
    assert_eq!(page.text("name").await.unwrap(), "王**");
    let health = page.text("health").await.unwrap();
    assert!(health.contains("绿码") && health.contains("阴性") && health.contains("20 小时前"), "{health}");
    assert!(page.text("no-entry").await.unwrap().contains("不能只凭本码放行"));
    m6_the_watermark_cannot_be_cut_off(page).await;
    is_accessible(page, "answer").await;
    scene.picture(page, "guard-valid").await;
}

/// Each thing worth a picture has a whole line of who, where and when across it.
async fn m6_the_watermark_cannot_be_cut_off(page: &Window) {
    const ACROSS: &str = "
        const done = arguments[0]
        const boxes = [...document.querySelectorAll('[data-testid=watermark] span')].map((one) => one.getBoundingClientRect())
        const across = ['state', 'name', 'number', 'health'].map((name) => {
          const part = document.querySelector(`[data-testid=${name}]`).getBoundingClientRect()
          const crosses = (box) => box.left < part.right && box.right > part.left && box.top < part.bottom && box.bottom > part.top
          return [name, boxes.filter(crosses).length]
        })
        const text = document.querySelector('[data-testid=watermark] span').dataset.text
        const layer = getComputedStyle(document.querySelector('[data-testid=watermark]'))
        done({ across, text, visible: layer.visibility === 'visible' && layer.display !== 'none' })";
    let found = page.run_script(ACROSS).await.unwrap();
    let text = found["text"].as_str().unwrap();
    assert!(text.starts_with(&format!("{SCANNER} · {PLACE} · 20")), "{text}");
    assert_eq!(found["visible"], true);
    for part in found["across"].as_array().unwrap() {
        assert!(part[1].as_u64().unwrap() >= 1, "no watermark across {part}");
    }
}

/// M7: a thief who has the reference can do nothing with it; the testing place can, once.
async fn a_test_is_registered_once(scene: &Scene, page: &Window) {
    page.click("register").await.unwrap();
    let shown = page.text_with("reference", "HS-").await.unwrap();
    let reference = shown.split_whitespace().find(|word| word.starts_with("HS-")).unwrap().to_owned();
    scene.picture(page, "guard-registered").await;
    let first = Uuid::from_u128(rand::random());
    assert_eq!(redeem(scene, &reference, &reference, first, 0).await.1["outcome"], "registered");
    let (status, again) = redeem(scene, &reference, &reference, first, 0).await;
    assert_eq!((status, &again["masked_name"]), (200, &json!("王**")), "its answer may have been lost");
    let (_, other) = redeem(scene, &reference, &reference, Uuid::from_u128(rand::random()), 0).await;
    assert_eq!((&other["outcome"], &other["masked_name"]), (&json!("already_redeemed"), &Value::Null));
    let guessed = "HS-2222-2222-2222";
    assert_eq!(redeem(scene, guessed, guessed, Uuid::from_u128(rand::random()), 0).await.0, 404, "guessed");
    assert_eq!(
        redeem(scene, &reference, guessed, Uuid::from_u128(rand::random()), 0).await.0,
        401,
        "signed for another"
    );
    assert_eq!(redeem(scene, &reference, &reference, first, -HOUR_MS).await.0, 401, "kept and sent later");
    let unsigned = json!({ "assertion": format!("{}.AAAA", URL_SAFE_NO_PAD.encode("{}")) });
    let path = format!("/v1/registrations/{reference}");
    assert!(scene.central.post(&path, &[], &unsigned).await.unwrap().good().is_err(), "nobody's");
}

async fn redeem(scene: &Scene, path: &str, signed: &str, nonce: Uuid, late_ms: i64) -> (u16, Value) {
    let claims = RegistrationClaims {
        place: TESTING_PLACE.to_owned(),
        reference: signed.to_owned(),
        issued_at: At(now() + late_ms),
        nonce,
    };
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
    let signature = scene.testing_place.sign(format!("{REGISTRATION_PREFIX}{claims}").as_bytes()).unwrap();
    let assertion = format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature));
    let path = format!("/v1/registrations/{path}");
    let answer = scene.central.post(&path, &[], &json!({ "assertion": assertion })).await.unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

async fn m6_what_the_provider_does_not_say_is_said(scene: &Scene, page: &Window, holder: &Citizen) {
    let cases = [
        (record(holder, "red", now()), "bad", "红码"),
        (record(holder, "green", now() - 30 * HOUR_MS), "warn", "不是今天的"),
        (record(holder, "green", now() + HOUR_MS), "warn", "自相矛盾"),
        ("no JSON".to_owned(), "warn", "自相矛盾"),
        (String::new(), "warn", "查无健康记录"),
    ];
    for (said, tone, words) in cases {
        scene.provider_says(&said);
        page.click("again").await.unwrap();
        page.text_with("health", words).await.unwrap();
        until_tone(page, "health", tone).await;
        until_tone(page, "answer", tone).await;
    }
    is_accessible(page, "answer").await;
    scene.picture(page, "guard-no-record").await;
}

async fn a_loss_is_seen_at_once(scene: &Scene, page: &Window, holder: &Citizen) {
    let session = scene.kiosk.logs_in(&scene.central, holder).await.unwrap();
    scene.kiosk.reports_loss(&scene.central, &session).await.unwrap();
    page.click("again").await.unwrap();
    page.text_with("state", "已挂失").await.unwrap();
    until_tone(page, "answer", "bad").await;
    assert!(!page.shows("register").await, "M7");
    is_accessible(page, "answer").await;
    scene.picture(page, "guard-lost").await;
}

async fn a_picture_is_read(scene: &Scene, page: &Window, sheet: &Sheet) {
    scene.provider_says("");
    show_picture(page, sheet).await;
    page.text_with("state", "有效").await.unwrap();
    page.text_with("name", "陈").await.unwrap();
}

async fn lists_are_up_to_date(page: &Window) {
    const READY: &str = "navigator.serviceWorker.ready.then(() => arguments[0](true))";
    page.run_script(READY).await.unwrap();
    page.run_script("const done = arguments[0]; location.reload(); done()").await.unwrap();
    page.find("start").await.unwrap();
    page.has("lists", "data-is", "fresh").await.unwrap();
}

async fn the_lists_name_the_lost_code(page: &Window) {
    const REVOKED: &str = "
        const done = arguments[0]
        caches.open('lists').then((cache) => cache.match('./held-lists.json')).then((kept) => kept.json())
          .then(({ filter, filterDelta }) => done(filter.value.entries + (filterDelta?.value.revoked.length ?? 0)))";
    soon("the lost code in the lists", async || {
        lists_are_up_to_date(page).await;
        (page.run_script(REVOKED).await.unwrap().as_u64()? > 0).then_some(())
    })
    .await;
}

async fn it_answers_offline(scene: &Scene, page: &Window, lost: &Sheet, valid: &Sheet) {
    show_picture(page, valid).await;
    page.text_with("state", "离线核验").await.unwrap();
    until_tone(page, "answer", "warn").await;
    page.text_with("name", "陈").await.unwrap();
    page.text_with("health", "离线时查不到").await.unwrap();
    page.text_with("as-of", "截至").await.unwrap();
    m6_the_watermark_cannot_be_cut_off(page).await;
    is_accessible(page, "answer").await;
    scene.picture(page, "guard-offline").await;
    show_picture(page, lost).await;
    page.text_with("state", "很可能已失效").await.unwrap();
    until_tone(page, "answer", "bad").await;
    scene.picture(page, "guard-offline-lost").await;
}

/// The phone keeps the page, the signed lists, and who scans; of a holder nothing at all.
async fn nothing_of_a_holder_is_kept(page: &Window, sheets: &[&Sheet], people: &[Citizen]) {
    const KEPT: &str = "
        const done = arguments[0]
        const cached = async () => {
          const texts = []
          for (const name of await caches.keys()) {
            const cache = await caches.open(name)
            for (const request of await cache.keys()) texts.push(request.url, await (await cache.match(request)).text())
          }
          return texts
        }
        const addresses = performance.getEntriesByType('resource').map((one) => one.name)
        const databases = indexedDB.databases().then((all) => all.map((one) => one.name))
        Promise.all([cached(), databases]).then(([texts, names]) =>
          done([...texts, ...names, ...addresses, location.href, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)]))";
    let kept = page.run_script(KEPT).await.unwrap();
    let texts: Vec<&str> = kept.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(texts.iter().any(|text| text.contains(SCANNER)), "what is kept was looked at");
    assert!(texts.iter().any(|text| text.contains("\"filter\":{")), "the lists too");
    let people =
        people.iter().flat_map(|one| [one.name.to_owned(), one.number.clone(), one.number[14..].to_owned()]);
    let secret: Vec<String> =
        people.chain(sheets.iter().map(|sheet| sheet.text.clone())).chain(["王**".to_owned()]).collect();
    for text in texts {
        // Hashes and keys are long: four digits of a number occur in them by chance.
        let is_digits = text.contains("\"filter\":{") || text.len() > 2_000;
        let found = secret.iter().find(|one| text.contains(one.as_str()) && !(is_digits && one.len() == 4));
        assert!(found.is_none(), "{found:?} in {}", &text[..text.len().min(200)]);
    }
}
