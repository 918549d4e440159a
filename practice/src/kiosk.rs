//! A self-service kiosk (自助终端) of the site: a channel client with its own API key.

use anyhow::Context as _;
use rig::central::Central;
use rig::http::Answer;
use serde_json::{Value, json};

use crate::citizen::Citizen;

/// A kiosk registered at the centre.
#[derive(Debug)]
pub struct Kiosk {
    authorization: String,
}

/// The session of a citizen who laid their card on the kiosk.
#[derive(Debug)]
pub struct Session(String);

impl Kiosk {
    /// Registers a kiosk at the centre.
    ///
    /// # Errors
    /// Any failure of the command that registers it.
    pub async fn install(central: &Central, site: &str, name: &str) -> anyhow::Result<Self> {
        let arguments = ["channel", "add", "--channel", "kiosk", "--name", name, "--site", site];
        let key = central.command(&arguments).await?;
        Ok(Self { authorization: format!("Bearer {}", key.trim()) })
    }

    /// 身份证登录 with the data on the card; the registry's name may differ.
    ///
    /// # Errors
    /// Any refusal, such as for a citizen the centre does not know.
    pub async fn logs_in(&self, central: &Central, citizen: &Citizen) -> anyhow::Result<Session> {
        let card = json!({ "method": "id_card", "number": citizen.number, "name": citizen.name });
        let headers = [("authorization", self.authorization.as_str())];
        let answer = central.post("/v1/channels/kiosk/login", &headers, &card).await?.good()?;
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok(Session(answer["session"].as_str().context("no session")?.to_owned()))
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
    async fn downloads(&self, central: &Central, session: &Session) -> anyhow::Result<Vec<u8>> {
        Ok(self.call(central, session, "download", &json!({})).await?.good()?)
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
        let headers = [("authorization", self.authorization.as_str()), ("x-session", session.0.as_str())];
        Ok(central.post(&format!("/v1/channels/kiosk/{what}"), &headers, body).await?)
    }
}
