//! Talks to the centre with a stolen desk key.

use crate::{
    cbor,
    folder::Folder,
    key::{Key, digest, unhex},
};
use anyhow::{Context as _, ensure};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody with a desk's key.
pub struct Thief {
    client: Client,
    url: String,
    /// The desk's key.
    pub key: Key,
    /// Device number of the desk.
    pub device: u32,
    /// Enrolment of the desk.
    pub epoch: u32,
    token: String,
}

/// An answer: status and body.
pub type Answered = (StatusCode, Value);

impl Thief {
    /// Takes the key of a copied folder. Nothing is sent.
    ///
    /// # Errors
    /// If the folder does not open.
    pub fn of(folder: &Folder, url: &str, (device, epoch): (u32, u32)) -> anyhow::Result<Self> {
        let client = crate::client()?;
        Ok(Self { client, url: url.to_owned(), key: folder.desk_key()?, device, epoch, token: String::new() })
    }

    /// Logs in as the desk, which shows this state of its audit.
    ///
    /// # Errors
    /// If the centre does not let the desk in.
    pub async fn logged_in(mut self, audit: &Value) -> anyhow::Result<Self> {
        let thief = &mut self;
        let (status, answer) = thief.log_in(json!({ "audit": audit })).await?;
        ensure!(status.is_success(), "the desk is not let in: {status} {answer}");
        thief.token = answer["token"].as_str().context("token")?.to_owned();
        Ok(self)
    }

    /// Asks for a device token; `more` are further claims of the assertion.
    ///
    /// # Errors
    /// If the line fails.
    pub async fn log_in(&self, more: Value) -> anyhow::Result<Answered> {
        let mut claims = json!({
            "device": self.device, "epoch": self.epoch, "issued_at": now_ms(), "nonce": Uuid::now_v7(),
        });
        if let (Some(claims), Some(more)) = (claims.as_object_mut(), more.as_object()) {
            claims.extend(more.clone());
        }
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign_bytes(claims.as_bytes()));
        self.post("/v1/auth/device", json!({ "assertion": format!("{claims}.{signature}") })).await
    }

    /// Logs a person in and opens the key that only their password opens.
    ///
    /// # Errors
    /// If the centre refuses, or the password does not open the key.
    pub async fn key_of(&mut self, staff: &str, password: &str) -> anyhow::Result<Key> {
        let request = json!({ "staff": staff, "password": password, "second_factor": null });
        let (status, answer) = self.post("/v1/auth/operator", request).await?;
        ensure!(status.is_success(), "log-in: {status} {answer}");
        let wrapped = &answer["credential"]["wrapped_key"];
        let field = |name: &str| wrapped[name].as_str().and_then(unhex).context("wrapped key");
        let cost = |name: &str| wrapped[name].as_u64().and_then(|cost| u32::try_from(cost).ok()).unwrap_or(0);
        let params = Params::new(cost("memory_kib"), cost("passes"), 1, Some(32));
        let params = params.map_err(|error| anyhow::anyhow!("{error}"))?;
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.as_bytes(), &field("salt")?, &mut key)
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        Key::new(&crate::folder::unseal(&key, staff.as_bytes(), &field("sealed")?)?)
    }

    /// Logs a person in. Returns the answer, with their token if it is good.
    ///
    /// # Errors
    /// If the line fails.
    pub async fn log_in_as(
        &self,
        staff: &str,
        password: &str,
        second_factor: Option<&str>,
    ) -> anyhow::Result<Answered> {
        let request = json!({ "staff": staff, "password": password, "second_factor": second_factor });
        self.post("/v1/auth/operator", request).await
    }

    /// Takes a person's token in place of the desk's, from an answer to a log-in.
    ///
    /// # Errors
    /// If the answer has none.
    pub fn speaking_as(self, answer: &Value) -> anyhow::Result<Self> {
        let token = answer["token"]["token"].as_str().context("token")?.to_owned();
        Ok(Self { token, ..self })
    }

    /// Enrols as another desk, with a code that somebody of its site has and a key of their own.
    ///
    /// # Errors
    /// If the centre refuses.
    pub async fn enrolled(url: &str, code: &str, key: Key) -> anyhow::Result<Self> {
        let client = crate::client()?;
        let mut thief = Self { client, url: url.to_owned(), key, device: 0, epoch: 0, token: String::new() };
        let request = json!({
            "code": code, "public_key": thief.key.public(), "program": "0", "protection": "key_file",
        });
        let (status, answer) = thief.post("/v1/desks/enrol", request).await?;
        ensure!(status.is_success(), "enrolment: {status} {answer}");
        let number =
            |name: &str| answer["certificate"]["value"][name].as_u64().and_then(|n| u32::try_from(n).ok());
        thief.device = number("device").context("device")?;
        thief.epoch = number("epoch").context("epoch")?;
        let audit = json!({ "rows": 1, "hash": "ab".repeat(32), "generation": Uuid::now_v7() });
        thief.logged_in(&audit).await
    }

    /// Posts JSON with the desk's token.
    ///
    /// # Errors
    /// If the line fails.
    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Answered> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.token);
        read(request.header("content-type", "application/json").body(body.to_string()).send().await?).await
    }

    /// Gets JSON with the desk's token.
    ///
    /// # Errors
    /// If the line fails.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answered> {
        read(self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await?).await
    }

    /// Pushes operations after `(seq, hash)` with the desk's signature and these session proofs.
    /// Returns the centre's verdicts in order.
    ///
    /// # Errors
    /// If the batch is refused, or not decided within the centre's answer.
    pub async fn push(
        &self,
        head: (u64, &str),
        contents: Vec<Value>,
        sessions: Value,
    ) -> anyhow::Result<Vec<Value>> {
        self.send(self.signed_push(head, contents, sessions)?).await
    }

    /// Returns the body of a push of operations after `(seq, hash)`, signed with the desk's key.
    ///
    /// # Errors
    /// Never, with operations of [`Self::operation`].
    pub fn signed_push(
        &self,
        (seq, hash): (u64, &str),
        contents: Vec<Value>,
        sessions: Value,
    ) -> anyhow::Result<Value> {
        let (mut previous, mut ops) = (hash.to_owned(), Vec::new());
        for (at, content) in (seq + 1..).zip(contents) {
            let operation = self.chained(at, &previous, content);
            previous = operation["hash"].as_str().context("hash")?.to_owned();
            ops.push(operation);
        }
        let run = json!({
            "device": self.device, "epoch": self.epoch, "first_seq": seq + 1, "length": ops.len(),
            "prev_hash": hash, "last_hash": previous, "sessions": digest(&cbor::of(&sessions)),
        });
        let batch = json!({
            "device": self.device, "epoch": self.epoch, "first_seq": seq + 1, "prev_hash": hash, "ops": ops,
        });
        Ok(json!({ "batch": batch, "signature": self.key.sign(&cbor::of(&run)), "sessions": sessions }))
    }

    /// Pushes a signed request. Returns the centre's verdicts in order.
    ///
    /// # Errors
    /// If the batch is refused, or not decided within the centre's answer.
    pub async fn send(&self, request: Value) -> anyhow::Result<Vec<Value>> {
        let (status, answer) = self.post("/v1/sync/push", request).await?;
        ensure!(status.is_success(), "push: {status} {answer}");
        let receipts = answer["results"]["value"].as_array().cloned().context("not decided at once")?;
        Ok(receipts.into_iter().map(|receipt| receipt["verdict"].clone()).collect())
    }

    /// Returns an operation with its place in the chain. `content` has everything else.
    #[must_use]
    pub fn chained(&self, seq: u64, previous: &str, content: Value) -> Value {
        let mut operation = content;
        operation["version"] = json!(1);
        operation["device"] = json!(self.device);
        let of_content = digest(&cbor::of(&operation));
        let link = json!({ "epoch": self.epoch, "seq": seq, "prev_hash": previous, "content": of_content });
        operation["epoch"] = json!(self.epoch);
        operation["seq"] = json!(seq);
        operation["prev_hash"] = json!(previous);
        operation["hash"] = json!(digest(&cbor::of(&link)));
        operation
    }

    /// Returns an operation without its place in the chain, done now by `operator` in `session`.
    #[must_use]
    pub fn operation(&self, operator: &str, citizen: &str, session: &Value, body: Value) -> Value {
        let for_citizen = ["issue", "report_loss", "reprint", "correction_opened"];
        let is_for_citizen = body["kind"].as_str().is_some_and(|kind| for_citizen.contains(&kind));
        let proof = is_for_citizen.then(|| json!({ "kind": "chip", "card": "resident" }));
        json!({
            "op_id": Uuid::now_v7(),
            "citizen": citizen,
            "wall": now_ms(), "monotonic_ms": 1_000_000, "boot_id": Uuid::nil(), "offset_ms": 0,
            "operator": operator, "session": session, "consent": null, "proof": proof,
            "case_number": null, "body": body,
        })
    }
}

pub(crate) async fn read(response: Response) -> anyhow::Result<Answered> {
    let status = response.status();
    Ok((status, serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null)))
}

/// Returns the instant now in milliseconds since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
}
