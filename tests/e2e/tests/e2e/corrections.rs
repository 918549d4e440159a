//! Corrections of name and photo, from the kiosk to the new sheet. Clerks and supervisors use
//! only the keyboard.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use practice::citizen::Citizen;
use practice::clerk::{Action, Confirmation};
use practice::correcting::{Supervisor, Wrong};
use practice::site::FIRST_DESK;
use practice::{portrait, sheet};
use rig::process::until;
use rig::window::Key;
use rules::payload::{Claims, decode};
use serde_json::{Value, json};

use crate::Counter;

const PATIENCE: Duration = Duration::from_secs(45);

/// Returns the centre's answer to a scan of the symbol.
async fn answer_of_the_centre(counter: &Counter, symbol: &str) -> String {
    let scan = json!({ "payload": symbol, "scanner": "e2e", "place": "演练" });
    let answer = counter.site.central.post("/v1/verify", &[], &scan).await.unwrap().good().unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    answer["answer"].as_str().unwrap().to_owned()
}

fn claims(symbol: &str) -> Claims {
    decode(symbol).unwrap().claims
}

/// Lets the citizen apply at the kiosk, find the mistake and escalate it. Returns the symbol of
/// the kiosk's sheet.
async fn comes_from_the_kiosk(counter: &Counter, citizen: &Citizen, field: &str, remark: &str) -> String {
    let central = &counter.site.central;
    let kiosk = counter.site.install_kiosk("演练自助终端").await.unwrap();
    let pdf = kiosk.sends_to_the_window(central, citizen, field, remark).await.unwrap();
    let file: PathBuf = counter.site.folder.path().join("kiosk.pdf");
    std::fs::write(&file, pdf).unwrap();
    sheet::symbol(&file).await.unwrap()
}

/// The citizen shows the ticket before the card is read. The number is the end of the report's id.
async fn f3_finds_the_number_on_the_ticket(counter: &Counter) {
    let id = counter.site.postgres.query("SELECT escalation_id FROM escalation").await.unwrap();
    let end = id.trim().to_uppercase().split_off(28);
    let number = format!("{}-{}", &end[..4], &end[4..]);
    let window = counter.window();
    window.press(Key::F3.into()).await.unwrap();
    window.type_into("case-number-input", &number).await.unwrap();
    // The desk hears of it in a moment.
    until("the report by its number", PATIENCE, async || {
        if window.shows("report-number").await {
            return Some(());
        }
        window.press(Key::Enter.into()).await.ok()?;
        None
    })
    .await
    .unwrap();
    assert_eq!(window.text("report-number").await.unwrap(), number);
    window.press(Key::Escape.into()).await.unwrap();
}

#[tokio::test]
async fn n1_a_rare_character_is_corrected_from_the_kiosk_to_the_new_sheet() {
    let counter = Counter::open("correct-name").await;
    let citizen = counter.site.citizen("wrong-character").unwrap();
    let old = comes_from_the_kiosk(&counter, citizen, "name", "名字里的字不对").await;
    assert_eq!(answer_of_the_centre(&counter, &old).await, "valid");

    let second = counter.open_second_desk("supervisor").await;
    let clerk = counter.clerk();
    let window = counter.window();
    f3_finds_the_number_on_the_ticket(&counter).await;
    let _card = counter.site.lay("wrong-character").unwrap();
    clerk.sees(citizen).await.unwrap();
    window.text_with("citizen-chip-name", citizen.name).await.unwrap();
    window.find("history-escalation").await.unwrap();
    clerk.opens_correction(Wrong::Name).await.unwrap();
    clerk.chooses_reason("N1").await.unwrap();
    // The chip's name is filled in already; the difference is shown with code points.
    window.text_with("name-differences", "U+2C386").await.unwrap();
    clerk.adds_evidence("card_scan").await.unwrap();
    clerk.hands_in().await.unwrap();

    let supervisor = second.supervisor();
    supervisor.opens_first().await.unwrap();
    second.window.text_with("name-differences", "U+2C386").await.unwrap();
    supervisor.looks_at_evidence(&["chip_read", "card_scan"]).await.unwrap();
    supervisor.approves().await.unwrap();
    second.window.has("approval", "data-state", "applied").await.unwrap();

    clerk.sees_correction("applied").await.unwrap();
    window.press(Key::Escape.into()).await.unwrap();
    clerk.sees_named(citizen.name).await.unwrap();
    assert!(!window.shows("history-escalation").await, "answered, so no longer open");
    clerk.replaces(Confirmation::Confirmed).await.unwrap();

    let printed = counter.site.printer.printed().unwrap().pop().unwrap();
    assert!(sheet::text(&printed).await.unwrap().contains(citizen.name));
    let new = sheet::symbol(&printed).await.unwrap();
    assert_eq!(claims(&new).expires_at, claims(&old).expires_at, "a replacement keeps the old expiry");
    assert_ne!(claims(&new).serial, claims(&old).serial);
    assert_eq!(answer_of_the_centre(&counter, &old).await, "superseded");
    assert_eq!(answer_of_the_centre(&counter, &new).await, "valid");
}

/// Returns the photo of a printed sheet byte for byte: the JPEG is embedded without re-encoding.
async fn photo_on(sheet: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut pdfimages = Command::new("pdfimages");
    pdfimages.arg("-j").arg(sheet).arg(folder.path().join("photo"));
    rig::process::run(pdfimages).await.unwrap();
    std::fs::read(folder.path().join("photo-000.jpg")).unwrap()
}

#[tokio::test]
async fn p2_a_blurred_photo_is_retaken_and_printed() {
    let counter = Counter::open("correct-photo").await;
    let citizen = counter.site.citizen("blurred").unwrap();
    comes_from_the_kiosk(&counter, citizen, "photo", "照片看不清").await;
    let second = counter.open_second_desk("supervisor").await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let frame = portrait::jpeg(&portrait::before_the_camera(citizen)).unwrap();
    counter.site.camera_sees(FIRST_DESK, &frame).unwrap();

    let _card = counter.site.lay("blurred").unwrap();
    clerk.sees(citizen).await.unwrap();
    clerk.opens_correction(Wrong::Photo).await.unwrap();
    clerk.chooses_reason("P2").await.unwrap();
    clerk.takes_photo().await.unwrap();
    for measure in ["size", "bytes", "sharpness", "exposure", "contrast", "background", "aspect"] {
        window.has(&format!("measure-{measure}"), "data-ok", "true").await.unwrap();
    }
    // A photo taken at the counter counts as its own evidence.
    window.find("evidence-open-live_photo").await.unwrap();
    clerk.hands_in().await.unwrap();

    let supervisor = second.supervisor();
    supervisor.opens_first().await.unwrap();
    second.window.find("photo-before").await.unwrap();
    second.window.find("photo-after").await.unwrap();
    supervisor.looks_at_evidence(&["chip_read", "live_photo"]).await.unwrap();
    supervisor.approves().await.unwrap();
    second.window.has("approval", "data-state", "applied").await.unwrap();

    clerk.sees_correction("applied").await.unwrap();
    window.press(Key::Escape.into()).await.unwrap();
    clerk.sees(citizen).await.unwrap();
    clerk.replaces(Confirmation::Confirmed).await.unwrap();
    let printed = counter.site.printer.printed().unwrap().pop().unwrap();
    let photo = rules::correction::Digest::of(&photo_on(&printed).await);
    let registered = "SELECT count(*) FROM citizen WHERE encode(photo, 'hex') = ";
    assert_eq!(
        counter.at_the_centre(&format!("{registered}'{photo}'")).await,
        1,
        "the approved photo is printed"
    );
}

#[tokio::test]
async fn p1_somebody_elses_photo_voids_the_live_code() {
    let mut counter = Counter::open("correct-person").await;
    counter.site.install_chip_photo_library(FIRST_DESK).unwrap();
    counter.open_window().await;
    let citizen = counter.site.citizen("somebody-else").unwrap().clone();
    let old = comes_from_the_kiosk(&counter, &citizen, "photo", "照片不是我").await;
    let second = counter.open_second_desk("supervisor").await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let frame = portrait::jpeg(&portrait::before_the_camera(&citizen)).unwrap();
    counter.site.camera_sees(FIRST_DESK, &frame).unwrap();

    let _card = counter.site.lay("somebody-else").unwrap();
    clerk.sees(&citizen).await.unwrap();
    clerk.opens_correction(Wrong::Photo).await.unwrap();
    clerk.chooses_reason("P1").await.unwrap();
    clerk.takes_photo().await.unwrap();
    clerk.hands_in().await.unwrap();

    let supervisor = second.supervisor();
    supervisor.opens_first().await.unwrap();
    second.window.find("security-flag").await.unwrap();
    supervisor.looks_at_evidence(&["chip_read", "chip_photo", "live_photo"]).await.unwrap();
    supervisor.approves().await.unwrap();
    second.window.has("approval", "data-state", "applied").await.unwrap();

    clerk.sees_correction("applied").await.unwrap();
    window.press(Key::Escape.into()).await.unwrap();
    window.has("history-code", "data-state", "voided").await.unwrap();
    assert_eq!(answer_of_the_centre(&counter, &old).await, "voided");
    // L3: the kiosk issued today already. L7: after a voided code one applies again; it
    // cannot be replaced.
    window.press(Key::F1.into()).await.unwrap();
    window.has("refused-reapply", "data-code", "already_issued_today").await.unwrap();
    window.find("refused-replace").await.unwrap();
}

#[tokio::test]
async fn e2_a_rejected_correction_prints_a_notice_and_can_be_submitted_again() {
    let counter = Counter::open("correction-rejected").await;
    let citizen = counter.site.citizen("separator").unwrap();
    let second = counter.open_second_desk("supervisor").await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let _card = counter.site.lay("separator").unwrap();
    clerk.sees(citizen).await.unwrap();
    clerk.opens_correction(Wrong::Name).await.unwrap();
    clerk.chooses_reason("N2").await.unwrap();
    clerk.hands_in().await.unwrap();

    let supervisor = second.supervisor();
    supervisor.opens_first().await.unwrap();
    supervisor.rejects("E2").await.unwrap();
    second.window.has("approval", "data-state", "rejected").await.unwrap();

    clerk.sees_correction("rejected").await.unwrap();
    window.text_with("correction-rejection", "材料无法辨认").await.unwrap();
    window.press(Key::F8.into()).await.unwrap();
    // The receipt of the correction came out when it was handed in.
    let printed = async || counter.site.printer.printed().ok().filter(|papers| papers.len() == 2);
    let papers = until("receipt and notice printed", PATIENCE, printed).await.unwrap();
    let receipt = sheet::text(&papers[0]).await.unwrap();
    assert!(receipt.contains("受理回执"), "{receipt}");
    let words = sheet::text(&papers[1]).await.unwrap();
    for must_stand in ["一次性告知书", "材料无法辨认"] {
        assert!(words.contains(must_stand), "{must_stand} is missing on the notice: {words}");
    }
    assert!(!words.contains(&citizen.number), "M1: the full number is on the notice");

    // The maker fixes the fault in the same correction, which then returns to the approver.
    clerk.chooses_reason("N5").await.unwrap();
    window.find("correction-rejection").await.unwrap();
    clerk.hands_in().await.unwrap();
    supervisor.opens_first().await.unwrap();
    supervisor.looks_at_evidence(&["chip_read"]).await.unwrap();
    supervisor.approves().await.unwrap();
    second.window.has("approval", "data-state", "applied").await.unwrap();
    clerk.sees_correction("applied").await.unwrap();
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM correction").await, 1);
}

/// Does the same at one desk without the centre. The operations are confirmed once the line is
/// back, in their order.
#[tokio::test]
async fn n1_an_offline_correction_at_one_desk_is_confirmed_later() {
    let mut counter = Counter::open("correct-offline").await;
    let citizen = counter.site.citizen("wrong-character").unwrap().clone();
    let old = comes_from_the_kiosk(&counter, &citizen, "name", "名字里的字不对").await;
    let [clerk_account, supervisor_account] =
        ["clerk", "supervisor"].map(|role| counter.site.staff_with(role).unwrap().clone());
    // A supervisor may approve offline only at a desk they have logged in at before.
    counter.clerk().gives_place_to(&supervisor_account).await.unwrap();
    counter.clerk().gives_place_to(&clerk_account).await.unwrap();
    let _card = counter.site.lay("wrong-character").unwrap();
    counter.clerk().sees(&citizen).await.unwrap();
    counter.site.central.stop();

    let (clerk, window) = (counter.clerk(), counter.window());
    clerk.opens_correction(Wrong::Name).await.unwrap();
    clerk.chooses_reason("N1").await.unwrap();
    clerk.adds_evidence("card_scan").await.unwrap();
    clerk.hands_in().await.unwrap();
    clerk.gives_place_to(&supervisor_account).await.unwrap();
    let supervisor = Supervisor::at(window, &supervisor_account);
    supervisor.opens_first().await.unwrap();
    supervisor.looks_at_evidence(&["chip_read", "card_scan"]).await.unwrap();
    supervisor.approves().await.unwrap();
    window.has("approval", "data-state", "approved").await.unwrap();
    clerk.gives_place_to(&clerk_account).await.unwrap();
    // The approved name is the one the holder confirms and the sheet shows.
    clerk.sees_named(citizen.name).await.unwrap();
    clerk.replaces(Confirmation::Provisional).await.unwrap();
    let printed = counter.site.printer.printed().unwrap().pop().unwrap();
    assert!(sheet::text(&printed).await.unwrap().contains(citizen.name));
    let new = sheet::symbol(&printed).await.unwrap();
    assert_eq!(claims(&new).expires_at, claims(&old).expires_at);

    counter.site.central.start_again(&counter.site.folder).await.unwrap();
    counter.clerk().sees_done(Action::Replace, Confirmation::Confirmed).await.unwrap();
    assert_eq!(answer_of_the_centre(&counter, &old).await, "superseded");
    assert_eq!(answer_of_the_centre(&counter, &new).await, "valid");
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM correction").await, 1);
    let stray = "SELECT count(*) FROM op_result WHERE verdict NOT LIKE '%applied%'";
    assert_eq!(counter.at_the_centre(stray).await, 0, "every operation was applied");
}

#[tokio::test]
async fn the_maker_cannot_approve_their_own_correction() {
    let counter = Counter::open("own-correction").await;
    let citizen = counter.site.citizen("separator").unwrap();
    let account = counter.site.staff_with("supervisor").unwrap().clone();
    let (clerk, window) = (counter.clerk(), counter.window());
    clerk.gives_place_to(&account).await.unwrap();
    let _card = counter.site.lay("separator").unwrap();
    clerk.sees(citizen).await.unwrap();
    clerk.opens_correction(Wrong::Name).await.unwrap();
    clerk.chooses_reason("N2").await.unwrap();
    clerk.hands_in().await.unwrap();

    let supervisor = Supervisor::at(window, &account);
    supervisor.opens_first().await.unwrap();
    supervisor.looks_at_evidence(&["chip_read"]).await.unwrap();
    window.has("approve", "aria-disabled", "true").await.unwrap();
    window.find("failure").await.unwrap();
    window.press(Key::F9.into()).await.unwrap();
    assert!(!window.shows("decision").await, "there is nothing to confirm");
    // The program refuses it too, whatever the page asks.
    let refused = window.run_script(&approve_by_force(&account.password)).await.unwrap();
    assert!(refused.to_string().contains("same_person"), "{refused}");
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM citizen WHERE version > 1").await, 0);
}

/// Returns a script that approves the correction on screen, as code injected into the page would.
fn approve_by_force(password: &str) -> String {
    format!(
        "const done = arguments[arguments.length - 1];
         const id = location.hash.split('/').pop();
         const ask = (name, input) => window.__TAURI_INTERNALS__.invoke(name, input);
         ask('correction', {{ id }})
           .then((view) => ask('approve_correction', {{ id, digest: view.digest, password: '{password}' }}))
           .then(() => done('approved'), (refusal) => done(JSON.stringify(refusal)));"
    )
}

#[tokio::test]
async fn a_draft_survives_a_crash() {
    let mut counter = Counter::open("draft-crash").await;
    let citizen = counter.site.citizen("wrong-character").unwrap().clone();
    let card = counter.site.lay("wrong-character").unwrap();
    counter.clerk().sees(&citizen).await.unwrap();
    counter.clerk().opens_correction(Wrong::Name).await.unwrap();
    counter.clerk().chooses_reason("N1").await.unwrap();
    counter.clerk().adds_evidence("card_scan").await.unwrap();
    counter.window().type_into("name-input", "顾玥生").await.unwrap();
    counter.window().has("draft-saved", "data-saved", "changed").await.unwrap();
    counter.window().has("draft-saved", "data-saved", "saved").await.unwrap();
    counter.window().kill_program().unwrap();
    drop(card);

    counter.open_window().await;
    let _card = counter.site.lay("wrong-character").unwrap();
    counter.clerk().sees(&citizen).await.unwrap();
    counter.clerk().opens_correction(Wrong::Name).await.unwrap();
    let window = counter.window();
    window.has_property("name-input", "value", "顾玥生").await.unwrap();
    window.has_property("reason-N1", "checked", "true").await.unwrap();
    window.find("evidence-open-card_scan").await.unwrap();
}
