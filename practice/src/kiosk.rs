//! A self-service kiosk (自助终端) of the site: a channel client with its own key.

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rig::central::Central;
use rig::http::Answer;
use rig::login::LoginService;
use rules::At;
use rules::keys::{Signer as _, SoftwareKey};
use rules::wire::{ChannelAssertion, TokenResponse};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

use crate::citizen::Citizen;

/// A kiosk registered at the centre.
#[derive(Debug)]
pub struct Kiosk {
    name: String,
    key: SoftwareKey,
    login_service: LoginService,
}

/// The session of a citizen at the kiosk, with the kiosk's token of that time.
#[derive(Debug)]
pub struct Session {
    authorization: String,
    session: String,
    /// What the kiosk shows the citizen.
    pub view: Value,
}

impl Kiosk {
    /// Registers a kiosk at the centre. It takes up its one-time code with a key of its own.
    ///
    /// # Errors
    /// Any failure of the command that registers it, or of its enrolment.
    pub async fn install(
        central: &Central,
        login_service: &LoginService,
        site: &str,
        name: &str,
    ) -> anyhow::Result<Self> {
        let arguments = ["channel", "add", "--channel", "kiosk", "--name", name, "--site", site];
        let code = central.command(&arguments).await?;
        let key = SoftwareKey::from_bytes(&rand::random())?;
        let request = json!({ "code": code.trim(), "public_key": String::from(key.public_key()) });
        central.post("/v1/channels/kiosk/enrol", &[], &request).await?.good()?;
        Ok(Self { name: name.to_owned(), key, login_service: login_service.clone() })
    }

    /// 身份证登录 with the data on the card. Whoever has a wrong name in the registry logs in with
    /// their phone instead (随申办登录), because a kiosk believes no such card (N-3).
    ///
    /// # Errors
    /// Any refusal, such as for a citizen the centre does not know.
    pub async fn logs_in(&self, central: &Central, citizen: &Citizen) -> anyhow::Result<Session> {
        let login = if citizen.registered_name() == citizen.name {
            json!({ "method": "id_card", "number": citizen.number, "name": citizen.name })
        } else {
            let token = self.login_service.token(&self.name, &citizen.number, None, 60).await?;
            json!({ "method": "login_token", "token": token })
        };
        let authorization = format!("Bearer {}", self.token(central).await?);
        let headers = [("authorization", authorization.as_str())];
        let answer = central.post("/v1/channels/kiosk/login", &headers, &login).await?.good()?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let session = answer["session"].as_str().context("no session")?.to_owned();
        Ok(Session { authorization, session, view: answer["view"].clone() })
    }

    /// Returns a token for a fresh assertion under the kiosk's key.
    async fn token(&self, central: &Central) -> anyhow::Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let issued_at = At(i64::try_from(now)?);
        let assertion = ChannelAssertion { client: self.name.clone(), issued_at, nonce: Uuid::new_v4() };
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&assertion)?);
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(claims.as_bytes())?);
        let request = json!({ "assertion": format!("{claims}.{signature}") });
        let answer = central.post("/v1/channels/kiosk/auth", &[], &request).await?.good()?;
        Ok(serde_json::from_slice::<TokenResponse>(&answer)?.token.into_exposed())
    }

    /// 申领, after the holder has confirmed what the kiosk shows.
    ///
    /// # Errors
    /// Any refusal of the request.
    pub async fn applies(&self, central: &Central, session: &Session) -> anyhow::Result<()> {
        self.call(central, session, "apply", &json!({ "confirmed": true })).await?.good()?;
        Ok(())
    }

    /// 下载: returns the sheet of the live code as PDF.
    ///
    /// # Errors
    /// Any refusal of the request.
    pub async fn downloads(&self, central: &Central, session: &Session) -> anyhow::Result<Vec<u8>> {
        Ok(self.call(central, session, "download", &json!({})).await?.good()?)
    }

    /// 挂失, after the holder has confirmed what it ends.
    ///
    /// # Errors
    /// Any refusal of the request.
    pub async fn reports_loss(&self, central: &Central, session: &Session) -> anyhow::Result<()> {
        self.call(central, session, "loss", &json!({ "confirmed": true })).await?.good()?;
        Ok(())
    }

    /// 姓名或照片有误: escalates to the window. `field` is `name` or `photo`.
    ///
    /// # Errors
    /// Any refusal of the request.
    async fn escalates(
        &self,
        central: &Central,
        session: &Session,
        field: &str,
        remark: &str,
    ) -> anyhow::Result<()> {
        let what = json!({ "field": field, "remark": remark });
        self.call(central, session, "escalate", &what).await?.good()?;
        Ok(())
    }

    /// Logs in, applies, downloads the sheet and escalates the wrong field. Returns the sheet.
    ///
    /// # Errors
    /// Any refusal of the first step that fails.
    pub async fn sends_to_the_window(
        &self,
        central: &Central,
        citizen: &Citizen,
        field: &str,
        remark: &str,
    ) -> anyhow::Result<Vec<u8>> {
        let session = self.logs_in(central, citizen).await?;
        self.applies(central, &session).await?;
        let sheet = self.downloads(central, &session).await?;
        self.escalates(central, &session, field, remark).await?;
        Ok(sheet)
    }

    async fn call(
        &self,
        central: &Central,
        session: &Session,
        what: &str,
        body: &Value,
    ) -> anyhow::Result<Answer> {
        let Session { authorization, session, .. } = session;
        let headers = [("authorization", authorization.as_str()), ("x-session", session.as_str())];
        Ok(central.post(&format!("/v1/channels/kiosk/{what}"), &headers, body).await?)
    }
}
