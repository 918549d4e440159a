//! The kiosk's pages: the steps of the city's guide (线下如何申领), each in order.

use crate::scene::{is_accessible, soon};
use practice::{
    bridge::{Bridge, KIOSK_READER},
    sheet,
    site::Site,
};
use rig::{browser::Phone, window::Window};
use serde_json::{Value, json};

/// Seconds until a visit ends: never by itself, but where that is what is shown.
const NEVER: u32 = 3_600;

struct Kiosk {
    site: Site,
    bridge: Bridge,
    page: Window,
}

impl Kiosk {
    async fn picture(&self, name: &str) {
        self.page.screenshot(&self.site.folder.logs().join(format!("kiosk-{name}.png"))).await.unwrap();
    }

    /// Goes from the start to a way to log in.
    async fn chooses(&self, way: &str) {
        self.page.click("begin").await.unwrap();
        self.page.click(&format!("way-{way}")).await.unwrap();
        self.page.has("waiting", "data-way", way).await.unwrap();
    }

    async fn shows_code(&mut self, way: &str, who: &str, holder: Option<&str>) {
        self.chooses(way).await;
        let code = self.site.code_on_phone(&self.bridge, who, holder).await.unwrap();
        self.bridge.scanner.scan(&code).unwrap();
        self.page.find("holder").await.unwrap();
    }

    async fn confirms(&self, action: &str) {
        self.page.click(&format!("action-{action}")).await.unwrap();
        self.page.find("consequence").await.unwrap();
        self.page.click("yes").await.unwrap();
        self.page.has("done", "data-action", action).await.unwrap();
    }

    /// Returns what the centre says of the sheet that was printed last.
    async fn guard_is_told(&self) -> Value {
        let printed = self.bridge.printer.printed().unwrap();
        let payload = sheet::symbol(printed.last().unwrap()).await.unwrap();
        let scan = json!({ "payload": payload, "scanner": "保安甲", "place": "北门", "register": false });
        let answer = self.site.central.post("/v1/verify", &[], &scan).await.unwrap().good().unwrap();
        serde_json::from_slice(&answer).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_is_served_at_a_kiosk_in_the_order_of_the_citys_guide() {
    let site = Site::start_without_windows("pages-kiosk").await.unwrap();
    let bridge = site.open_kiosk("一号自助终端", NEVER).await.unwrap();
    let screen = Phone { width: 1080, height: 1440, camera: None };
    let page = Window::on_phone(&site.folder, &screen, &bridge.address()).await.unwrap();
    let mut kiosk = Kiosk { site, bridge, page };

    the_entry_and_three_ways_to_log_in(&kiosk).await;
    a_code_is_applied_for_and_printed(&kiosk).await;
    a_second_one_on_the_same_day_is_refused(&kiosk).await;
    the_code_of_a_phone_logs_in_too(&mut kiosk).await;
    a_wrong_photo_goes_to_the_window(&mut kiosk).await;
    n3_a_card_that_differs_goes_to_the_window(&kiosk).await;
    who_walks_away_is_forgotten(&mut kiosk).await;
    nothing_of_a_holder_is_kept(&kiosk).await;
}

async fn the_entry_and_three_ways_to_log_in(kiosk: &Kiosk) {
    let page = &kiosk.page;
    page.gone("trouble").await.unwrap();
    assert!(!kiosk.bridge.log().unwrap().contains("key="), "the page's key is in the log");
    let address = page.run_script("arguments[0](location.href)").await.unwrap();
    assert!(!address.as_str().unwrap().contains("key="), "the page's key left the address");
    is_accessible(page, "start").await;
    kiosk.picture("start").await;
    page.click("contrast").await.unwrap();
    is_accessible(page, "start").await;
    kiosk.picture("contrast").await;
    page.click("contrast").await.unwrap();
    page.click("begin").await.unwrap();
    for way in ["id_card", "suishen_code", "relative_code"] {
        page.find(&format!("way-{way}")).await.unwrap();
    }
    is_accessible(page, "log-in").await;
    kiosk.picture("log-in").await;
    page.click("back").await.unwrap();
}

async fn a_code_is_applied_for_and_printed(kiosk: &Kiosk) {
    let page = &kiosk.page;
    kiosk.chooses("id_card").await;
    is_accessible(page, "waiting").await;
    let card = kiosk.site.lay_at(KIOSK_READER, "sixty-today").unwrap();
    page.text_with("name", "陈建国").await.unwrap();
    const DRAWN: &str = "const photo = document.querySelector('[data-testid=photo]'); \
                         const done = arguments[0]; photo.decode().then(() => done(photo.naturalWidth))";
    assert!(page.run_script(DRAWN).await.unwrap().as_u64().unwrap() > 0, "the registry's photo");
    page.has("code", "data-standing", "none").await.unwrap();
    is_accessible(page, "holder").await;
    kiosk.picture("check").await;
    page.click("action-apply").await.unwrap();
    is_accessible(page, "consequence").await;
    kiosk.picture("confirm").await;
    page.click("no").await.unwrap();
    kiosk.confirms("apply").await;
    page.has("done", "data-print", "printed").await.unwrap();
    page.text_with("take", "身份证").await.unwrap();
    is_accessible(page, "done").await;
    kiosk.picture("printed").await;
    assert_eq!(kiosk.bridge.printer.printed().unwrap().len(), 1);
    assert_eq!(kiosk.guard_is_told().await["answer"], "valid");
    page.click("finish").await.unwrap();
    page.find("card-left").await.unwrap();
    is_accessible(page, "start").await;
    drop(card);
    page.gone("card-left").await.unwrap();
}

/// The guide's last word: 一天内仅可“申领”或“补领”一次. Printing again and 挂失 are possible.
async fn a_second_one_on_the_same_day_is_refused(kiosk: &Kiosk) {
    let page = &kiosk.page;
    kiosk.chooses("id_card").await;
    let card = kiosk.site.lay_at(KIOSK_READER, "sixty-today").unwrap();
    page.has("code", "data-standing", "live").await.unwrap();
    page.has("reason", "data-code", "already_issued_today").await.unwrap();
    assert!(!page.shows("action-apply").await && !page.shows("action-reissue").await);
    is_accessible(page, "holder").await;
    kiosk.picture("second").await;
    kiosk.confirms("reprint").await;
    page.has("done", "data-print", "printed").await.unwrap();
    assert_eq!(kiosk.bridge.printer.printed().unwrap().len(), 2);
    page.click("go-on").await.unwrap();
    kiosk.confirms("report_loss").await;
    page.has("done", "data-print", "lost").await.unwrap();
    assert_eq!(kiosk.guard_is_told().await["answer"], "lost", "at once");
    page.click("go-on").await.unwrap();
    page.has("reason", "data-code", "already_issued_today").await.unwrap();
    assert!(!page.shows("action-reissue").await);
    drop(card);
    page.has("ending", "data-ending", "card_taken").await.unwrap();
}

async fn the_code_of_a_phone_logs_in_too(kiosk: &mut Kiosk) {
    kiosk.chooses("suishen_code").await;
    is_accessible(&kiosk.page, "waiting").await;
    kiosk.page.click("back").await.unwrap();
    kiosk.page.find("log-in").await.unwrap();
    kiosk.page.click("back").await.unwrap();
    kiosk.shows_code("suishen_code", "senior", None).await;
    assert_eq!(kiosk.page.text("name").await.unwrap(), "王秀英");
    kiosk.page.click("end").await.unwrap();
    // E8: a guardian shows the code of a child.
    kiosk.shows_code("relative_code", "mother", Some("child")).await;
    assert_eq!(kiosk.page.text("name").await.unwrap(), "周雨桐");
    kiosk.confirms("apply").await;
    kiosk.page.has("done", "data-print", "printed").await.unwrap();
    kiosk.page.click("finish").await.unwrap();
}

/// 温馨提示: 发现照片、姓名等信息有误，可以联系线下窗口工作人员.
async fn a_wrong_photo_goes_to_the_window(kiosk: &mut Kiosk) {
    kiosk.shows_code("suishen_code", "blurred", None).await;
    let page = &kiosk.page;
    page.click("wrong").await.unwrap();
    is_accessible(page, "wrong-photo").await;
    kiosk.picture("wrong").await;
    page.click("wrong-photo").await.unwrap();
    page.has("window", "data-print", "printed").await.unwrap();
    is_accessible(page, "window").await;
    kiosk.picture("window").await;
    let number = page.text("report-number").await.unwrap();
    let printed = kiosk.bridge.printer.printed().unwrap();
    let ticket = sheet::text(printed.last().unwrap()).await.unwrap();
    assert!(ticket.contains(&number) && ticket.contains("照片有误") && ticket.contains("沈**"), "{ticket}");
    assert!(!ticket.contains("沈月娥"), "M2: masked");
    std::fs::copy(printed.last().unwrap(), kiosk.site.folder.logs().join("ticket.pdf")).unwrap();
    page.click("finish").await.unwrap();
    kiosk.shows_code("suishen_code", "blurred", None).await;
    kiosk.page.find("reported").await.unwrap();
    kiosk.page.click("end").await.unwrap();
}

async fn n3_a_card_that_differs_goes_to_the_window(kiosk: &Kiosk) {
    let page = &kiosk.page;
    kiosk.chooses("id_card").await;
    let card = kiosk.site.lay_at(KIOSK_READER, "wrong-character").unwrap();
    page.has("refused", "data-code", "kiosk_go_to_window").await.unwrap();
    is_accessible(page, "refused").await;
    kiosk.picture("differs").await;
    page.click("report").await.unwrap();
    page.has("window", "data-print", "printed").await.unwrap();
    drop(card);
    page.has("ending", "data-ending", "card_taken").await.unwrap();
}

/// A visit ends without a touch, the next one finds nothing of it, and the card is pointed out.
async fn who_walks_away_is_forgotten(kiosk: &mut Kiosk) {
    const SECONDS: u32 = 6;
    kiosk.bridge.start_again(&kiosk.site.folder, SECONDS).await.unwrap();
    let address = kiosk.bridge.address();
    kiosk.page.client().goto(&address).await.unwrap();
    let page = &kiosk.page;
    // A machine under load may miss the question: then the visit has ended, and another begins.
    soon("the question whether somebody is there", async || {
        if page.shows("begin").await {
            page.click("begin").await.ok()?;
        }
        page.shows("leaving").await.then_some(())
    })
    .await;
    kiosk.picture("leaving").await;
    page.has("ending", "data-ending", "timed_out").await.unwrap();
    assert!(!page.shows("holder").await);
}

async fn nothing_of_a_holder_is_kept(kiosk: &Kiosk) {
    const KEPT: &str = "
        const done = arguments[0]
        const addresses = performance.getEntriesByType('resource').map((one) => one.name)
        indexedDB.databases().then((all) => done([
          ...all.map((one) => one.name), ...addresses, location.href, document.cookie, document.body.textContent,
          JSON.stringify(localStorage), JSON.stringify(sessionStorage)]))";
    let kept = kiosk.page.run_script(KEPT).await.unwrap();
    let kept =
        kept.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>().join("\n");
    assert!(kept.contains("/bridge/view") && kept.contains("离线随申码"), "what is kept was looked at");
    let log = kiosk.bridge.log().unwrap();
    for citizen in &kiosk.site.population {
        for secret in [citizen.name, citizen.number.as_str()] {
            assert!(!kept.contains(secret), "{} in the page", citizen.key);
        }
        assert!(!log.contains(citizen.name) && !log.contains(&citizen.number), "{} in the log", citizen.key);
    }
    assert!(!kept.contains("key="), "nor the page's key");
}
