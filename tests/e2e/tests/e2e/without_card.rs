//! Citizens without a card: a paper document (I4), a code on a phone (I2), a bound relative (I3).

use practice::citizen::Citizen;
use practice::clerk::{Action, Clerk, Confirmation};
use practice::sheet;
use practice::site::FIRST_DESK;
use rig::process::until;
use rig::window::{Key, Window};
use rules::person::IdNumber;
use rules::wire::WINDOW_LOGIN_CLIENT;

use crate::guardians::{PATIENCE, lift, reads_the_card_of, sheet_of, ticks};
use crate::{Counter, wait_for_papers};

/// The codes that are reported lost, as the database numbers the state.
const LOST_CODES: &str = "SELECT count(*) FROM code WHERE state = 1";

/// Serves a citizen on a document: types the number, photographs the document, looks up.
async fn comes_with(clerk: &Clerk<'_>, citizen: &Citizen, document: &str) {
    let window = clerk.window();
    clerk.waits().await.unwrap();
    window.press(Key::F5.into()).await.unwrap();
    window.type_into("no-card-number", &citizen.number).await.unwrap();
    window.find("no-card-fits").await.unwrap();
    window.click(&format!("no-card-{document}")).await.unwrap();
    window.press(Key::F5.into()).await.unwrap();
    window.find("capture-frame").await.unwrap();
    window.press(Key::F8.into()).await.unwrap();
    window.gone("capture").await.unwrap();
    window.find("no-card-page").await.unwrap();
    window.press(Key::F9.into()).await.unwrap();
    clerk.sees(citizen).await.unwrap();
    window.has("proof", "data-kind", "document").await.unwrap();
}

/// Types the staff number and password of a supervisor, and confirms.
async fn confirms(window: &Window, (staff, password): (&str, &str)) {
    window.type_into("supervisor-staff", staff).await.unwrap();
    window.type_into("supervisor-password", password).await.unwrap();
    Clerk::at(window).does_it().await.unwrap();
}

async fn goes_on(counter: &Counter) {
    counter.clerk().hands_over().await.unwrap();
    counter.clerk().waits().await.unwrap();
}

fn masked(citizen: &Citizen) -> String {
    IdNumber::parse(&citizen.number).unwrap().masked()
}

#[tokio::test]
async fn i2_to_i4_a_child_without_a_card_is_served_by_document_by_its_mothers_card_and_by_its_code() {
    let mut counter = Counter::closed("child-no-card").await;
    let mut scanner = counter.site.plug_in_scanner(FIRST_DESK).unwrap();
    counter.open_window().await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let [child, infant, mother] = ["child", "infant", "mother"].map(|key| counter.site.citizen(key).unwrap());

    // The registry binds the mother to the child; to the new-born only the household book does.
    for (young, document) in [(child, "birth_certificate"), (infant, "household_book")] {
        comes_with(&clerk, young, document).await;
        clerk.begins(Action::Apply).await.unwrap();
        let card = counter.site.lay("mother").unwrap();
        reads_the_card_of(window, mother).await;
        ticks(window, "agent-consent").await;
        clerk.holder_agrees().await.unwrap();
        clerk.does_it().await.unwrap();
        clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
        sheet_of(&counter, young).await;
        lift(card).await;
        goes_on(&counter).await;
    }
    assert_eq!(counter.codes_at_the_centre().await, 2);
    let doubted = "SELECT count(*) FROM review WHERE reason = 'binding_unverified'";
    assert_eq!(counter.at_the_centre(doubted).await, 1);

    // I3: the mother's own card opens the list of those for whom she may act.
    let card = counter.site.lay("mother").unwrap();
    clerk.sees(mother).await.unwrap();
    window.press(Key::F5.into()).await.unwrap();
    window.text_with("relative-1", "周**").await.unwrap();
    window.press('1').await.unwrap();
    clerk.sees(child).await.unwrap();
    window.has("proof", "data-kind", "bound").await.unwrap();
    window.text_with("proof-agent", &masked(mother)).await.unwrap();
    clerk.begins(Action::Reprint).await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Reprint, Confirmation::Confirmed).await.unwrap();
    sheet_of(&counter, child).await;
    lift(card).await;
    goes_on(&counter).await;

    // 亲属码: the child's code on the mother's phone.
    let phone = &counter.site.login_service;
    let code = phone.token(WINDOW_LOGIN_CLIENT, &mother.number, Some(&child.number), 60).await.unwrap();
    scanner.scan(&code).unwrap();
    clerk.sees(child).await.unwrap();
    window.has("proof", "data-kind", "code").await.unwrap();
    window.text_with("proof-agent", &masked(mother)).await.unwrap();
    clerk.begins(Action::ReportLoss).await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::ReportLoss, Confirmation::Confirmed).await.unwrap();
    assert_eq!(counter.at_the_centre(LOST_CODES).await, 1);
}

#[tokio::test]
async fn i4_a_lost_card_reports_a_loss_at_once_and_gets_a_code_only_with_a_supervisor_and_a_review() {
    let counter = Counter::open("card-lost").await;
    let (clerk, window, central) = (counter.clerk(), counter.window(), &counter.site.central);
    let [senior, disabled] = ["senior", "disabled"].map(|key| counter.site.citizen(key).unwrap());
    let kiosk = counter.site.install_kiosk("演练自助终端").await.unwrap();
    kiosk.sends_to_the_window(central, senior, "name", "名字里的字不对").await.unwrap();

    comes_with(&clerk, senior, "loss_certificate").await;
    // What was reported at the kiosk needs no correction, and the kiosk says so.
    window.click("history-dismiss-name").await.unwrap();
    window.find("dismiss").await.unwrap();
    window.press(Key::Enter.into()).await.unwrap();
    window.find("dismiss-missing").await.unwrap();
    window.click("dismiss-registered_rightly").await.unwrap();
    window.press(Key::Enter.into()).await.unwrap();
    window.gone("dismiss").await.unwrap();
    window.gone("history-escalation").await.unwrap();
    until("the kiosk's answer", PATIENCE, async || {
        let reports = kiosk.logs_in(central, senior).await.ok()?.view["reports"].clone();
        (reports[0]["open"] == false).then_some(reports[0]["dismissed"] == "registered_rightly")
    })
    .await
    .map(|is_why| assert!(is_why))
    .unwrap();
    clerk.begins(Action::ReportLoss).await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::ReportLoss, Confirmation::Confirmed).await.unwrap();
    assert_eq!(counter.at_the_centre(LOST_CODES).await, 1);
    window.press(Key::F8.into()).await.unwrap();
    let receipt = wait_for_papers(&counter, 1).await.remove(0);
    let words = sheet::text(&receipt).await.unwrap();
    assert!(words.contains("挂失") && !words.contains(&senior.number), "{words}");
    goes_on(&counter).await;

    comes_with(&clerk, disabled, "temporary_card").await;
    clerk.begins(Action::Apply).await.unwrap();
    window.find("supervisor-form").await.unwrap();
    clerk.does_it().await.unwrap();
    window.has("failure", "data-code", "document_needs_supervisor").await.unwrap();
    let [own, supervisor] = ["clerk", "supervisor"].map(|role| counter.site.staff_with(role).unwrap());
    confirms(window, (own.number, &own.password)).await;
    window.has("failure", "data-code", "same_person").await.unwrap();
    confirms(window, (supervisor.number, &supervisor.password)).await;
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    sheet_of(&counter, disabled).await;

    // The code counts at once. Somebody at the centre looks at the document all the same.
    let listed = async || central.command(&["review", "list"]).await.unwrap();
    let row = listed().await;
    let row: Vec<&str> = row.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!((row[3], row[8], row[9], row[10]), ("document", own.number, "issue", "-"));
    let decide =
        ["review", "decide", row[0], row[1], row[2], "--accept", "--reason", "looked at the picture"];
    central.command(&decide).await.unwrap();
    let decided = listed().await;
    assert!(decided.contains("accepted ") && decided.contains("looked at the picture"), "{decided}");
    assert!(central.command(&decide).await.is_err(), "decided once");
    central.command(&["audit", "verify"]).await.unwrap();
}

#[tokio::test]
async fn i2_a_code_on_a_phone_serves_once_and_says_why_not_again_nor_without_the_centre() {
    let mut counter = Counter::closed("phone-code").await;
    let mut scanner = counter.site.plug_in_scanner(FIRST_DESK).unwrap();
    counter.open_window().await;
    let senior = counter.site.citizen("senior").unwrap().clone();
    let service = counter.site.login_service.clone();
    let shown = async || service.token(WINDOW_LOGIN_CLIENT, &senior.number, None, 60).await.unwrap();
    let own = shown().await;
    scanner.scan(&own).unwrap();
    let (clerk, window) = (counter.clerk(), counter.window());
    clerk.sees(&senior).await.unwrap();
    // Interrupted, and found again by the number that its papers carry, from another screen.
    window.press(Key::F10.into()).await.unwrap();
    clerk.waits().await.unwrap();
    window.press(Key::F3.into()).await.unwrap();
    window.find("suspended-cases").await.unwrap();
    let number = "arguments[0](document.querySelector('[data-testid=suspended-cases] .code').textContent)";
    let number = window.run_script(number).await.unwrap();
    window.press(Key::Escape.into()).await.unwrap();
    clerk.waits().await.unwrap();
    scanner.scan(&number.as_str().unwrap().replace('-', "")).unwrap();
    let found = "arguments[0](document.querySelector('main').innerText.includes('办件已找到'))";
    let is_found = async || (window.run_script(found).await.ok()? == true).then_some(());
    until("the case that was found", PATIENCE, is_found).await.unwrap();
    // Whoever comes back proves again who they are.
    scanner.scan(&shown().await).unwrap();
    clerk.sees(&senior).await.unwrap();
    window.has("proof", "data-kind", "code").await.unwrap();
    window.press(Key::F7.into()).await.unwrap();
    window.find("wrong-field").await.unwrap();
    window.press('1').await.unwrap();
    window.has("failure", "data-code", "code_not_for_name").await.unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    clerk.holder_agrees().await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    sheet_of(&counter, &senior).await;
    goes_on(&counter).await;

    scanner.scan(&own).unwrap();
    window.has("failure", "data-code", "log_in_used").await.unwrap();
    clerk.waits().await.unwrap();
    counter.site.central.stop();
    scanner.scan(&shown().await).unwrap();
    counter.window().has("failure", "data-code", "code_needs_centre").await.unwrap();
    counter.clerk().waits().await.unwrap();
    assert_eq!(counter.codes_at_the_centre().await, 1);
}
