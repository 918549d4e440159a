//! A morning at a kiosk where everything goes wrong once.

use crate::{door, page::Page};
use practice::{
    bridge::{Bridge, KIOSK_READER},
    site::Site,
};
use reqwest::Method;
use rig::printer::Behaviour;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_answers_its_own_page_only_and_loses_nothing() {
    let mut site = Site::start_without_windows("kiosk").await.unwrap();
    let mut bridge = site.open_kiosk("一号自助终端", 600).await.unwrap();
    let page = Page::of(&bridge);
    door::only_the_own_page_is_answered(&page).await;
    page.trouble(None).await;

    other_cards_and_codes_are_refused(&site, &page, &mut bridge).await;
    without_paper_nothing_is_issued(&site, &page, &bridge).await;
    a_sheet_that_was_not_printed_is_printed_again(&site, &page, &bridge).await;
    a_stuck_sheet_is_cancelled_when_its_citizen_leaves(&site, &page, &bridge).await;
    without_the_centre_nobody_logs_in(&mut site, &page).await;
    without_a_reader_the_phone_still_works(&mut site, &page, &mut bridge).await;
    a_kiosk_out_of_service_says_so(&site, &page).await;

    let log = bridge.log().unwrap();
    for citizen in &site.population {
        assert!(!log.contains(citizen.name) && !log.contains(&citizen.number), "{} in the log", citizen.key);
    }
}

async fn other_cards_and_codes_are_refused(site: &Site, page: &Page, bridge: &mut Bridge) {
    page.chooses("id_card").await;
    let card = site.lay_at(KIOSK_READER, "senior").unwrap(); // a social security card
    page.refused("kiosk_card_other").await;
    drop(card);
    page.at("waiting").await;
    page.does(json!({ "do": "end" })).await;

    page.chooses("suishen_code").await;
    bridge.scanner.scan("SSM1:NOT A LOG-IN").unwrap();
    page.refused("kiosk_code_not_accepted").await;
    page.does(json!({ "do": "end" })).await;
    let code = site.code_on_phone(bridge, "senior", None).await.unwrap();
    page.chooses("suishen_code").await;
    bridge.scanner.scan(&code).unwrap();
    assert_eq!(page.at("holder").await["holder"]["name"], "王秀英");
    page.does(json!({ "do": "end" })).await;
    page.chooses("suishen_code").await;
    bridge.scanner.scan(&code).unwrap();
    page.refused("kiosk_code_not_accepted").await; // N-3: it is good once
    page.does(json!({ "do": "end" })).await;

    page.chooses("relative_code").await;
    let code = site.code_on_phone(bridge, "senior", Some("child")).await.unwrap();
    bridge.scanner.scan(&code).unwrap();
    page.refused("kiosk_not_bound").await;
    page.does(json!({ "do": "end" })).await;
}

async fn without_paper_nothing_is_issued(site: &Site, page: &Page, bridge: &Bridge) {
    bridge.printer.take_paper_out().await.unwrap();
    page.chooses("id_card").await;
    let card = site.lay_at(KIOSK_READER, "sixty-today").unwrap();
    page.at("holder").await;
    page.does(json!({ "do": "act", "action": "apply" })).await;
    page.refused("kiosk_no_paper").await;
    page.does(json!({ "do": "back" })).await;
    let holder = page.at("holder").await;
    assert_eq!(holder["holder"]["code"], json!(null), "no code was issued");
    page.trouble(Some("kiosk_no_paper")).await;
    bridge.printer.refill().await.unwrap();
    page.trouble(None).await;
    drop(card);
    page.until("the card taken", |view| view["ending"] == "card_taken").await;
}

async fn a_sheet_that_was_not_printed_is_printed_again(site: &Site, page: &Page, bridge: &Bridge) {
    bridge.printer.behave(Behaviour::Aborts).unwrap();
    page.chooses("id_card").await;
    let card = site.lay_at(KIOSK_READER, "sixty-today").unwrap();
    let holder = page.at("holder").await;
    assert_eq!((&holder["holder"]["name"], &holder["holder"]["has_photo"]), (&json!("陈建国"), &json!(true)));
    let photo = page.own(Method::GET, "/bridge/photo").send().await.unwrap();
    assert_eq!(
        (photo.status().as_u16(), photo.headers()["content-type"].to_str().unwrap()),
        (200, "image/jpeg")
    );
    page.does(json!({ "do": "act", "action": "apply" })).await;
    page.print(true, Some("kiosk_not_printed")).await;
    bridge.printer.behave(Behaviour::Prints).unwrap();
    page.does(json!({ "do": "print_again" })).await;
    page.print(true, None).await;
    page.does(json!({ "do": "end" })).await;
    page.until("the card left behind", |view| view["card_left"]["code"] == "kiosk_card_left").await;
    let gone = page.own(Method::GET, "/bridge/photo").send().await.unwrap();
    assert_eq!(gone.status(), 404, "nobody's photo stays");
    drop(card);
    page.until("no card", |view| view["card_left"] == json!(null)).await;
}

async fn a_stuck_sheet_is_cancelled_when_its_citizen_leaves(site: &Site, page: &Page, bridge: &Bridge) {
    bridge.printer.behave(Behaviour::Jams).unwrap();
    page.chooses("id_card").await;
    let card = site.lay_at(KIOSK_READER, "disabled").unwrap();
    page.at("holder").await;
    page.does(json!({ "do": "act", "action": "apply" })).await;
    page.print(false, Some("kiosk_print_waits")).await;
    drop(card);
    page.at("start").await;
    bridge.printer.behave(Behaviour::Prints).unwrap();
    page.trouble(None).await;
    // What was issued is printed when they come again.
    page.chooses("id_card").await;
    let card = site.lay_at(KIOSK_READER, "disabled").unwrap();
    assert_eq!(page.at("holder").await["holder"]["code"]["standing"], "live");
    page.does(json!({ "do": "act", "action": "reprint" })).await;
    page.print(true, None).await;
    drop(card);
    page.at("start").await;
}

async fn without_the_centre_nobody_logs_in(site: &mut Site, page: &Page) {
    site.central.stop();
    page.trouble(Some("kiosk_centre_away")).await;
    page.until("no way in", |view| view["ways"] == json!([])).await;
    site.central.start_again(&site.folder).await.unwrap();
    page.trouble(None).await;
}

async fn without_a_reader_the_phone_still_works(site: &mut Site, page: &Page, bridge: &mut Bridge) {
    site.smart_cards.kill();
    page.trouble(Some("kiosk_reader_away")).await;
    page.chooses("suishen_code").await;
    let code = site.code_on_phone(bridge, "rare-name", None).await.unwrap();
    bridge.scanner.scan(&code).unwrap();
    assert_eq!(page.at("holder").await["holder"]["name"], "阿依古丽·买买提");
    page.does(json!({ "do": "end" })).await;
    bridge.scanner.unplug();
    page.trouble(Some("kiosk_scanner_away")).await;
    bridge.scanner.plug_in_again().unwrap();
    site.smart_cards.start_again(&site.folder).await.unwrap();
    page.trouble(None).await;
}

async fn a_kiosk_out_of_service_says_so(site: &Site, page: &Page) {
    site.central.command(&["channel", "revoke", "一号自助终端"]).await.unwrap();
    page.chooses("id_card").await;
    let card = site.lay_at(KIOSK_READER, "sixty-today").unwrap();
    page.refused("kiosk_out_of_service").await;
    drop(card);
}
