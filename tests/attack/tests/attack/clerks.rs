//! With a clerk's log-in, a password, or a number to guess one for (H3, M3, M4, M9).

use crate::stolen::{EVIDENCE, correct, register};
use attack::{
    key::{Key, digest},
    thief::{Answered, Thief},
};
use outage::{
    centre::{CLERK, Centre, SITE, SUPERVISOR},
    window::{Window, senior},
};
use rules::case_number::CaseNumber;
use serde_json::json;
use std::time::Duration;
use totp_rs::{Algorithm, Builder, Secret};

const ELSEWHERE: &str = "310104";
const TOTP_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const NEW_PASSWORD: &str = "plum tree in the rain";
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with a changed program at a window of a site.
async fn insider(centre: &Centre, site: &str, window: u16) -> Thief {
    let window = window.to_string();
    let words = ["desk", "invite", "--site", site, "--number", &window];
    let code = centre.central.command(&words).await.unwrap();
    let key = Key::new(&[u8::try_from(site.len()).unwrap() + site.as_bytes()[5]; 32]).unwrap();
    Thief::enrolled(&centre.central.url(), code.trim(), key).await.unwrap()
}

async fn as_operator(thief: Thief, staff: &str, password: &str) -> Thief {
    let (status, answer) = thief.log_in_as(staff, password, None).await.unwrap();
    assert!(status.is_success(), "{status} {answer}");
    thief.speaking_as(&answer).unwrap()
}

async fn account(centre: &Centre, site: &str, number: &str, more: &[&str]) -> String {
    let words = ["staff", "add", "--number", number, "--name", "演练员", "--site", site];
    let words = [&words[..], more, &["--password-stdin"]].concat();
    centre.central.command_with_input(&words, NEW_PASSWORD).await.unwrap();
    NEW_PASSWORD.to_owned()
}

fn refusal((status, answer): &Answered) -> (u16, String) {
    (status.as_u16(), answer["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_clerks_token_reaches_few_citizens_and_none_without_a_case() {
    let budget = [("SUISHEN_CENTRAL_LOOK_UPS__CARD", "5")];
    let centre = Centre::start_with("attack-h3-look-ups", &budget).await.unwrap();
    let people: Vec<_> = (1..=40).map(|index| senior(index).unwrap()).collect();
    register(&centre, &people).await;
    let thief = insider(&centre, SITE, 1).await;
    let clerk = as_operator(thief, CLERK, centre.passwords[0].expose()).await;
    let today = central::clock::now().day();
    let look_up = async |nth: usize, case: CaseNumber| {
        let request = json!({ "number": people[nth].expose(), "case_number": case, "proof": "card" });
        clerk.post("/v1/citizens", request).await.unwrap()
    };
    // Cases of another window, of another site, and one for two citizens.
    let case = |site: &str, window, nth| CaseNumber::new(&site.parse().unwrap(), today, window, nth).unwrap();
    for foreign in [case(SITE, 2, 1), case(ELSEWHERE, 1, 1)] {
        let refused = look_up(0, foreign).await;
        assert_eq!(refusal(&refused), (422, "look_up_without_case".to_owned()));
    }
    let mut shown = 0;
    for nth in 0..people.len() {
        let answer = look_up(nth, case(SITE, 1, u32::try_from(nth).unwrap() + 1)).await;
        if answer.0.is_success() {
            shown += 1;
        } else {
            assert_eq!(refusal(&answer), (422, "look_up_budget_used".to_owned()), "{nth}");
        }
    }
    assert_eq!(shown, 5);
    let other = look_up(1, case(SITE, 1, 1)).await;
    assert_eq!(other.0.as_u16(), 422, "the case of another citizen");
    let rows = "SELECT count(*) FROM look_up WHERE operator = '10001'";
    assert!(centre.count(rows).await.unwrap() >= 43, "each try is a row");
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_clerk_of_another_site_opens_no_evidence_and_the_try_is_in_the_log() {
    let centre = Centre::start("attack-h3-evidence").await.unwrap();
    let number = senior(1).unwrap();
    register(&centre, std::slice::from_ref(&number)).await;
    let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
    window.online();
    for (staff, password) in [CLERK, SUPERVISOR].into_iter().zip(&centre.passwords) {
        window.log_in(staff, password).await.unwrap();
    }
    correct(&window, &centre, &number).await;
    window.drained().await.unwrap();
    let uploaded = async || (centre.count("SELECT count(*) FROM blob").await.ok()? == 1).then_some(());
    rig::process::until("the page", PATIENCE, uploaded).await.unwrap();
    let words = ["site", "add", "--site", ELSEWHERE, "--name", "徐汇"];
    centre.central.command(&words).await.unwrap();
    let password = account(&centre, ELSEWHERE, "10009", &["--role", "clerk"]).await;
    let thief = as_operator(insider(&centre, ELSEWHERE, 9).await, "10009", &password).await;
    let page = format!("/v1/blobs/{}", digest(EVIDENCE));
    let (status, answer) = thief.get(&page).await.unwrap();
    assert_eq!((status.as_u16(), &answer["error"]), (404, &json!("not_found")));
    let own = as_operator(insider(&centre, SITE, 8).await, CLERK, centre.passwords[0].expose()).await;
    assert!(own.get(&page).await.unwrap().0.is_success(), "its own site reads it");
    let seen = async |kind: &str, staff: &str| {
        let rows = format!(
            "SELECT (SELECT count(*) FROM audit_leaf WHERE kind = '{kind}' AND body LIKE '%{staff}%')
                + (SELECT count(*) FROM audit_event WHERE kind = '{kind}' AND body LIKE '%{staff}%')"
        );
        centre.count(&rows).await.unwrap()
    };
    assert_eq!(seen("evidence_refused", "10009").await, 1);
    assert_eq!(seen("evidence", CLERK).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn m3_a_code_of_the_second_factor_is_good_once_and_repeating_it_is_an_alarm() {
    let thresholds = [("SUISHEN_CENTRAL_ALARMS__FAILED_LOGINS_PER_DAY", "2")];
    let centre = Centre::start_with("attack-m3", &thresholds).await.unwrap();
    let password = account(&centre, SITE, "10005", &["--role", "clerk", "--totp", TOTP_SECRET]).await;
    let thief = insider(&centre, SITE, 1).await;
    let secret = Secret::try_from_base32(TOTP_SECRET).unwrap();
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).build_noncompliant();
    let seconds = u64::try_from(central::clock::now().seconds()).unwrap();
    // The step of the next half minute is accepted too, and stays so during the test.
    let (now, next) = (totp.generate(seconds).to_string(), totp.generate(seconds + 30).to_string());
    let (status, _) = thief.log_in_as("10005", &password, Some(&next)).await.unwrap();
    assert!(status.is_success());
    for again in [&next, &next, &now] {
        let (status, answer) = thief.log_in_as("10005", &password, Some(again)).await.unwrap();
        assert_eq!((status.as_u16(), &answer["error"]), (401, &json!("unauthenticated")));
    }
    let alarm = async || {
        let listed = centre.central.command(&["alarm", "list"]).await.ok()?;
        (listed.contains("\tfailed_logins\t") && listed.contains("10005")).then_some(())
    };
    rig::process::until("an alarm", PATIENCE, alarm).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn m4_a_token_ends_with_the_password_it_came_from() {
    let centre = Centre::start("attack-m4").await.unwrap();
    let thief = insider(&centre, SITE, 1).await;
    let clerk = as_operator(thief, CLERK, centre.passwords[0].expose()).await;
    let news = "/v1/sync/changes?cursor=0";
    assert!(clerk.get(news).await.unwrap().0.is_success(), "it is good");
    centre.central.command(&["staff", "reset-password", CLERK]).await.unwrap();
    let (status, answer) = clerk.get(news).await.unwrap();
    assert_eq!((status.as_u16(), &answer["error"]), (401, &json!("unauthenticated")));
    let number = json!({ "number": senior(1).unwrap().expose(), "case_number": null, "proof": "card" });
    assert!(clerk.post("/v1/citizens", number).await.unwrap().0.is_client_error());
    let acts =
        "SELECT (SELECT count(*) FROM audit_leaf WHERE kind = 'act' AND body LIKE '%staff reset-password%')
        + (SELECT count(*) FROM audit_event WHERE kind = 'act' AND body LIKE '%staff reset-password%')";
    assert_eq!(centre.count(acts).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn m9_easy_passwords_and_two_hats_are_refused() {
    let centre = Centre::start("attack-m9").await.unwrap();
    let add = |role: &'static [&'static str]| {
        let words = ["staff", "add", "--number", "10006", "--name", "演练员", "--site", SITE];
        [&words[..], role, &["--password-stdin"]].concat()
    };
    for easy in ["1234567890", "aaaaaaaaaa", "qwertyuiop", "10006 is mine", "short one"] {
        let refused = centre.central.command_with_input(&add(&["--role", "clerk"]), easy).await;
        assert!(refused.unwrap_err().to_string().contains("password"), "{easy}");
    }
    let good = "a pear in the snow";
    let hats = add(&["--role", "supervisor", "--role", "auditor"]);
    let refused = centre.central.command_with_input(&hats, good).await.unwrap_err().to_string();
    assert!(refused.contains("an auditor has no other role"), "{refused}");
    assert_eq!(centre.count("SELECT count(*) FROM staff WHERE number = '10006'").await.unwrap(), 0);
    let acts = "SELECT (SELECT count(*) FROM audit_leaf WHERE kind = 'act' AND body LIKE '%10006%')
        + (SELECT count(*) FROM audit_event WHERE kind = 'act' AND body LIKE '%10006%')";
    assert_eq!(centre.count(acts).await.unwrap(), 6, "each try is an act in the log");
}
