//! With the key of a kiosk (H2).

use crate::stolen::register;
use attack::{key::Key, kiosk::Kiosk, thief::now_ms};
use outage::{
    centre::{Centre, SITE},
    window::senior,
};
use rules::person::IdNumber;
use serde_json::{Value, json};
use uuid::Uuid;

const PEOPLE_PER_HOUR: usize = 5;
const NAME: &str = "冯长寿";

async fn stolen(centre: &Centre) -> Kiosk {
    let words = ["channel", "add", "--channel", "kiosk", "--name", "kiosk-1", "--site", SITE];
    let code = centre.central.command(&words).await.unwrap();
    let key = Key::new(&[12; 32]).unwrap();
    Kiosk::enrolled(&centre.central.url(), "kiosk-1", code.trim(), key).await.unwrap()
}

async fn city(name: &str) -> (Centre, Kiosk, Vec<IdNumber>) {
    let limit = PEOPLE_PER_HOUR.to_string();
    let limits = [("SUISHEN_CENTRAL_LIMITS__KIOSK_PEOPLE_PER_HOUR", limit.as_str())];
    let centre = Centre::start_with(name, &limits).await.unwrap();
    let people: Vec<IdNumber> = (1..=39).map(|index| senior(index).unwrap()).collect();
    register(&centre, &people).await;
    let kiosk = stolen(&centre).await;
    (centre, kiosk, people)
}

fn card(number: &IdNumber, name: &str) -> Value {
    json!({ "method": "id_card", "number": number.expose(), "name": name })
}

#[tokio::test(flavor = "multi_thread")]
async fn h2_a_kiosks_key_reads_no_names_and_reaches_few_people() {
    let (centre, kiosk, people) = city("attack-h2-names").await;
    let mut statuses = Vec::new();
    for number in &people {
        let (status, answer) = kiosk.post("login", card(number, "某某")).await.unwrap();
        assert!(!answer.to_string().contains(NAME), "{answer}");
        if status == 422 {
            assert_eq!(answer, json!({ "error": "refused", "code": "go_to_window" }));
        }
        statuses.push(status.as_u16());
    }
    let answered = statuses.iter().filter(|status| **status == 422).count();
    assert!((1..=PEOPLE_PER_HOUR).contains(&answered), "{statuses:?}");
    assert!(statuses[answered..].iter().all(|status| *status == 429), "{statuses:?}");
    // The right name does not help any more.
    let (status, _) = kiosk.post("login", card(&people[0], NAME)).await.unwrap();
    assert_eq!(status, 429);
    // Nor does asking without a log-in.
    for call in ["apply", "reissue", "loss", "download"] {
        let (status, answer) = kiosk.post(call, json!({ "confirmed": true })).await.unwrap();
        assert_eq!((status.as_u16(), &answer["error"]), (401, &json!("unauthenticated")), "{call}");
    }
    assert_eq!(centre.count("SELECT count(*) FROM code").await.unwrap(), 0);
    let seen = "SELECT string_agg(DISTINCT reason, ' ' ORDER BY reason) FROM channel_refusal";
    assert_eq!(centre.postgres.query(seen).await.unwrap(), "card_differs people_per_hour");
    let alarms = centre.central.command(&["alarm", "list"]).await.unwrap();
    let told = |line: &str| line.contains("\tchannel_refusals\t") && line.contains("client kiosk-1 at");
    assert!(alarms.lines().any(told), "{alarms}");
}

#[tokio::test(flavor = "multi_thread")]
async fn h2_a_kiosk_makes_no_log_in_token() {
    let (centre, kiosk, people) = city("attack-h2-token").await;
    let claims = json!({
        "number": people[0].expose(), "holder_number": null, "client": "kiosk-1",
        "expires_at": now_ms() + 60_000, "nonce": Uuid::new_v4(),
    });
    for _ in 0..2 {
        let token = kiosk.signed("login token ", &claims);
        let request = json!({ "method": "login_token", "token": token });
        let (status, answer) = kiosk.post("login", request).await.unwrap();
        assert_eq!(status, 401, "{answer}");
    }
    let seen = "SELECT sum(count) FROM channel_refusal WHERE reason = 'login_token'";
    assert_eq!(centre.count(seen).await.unwrap(), 2, "somebody sees each");
}

#[tokio::test(flavor = "multi_thread")]
async fn h2_a_revoked_kiosk_is_out_at_the_next_call() {
    let (centre, kiosk, people) = city("attack-h2-revoked").await;
    let (status, _) = kiosk.post("login", card(&people[0], NAME)).await.unwrap();
    assert!(status.is_success(), "it works");
    centre.central.command(&["channel", "revoke", "kiosk-1"]).await.unwrap();
    let (_, answer) = kiosk.post("login", card(&people[1], NAME)).await.unwrap();
    assert_eq!(answer["error"], "revoked");
    let (_, answer) = kiosk.log_in().await.unwrap();
    assert_eq!(answer["error"], "revoked");
    let listed = centre.central.command(&["channel", "list"]).await.unwrap();
    assert!(listed.contains("out of service since"), "{listed}");
}
