//! Attacks with the key of a kiosk or portal (N-3): it may serve people, and nothing else.

use crate::common::{
    client::{Centre, ok},
    machine::{Machine, card, register, signed},
};
use central_fixture::desk::{Holder, number, senior};
use reqwest::{Response, StatusCode};
use rig::login::LoginService;
use rules::{
    keys::SoftwareKey,
    op::CitizenRef,
    wire::{LOGIN_TOKEN_PREFIX, ProtocolError, TokenResponse},
};
use serde_json::{Value, json};
use uuid::Uuid;

async fn people(centre: &Centre, count: u32) -> Vec<Holder> {
    let people: Vec<Holder> = (1..=count).map(senior).collect();
    let lines: Vec<(&Holder, Value)> = people.iter().map(|person| (person, json!([]))).collect();
    register(centre, &lines).await;
    people
}

/// Returns everything an answer tells but its time.
async fn told(response: Response) -> (StatusCode, Vec<String>, Value) {
    let status = response.status();
    let mut headers: Vec<String> =
        response.headers().iter().filter(|(name, _)| *name != "date").map(|one| format!("{one:?}")).collect();
    headers.sort();
    (status, headers, response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn n_3_a_kiosk_learns_nothing_from_numbers_and_guessed_names() {
    let centre = Centre::start("central-oracle").await;
    let people = people(&centre, 3).await;
    let kiosk = Machine::at(&centre, "kiosk").await;
    let login = async |body: Value| told(kiosk.call("login", None, Some(body)).await).await;
    let nobody = login(card(&senior(99), "王秀英")).await;
    assert_eq!(nobody.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nobody.2, json!({ "error": "refused", "code": "go_to_window" }));
    for name in ["王丽", "", "x"] {
        assert_eq!(login(card(&people[0], name)).await, nobody, "{name:?}");
    }
    let report = async |person: &Holder, name: &str| {
        let body = json!({ "number": person.number.expose(), "name": name });
        let (status, _, mut answer) = told(kiosk.call("report_card", None, Some(body)).await).await;
        let id = answer.as_object_mut().unwrap().remove("id").unwrap();
        assert!(id.as_str().unwrap().parse::<Uuid>().is_ok());
        (status, answer)
    };
    let unknown = report(&senior(99), "王秀英").await;
    assert_eq!(report(&people[1], "王丽").await, unknown);
    assert_eq!(report(&people[2], people[2].name.expose()).await, unknown);
    let rows = centre.postgres.query("SELECT outcome, count(*) FROM channel_login GROUP BY 1 ORDER BY 1");
    let rows = rows.await.unwrap();
    assert!(rows.contains("go_to_window") && rows.contains('4'), "each try is a row: {rows}");
    let seen = centre.postgres.query("SELECT sum(count) FROM channel_refusal WHERE reason = 'card_differs'");
    assert_eq!(seen.await.unwrap(), "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn n_3_a_kiosk_serves_no_more_people_an_hour_than_the_site_allows() {
    let limits = [
        ("SUISHEN_CENTRAL_LIMITS__KIOSK_PEOPLE_PER_HOUR", "5"),
        ("SUISHEN_CENTRAL_LIMITS__PORTAL_PEOPLE_PER_HOUR", "8"),
    ];
    let (centre, service) = Centre::start_with_logins("central-people-per-hour", &limits).await;
    let people = people(&centre, 10).await;
    let kiosk = Machine::at(&centre, "kiosk").await;
    let guesser = Machine::named(&centre, "kiosk", "guesser").await;
    let portal = Machine::at(&centre, "portal").await;
    let mut statuses = Vec::new();
    for person in &people {
        let name = person.name.expose();
        statuses.push(kiosk.call("login", None, Some(card(person, name))).await.status().as_u16());
    }
    let served = statuses.iter().filter(|status| **status == 200).count();
    assert!((4..=5).contains(&served), "{statuses:?}");
    assert!(statuses[5..].iter().all(|status| *status == 429), "{statuses:?}");

    // Names guessed for one number cost the hour too.
    let mut guesses = 0;
    let busy = loop {
        let answer = guesser.call("login", None, Some(card(&people[0], &format!("王{guesses}")))).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        guesses += 1;
        assert!(guesses <= 5, "no end of guessing");
    };
    let wait: u64 = busy.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3_600).contains(&wait), "{wait}");

    let mut served = 0;
    for person in &people {
        let token = service.token("portal", person.number.expose(), None, 60).await.unwrap();
        let body = json!({ "method": "login_token", "token": token });
        served += u32::from(portal.call("login", None, Some(body)).await.status() == StatusCode::OK);
    }
    assert!((7..=8).contains(&served), "{served}");
    let rows = "SELECT client FROM channel_refusal WHERE reason = 'people_per_hour' ORDER BY client";
    assert_eq!(centre.postgres.query(rows).await.unwrap(), "guesser\nkiosk\nportal");
    assert!(centre.central.log().unwrap().contains("people_per_hour"), "and somebody is told");
}

/// Starts a centre with a son, and his father whose code he may handle.
async fn family(name: &str, variables: &[(&str, &str)]) -> (Centre, LoginService, Holder) {
    let (centre, service) = Centre::start_with_logins(name, variables).await;
    let father = Holder::new(number("19400101", 5), "李建国");
    let son = Holder::new(number("19700101", 7), "李强");
    let bound = json!([{ "number": son.number.expose(), "relation": "子" }]);
    register(&centre, &[(&father, bound), (&son, json!([])), (&senior(1), json!([]))]).await;
    (centre, service, son)
}

#[tokio::test(flavor = "multi_thread")]
async fn n_3_one_citizen_who_switches_to_strangers_shuts_the_portal_for_nobody() {
    let few = [("SUISHEN_CENTRAL_LIMITS__PORTAL_PEOPLE_PER_HOUR", "4")];
    let (centre, service, son) = family("central-switches", &few).await;
    let portal = Machine::at(&centre, "portal").await;
    let token = async |person: &Holder| {
        let token = service.token("portal", person.number.expose(), None, 60).await.unwrap();
        json!({ "method": "login_token", "token": token })
    };
    let (session, view) = portal.session(token(&son).await).await;
    let rows = "SELECT people FROM channel_client UNION ALL SELECT count(*) FROM channel_login";
    let before = centre.postgres.query(rows).await.unwrap();
    for stranger in 0..12_u8 {
        let stranger = json!({ "citizen_ref": CitizenRef([stranger; 32]).to_string() });
        let switched = portal.call("switch", Some(&session), Some(stranger)).await;
        assert_eq!(switched.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(centre.postgres.query(rows).await.unwrap(), before, "the hour is as it was");
    let seen = "SELECT sum(count) FROM channel_refusal WHERE reason = 'not_bound'";
    assert_eq!(centre.postgres.query(seen).await.unwrap(), "12", "and somebody is told");
    let father = json!({ "citizen_ref": view["relatives"][0]["citizen_ref"] });
    assert_eq!(portal.call("switch", Some(&session), Some(father)).await.status(), StatusCode::OK);
    portal.session(token(&senior(1)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n_3_a_session_that_is_switched_ends_when_it_would_have_ended() {
    let (centre, service, son) = family("central-switched-session", &[]).await;
    let portal = Machine::at(&centre, "portal").await;
    let token = service.token("portal", son.number.expose(), None, 60).await.unwrap();
    let body = json!({ "method": "login_token", "token": token });
    let first: Value = ok(portal.call("login", None, Some(body)).await).await;
    let (father, mut last) = (first["view"]["relatives"][0]["citizen_ref"].clone(), first.clone());
    let own = "SELECT encode(acting_ref, 'hex') FROM channel_login";
    let own = json!(centre.postgres.query(own).await.unwrap());
    for to in [father.clone(), own, father] {
        let session = last["session"].as_str().unwrap().to_owned();
        let body = Some(json!({ "citizen_ref": to }));
        last = ok(portal.call("switch", Some(&session), body).await).await;
        assert_eq!(last["expires_at"], first["expires_at"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n_3_a_login_token_is_the_services_and_good_once_at_one_client() {
    let (centre, service) = Centre::start_with_logins("central-login-tokens", &[]).await;
    let people = people(&centre, 2).await;
    let kiosk = Machine::at(&centre, "kiosk").await;
    let other = Machine::named(&centre, "kiosk", "other").await;
    let login = async |machine: &Machine<'_>, token: String| {
        let body = json!({ "method": "login_token", "token": token });
        machine.call("login", None, Some(body)).await.status()
    };
    let number = people[0].number.expose();
    let expires_at = central::clock::now().plus_ms(60_000);
    let claims = json!({ "number": number, "holder_number": null, "client": "kiosk",
        "expires_at": expires_at, "nonce": Uuid::new_v4() });
    let stranger = SoftwareKey::from_bytes(&[42; 32]).unwrap();
    for (forger, key) in [("the kiosk", &kiosk.key), ("a stranger", &stranger)] {
        let forged = signed(key, LOGIN_TOKEN_PREFIX, &claims);
        assert_eq!(login(&kiosk, forged).await, StatusCode::UNAUTHORIZED, "{forger} makes none");
    }
    let token = service.token("kiosk", number, None, 60).await.unwrap();
    assert_eq!(login(&other, token.clone()).await, StatusCode::UNAUTHORIZED, "made for another client");
    let (_, signature) = token.split_once('.').unwrap();
    let altered = signed(&stranger, "", &claims);
    let altered = format!("{}.{signature}", altered.split_once('.').unwrap().0);
    assert_eq!(login(&kiosk, altered).await, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&kiosk, token.clone()).await, StatusCode::OK);
    for _ in 0..2 {
        assert_eq!(login(&kiosk, token.clone()).await, StatusCode::UNAUTHORIZED, "good once");
    }
    let seen =
        "SELECT client, sum(count) FROM channel_refusal WHERE reason = 'login_token' GROUP BY 1 ORDER BY 1";
    let seen = centre.postgres.query(seen).await.unwrap();
    assert!(seen.contains("kiosk") && seen.contains('5') && seen.contains("other"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn n_3_a_clients_assertion_is_good_once_and_its_revocation_counts_at_once() {
    let centre = Centre::start("central-revoked-kiosk").await;
    let person = &people(&centre, 1).await[0];
    let kiosk = Machine::at(&centre, "kiosk").await;
    let (session, _) = kiosk.session(card(person, person.name.expose())).await;
    let now = central::clock::now();
    let once = kiosk.assertion(now);
    ok::<TokenResponse>(kiosk.assert(&once).await).await;
    assert_eq!(kiosk.assert(&once).await.status(), StatusCode::UNAUTHORIZED, "good once");
    let late = kiosk.assert(&kiosk.assertion(now.plus_ms(-600_000))).await;
    assert!(matches!(late.json().await.unwrap(), ProtocolError::ClockOff { .. }));
    let forged = rules::wire::ChannelAuthRequest {
        assertion: signed(
            &SoftwareKey::from_bytes(&[42; 32]).unwrap(),
            "",
            &json!({ "client": "kiosk", "issued_at": now, "nonce": Uuid::new_v4() }),
        ),
    };
    assert_eq!(kiosk.assert(&forged).await.status(), StatusCode::UNAUTHORIZED);
    // A kiosk's token opens neither the portal nor a desk's calls.
    let elsewhere = centre.get("/v1/channels/portal/view", Some(&kiosk.token)).await;
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    let elsewhere = centre.get("/v1/sync/changes", Some(&kiosk.token)).await;
    assert_eq!(elsewhere.status(), StatusCode::UNAUTHORIZED);

    let listed = centre.central.command(&["channel", "list"]).await.unwrap();
    let key = rules::keys::Signer::key_id(&kiosk.key).to_string();
    assert!(listed.lines().any(|line| line.contains(&key) && line.ends_with("at work")), "{listed}");
    centre.central.command(&["channel", "revoke", "kiosk"]).await.unwrap();
    let view = kiosk.call("view", Some(&session), None).await;
    assert_eq!(view.json::<ProtocolError>().await.unwrap(), ProtocolError::Revoked);
    let again = kiosk.assert(&kiosk.assertion(central::clock::now())).await;
    assert_eq!(again.json::<ProtocolError>().await.unwrap(), ProtocolError::Revoked);
    let listed = centre.central.command(&["channel", "list"]).await.unwrap();
    assert!(listed.contains("out of service since"), "{listed}");
    assert!(centre.central.command(&["channel", "revoke", "nobody"]).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn n_3_a_client_registered_by_its_public_key_gets_a_certificate() {
    let centre = Centre::start("central-public-key").await;
    let first = Machine::at(&centre, "kiosk").await;
    let key = SoftwareKey::from_bytes(&[7; 32]).unwrap();
    let public = String::from(rules::keys::Signer::public_key(&key));
    let arguments = [
        "channel",
        "add",
        "--channel",
        "kiosk",
        "--name",
        "kiosk",
        "--site",
        central_fixture::desk::SITE,
        "--public-key",
        &public,
    ];
    let certificate = centre.central.command(&arguments).await.unwrap();
    let certificate: Value = serde_json::from_str(&certificate).unwrap();
    assert_eq!(certificate["value"]["public_key"], json!(public));
    // The key before ends with its tokens.
    assert_eq!(first.call("view", None, None).await.status(), StatusCode::UNAUTHORIZED);
    let stale = first.assert(&first.assertion(central::clock::now())).await;
    assert_eq!(stale.status(), StatusCode::UNAUTHORIZED);
    let second = Machine { key, ..first };
    ok::<TokenResponse>(second.assert(&second.assertion(central::clock::now())).await).await;
}
