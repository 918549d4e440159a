//! Test registrations (M7), and what a thief of a sheet, a reference or an answer makes of them.

use crate::common::client::{Centre, ok};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central_fixture::desk::{Desk, Holder, MINUTE, senior, serial_of};
use reqwest::StatusCode;
use rules::{
    At,
    keys::{Signer as _, SoftwareKey},
    life::{Action, Serial},
    op::OpBody,
    payload::encode,
    wire::{
        REGISTRATION_PREFIX, RegistrationClaims, RegistrationOutcome, RegistrationRequest,
        RegistrationResponse, VerifyRequest, VerifyResponse,
    },
};
use std::collections::BTreeSet;
use uuid::Uuid;

const PLACE: &str = "north";

struct Scene {
    centre: Centre,
    desk: Desk,
    token: String,
    key: SoftwareKey,
}

impl Scene {
    async fn start(name: &str) -> Self {
        let key = SoftwareKey::from_bytes(&[5; 32]).unwrap();
        let public = String::from(key.public_key());
        let settings = [("SUISHEN_CENTRAL_TESTING_PLACES__NORTH", public.as_str())];
        let centre = Centre::start_with(name, &settings).await;
        centre.staff("10001", "clerk").await;
        let (desk, _) = centre.enrol(1).await;
        let token = centre.device_token(&desk).await;
        Self { centre, desk, token, key }
    }

    /// Issues a code; returns its holder, serial and symbol.
    async fn issue(&mut self, index: u32) -> (Holder, Serial, String) {
        let holder = senior(index);
        let issue = self.desk.issue(&holder, Action::Apply, central::clock::now(), Some(0));
        let (serial, claims) = (serial_of(&issue), self.desk.claims(&issue));
        self.centre.push(&self.desk, &self.token, vec![issue]).await;
        (holder, serial, encode(&claims, &self.desk.key).unwrap())
    }

    async fn scan(&self, symbol: &str, register: bool) -> Option<String> {
        let (scanner, place) = ("保安甲".to_owned(), "北门".to_owned());
        let request = VerifyRequest { payload: symbol.to_owned(), scanner, place, register };
        let answer: VerifyResponse = ok(self.centre.post("/v1/verify", None, &request).await).await;
        answer.registration_reference
    }

    fn claims(&self, reference: &str) -> RegistrationClaims {
        let (place, reference) = (PLACE.to_owned(), reference.to_owned());
        RegistrationClaims { place, reference, issued_at: central::clock::now(), nonce: Uuid::new_v4() }
    }

    fn signed(&self, claims: &RegistrationClaims, prefix: &str, key: &SoftwareKey) -> RegistrationRequest {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap());
        let signature = key.sign(format!("{prefix}{claims}").as_bytes()).unwrap();
        RegistrationRequest { assertion: format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature)) }
    }

    async fn send(&self, reference: &str, request: &RegistrationRequest) -> reqwest::Response {
        self.centre.post(&format!("/v1/registrations/{reference}"), None, request).await
    }

    async fn redeem(&self, claims: &RegistrationClaims) -> RegistrationResponse {
        let request = self.signed(claims, REGISTRATION_PREFIX, &self.key);
        ok(self.send(&claims.reference, &request).await).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m7_a_reference_is_redeemed_once_and_by_a_testing_place_only() {
    let mut scene = Scene::start("central-registrations").await;
    let (_, _, symbol) = scene.issue(1).await;
    assert_eq!(scene.scan(&symbol, false).await, None, "nobody asked for one");
    let reference = scene.scan(&symbol, true).await.unwrap();
    assert_eq!(scene.scan(&symbol, true).await.as_ref(), Some(&reference), "one for a code and day");

    a_stranger_redeems_nothing(&scene, &reference).await;

    // Ten counters of the place at once: one has it.
    let tries: Vec<RegistrationClaims> = (0..10).map(|_| scene.claims(&reference)).collect();
    let answers = all_at_once(&scene, &tries).await;
    let registered: Vec<usize> =
        (0..10).filter(|place| answers[*place].outcome == RegistrationOutcome::Registered).collect();
    let [first] = registered[..] else { panic!("{answers:?}") };
    assert_eq!(answers[first].masked_name.as_deref(), Some("王**"));
    for (place, answer) in answers.iter().enumerate().filter(|(place, _)| *place != first) {
        assert_eq!(answer.outcome, RegistrationOutcome::AlreadyRedeemed, "{place}");
        assert_eq!((&answer.masked_name, &answer.masked_number), (&None, &None), "{place}");
    }
    // Its answer may have been lost on the way.
    assert_eq!(scene.redeem(&tries[first]).await.outcome, RegistrationOutcome::Registered);
}

async fn all_at_once(scene: &Scene, tries: &[RegistrationClaims]) -> Vec<RegistrationResponse> {
    let mut running = Vec::new();
    for claims in tries {
        let request = scene.signed(claims, REGISTRATION_PREFIX, &scene.key);
        let url = scene.centre.url(&format!("/v1/registrations/{}", claims.reference));
        let sent = scene.centre.client.post(url).json(&request).send();
        running.push(tokio::spawn(async move { ok::<RegistrationResponse>(sent.await.unwrap()).await }));
    }
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}

async fn a_stranger_redeems_nothing(scene: &Scene, reference: &str) {
    let claims = scene.claims(reference);
    let thief = SoftwareKey::from_bytes(&[6; 32]).unwrap();
    let good = scene.signed(&claims, REGISTRATION_PREFIX, &scene.key);
    let elsewhere = RegistrationClaims { place: "south".to_owned(), ..claims.clone() };
    let old = RegistrationClaims { issued_at: central::clock::now().plus_ms(-6 * MINUTE), ..claims.clone() };
    let early = RegistrationClaims { issued_at: At(i64::MAX), ..claims.clone() };
    let other = scene.claims("HS-2222-2222-2222");
    for (what, sent, status) in [
        ("another key", scene.signed(&claims, REGISTRATION_PREFIX, &thief), StatusCode::UNAUTHORIZED),
        ("a signature for another purpose", scene.signed(&claims, "", &scene.key), StatusCode::UNAUTHORIZED),
        (
            "an unknown place",
            scene.signed(&elsewhere, REGISTRATION_PREFIX, &scene.key),
            StatusCode::UNAUTHORIZED,
        ),
        ("kept for later", scene.signed(&old, REGISTRATION_PREFIX, &scene.key), StatusCode::UNAUTHORIZED),
        ("of the future", scene.signed(&early, REGISTRATION_PREFIX, &scene.key), StatusCode::UNAUTHORIZED),
        (
            "signed for another reference",
            scene.signed(&other, REGISTRATION_PREFIX, &scene.key),
            StatusCode::UNAUTHORIZED,
        ),
        ("nothing", RegistrationRequest { assertion: String::new() }, StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(scene.send(reference, &sent).await.status(), status, "{what}");
    }
    // Guessed, also by the place itself: there is none.
    let guessed = scene.signed(&other, REGISTRATION_PREFIX, &scene.key);
    assert_eq!(scene.send(&other.reference, &guessed).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(scene.send("HS-3333-3333-3333", &good).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn m7_a_reference_ends_with_its_code_and_its_day() {
    let mut scene = Scene::start("central-registration-ends").await;
    let (holder, serial, symbol) = scene.issue(1).await;
    let (_, _, other) = scene.issue(2).await;
    let lost = scene.scan(&symbol, true).await.unwrap();
    let ended = scene.scan(&other, true).await.unwrap();
    assert_eq!(BTreeSet::from([&lost, &ended]).len(), 2);

    let loss = OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true };
    let loss = scene.desk.operation(&holder.number, central::clock::now(), loss);
    scene.centre.push(&scene.desk, &scene.token, vec![loss]).await;
    assert_eq!(scene.scan(&symbol, true).await, None, "a lost code registers for nothing");
    let answer = scene.redeem(&scene.claims(&lost)).await;
    assert_eq!((answer.outcome, answer.masked_name), (RegistrationOutcome::CodeEnded, None));

    let midnight =
        format!("UPDATE registration SET expires_at = 1 WHERE reference = '{ended}' RETURNING reference");
    scene.centre.postgres.query(&midnight).await.unwrap();
    let claims = scene.claims(&ended);
    let request = scene.signed(&claims, REGISTRATION_PREFIX, &scene.key);
    assert_eq!(scene.send(&ended, &request).await.status(), StatusCode::NOT_FOUND);
}
