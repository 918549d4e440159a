//! The desk's side of the protocol over HTTP, against the real server.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central_fixture::desk::{self, Desk};
use reqwest::{Client, Response, StatusCode};
use rig::{RigFolder, central::Central, login::LoginService, postgres::Postgres};
use rules::{
    Sensitive,
    case_number::CaseNumber,
    keys::Signer as _,
    op::{CitizenRef, Operation},
    wire::{
        DeviceAssertion, DeviceAuthRequest, EnrolRequest, EnrolResponse, LookUpProof, LookUpRequest,
        PushResponse, TokenResponse,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// The real server on its own database, with one site.
pub(crate) struct Centre {
    pub(crate) central: Central,
    pub(crate) postgres: Postgres,
    pub(crate) folder: RigFolder,
    pub(crate) client: Client,
}

impl Centre {
    pub(crate) async fn start(name: &str) -> Self {
        Self::start_with(name, &[]).await
    }

    /// Starts a server with settings from environment variables.
    pub(crate) async fn start_with(name: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_in(RigFolder::new(name).unwrap(), variables).await
    }

    /// Starts a server that believes a log-in service.
    pub(crate) async fn start_with_logins(name: &str, variables: &[(&str, &str)]) -> (Self, LoginService) {
        let folder = RigFolder::new(name).unwrap();
        let service = LoginService::create(&folder).await.unwrap();
        let (setting, keys) = service.setting();
        let variables = [variables, &[(setting, keys.as_str())]].concat();
        (Self::start_in(folder, &variables).await, service)
    }

    async fn start_in(folder: RigFolder, variables: &[(&str, &str)]) -> Self {
        let postgres = Postgres::start(&folder).await.unwrap();
        let central = Central::start_with(&folder, &postgres, variables).await.unwrap();
        central
            .command(&["site", "add", "--site", desk::SITE, "--name", "黄浦区行政服务中心"])
            .await
            .unwrap();
        // The provider is installed once per process; a second installation fails without harm.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { central, postgres, folder, client }
    }

    /// Adds an account with one role; returns its password.
    pub(crate) async fn staff(&self, number: &str, role: &str) -> String {
        self.staff_with(number, &[role]).await
    }

    /// Adds an account with several roles; returns its password.
    pub(crate) async fn staff_with(&self, number: &str, roles: &[&str]) -> String {
        self.staff_at(desk::SITE, number, roles).await
    }

    /// Adds an account at a site; returns its password.
    pub(crate) async fn staff_at(&self, site: &str, number: &str, roles: &[&str]) -> String {
        let mut arguments = vec!["staff", "add", "--number", number, "--name", "测试", "--site", site];
        for role in roles {
            arguments.extend(["--role", role]);
        }
        self.central.command(&arguments).await.unwrap().trim().to_owned()
    }

    pub(crate) async fn invite(&self, number: u16) -> String {
        self.invite_at(desk::SITE, number).await
    }

    async fn invite_at(&self, site: &str, number: u16) -> String {
        let number = number.to_string();
        let arguments = ["desk", "invite", "--site", site, "--number", &number];
        self.central.command(&arguments).await.unwrap().trim().to_owned()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.central.url())
    }

    pub(crate) async fn post<T: Serialize>(&self, path: &str, token: Option<&str>, body: &T) -> Response {
        let mut request = self.client.post(self.url(path)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Response {
        let mut request = self.client.get(self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }

    /// Enrols a new desk at a window of the main site.
    pub(crate) async fn enrol(&self, window: u16) -> (Desk, EnrolResponse) {
        self.enrol_at(desk::SITE, window).await
    }

    /// Enrols a new desk at a window of a site.
    pub(crate) async fn enrol_at(&self, site: &str, window: u16) -> (Desk, EnrolResponse) {
        let code = self.invite_at(site, window).await;
        let mut desk = Desk::new(u32::from(window) + 7_000, 1);
        let request = EnrolRequest {
            code: Sensitive::new(code),
            public_key: desk.key.public_key(),
            program: "test".to_owned(),
        };
        let enrolled: EnrolResponse = ok(self.post("/v1/desks/enrol", None, &request).await).await;
        let again = self.post("/v1/desks/enrol", None, &request).await;
        assert_eq!(again.status(), StatusCode::FORBIDDEN, "S7: a code is good once");
        let certificate = enrolled.certificate.verify(&enrolled.root).unwrap();
        desk.device = certificate.device;
        desk.epoch = certificate.epoch;
        (desk, enrolled)
    }

    /// Sends a fresh assertion from a clock that is off by `off_ms`.
    pub(crate) async fn assert(&self, desk: &Desk, off_ms: i64) -> Response {
        let issued_at = match off_ms {
            i64::MIN | i64::MAX => rules::At(off_ms),
            _ => central::clock::now().plus_ms(off_ms),
        };
        let claims =
            DeviceAssertion { device: desk.device, epoch: desk.epoch, issued_at, nonce: Uuid::new_v4() };
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
        let signature = URL_SAFE_NO_PAD.encode(desk.key.sign(text.as_bytes()).unwrap());
        let request = DeviceAuthRequest { assertion: format!("{text}.{signature}") };
        self.post("/v1/auth/device", None, &request).await
    }

    pub(crate) async fn device_token(&self, desk: &Desk) -> String {
        let claims = DeviceAssertion {
            device: desk.device,
            epoch: desk.epoch,
            issued_at: central::clock::now(),
            nonce: Uuid::new_v4(),
        };
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
        let signature = URL_SAFE_NO_PAD.encode(desk.key.sign(text.as_bytes()).unwrap());
        let request = DeviceAuthRequest { assertion: format!("{text}.{signature}") };
        let response: TokenResponse = ok(self.post("/v1/auth/device", None, &request).await).await;
        let again = self.post("/v1/auth/device", None, &request).await;
        assert_eq!(again.status(), StatusCode::UNAUTHORIZED, "an assertion is good once");
        response.token.into_exposed()
    }

    pub(crate) async fn operator_login(&self, device: &str, staff: &str, password: &str) -> Response {
        let request = json!({ "staff": staff, "password": password, "second_factor": null });
        self.post("/v1/auth/operator", Some(device), &request).await
    }

    /// Looks a citizen up in a new case of a desk at a window of the main site.
    pub(crate) async fn look_up(&self, token: &str, window: u16, citizen: &CitizenRef) -> Response {
        self.look_up_with(token, &case_number(desk::SITE, window), LookUpProof::Card, citizen).await
    }

    pub(crate) async fn look_up_with(
        &self,
        token: &str,
        case_number: &CaseNumber,
        proof: LookUpProof,
        citizen: &CitizenRef,
    ) -> Response {
        let request = LookUpRequest { case_number: case_number.clone(), proof };
        self.post(&format!("/v1/citizens/{citizen}"), Some(token), &request).await
    }

    pub(crate) async fn push(&self, desk: &Desk, token: &str, ops: Vec<Operation>) -> PushResponse {
        ok(self.post("/v1/sync/push", Some(token), &desk.push(ops)).await).await
    }

    pub(crate) fn index_key(enrolled: &EnrolResponse) -> [u8; 32] {
        rules::hex::decode(enrolled.index_key.expose()).unwrap().try_into().unwrap()
    }
}

/// Returns the number of a case opened now; each call gives another one.
pub(crate) fn case_number(site: &str, window: u16) -> CaseNumber {
    static TENTH: AtomicU32 = AtomicU32::new(0);
    let today = central::clock::now().day();
    CaseNumber::new(site, today, window, TENTH.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// Parses the body of a successful answer.
pub(crate) async fn ok<T: DeserializeOwned>(response: Response) -> T {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}
