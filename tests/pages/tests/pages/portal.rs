//! The portal's page (一网通办): the article's steps in its order, on the narrowest phone.

use crate::scene::{SITE, Scene, Sheet, is_accessible, show_picture, until_tone};
use practice::{
    citizen::{Citizen, today_in_shanghai},
    guard, portal, sheet,
};
use rig::{
    browser::Phone,
    portal::{Portal, PortalSetting},
    process::until,
    window::{Key, Window},
};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

const PATIENCE: Duration = Duration::from_secs(60);
const JSON: Header<'_> = ("content-type", "application/json");

type Header<'a> = (&'a str, &'a str);

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_applies_and_reports_a_loss_at_the_portal() {
    let scene = Scene::start("pages-portal").await;
    let portal = open(&scene).await;
    let [senior, _, mother, child] = [0, 1, 2, 3].map(|index| scene.people[index].clone());
    let phone = Phone { width: 320, height: 700, camera: None };
    let page = Window::on_phone(&scene.folder, &phone, &portal.url()).await.unwrap();

    page.find("welcome").await.unwrap();
    is_accessible(&page, "welcome").await;
    scene.picture(&page, "portal-welcome").await;
    logs_in(&scene, &page, 0).await;
    let cookie = session_cookie(&page).await;
    l8_name_and_photo_are_confirmed_first(&scene, &page, &senior).await;
    let first = the_sheet_is_shown_and_downloaded(&scene, &page, &senior).await;
    l3_a_second_issue_of_the_day_is_refused(&scene, &page).await;
    nobody_else_uses_a_session(&portal, &page, &cookie).await;

    let guard = guard_sees(&scene, &page, &first, "good", None).await;
    loss(&scene, &page, &portal).await;
    guard_sees(&scene, &page, &first, "bad", Some(&guard)).await;
    let second = the_next_year_it_is_applied_for_again(&scene, &page, &portal, &senior).await;
    assert_ne!(first.text, second.text, "a new symbol");

    page.click("log-out").await.unwrap();
    page.find("welcome").await.unwrap();
    let taken = portal.post("view", &[JSON, ("cookie", &cookie)], "{}").await.unwrap();
    assert_eq!(taken.status, 401, "a cookie that was stolen before the log-out");
    a_mother_applies_for_her_child(&scene, &page, &mother, &child).await;
    nothing_of_a_person_is_kept(&scene, &portal, &page).await;
}

pub(crate) async fn open(scene: &Scene) -> Portal {
    let people: Vec<(String, String)> = scene.people.iter().map(portal::line).collect();
    let pages = guard::built_pages();
    let setting = PortalSetting { site: SITE, pages: &pages, people: &people };
    Portal::start(&scene.folder, &scene.central, &scene.login_service, &setting).await.unwrap()
}

/// Logs in at the log-in service, whose page belongs to another site than the portal's.
async fn logs_in(scene: &Scene, page: &Window, person: usize) {
    page.click("log-in").await.unwrap();
    page.find("person-0").await.unwrap();
    scene.picture(page, "portal-log-in").await;
    page.click(&format!("person-{person}")).await.unwrap();
    page.find("holder").await.unwrap();
    let address = page.run_script("arguments[0](location.href)").await.unwrap();
    assert!(!address.as_str().unwrap().contains('#'), "the code is no longer in the address");
    assert_eq!(page.run_script("arguments[0](document.cookie)").await.unwrap(), "", "no script reads it");
}

/// Returns the cookies of the page, as a thief with the whole browser has them.
async fn session_cookie(page: &Window) -> String {
    let cookies = page.client().get_all_cookies().await.unwrap();
    let cookies = cookies.iter().map(|one| format!("{}={}", one.name(), one.value()));
    cookies.collect::<Vec<_>>().join("; ")
}

async fn l8_name_and_photo_are_confirmed_first(scene: &Scene, page: &Window, citizen: &Citizen) {
    assert_eq!(page.text("name").await.unwrap(), citizen.name);
    page.text_with("state", "从未申领").await.unwrap();
    assert!(!page.shows("sheet").await);
    scene.picture(page, "portal-first").await;
    page.click("apply").await.unwrap();
    let shown = page.text_with("confirm", citizen.name).await.unwrap();
    assert!(shown.contains("请核对姓名、照片等信息") && shown.contains(&masked(citizen)), "{shown}");
    page.find("photo").await.unwrap();
    is_accessible(page, "confirm").await;
    scene.picture(page, "portal-confirm").await;
    page.click("yes").await.unwrap();
    page.text_with("notice", "申领成功").await.unwrap();
}

fn masked(citizen: &Citizen) -> String {
    format!("{}***********{}", &citizen.number[..3], &citizen.number[14..])
}

async fn the_sheet_is_shown_and_downloaded(scene: &Scene, page: &Window, citizen: &Citizen) -> Sheet {
    let today = today_in_shanghai();
    let shown = page.text_with("sheet", "有效期至").await.unwrap();
    assert!(shown.contains(citizen.name) && shown.contains(&masked(citizen)), "{shown}");
    assert!(shown.contains(&today.to_string()), "applied for today: {shown}");
    is_accessible(page, "sheet").await;
    scene.picture(page, "portal-sheet").await;
    page.click("language").await.unwrap();
    scene.picture(page, "portal-sheet-english").await;
    page.click("language").await.unwrap();
    let pdf = downloaded(scene, page, "first").await;
    let printed = sheet::text(&pdf).await.unwrap();
    assert!(printed.contains(citizen.name) && printed.contains("离线随申码"), "{printed}");
    page.text_with("downloaded", "已下载").await.unwrap();
    scene.picture(page, "portal-downloaded").await;
    Sheet::printed(&pdf).await
}

/// Downloads the sheet as a browser does, and keeps it under a name of its own.
async fn downloaded(scene: &Scene, page: &Window, name: &str) -> PathBuf {
    let folder = Window::downloads(&scene.folder).unwrap();
    page.click("download").await.unwrap();
    let file = folder.join("离线随申码.pdf");
    until("the downloaded sheet", PATIENCE, async || file.exists().then_some(())).await.unwrap();
    let kept = folder.join(format!("{name}.pdf"));
    std::fs::rename(file, &kept).unwrap();
    kept
}

async fn l3_a_second_issue_of_the_day_is_refused(scene: &Scene, page: &Window) {
    let reason = page.text("reason").await.unwrap();
    assert!(reason.contains("补领") && reason.contains("一天内仅可办理一次"), "{reason}");
    assert!(!page.shows("reissue").await && !page.shows("apply").await);
    scene.picture(page, "portal-second-refused").await;
    // A page that was changed, or is old, asks all the same.
    const ASKED: &str = "
        const done = arguments[0]
        const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ confirmed: true }) }
        fetch('./api/reissue', asked).then(async (answer) => done([answer.status, await answer.json()]))";
    let answer = page.run_script(ASKED).await.unwrap();
    assert_eq!(answer, json!([422, { "error": "refused", "code": "already_issued_today" }]));
}

/// Whatever another site, or somebody with a code, sends.
async fn nobody_else_uses_a_session(portal: &Portal, page: &Window, cookie: &str) {
    let ours = portal.url().trim_end_matches("/portal/").to_owned();
    let body = json!({ "confirmed": true }).to_string();
    let cookie = ("cookie", cookie);
    let tries: [(&str, &[Header<'_>], u16); 5] = [
        ("another site's script", &[JSON, cookie, ("origin", "https://evil.example")], 400),
        ("another site's form", &[("content-type", "text/plain"), cookie, ("origin", &ours)], 400),
        ("another port of this machine", &[JSON, cookie, ("sec-fetch-site", "same-site")], 400),
        ("no cookie", &[JSON, ("origin", &ours)], 401),
        ("a guessed cookie", &[JSON, ("cookie", "__Host-session=00")], 401),
    ];
    for (who, headers, status) in tries {
        let answer = portal.post("loss", headers, &body).await.unwrap();
        assert_eq!(answer.status, status, "{who}: {}", answer.text());
    }
    // A code without the secret of the browser that began the log-in: from an address that was
    // seen, or one that a thief planted in a victim's.
    let code = json!({ "code": "ab".repeat(32) }).to_string();
    assert_eq!(portal.post("session", &[JSON], &code).await.unwrap().status, 401);
    let begun = ("cookie", format!("__Host-log-in={}", "cd".repeat(32)));
    let planted = portal.post("session", &[JSON, (begun.0, &begun.1)], &code).await.unwrap();
    assert_eq!(planted.status, 401);
    page.text_with("state", "有效").await.unwrap();
}

/// Shows a sheet to the guard's page. Returns its address.
async fn guard_sees(scene: &Scene, page: &Window, sheet: &Sheet, tone: &str, known: Option<&str>) -> String {
    let address = match known {
        Some(address) => address.to_owned(),
        None => guard::link(&scene.central).await.unwrap().0,
    };
    page.client().goto(&address).await.unwrap();
    if known.is_none() {
        page.click("accept-key").await.unwrap();
        page.type_into("scanner", "保安甲").await.unwrap();
        page.type_into("place", "人民公园").await.unwrap();
        page.click("save").await.unwrap();
    }
    page.find("start").await.unwrap();
    show_picture(page, sheet).await;
    until_tone(page, "state", tone).await;
    format!("{}/verify/", scene.central.url())
}

async fn loss(scene: &Scene, page: &Window, portal: &Portal) {
    page.client().goto(&portal.url()).await.unwrap();
    page.click("report_loss").await.unwrap();
    page.text_with("confirm", "立即失效").await.unwrap();
    is_accessible(page, "confirm").await;
    page.click("yes").await.unwrap();
    page.text_with("notice", "已挂失").await.unwrap();
    page.text_with("state", "已挂失").await.unwrap();
    page.text_with("reason", "今日已办理过").await.unwrap();
    scene.picture(page, "portal-lost").await;
}

/// The code ends, and the day of its issue is long past. Done with the keyboard alone.
async fn the_next_year_it_is_applied_for_again(
    scene: &Scene,
    page: &Window,
    portal: &Portal,
    citizen: &Citizen,
) -> Sheet {
    for statement in ["UPDATE issue_day SET day = 20200101", "UPDATE code SET valid_through = 20200101"] {
        scene.postgres.query(statement).await.unwrap();
    }
    page.client().goto(&portal.url()).await.unwrap();
    page.text_with("state", "已过期").await.unwrap();
    scene.picture(page, "portal-expired").await;
    presses(page, "reapply").await;
    page.text_with("confirm", "之前申领的离线“随申码”将失效").await.unwrap();
    presses(page, "yes").await;
    page.text_with("notice", "再次申领成功").await.unwrap();
    page.text_with("sheet", citizen.name).await.unwrap();
    Sheet::printed(&downloaded(scene, page, "second").await).await
}

/// Goes to a button with the tab key and presses it.
async fn presses(page: &Window, name: &str) {
    page.tab_to(name).await.unwrap();
    page.press(Key::Enter.into()).await.unwrap();
}

/// E8, E9: a guardian applies for a bound child, and says that the photo is wrong.
async fn a_mother_applies_for_her_child(scene: &Scene, page: &Window, mother: &Citizen, child: &Citizen) {
    logs_in(scene, page, 2).await;
    page.text_with("name", mother.name).await.unwrap();
    page.text_with("reason", "不符合申领条件").await.unwrap();
    is_accessible(page, "people").await;
    scene.picture(page, "portal-not-eligible").await;
    page.click("relative-0").await.unwrap();
    page.text_with("name", child.name).await.unwrap();
    page.click("apply").await.unwrap();
    page.click("yes").await.unwrap();
    page.text_with("sheet", child.name).await.unwrap();
    page.click("wrong").await.unwrap();
    page.text_with("wrong-form", "请携带本人身份证到线下窗口").await.unwrap();
    is_accessible(page, "wrong-form").await;
    scene.picture(page, "portal-wrong").await;
    page.click("field-photo").await.unwrap();
    page.type_into("remark", "照片是以前的").await.unwrap();
    page.click("send").await.unwrap();
    page.text_with("report", "照片有误").await.unwrap();
    is_accessible(page, "report").await;
    scene.picture(page, "portal-escalated").await;
    let filed = "SELECT count(*) FROM escalation";
    assert_eq!(scene.postgres.query(filed).await.unwrap(), "1", "the window hears of it");
    page.click("self").await.unwrap();
    page.text_with("name", mother.name).await.unwrap();
}

/// No name and no number in what the browser keeps, in an address, or in a log.
async fn nothing_of_a_person_is_kept(scene: &Scene, portal: &Portal, page: &Window) {
    const KEPT: &str = "
        const done = arguments[0]
        const addresses = performance.getEntries().map((one) => one.name)
        Promise.all([caches.keys(), indexedDB.databases()]).then(([kept, databases]) =>
          done([...kept, ...databases.map((one) => one.name), ...addresses, location.href, document.cookie,
            JSON.stringify(localStorage), JSON.stringify(sessionStorage)]))";
    let kept = page.run_script(KEPT).await.unwrap();
    let kept: Vec<&str> = kept.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(kept.iter().any(|text| text.contains("/portal/api/")), "addresses were looked at");
    let logs = format!("{}{}", portal.logs().unwrap(), scene.central.log().unwrap());
    for citizen in &scene.people {
        for secret in [citizen.name, &citizen.number] {
            assert!(!logs.contains(secret), "{secret} in a log");
            assert!(!kept.iter().any(|text| text.contains(secret)), "{secret} in the browser");
        }
    }
}
