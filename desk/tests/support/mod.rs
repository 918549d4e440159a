//! What the tests of this crate share: a centre, an enrolled desk on a real encrypted file, invented people.

#![expect(dead_code, reason = "each test program uses its own part of this")]

pub mod centre;

pub use centre::{CODE, TestCentre};

use desk::{
    Desk, PrintableName,
    clock::{Clock, SystemClock},
    enrolment::enrol,
    operations::IssueRequest,
    session::Operator,
    store::Store,
    vault::Vault,
};
use rules::{
    At, Sensitive,
    life::Action,
    permission::Role,
    person::{IdNumber, Name},
    wire::{CitizenView, Staff},
};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

/// Every name can be printed, unless it holds this character.
pub struct Printer;
pub const UNPRINTABLE: char = '\u{2A6D6}';
impl PrintableName for Printer {
    fn missing_glyphs(&self, name: &Name) -> Vec<char> {
        name.expose().chars().filter(|&c| c == UNPRINTABLE).collect()
    }
}

/// An enrolled desk and its centre.
pub struct Fixture {
    pub folder: TempDir,
    pub centre: TestCentre,
    pub desk: Arc<Desk>,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock::new())).await
    }

    pub async fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::of(TestCentre::start().await, clock).await
    }

    pub async fn of(centre: TestCentre, clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = enrolled(folder.path(), &centre.url, clock).await;
        Self { folder, centre, desk }
    }

    /// Closes the desk and opens it again on the same files.
    pub async fn restart(&mut self) {
        self.desk.store().close().await;
        self.desk = open(self.folder.path(), Arc::new(SystemClock::new())).await;
    }
}

pub async fn enrolled(folder: &Path, url: &str, clock: Arc<dyn Clock>) -> Arc<Desk> {
    let vault = Vault::open_or_create_with_key_file(folder).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let code = Sensitive::new(CODE.to_owned());
    enrol(&vault, &store, clock.clone(), url, None, &code).await.unwrap();
    Desk::open(&vault, store, clock, Box::new(Printer)).await.unwrap()
}

pub async fn open(folder: &Path, clock: Arc<dyn Clock>) -> Arc<Desk> {
    let vault = Vault::open_or_create_with_key_file(folder).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    Desk::open(&vault, store, clock, Box::new(Printer)).await.unwrap()
}

/// A number with a right check digit; `n` tells people apart.
pub fn number(birth: &str, n: u32) -> IdNumber {
    let body = format!("310000{birth}{n:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    let check = b"10X98765432"[sum as usize % 11] as char;
    IdNumber::parse(&format!("{body}{check}")).unwrap()
}

/// Over sixty: may hold a code whatever the registry says.
pub fn senior(n: u32) -> IdNumber {
    number("19450203", n)
}

pub fn name(text: &str) -> Name {
    Name::read(text).unwrap().name
}

pub fn clerk() -> Operator {
    operator("1001", &[Role::Clerk])
}

pub fn supervisor() -> Operator {
    operator("2001", &[Role::Clerk, Role::Supervisor])
}

pub fn auditor() -> Operator {
    operator("4001", &[Role::Auditor])
}

pub fn administrator() -> Operator {
    operator("5001", &[Role::SystemAdmin])
}

pub fn security_admin() -> Operator {
    operator("3001", &[Role::SecurityAdmin])
}

fn operator(staff: &str, roles: &[Role]) -> Operator {
    Operator { staff: staff.to_owned(), name: Sensitive::new("演练".to_owned()), roles: roles.to_vec() }
}

pub fn staff(number: &str, password_hash: &str, roles: &[Role]) -> Staff {
    Staff {
        number: number.to_owned(),
        name: Sensitive::new("演练员".to_owned()),
        roles: roles.to_vec(),
        password_hash: Sensitive::new(password_hash.to_owned()),
        totp_secret: None,
        active: true,
        version: 1,
    }
}

pub fn view(desk: &Desk, number: &IdNumber, name_text: &str) -> CitizenView {
    CitizenView {
        citizen_ref: desk.citizen_ref(number),
        version: 1,
        number: number.clone(),
        name: name(name_text),
        photo: None,
        shanghai_household: true,
        certificate: None,
        relatives: Vec::new(),
        codes: Vec::new(),
        issue_days: Vec::new(),
        corrections: Vec::new(),
        escalations: Vec::new(),
        server_time: At(0),
    }
}

/// Opens a case and asks for a first issue in it.
pub async fn wish(desk: &Desk, number: &IdNumber) -> IssueRequest {
    let case = desk.open_case(&clerk(), Some(&desk.citizen_ref(number))).await.unwrap();
    IssueRequest {
        case_number: case.as_str().to_owned(),
        action: Action::Apply,
        number: number.clone(),
        name: name("张演练"),
        photo: None,
        declared: None,
        agent: None,
        confirmed_by_holder: true,
        consequence_confirmed: true,
    }
}

/// Waits until `done`, at most half a minute.
pub async fn until<F: Future<Output = bool>>(mut done: impl FnMut() -> F) {
    for _ in 0..600 {
        if done().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("did not happen");
}

/// A practice password and its Argon2id hash (light parameters: the tests log in often).
pub const PASSWORD: &str = "practice-only-1";
pub fn password_hash() -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let light = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
    light.hash_password_with_salt(PASSWORD.as_bytes(), b"practice-salt").unwrap().to_string()
}

pub fn credentials(staff: &str, password: &str) -> desk::session::Credentials {
    desk::session::Credentials {
        staff: staff.to_owned(),
        password: Sensitive::new(password.to_owned()),
        second_factor: None,
    }
}
