//! The desk's side of the protocol over HTTP, against the real server.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central::{
    audit::AuditKey,
    keys::Keys,
    store::{NewVersion, Store as _, postgres::PgStore},
};
use central_fixture::{
    desk::{self, Desk},
    people,
};
use reqwest::{Client, Response, StatusCode};
use rig::{RigFolder, central::Central, login::LoginService, postgres::Postgres};
use rules::{
    DeviceNumber, Sensitive,
    authority::WrappedKey,
    case_number::CaseNumber,
    issuing::Issued,
    keys::{DeskKey, Signer as _},
    op::Operation,
    permission::Role,
    person::IdNumber,
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
        Self::with_site(folder, postgres, central).await
    }

    /// Adds the main site to a centre that runs.
    pub(crate) async fn with_site(folder: RigFolder, postgres: Postgres, central: Central) -> Self {
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

    /// Adds an account with several roles and the fixture's key for it; returns its password.
    pub(crate) async fn staff_with(&self, number: &str, roles: &[&str]) -> String {
        self.staff_at(desk::SITE, number, roles).await
    }

    /// Adds an account at a site and the fixture's key for it; returns its password.
    pub(crate) async fn staff_at(&self, site: &str, number: &str, roles: &[&str]) -> String {
        let roles: Vec<Role> = roles.iter().map(|role| role_named(role)).collect();
        let mut new = people::staff(&site.parse().unwrap(), number, &roles);
        let (number, password) = (new.record.number.clone(), Sensitive::new(PASSWORD.to_owned()));
        let secret = people::secret(&number);
        new.wrapped_key = WrappedKey::wrap(&secret, &number, &password, [1; 16], [2; 24]).unwrap();
        new.password_since = central::clock::now();
        let keys = self.keys();
        let sign = |record| keys.sign(record, "staff record");
        self.store().await.put_staff(new, sign).await.unwrap();
        PASSWORD.to_owned()
    }

    /// Gives an account a second factor.
    pub(crate) async fn second_factor(&self, number: &str, secret: &str) {
        let (store, keys) = (self.store().await, self.keys());
        let account = store.account(&number.parse().unwrap()).await.unwrap().unwrap();
        let secret = Some(Sensitive::new(secret.to_owned()));
        let next = NewVersion { totp_secret: secret, ..account.next(central::clock::now()) };
        store.put_staff(next, |record| keys.sign(record, "staff record")).await.unwrap();
    }

    /// The secrets of the centre.
    pub(crate) fn keys(&self) -> Keys {
        central::keys::load(&self.folder.path().join("central").join("keys")).unwrap()
    }

    /// The centre's store, beside the server.
    pub(crate) async fn store(&self) -> PgStore {
        let key = AuditKey::derive(&self.keys().token);
        PgStore::connect(&self.postgres.url(), 2).await.unwrap().sealing(key)
    }

    /// Uploads a blob.
    pub(crate) async fn upload(&self, token: &str, bytes: &[u8]) {
        let path = format!("/v1/blobs/{}", rules::digest::Digest::of(bytes));
        let request = self.client.put(self.url(&path)).bearer_auth(token).body(bytes.to_vec());
        assert!(request.send().await.unwrap().status().is_success());
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
        // Each enrolment has a key of its own, as a desk makes one.
        static ENROLMENTS: AtomicU32 = AtomicU32::new(1);
        let mut desk =
            Desk::new(DeviceNumber(u32::from(window) + 7_000), ENROLMENTS.fetch_add(1, Ordering::Relaxed));
        let request = EnrolRequest {
            code: Sensitive::new(code),
            public_key: desk.key.public_key(),
            program: "test".to_owned(),
            protection: rules::window::KeyProtection::Tpm,
        };
        let enrolled: EnrolResponse = ok(self.post("/v1/desks/enrol", None, &request).await).await;
        let again = self.post("/v1/desks/enrol", None, &request).await;
        assert_eq!(again.status(), StatusCode::FORBIDDEN, "S7: a code is good once");
        let certificate = enrolled.certificate.verify(&enrolled.trust()).unwrap();
        desk.device = certificate.device;
        desk.epoch = certificate.epoch;
        desk.issuer.clone_from(&enrolled.issuer);
        (desk, enrolled)
    }

    /// Moves the life of a desk's key back, as if it had enrolled so much earlier.
    pub(crate) async fn make_key_older(&self, desk: &Desk, enrolled: &EnrolResponse, by_ms: i64) {
        let key = &enrolled.certificate.value;
        let (not_before, not_after) = (key.not_before.plus_ms(-by_ms), key.not_after.plus_ms(-by_ms));
        let older = DeskKey { not_before, not_after, ..key.clone() };
        // The centre asks its database for the value and signs the list itself.
        let certificate = serde_json::to_string(&self.keys().sign(older, "certificate").unwrap()).unwrap();
        let statement = format!(
            "UPDATE desk_key SET certificate = '{certificate}', not_after = {}, changed_in = 0 WHERE key_id = '\\x{}'",
            not_after.0,
            desk.key.key_id()
        );
        self.postgres.query(&statement).await.unwrap();
    }

    /// Sends a fresh assertion from a clock that is off by `off_ms`.
    pub(crate) async fn assert(&self, desk: &Desk, off_ms: i64) -> Response {
        self.assert_with(desk, off_ms, None).await
    }

    /// Sends a fresh assertion with a certificate of the key.
    pub(crate) async fn assert_with(
        &self,
        desk: &Desk,
        off_ms: i64,
        certificate: Option<&Issued<DeskKey>>,
    ) -> Response {
        let issued_at = match off_ms {
            i64::MIN | i64::MAX => rules::At(off_ms),
            _ => central::clock::now().plus_ms(off_ms),
        };
        let assertion = assertion(desk, issued_at);
        let request = DeviceAuthRequest {
            assertion,
            certificate: certificate.cloned().map(Box::new),
            desk_number: None,
        };
        self.post("/v1/auth/device", None, &request).await
    }

    /// Sends a fresh assertion as a desk whose enrolment the centre may have forgotten.
    pub(crate) async fn assert_at(
        &self,
        desk: &Desk,
        certificate: Option<&Issued<DeskKey>>,
        desk_number: Option<u16>,
    ) -> Response {
        let assertion = assertion(desk, central::clock::now());
        let certificate = certificate.cloned().map(Box::new);
        let request = DeviceAuthRequest { assertion, certificate, desk_number };
        self.post("/v1/auth/device", None, &request).await
    }

    pub(crate) async fn device_token(&self, desk: &Desk) -> String {
        let assertion = assertion(desk, central::clock::now());
        let request = DeviceAuthRequest { assertion, certificate: None, desk_number: None };
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
    pub(crate) async fn look_up(&self, token: &str, window: u16, citizen: &IdNumber) -> Response {
        self.look_up_with(token, &case_number(desk::SITE, window), LookUpProof::Card, citizen).await
    }

    pub(crate) async fn look_up_with(
        &self,
        token: &str,
        case_number: &CaseNumber,
        proof: LookUpProof,
        citizen: &IdNumber,
    ) -> Response {
        let request = LookUpRequest { number: citizen.clone(), case_number: case_number.clone(), proof };
        self.post("/v1/citizens", Some(token), &request).await
    }

    pub(crate) async fn push(&self, desk: &Desk, token: &str, ops: Vec<Operation>) -> PushResponse {
        ok(self.post("/v1/sync/push", Some(token), &desk.push(ops)).await).await
    }
}

/// Returns a fresh assertion of the desk's key.
fn assertion(desk: &Desk, issued_at: rules::At) -> String {
    let claims = DeviceAssertion {
        device: desk.device,
        epoch: desk.epoch,
        issued_at,
        nonce: Uuid::new_v4(),
        audit: None,
        earlier: None,
        heartbeat: None,
    };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
    let signature = URL_SAFE_NO_PAD.encode(desk.key.sign(text.as_bytes()).unwrap());
    format!("{text}.{signature}")
}

/// Password of the accounts that [`Centre::staff`] adds.
pub(crate) const PASSWORD: &str = "plum tree in the rain";

fn role_named(name: &str) -> Role {
    match name {
        "clerk" => Role::Clerk,
        "supervisor" => Role::Supervisor,
        "system-admin" => Role::SystemAdmin,
        "security-admin" => Role::SecurityAdmin,
        "auditor" => Role::Auditor,
        other => panic!("no role {other}"),
    }
}

/// Returns the number of a case opened now; each call gives another one.
pub(crate) fn case_number(site: &str, window: u16) -> CaseNumber {
    static TENTH: AtomicU32 = AtomicU32::new(0);
    let today = central::clock::now().day();
    CaseNumber::new(&site.parse().unwrap(), today, window, TENTH.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// Parses the body of a successful answer.
pub(crate) async fn ok<T: DeserializeOwned>(response: Response) -> T {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}
