//! What security administrators of sites do to accounts, and what people set themselves.

use crate::common::client::{Centre, PASSWORD, ok};
use central_fixture::{
    desk::{Desk, SITE},
    people,
};
use reqwest::{Response, StatusCode};
use rules::{
    At, DeviceNumber, Refusal, Sensitive, StaffNumber,
    account::{
        AccountAct, AccountChange, AccountCommand, ActivationCode, NewAccount, Seconded, activation_code,
    },
    authority::WrappedKey,
    digest::Digest,
    keys::{Signed, Signer as _, SoftwareKey},
    permission::Role,
    wire::{
        AccountActRequest, AccountsResponse, ActivateRequest, KeyChange, OperatorAuthResponse, ProtocolError,
        SecondFactorChange, SecondFactorRequest, SiteAccount,
    },
};
use totp_rs::{Algorithm, Builder, Secret};
use uuid::Uuid;

const ADMINISTRATOR: &str = "30001";
const COLLEAGUE: &str = "30002";
const CLERK: &str = "10001";
const OTHER_SITE: &str = "310104";
const NEW_PASSWORD: &str = "a pear in the snow";
const TOTP_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn number(text: &str) -> StaffNumber {
    text.parse().unwrap()
}

fn key_of(text: &str) -> SoftwareKey {
    SoftwareKey::from_bytes(&people::secret(&number(text))).unwrap()
}

/// A security administrator at a window.
struct Window {
    centre: Centre,
    desk: Desk,
    device: String,
    token: String,
}

impl Window {
    async fn start(name: &str) -> Self {
        let centre = Centre::start(name).await;
        for (number, role) in
            [(ADMINISTRATOR, "security-admin"), (COLLEAGUE, "security-admin"), (CLERK, "clerk")]
        {
            centre.staff(number, role).await;
        }
        let (desk, _) = centre.enrol(1).await;
        let device = centre.device_token(&desk).await;
        let session: OperatorAuthResponse =
            ok(centre.operator_login(&device, ADMINISTRATOR, PASSWORD).await).await;
        Self { token: session.token.token.into_exposed(), centre, desk, device }
    }

    fn act(&self, command: AccountCommand) -> AccountAct {
        let (by, at) = (number(ADMINISTRATOR), central::clock::now());
        AccountAct { id: Uuid::now_v7(), device: self.desk.device, by, at, command }
    }

    fn signed(&self, command: AccountCommand) -> AccountActRequest {
        signed(self.act(command), &key_of(ADMINISTRATOR))
    }

    async fn send(&self, request: &AccountActRequest) -> Response {
        self.centre.post("/v1/accounts", Some(&self.token), request).await
    }

    async fn done(&self, command: AccountCommand) -> Vec<SiteAccount> {
        ok::<AccountsResponse>(self.send(&self.signed(command)).await).await.accounts
    }

    async fn refused(&self, request: &AccountActRequest) -> Refusal {
        let answer: ProtocolError = self.send(request).await.json().await.unwrap();
        let ProtocolError::Refused { code } = answer else { panic!("{answer:?}") };
        code
    }

    async fn accounts(&self) -> Vec<SiteAccount> {
        ok::<AccountsResponse>(self.centre.get("/v1/accounts", Some(&self.token)).await).await.accounts
    }

    async fn version(&self, of: &str) -> u64 {
        let accounts = self.accounts().await;
        accounts.iter().find(|account| account.record.number.as_str() == of).unwrap().record.version
    }

    async fn change(&self, of: &str, change: AccountChange) -> AccountCommand {
        AccountCommand::Change { number: number(of), version: self.version(of).await, change }
    }

    async fn activate(&self, request: &ActivateRequest) -> Response {
        self.centre.post("/v1/auth/activate", Some(&self.device), request).await
    }

    async fn acts(&self) -> String {
        self.centre.postgres.query("SELECT count(*) FROM account_act").await.unwrap()
    }

    async fn verified(&self) -> Result<String, String> {
        self.centre.central.command(&["audit", "verify"]).await.map_err(|error| error.to_string())
    }
}

fn signed(act: AccountAct, key: &SoftwareKey) -> AccountActRequest {
    AccountActRequest { act: Signed::sign(act, key).unwrap(), second: None }
}

fn seconded(request: AccountActRequest, by: &str, key: &SoftwareKey) -> AccountActRequest {
    let second = Seconded { by: number(by), act: request.act.value.digest() };
    AccountActRequest { second: Some(Signed::sign(second, key).unwrap()), ..request }
}

/// A new account, with its activation code.
fn newcomer(of: &str, roles: &[Role]) -> (NewAccount, Sensitive<String>) {
    let code = activation_code(rand::random());
    let digest = ActivationCode::digest_of(&code);
    let name = Sensitive::new("新人".to_owned());
    (NewAccount { number: number(of), name, roles: roles.to_vec(), code: digest }, code)
}

fn add(account: NewAccount) -> AccountCommand {
    AccountCommand::Add { accounts: vec![account] }
}

fn activation(of: &str, code: &Sensitive<String>, secret: [u8; 32]) -> ActivateRequest {
    let key = SoftwareKey::from_bytes(&secret).unwrap();
    let change = KeyChange { staff: number(of), public_key: key.public_key(), at: central::clock::now() };
    let password = Sensitive::new(NEW_PASSWORD.to_owned());
    ActivateRequest {
        code: code.clone(),
        second_factor: None,
        change: Signed::sign(change, &key).unwrap(),
        wrapped_key: WrappedKey::wrap(&secret, &number(of), &password, [5; 16], [6; 24]).unwrap(),
    }
}

fn totp(secret: &str, at: At) -> Sensitive<String> {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).build_noncompliant();
    Sensitive::new(totp.generate(u64::try_from(at.seconds()).unwrap()).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_is_activated_once_by_its_person_and_every_act_is_proved() {
    let site = Window::start("central-account-add").await;
    let (account, code) = newcomer("10009", &[Role::Clerk]);
    let listed = site.done(add(account.clone())).await;
    let new = listed.iter().find(|account| account.record.number.as_str() == "10009").unwrap();
    assert!(new.code_until.is_some() && new.record.active && !new.has_second_factor);
    assert_eq!(site.refused(&site.signed(add(account))).await, Refusal::AccountExists);

    // The code is no password, and another code sets none.
    assert!(!site.centre.operator_login(&site.device, "10009", code.expose()).await.status().is_success());
    let wrong = activation("10009", &activation_code([9; 16]), [41; 32]);
    let answer: ProtocolError = site.activate(&wrong).await.json().await.unwrap();
    assert_eq!(answer, ProtocolError::Refused { code: Refusal::ActivationCodeWrong });
    // Somebody else's signature under the new key.
    let mut forged = activation("10009", &code, [41; 32]);
    forged.change = Signed::sign(forged.change.value, &key_of(CLERK)).unwrap();
    assert!(!site.activate(&forged).await.status().is_success());
    let typed = Sensitive::new(code.expose().to_lowercase());
    let session: OperatorAuthResponse = ok(site.activate(&activation("10009", &typed, [41; 32])).await).await;
    assert_eq!(session.credential.record.value.number.as_str(), "10009");
    assert!(!site.activate(&activation("10009", &code, [42; 32])).await.status().is_success(), "once");
    ok::<OperatorAuthResponse>(site.centre.operator_login(&site.device, "10009", NEW_PASSWORD).await).await;

    // A reset ends password and tokens; the second factor of the account stays.
    let (_, again) = newcomer("10009", &[]);
    let reset = AccountChange::ResetPassword { code: ActivationCode::digest_of(&again) };
    site.done(site.change("10009", reset).await).await;
    let news = site.centre.get("/v1/sync/changes?cursor=0", Some(session.token.token.expose())).await;
    assert_eq!(news.status(), StatusCode::UNAUTHORIZED);
    let old = site.centre.operator_login(&site.device, "10009", NEW_PASSWORD).await;
    assert_eq!(old.status(), StatusCode::UNAUTHORIZED);
    assert!(
        !site.activate(&activation("10009", &again, [41; 32])).await.status().is_success(),
        "nobody has a key twice"
    );
    ok::<OperatorAuthResponse>(site.activate(&activation("10009", &again, [43; 32])).await).await;

    for change in [
        AccountChange::Roles { roles: vec![Role::Supervisor] },
        AccountChange::Disable,
        AccountChange::Enable,
    ] {
        site.done(site.change("10009", change).await).await;
    }
    assert_eq!(site.acts().await, "5");
    site.verified().await.unwrap();
    let forge = "UPDATE account_act SET request = replace(request, 'supervisor', 'auditor') WHERE request LIKE '%supervisor%'";
    site.centre.postgres.query(forge).await.unwrap();
    assert!(site.verified().await.unwrap_err().contains("on accounts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_a_stolen_desk_or_clerk_changes_no_account() {
    let site = Window::start("central-account-thief").await;
    let (account, _) = newcomer("10009", &[Role::Clerk]);
    let command = add(account);
    // A desk's own token, and a clerk's.
    let clerk: OperatorAuthResponse =
        ok(site.centre.operator_login(&site.device, CLERK, PASSWORD).await).await;
    for token in [&site.device, clerk.token.token.expose()] {
        assert_eq!(site.centre.get("/v1/accounts", Some(token)).await.status(), StatusCode::FORBIDDEN);
        let sent = site.centre.post("/v1/accounts", Some(token), &site.signed(command.clone())).await;
        assert_eq!(sent.status(), StatusCode::FORBIDDEN);
    }
    // The administrator's token without the administrator's key.
    let act = site.act(command.clone());
    for forged in [
        signed(act.clone(), &site.desk.key),
        signed(AccountAct { by: number(CLERK), ..act.clone() }, &key_of(CLERK)),
        signed(AccountAct { device: DeviceNumber(act.device.0 + 1), ..act.clone() }, &key_of(ADMINISTRATOR)),
        signed(AccountAct { at: act.at.plus_ms(-60 * 60_000), ..act.clone() }, &key_of(ADMINISTRATOR)),
        seconded(site.signed(command.clone()), COLLEAGUE, &key_of(CLERK)),
    ] {
        assert_eq!(site.send(&forged).await.status(), StatusCode::UNAUTHORIZED);
    }
    let mut other = site.signed(command.clone());
    let AccountCommand::Add { accounts } = &mut other.act.value.command else { unreachable!() };
    accounts[0].roles = vec![Role::Supervisor];
    assert_eq!(site.send(&other).await.status(), StatusCode::UNAUTHORIZED, "changed on its way");
    assert_eq!((site.acts().await.as_str(), site.accounts().await.len()), ("0", 3));
    let seen = "SELECT sum(count) FROM tally WHERE kind = 'failed_logins' AND staff = '30001'";
    assert_eq!(site.centre.postgres.query(seen).await.unwrap(), "5", "each try counts towards the alarm");

    // The act itself, sent twice, is done once.
    let honest = site.signed(command);
    for _ in 0..2 {
        ok::<AccountsResponse>(site.send(&honest).await).await;
    }
    assert_eq!((site.acts().await.as_str(), site.accounts().await.len()), ("1", 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_administrator_alone_makes_no_administrator_and_ends_no_second_factor() {
    let site = Window::start("central-account-two").await;
    let (account, _) = newcomer("30009", &[Role::SecurityAdmin]);
    let alone = site.signed(add(account));
    assert_eq!(site.refused(&alone).await, Refusal::SecondAdministratorNeeded);
    let own = seconded(alone.clone(), ADMINISTRATOR, &key_of(ADMINISTRATOR));
    assert_eq!(site.refused(&own).await, Refusal::SecondAdministratorNeeded);
    let clerk = seconded(alone.clone(), CLERK, &key_of(CLERK));
    assert_eq!(site.refused(&clerk).await, Refusal::NotPermitted);
    ok::<AccountsResponse>(site.send(&seconded(alone, COLLEAGUE, &key_of(COLLEAGUE))).await).await;

    site.centre.second_factor(CLERK, TOTP_SECRET).await;
    let reset = site.signed(site.change(CLERK, AccountChange::ResetSecondFactor).await);
    assert_eq!(site.refused(&reset).await, Refusal::SecondAdministratorNeeded);
    ok::<AccountsResponse>(site.send(&seconded(reset, COLLEAGUE, &key_of(COLLEAGUE))).await).await;
    let accounts = site.accounts().await;
    assert!(accounts.iter().all(|account| !account.has_second_factor));
    // An administrator that was disabled seconds nothing any more.
    site.done(site.change(COLLEAGUE, AccountChange::Disable).await).await;
    let (account, _) = newcomer("30010", &[Role::Auditor]);
    let late = seconded(site.signed(add(account)), COLLEAGUE, &key_of(COLLEAGUE));
    assert_eq!(site.refused(&late).await, Refusal::NotPermitted);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_another_site_changes_nothing_here_and_receives_whom_it_sends() {
    let site = Window::start("central-account-sites").await;
    site.centre.central.command(&["site", "add", "--site", OTHER_SITE, "--name", "徐汇"]).await.unwrap();
    site.centre.staff_at(OTHER_SITE, "40001", &["security-admin"]).await;
    let (desk, _) = site.centre.enrol_at(OTHER_SITE, 1).await;
    let device = site.centre.device_token(&desk).await;
    let session: OperatorAuthResponse =
        ok(site.centre.operator_login(&device, "40001", PASSWORD).await).await;
    let act = |command| {
        let (by, at) = (number("40001"), central::clock::now());
        let act = AccountAct { id: Uuid::now_v7(), device: desk.device, by, at, command };
        signed(act, &key_of("40001"))
    };
    let send = async |request: AccountActRequest| {
        site.centre.post("/v1/accounts", Some(session.token.token.expose()), &request).await
    };
    let disable =
        AccountCommand::Change { number: number(CLERK), version: 1, change: AccountChange::Disable };
    let refused: ProtocolError = send(act(disable)).await.json().await.unwrap();
    assert_eq!(refused, ProtocolError::Refused { code: Refusal::AccountUnknown });

    let nowhere = AccountChange::Move { site: "999999".parse().unwrap() };
    let nowhere = site.signed(site.change(CLERK, nowhere).await);
    assert_eq!(site.refused(&nowhere).await, Refusal::SiteUnknown);
    let moved =
        site.done(site.change(CLERK, AccountChange::Move { site: OTHER_SITE.parse().unwrap() }).await).await;
    assert!(moved.iter().all(|account| account.record.number.as_str() != CLERK));
    assert_eq!(site.centre.operator_login(&device, CLERK, PASSWORD).await.status(), StatusCode::UNAUTHORIZED);
    let enable = AccountCommand::Change { number: number(CLERK), version: 2, change: AccountChange::Enable };
    ok::<AccountsResponse>(send(act(enable)).await).await;
    ok::<OperatorAuthResponse>(site.centre.operator_login(&device, CLERK, PASSWORD).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_set_by_its_owner_with_its_first_code() {
    let site = Window::start("central-own-factor").await;
    let session: OperatorAuthResponse =
        ok(site.centre.operator_login(&site.device, CLERK, PASSWORD).await).await;
    let now = central::clock::now();
    let request =
        |secret: &str, code: Sensitive<String>, present: Option<Sensitive<String>>, key: &SoftwareKey| {
            let change =
                SecondFactorChange { staff: number(CLERK), secret: Digest::of(secret.as_bytes()), at: now };
            let change = Signed::sign(change, key).unwrap();
            SecondFactorRequest { change, secret: Sensitive::new(secret.to_owned()), code, present }
        };
    let send = async |request: SecondFactorRequest| {
        let token = Some(session.token.token.expose().as_str());
        site.centre.post("/v1/auth/second-factor", token, &request).await.status()
    };
    let key = key_of(CLERK);
    let right = totp(TOTP_SECRET, now);
    assert_eq!(
        send(request(TOTP_SECRET, right.clone(), None, &site.desk.key)).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        send(request("GEZDGNBV", right.clone(), None, &key)).await,
        StatusCode::BAD_REQUEST,
        "too short"
    );
    let wrong = Sensitive::new("000000".to_owned());
    let wrong = if wrong == right { Sensitive::new("111111".to_owned()) } else { wrong };
    assert_eq!(send(request(TOTP_SECRET, wrong, None, &key)).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send(request(TOTP_SECRET, right.clone(), None, &key)).await, StatusCode::NO_CONTENT);
    assert!(!site.centre.operator_login(&site.device, CLERK, PASSWORD).await.status().is_success());
    // Another phone needs a code of the one before, and that code is used already.
    let other = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let code = totp(other, now);
    assert_eq!(send(request(other, code.clone(), None, &key)).await, StatusCode::UNPROCESSABLE_ENTITY);
    let next = totp(TOTP_SECRET, now.plus_ms(30_000));
    assert_eq!(send(request(other, code, Some(next), &key)).await, StatusCode::NO_CONTENT);
    let kept =
        site.centre.postgres.query("SELECT totp_secret FROM staff WHERE number = '10001'").await.unwrap();
    assert_eq!(kept, other);
    site.verified().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_begins_with_a_code_and_a_list_adds_exactly_its_right_lines() {
    let centre = Centre::start("central-account-cli").await;
    let command =
        async |words: &[&str]| centre.central.command(words).await.map_err(|error| error.to_string());
    let add =
        ["staff", "add", "--number", ADMINISTRATOR, "--name", "孙", "--role", "security-admin", "--site"];
    let nowhere = command(&[&add[..], &["999999"]].concat()).await.unwrap_err();
    assert!(nowhere.contains("there is no site 999999"), "{nowhere}");
    let code = Sensitive::new(command(&[&add[..], &[SITE]].concat()).await.unwrap().trim().to_owned());
    let (desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let request = activation(ADMINISTRATOR, &code, [41; 32]);
    ok::<OperatorAuthResponse>(centre.post("/v1/auth/activate", Some(&device), &request).await).await;

    let mut text = String::from("工号,姓名,角色\n");
    for at in 0..500_usize {
        let wrong = at % 25 == 7;
        text.push_str(&if wrong {
            format!("A{at:03},,clerk\n")
        } else {
            format!("A{at:03},王{at},clerk\n")
        });
    }
    let file = centre.folder.path().join("staff.csv");
    let codes = centre.folder.path().join("codes.csv");
    std::fs::write(&file, text).unwrap();
    let (file, out) = (file.to_str().unwrap(), codes.to_str().unwrap());
    let import = ["staff", "import", file, "--site", SITE, "--codes", out];
    let refused = command(&import).await.unwrap_err();
    assert!(refused.contains("20 lines are wrong; nobody was added"), "{refused}");
    let lines = refused.lines().filter(|line| line.contains("The name is missing")).count();
    assert_eq!(lines, 20, "{refused}");
    assert!(refused.contains("line 9: "), "the line of the file: {refused}");
    assert_eq!(centre.postgres.query("SELECT count(*) FROM staff").await.unwrap(), "1");
    assert!(!codes.exists());
    let told = command(&[&import[..], &["--skip-wrong"]].concat()).await.unwrap();
    assert!(told.contains("480 accounts added, 20 lines left out"), "{told}");
    let kept = std::fs::read_to_string(&codes).unwrap();
    assert_eq!(kept.lines().count(), 481);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&codes).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let again = command(&[&import[..], &["--skip-wrong"]].concat()).await.unwrap_err();
    assert!(again.contains("File exists"), "a file of codes is not written over: {again}");

    let listed = command(&["staff", "list", "--site", SITE]).await.unwrap();
    assert_eq!(listed.lines().count(), 1 + 481);
    assert!(
        listed.lines().any(|line| line.starts_with("A000\t王0\t310101\tclerk\tenabled\tno\t20")),
        "{listed}"
    );
    for (words, state) in
        [(["staff", "disable", "A000"], "\tdisabled\t"), (["staff", "enable", "A000"], "\tenabled\t")]
    {
        command(&words).await.unwrap();
        let listed = command(&["staff", "list"]).await.unwrap();
        assert!(listed.lines().any(|line| line.starts_with("A000") && line.contains(state)), "{listed}");
    }
    let code = command(&["staff", "reset-password", "A000"]).await.unwrap();
    assert_eq!(code.trim().len(), 19, "{code}");
    command(&["staff", "reset-second-factor", "A000"]).await.unwrap();
    command(&["audit", "verify"]).await.unwrap();
    let acts = "SELECT (SELECT count(*) FROM audit_leaf WHERE kind = 'act' AND body LIKE '%\"staff %')
        + (SELECT count(*) FROM audit_event WHERE kind = 'act' AND body LIKE '%\"staff %')";
    assert_eq!(
        centre.postgres.query(acts).await.unwrap(),
        "12",
        "each command is an act, the refused ones too"
    );
}
