//! Kiosk and portal as channel clients with a key of their own.

use super::client::{Centre, ok};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central_fixture::desk::{self, Holder};
use reqwest::{Response, StatusCode};
use rules::{
    At,
    issuing::Trust,
    keys::{Signer as _, SoftwareKey},
    wire::{ChannelAssertion, ChannelAuthRequest, ChannelEnrolResponse, TokenResponse},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A channel client that knows the server only by its OpenAPI document.
pub(crate) struct Machine<'a> {
    pub(crate) centre: &'a Centre,
    pub(crate) channel: &'static str,
    pub(crate) name: String,
    pub(crate) key: SoftwareKey,
    pub(crate) token: String,
    pub(crate) document: Value,
}

impl<'a> Machine<'a> {
    /// Registers, enrols and logs in a client named after its channel.
    pub(crate) async fn at(centre: &'a Centre, channel: &'static str) -> Self {
        Self::named(centre, channel, channel).await
    }

    /// Works as [`Self::at`], with another name.
    pub(crate) async fn named(centre: &'a Centre, channel: &'static str, name: &str) -> Self {
        let arguments = ["channel", "add", "--channel", channel, "--name", name, "--site", desk::SITE];
        let code = centre.central.command(&arguments).await.unwrap().trim().to_owned();
        let document = ok(centre.get("/v1/openapi.json", None).await).await;
        let key = SoftwareKey::from_bytes(&rand::random()).unwrap();
        let mut machine =
            Self { centre, channel, name: name.to_owned(), key, token: String::new(), document };
        let request = json!({ "code": code, "public_key": machine.key.public_key() });
        let enrolled: ChannelEnrolResponse = ok(machine.post("enrol", &request).await).await;
        let certificate = enrolled.certificate.verify(&Trust::of(enrolled.root.clone())).unwrap();
        assert_eq!(
            (&certificate.client, &certificate.public_key),
            (&machine.name, &machine.key.public_key())
        );
        let again = machine.post("enrol", &request).await;
        assert_eq!(again.status(), StatusCode::FORBIDDEN, "a code is good once");
        let token: TokenResponse = ok(machine.assert(&machine.assertion(central::clock::now())).await).await;
        machine.token = token.token.into_exposed();
        machine
    }

    async fn post(&self, what: &str, body: &Value) -> Response {
        self.centre.post(&format!("/v1/channels/{}/{what}", self.channel), None, body).await
    }

    /// Signs an assertion made at `issued_at`.
    pub(crate) fn assertion(&self, issued_at: At) -> ChannelAuthRequest {
        let claims = ChannelAssertion { client: self.name.clone(), issued_at, nonce: Uuid::new_v4() };
        ChannelAuthRequest { assertion: signed(&self.key, "", &json!(claims)) }
    }

    pub(crate) async fn assert(&self, request: &ChannelAuthRequest) -> Response {
        self.centre.post(&format!("/v1/channels/{}/auth", self.channel), None, request).await
    }

    pub(crate) async fn call(&self, operation: &str, session: Option<&str>, body: Option<Value>) -> Response {
        let paths = self.document["paths"].as_object().unwrap();
        let found = paths.iter().find_map(|(path, methods)| {
            let (method, described) = methods
                .as_object()?
                .iter()
                .find(|(_, one)| one["operationId"] == operation && one["tags"] == json!(["channels"]))?;
            Some((
                path.replace("{channel}", self.channel),
                method.to_uppercase(),
                described["responses"].clone(),
            ))
        });
        let (path, method, responses) = found.expect("the document describes the operation");
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.centre.client.request(method, self.centre.url(&path)).bearer_auth(&self.token);
        if let Some(session) = session {
            request = request.header("x-session", session);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16().to_string();
        assert!(responses.get(&status).is_some(), "{operation}: {status} is not in the document");
        response
    }

    pub(crate) async fn session(&self, body: Value) -> (String, Value) {
        let answer: Value = ok(self.call("login", None, Some(body)).await).await;
        (answer["session"].as_str().unwrap().to_owned(), answer["view"].clone())
    }
}

/// Signs claims as assertions and log-in tokens are signed, after a prefix.
pub(crate) fn signed(key: &SoftwareKey, prefix: &str, claims: &Value) -> String {
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap());
    let signature = key.sign(format!("{prefix}{text}").as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Imports people into the registry, each with their bound relatives.
pub(crate) async fn register(centre: &Centre, people: &[(&Holder, Value)]) {
    let lines: Vec<String> = people
        .iter()
        .map(|(holder, relatives)| {
            let (number, name) = (holder.number.expose(), holder.name.expose());
            json!({ "number": number, "name": name, "household": true, "relatives": relatives }).to_string()
        })
        .collect();
    let file = centre.folder.path().join("people.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let imported = centre.central.command(&["import-population", file.to_str().unwrap()]).await.unwrap();
    assert_eq!(imported.trim(), format!("{} people", people.len()));
}

/// Returns the body of a log-in by card.
pub(crate) fn card(holder: &Holder, name: &str) -> Value {
    json!({ "method": "id_card", "number": holder.number.expose(), "name": name })
}
