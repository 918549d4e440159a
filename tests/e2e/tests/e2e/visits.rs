//! A home visit (上门服务) through the window: the kit, six hours without a line, the return.

use std::path::PathBuf;
use std::sync::Arc;

use desk::clock::SystemClock;
use practice::clerk::{Action, Confirmation};
use practice::sheet;
use practice::site::FIRST_DESK;
use rig::window::{Key, Window};
use rules::correction::Digest;

use crate::guardians::{PATIENCE, lift};
use crate::{Counter, wait_for_papers};

const HOUR_MS: i64 = 3_600_000;
const SHEETS: &str = "10";
const UNUSED: &str = "7";

/// Opens the files of the desk, whose window is closed.
async fn files(counter: &Counter) -> Arc<desk::Desk> {
    let folder = counter.site.desk_folder(FIRST_DESK).unwrap();
    fixture::open(&folder, Arc::new(SystemClock::new())).await
}

/// Lets so many hours pass while the window is closed: what desk and centre have dated since the
/// last contact is so much older.
async fn hours_pass(counter: &Counter, hours: i64) {
    let by_ms = hours * HOUR_MS;
    let desk = files(counter).await;
    let mut raw = fixture::raw(&desk).await;
    for older in [
        "UPDATE sync_state SET contact_server = contact_server - ?1, contact_wall = contact_wall - ?1,
             contact_monotonic_ms = contact_monotonic_ms - ?1, wall_high_water = wall_high_water - ?1,
             latest_at = latest_at - ?1",
        "UPDATE visit SET taken_at = taken_at - ?1, ends_at = ends_at - ?1",
        "UPDATE citizen SET fetched_at = fetched_at - ?1",
        "UPDATE print_job SET asked_at = asked_at - ?1",
        "UPDATE operation SET at = at - ?1",
        "UPDATE credential SET kept_at = kept_at - ?1",
    ] {
        sqlx::query(older).bind(by_ms).execute(&mut *raw).await.unwrap();
    }
    drop(raw);
    desk.store().close().await;
    let older = format!("UPDATE visit SET taken_at = taken_at - {by_ms}, ends_at = ends_at - {by_ms}");
    counter.site.postgres.query(&older).await.unwrap();
}

/// Returns one number from the files of the desk, whose window is closed.
async fn kept(counter: &Counter, statement: &str, bound: &str) -> i64 {
    let desk = files(counter).await;
    let mut raw = fixture::raw(&desk).await;
    let (number,): (i64,) = sqlx::query_as(statement).bind(bound).fetch_one(&mut *raw).await.unwrap();
    drop(raw);
    desk.store().close().await;
    number
}

/// Returns the digest of a citizen's photo in the registry.
fn photo_of(counter: &Counter, key: &str) -> String {
    let folder: PathBuf = counter.site.folder.below("population").unwrap();
    Digest::of(&std::fs::read(folder.join(format!("{key}.jpg"))).unwrap()).to_string()
}

/// Waits until everything that was done has its receipt.
async fn handed_over(window: &Window) {
    rig::process::until("nothing waits", PATIENCE, async || {
        window.has("status-queue", "data-waiting", "0").await.ok()
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn v3_a_home_visit_serves_six_hours_offline_and_leaves_nothing_behind() {
    let mut counter = Counter::open("home-visit").await;
    let people = ["senior", "sixty-today", "wrong-character", "rare-name"];
    let [senior, sixty, misnamed, unvisited] = people.map(|key| counter.site.citizen(key).unwrap().clone());

    // Somebody is served at the window, and asks for a visit the same day.
    let card = counter.site.lay("senior").unwrap();
    counter.clerk().issues(&senior, Action::Apply, Confirmation::Confirmed).await.unwrap();
    counter.clerk().sees_sheet_printed().await.unwrap();
    lift(card).await;
    counter.clerk().hands_over().await.unwrap();
    counter.clerk().waits().await.unwrap();

    // Before leaving: a list from today's cases and by number, all by keyboard but one button.
    let window = counter.window();
    window.click("place-visits").await.unwrap();
    window.click("visit-today-1").await.unwrap();
    window.text_with("visit-count", "1 人").await.unwrap();
    for (count, person) in [(2, &sixty), (3, &misnamed), (4, &unvisited)] {
        window.press(Key::F2.into()).await.unwrap();
        window.type_into("visit-number", &person.number).await.unwrap();
        window.press(Key::Enter.into()).await.unwrap();
        window.text_with("visit-count", &format!("{count} 人")).await.unwrap();
    }
    window.type_into("visit-sheets", SHEETS).await.unwrap();
    window.screenshot(&counter.site.folder.logs().join("visit-list.png")).await.unwrap();
    window.press(Key::F9.into()).await.unwrap();
    window.has("kit", "data-state", "out").await.unwrap();
    window.text_with("kit-people", "4 人").await.unwrap();
    window.has("status-kit", "data-overdue", "false").await.unwrap();
    window.screenshot(&counter.site.folder.logs().join("visit-kit.png")).await.unwrap();

    // On the way the laptop is switched off; there is no line where it is opened again.
    counter.window().kill_program().unwrap();
    counter.site.central.stop();
    hours_pass(&counter, 6).await;
    counter.open_window().await;
    let window = counter.window();
    window.has("status-link", "data-state", "offline").await.unwrap();
    window.has("status-kit", "data-state", "out").await.unwrap();

    // The registry's name is known there, although the card says another one.
    let card = counter.site.lay("wrong-character").unwrap();
    counter.clerk().sees(&misnamed).await.unwrap();
    window.find("citizen-portrait").await.unwrap();
    lift(card).await;
    counter.clerk().waits().await.unwrap();

    let card = counter.site.lay("sixty-today").unwrap();
    counter.clerk().issues(&sixty, Action::Apply, Confirmation::Provisional).await.unwrap();
    counter.clerk().sees_sheet_printed().await.unwrap();
    lift(card).await;
    counter.clerk().hands_over().await.unwrap();
    counter.clerk().waits().await.unwrap();

    let card = counter.site.lay("senior").unwrap();
    counter.clerk().sees(&senior).await.unwrap();
    counter.clerk().begins(Action::Reprint).await.unwrap();
    counter.clerk().does_it().await.unwrap();
    counter.clerk().sees_done(Action::Reprint, Confirmation::Provisional).await.unwrap();
    counter.clerk().sees_sheet_printed().await.unwrap();
    lift(card).await;
    counter.clerk().hands_over().await.unwrap();
    counter.clerk().waits().await.unwrap();

    let card = counter.site.lay("senior").unwrap();
    counter.clerk().sees(&senior).await.unwrap();
    counter.clerk().begins(Action::ReportLoss).await.unwrap();
    counter.clerk().does_it().await.unwrap();
    counter.clerk().sees_done(Action::ReportLoss, Confirmation::Provisional).await.unwrap();
    lift(card).await;
    window.click("done-next").await.unwrap();
    counter.clerk().waits().await.unwrap();

    // Back: the line returns, and the clerk logs in with the centre.
    counter.site.central.start_again(&counter.site.folder).await.unwrap();
    let window = counter.window();
    handed_over(window).await;
    let clerk = counter.site.staff_with("clerk").unwrap().clone();
    counter.clerk().gives_place_to(&clerk).await.unwrap();
    window.click("place-visits").await.unwrap();
    window.find("kit-handed-over").await.unwrap();
    window.text_with("kit-served", "2 人").await.unwrap();
    window.type_into("kit-unused", UNUSED).await.unwrap();
    window.text_with("kit-missing", "1").await.unwrap();
    window.screenshot(&counter.site.folder.logs().join("visit-back.png")).await.unwrap();
    window.press(Key::F9.into()).await.unwrap();
    window.text_with("visit-last", "名单 4 人，办理 2 人 3 项").await.unwrap();
    window.gone("status-kit").await.unwrap();

    let report = wait_for_papers(&counter, 4).await.remove(3);
    let words = sheet::text(&report).await.unwrap();
    for must_stand in
        ["上门服务归还单", "名单 4 人，领取资料 4 人，办理 2 人", "办理事项（3）", "首次申领", "挂失"]
    {
        assert!(words.contains(must_stand), "{must_stand} is missing: {words}");
    }
    let figures: Vec<&str> = words.split_whitespace().collect();
    assert!(figures.windows(6).any(|row| row == ["10", "2", "0", "0", "7", "1"]), "{words}");
    for person in [&senior, &sixty, &misnamed, &unvisited] {
        assert!(!words.contains(person.name) && !words.contains(&person.number), "no people on it");
    }

    // Everything is at the centre once.
    assert_eq!(counter.codes_at_the_centre().await, 2);
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM code WHERE state = 1").await, 1, "lost");
    assert_eq!(counter.at_the_centre("SELECT max(copies) FROM code").await, 2, "one more copy");
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM visit WHERE returned_at IS NOT NULL").await, 1);
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM alarm WHERE kind LIKE 'kit%'").await, 0);

    // The kit is gone from the desk's files: its key, its people, and the photo of who was not
    // served.
    counter.window().kill_program().unwrap();
    let keys =
        kept(&counter, "SELECT count(*) FROM visit WHERE sealed_key IS NOT NULL OR ?1 = ''", "-").await;
    let people = kept(&counter, "SELECT count(*) FROM visit_person WHERE ?1 <> ''", "-").await;
    let photo = photo_of(&counter, unvisited.key);
    let photos = kept(&counter, "SELECT count(*) FROM blob WHERE digest = ?1", &photo).await;
    let views = kept(&counter, "SELECT count(*) FROM citizen WHERE view ->> '$.photo' = ?1", &photo).await;
    assert_eq!((keys, people, photos, views), (0, 0, 0, 0));
}
