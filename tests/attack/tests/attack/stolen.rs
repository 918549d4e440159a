//! With a whole folder and the key that opens it: what of the city lies at a desk (C2, C3).

use attack::{
    folder::Folder,
    key::{hex, unhex},
    thief::Thief,
};
use desk::{
    correction::{CorrectionStep, HandIn, OpenCorrectionRequest},
    session::Credentials,
    store::blob::Blob,
};
use outage::{
    centre::{CLERK, Centre, SITE, SUPERVISOR},
    window::{BETWEEN_CITIZENS_MS, Window, senior},
};
use rules::{
    Sensitive,
    correction::{Content, Evidence, EvidenceKind, Reason, Value},
    op::HolderSeen,
    person::{IdNumber, Name},
    proof::{ChipCard, Proof},
};
use serde_json::json;
use std::{collections::BTreeMap, path::Path};
use uuid::Uuid;

/// Somebody of the site who never worked at these desks, with a second factor.
const COLLEAGUE: &str = "10003";
const COLLEAGUES_TOTP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const CHIP: Proof = Proof::Chip { card: ChipCard::Resident };
const NAME: &str = "冯长寿";
pub(crate) const EVIDENCE: &[u8] = b"a scanned page";

/// A centre with registered people, each with a relative, and two desks of one site that served
/// them for a day.
struct City {
    centre: Centre,
    desks: Vec<Window>,
    people: Vec<IdNumber>,
}

impl City {
    async fn after_a_working_day(name: &str) -> Self {
        let centre = Centre::start(name).await.unwrap();
        let words = ["staff", "add", "--number", COLLEAGUE, "--name", "演练员", "--site", SITE];
        let words = [&words[..], &["--role", "clerk", "--totp", COLLEAGUES_TOTP]].concat();
        centre.central.command(&words).await.unwrap();
        let people: Vec<IdNumber> = (1..=3).map(|index| senior(index).unwrap()).collect();
        register(&centre, &people).await;
        let mut desks = Vec::new();
        for number in [1, 2] {
            let mut window = Window::enrol(&centre, number, &centre.central.url()).await.unwrap();
            window.online();
            for (staff, password) in [CLERK, SUPERVISOR].into_iter().zip(&centre.passwords) {
                window.log_in(staff, password).await.unwrap();
            }
            desks.push(window);
        }
        // Each person gets a code at one desk, and reports it lost at the other.
        for number in &people {
            let [one, other] = &desks[..] else { panic!("two desks") };
            one.desk.citizen.look_up(&one.clerk().unwrap(), number).await.unwrap();
            let issued = one.serve(number).await.unwrap();
            one.drained().await.unwrap();
            let (desk, clerk) = (&other.desk, other.clerk().unwrap());
            desk.citizen.look_up(&clerk, number).await.unwrap();
            other.clock.pass(BETWEEN_CITIZENS_MS);
            let case = desk.case.open(&clerk, Some(&desk.citizen_ref(number))).await.unwrap();
            desk.issue
                .report_loss(&clerk, case.as_str(), (number, &CHIP), issued.serial, true)
                .await
                .unwrap();
        }
        correct(&desks[0], &centre, &people[1]).await;
        for window in &mut desks {
            window.drained().await.unwrap();
            window.desk.sync().now();
            window.close().await.unwrap();
        }
        Self { centre, desks, people }
    }

    fn folder(&self, at: usize) -> &Path {
        self.desks[at].folder.path()
    }

    async fn query(&self, statement: &str) -> Vec<String> {
        let said = self.centre.postgres.query(statement).await.unwrap();
        said.lines().map(str::to_owned).collect()
    }

    /// Returns every reference that the centre has made, hex.
    async fn references(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (table, column) in [
            ("citizen", "citizen_ref"),
            ("relative", "relative_ref"),
            ("code", "citizen_ref"),
            ("op_log", "citizen_ref"),
            ("look_up", "citizen_ref"),
        ] {
            all.extend(self.query(&format!("SELECT DISTINCT encode({column}, 'hex') FROM {table}")).await);
        }
        assert!(all.len() > 6, "the centre knows these people");
        all
    }
}

pub(crate) async fn register(centre: &Centre, people: &[IdNumber]) {
    let lines: Vec<String> = people
        .iter()
        .enumerate()
        .map(|(at, number)| {
            let relative = people[(at + 1) % people.len()].expose();
            let bound = json!([{ "number": relative, "relation": "配偶" }]);
            json!({ "number": number.expose(), "name": NAME, "household": true, "relatives": bound })
                .to_string()
        })
        .collect();
    let file = centre.folder.path().join("people.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    centre.central.command(&["import-population", file.to_str().unwrap()]).await.unwrap();
}

/// The clerk hands a correction in, and the supervisor approves it with their password.
pub(crate) async fn correct(window: &Window, centre: &Centre, number: &IdNumber) {
    let (desk, clerk) = (&window.desk, window.clerk().unwrap());
    let name = |text: &str| Name::read(text).unwrap().name;
    let case = desk.case.open(&clerk, Some(&desk.citizen_ref(number))).await.unwrap().as_str().to_owned();
    let media_type = "image/jpeg".to_owned();
    let page = Blob { bytes: EVIDENCE.to_vec(), media_type: media_type.clone() };
    let digest = desk.blob.keep(&page).await.unwrap();
    let content = Content {
        before: Value::Name(name(NAME)),
        after: Value::Name(name("冯常寿")),
        reason: Reason::TypingError,
        evidence: vec![Evidence {
            kind: EvidenceKind::ChipRead,
            digest: digest.clone(),
            media_type,
            page: 1,
        }],
        chip_name: Some(name("冯常寿")),
        registry_version: 1,
        photo_shortfall: None,
        agent: None,
    };
    let holder = HolderSeen {
        number: number.clone(),
        name: name(NAME),
        photo: None,
        declared: None,
        registry_version: Some(1),
    };
    let request = OpenCorrectionRequest {
        proof: CHIP,
        id: Uuid::now_v7(),
        case_number: case.clone(),
        holder,
        field: content.reason.field(),
        content,
        escalation: None,
    };
    let handed_in = HandIn::New(Box::new(request));
    let record = desk.correction.submit(&clerk, handed_in, (&case, "correction")).await.unwrap();
    let (id, revision) = (record.correction.id, record.correction.revision);
    let supervisor = window.supervisor().unwrap();
    desk.correction.open_evidence(&supervisor, id, &digest).await.unwrap();
    let password: &Sensitive<String> = &centre.passwords[1];
    let staff = SUPERVISOR.parse().unwrap();
    let credentials = Credentials { staff, password: password.clone(), second_factor: None };
    let proof = Box::new(desk.session.reauthenticate(&supervisor, &credentials).await.unwrap());
    let step = CorrectionStep::Approve { digest: record.correction.content.digest(), proof };
    desk.correction.step(&supervisor, id, revision, step).await.unwrap();
}

/// What lies in an opened folder: rows, secrets, pages of evidence, and the files as they are.
struct Loot {
    rows: Vec<(String, String)>,
    secrets: BTreeMap<String, Vec<u8>>,
    files: Vec<(String, Vec<u8>)>,
}

impl Loot {
    async fn of(path: &Path) -> Self {
        let folder = Folder::open(path).unwrap();
        let names = folder.secrets().unwrap();
        let secrets = names.into_iter().map(|name| (name.clone(), folder.secret(&name).unwrap())).collect();
        let mut files = Vec::new();
        let mut folders = vec![path.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
                }
            }
        }
        let mut rows = folder.rows().await.unwrap();
        for (_, row) in rows.clone().iter().filter(|(table, _)| table == "blob") {
            let field = |name: &str| {
                let (_, rest) = row.split_once(&format!("{name}=")).unwrap();
                rest.split('\'').nth(1).unwrap().to_owned()
            };
            let page = folder.blob(&field("digest"), &unhex(&field("sealed").to_lowercase()).unwrap());
            rows.push(("page of evidence".to_owned(), String::from_utf8_lossy(&page.unwrap()).into_owned()));
        }
        Self { rows, secrets, files }
    }

    fn of_table<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a str> {
        self.rows.iter().filter(move |(of, _)| of == table).map(|(_, row)| row.as_str())
    }

    /// Returns where a text lies, in any case of its letters, or as bytes if it is hex.
    fn places(&self, text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        let bytes = unhex(&lower).filter(|bytes| bytes.len() >= 8);
        let has = |found: &[u8]| {
            let is_text = String::from_utf8_lossy(found).to_lowercase().contains(&lower);
            is_text
                || bytes.as_ref().is_some_and(|bytes| found.windows(bytes.len()).any(|part| part == bytes))
        };
        let rows = self.rows.iter().filter(|(_, row)| has(row.as_bytes())).map(|(table, _)| table.clone());
        let secrets = self.secrets.iter().filter(|(_, secret)| has(secret)).map(|(name, _)| name.clone());
        let files = self.files.iter().filter(|(_, bytes)| has(bytes)).map(|(name, _)| name.clone());
        rows.chain(secrets).chain(files).collect()
    }

    fn references(&self) -> Vec<String> {
        let named = self.rows.iter().flat_map(|(_, row)| row.split("citizen_ref='").skip(1));
        let mut all: Vec<String> =
            named.map(|rest| rest.split('\'').next().unwrap_or_default().to_owned()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn inventory(&self) -> String {
        let mut tables: BTreeMap<&str, u32> = BTreeMap::new();
        for (table, _) in &self.rows {
            *tables.entry(table).or_default() += 1;
        }
        let names: Vec<&String> = self.secrets.keys().collect();
        format!("secrets {names:?}, rows {tables:?}")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_after_a_working_day_a_desk_holds_no_secret_of_the_city() {
    let city = City::after_a_working_day("attack-c2-store").await;
    let loot = Loot::of(city.folder(0)).await;
    println!("a whole desk after a day: {}", loot.inventory());
    // What it must have been, so that the rest means something.
    assert!(loot.secrets.keys().all(|name| name.starts_with("desk-key")), "of this desk alone");
    for table in ["citizen", "case_file", "operation", "code", "correction", "credential", "staff", "receipt"]
    {
        assert!(loot.of_table(table).next().is_some(), "no row in {table}");
    }
    assert!(!loot.places(std::str::from_utf8(EVIDENCE).unwrap()).is_empty(), "evidence was kept");
    assert!(!loot.places(city.people[0].expose()).is_empty(), "people were served");

    // No secret of the centre.
    let keys = city.centre.folder.path().join("central").join("keys");
    let (mut folders, mut secrets) = (vec![keys], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "key") {
                let secret = std::fs::read_to_string(&path).unwrap().trim().to_owned();
                assert_eq!(loot.places(&secret), [""; 0], "{}", path.display());
                secrets += 1;
            }
        }
    }
    assert_eq!(secrets, 10, "seven issuing keys, and those of index, tokens and blobs");
    // No second factor.
    assert_eq!(
        city.query("SELECT totp_secret FROM staff WHERE totp_secret IS NOT NULL").await,
        [COLLEAGUES_TOTP]
    );
    assert_eq!(loot.places(COLLEAGUES_TOTP), [""; 0]);
    // Wrapped keys of those who logged in here, and of nobody else.
    for (number, is_here) in [(CLERK, true), (SUPERVISOR, true), (COLLEAGUE, false)] {
        let wrapped = city.query(&format!("SELECT wrapped_key FROM staff WHERE number = '{number}'")).await;
        let wrapped: serde_json::Value = serde_json::from_str(&wrapped[0]).unwrap();
        let places = loot.places(wrapped["sealed"].as_str().unwrap());
        assert_eq!(places, if is_here { vec!["credential"] } else { vec![] }, "{number}");
        let known = loot.of_table("staff").filter(|row| row.contains(&format!("'{number}'"))).count();
        assert_eq!(known, 1, "all of the site are known by name");
    }
    assert_eq!(loot.of_table("credential").count(), 2);
    // No reference of the centre's, by any part but the bucket.
    for reference in city.references().await {
        assert_eq!(loot.places(&reference[2..]), [""; 0], "a reference of the centre");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_an_opened_folder_opens_nothing_of_another_desk_or_of_the_centre() {
    let city = City::after_a_working_day("attack-c3").await;
    let [own, other] = [city.folder(0), city.folder(1)].map(|path| Folder::open(path).unwrap());
    let (loot, others) = (Loot::of(city.folder(0)).await, Loot::of(city.folder(1)).await);
    // The same people were at both desks.
    let (here, there, centre) = (loot.references(), others.references(), city.references().await);
    assert!(here.len() >= city.people.len() && there.len() >= city.people.len());
    assert!(here.iter().all(|reference| !there.contains(reference)), "nobody is the same at two desks");
    assert!(here.iter().chain(&there).all(|reference| !centre.contains(reference)));
    // Who has guessed a number finds that person at this desk, and nowhere else.
    for number in &city.people {
        let guessed = own.reference(number.expose());
        assert!(here.contains(&guessed), "the thief's own arithmetic is right");
        assert_eq!(others.places(&guessed), [""; 0]);
        assert!(centre.iter().all(|reference| reference[2..] != guessed[2..]));
        assert_ne!(other.reference(number.expose()), guessed);
    }
    // No key of this folder opens the other one.
    for name in others.secrets.keys() {
        assert!(own.secret_of(city.folder(1), name).is_err(), "{name}");
    }
    assert!(own.rows_of(city.folder(1)).await.is_err());
    for (name, secret) in &loot.secrets {
        assert_eq!(others.places(&hex(secret)), [""; 0], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_the_centre_tells_a_stolen_desk_no_reference_and_no_secret() {
    let city = City::after_a_working_day("attack-c3-line").await;
    let author = city.desks[0].desk.identity().author();
    let folder = Folder::open(city.folder(0)).unwrap();
    let thief = Thief::of(&folder, &city.centre.central.url(), (author.device.0, author.epoch)).unwrap();
    let row =
        "SELECT rows || '|' || encode(hash, 'hex') || '|' || generation FROM desk_audit WHERE device = ";
    let row = city.query(&format!("{row}{}", author.device)).await;
    let audit: Vec<&str> = row[0].split('|').collect();
    let audit = json!({ "rows": audit[0].parse::<u64>().unwrap(), "hash": audit[1], "generation": audit[2] });
    let thief = thief.logged_in(&audit).await.unwrap();
    let references = city.references().await;
    let index_key = hex(&*city.centre.keys().unwrap().index);
    let mut heard = 0;
    for path in ["/v1/sync/changes?cursor=0", "/v1/sync/results?after=0", "/v1/keys", "/v1/revocations"] {
        let (status, answer) = thief.get(path).await.unwrap();
        assert!(status.is_success(), "{path}: {status} {answer}");
        let answer = answer.to_string();
        heard += answer.len();
        for secret in references.iter().map(|reference| &reference[2..]).chain([&*index_key, COLLEAGUES_TOTP])
        {
            assert!(!answer.contains(secret), "{path}");
        }
        for word in ["citizen_ref", "index_key", "wrapped_key", "totp", "argon2"] {
            assert!(!answer.contains(word), "{path}: {word}");
        }
    }
    assert!(heard > 2_000, "there was something to hear");
    // A look-up by a reference is none any more, and one by number needs somebody who logged in.
    let (status, _) =
        thief.post(&format!("/v1/citizens/{}", references[0]), json!({ "proof": "card" })).await.unwrap();
    assert_eq!(status.as_u16(), 404);
    let request =
        json!({ "number": city.people[0], "case_number": "3101012025100900334182069", "proof": "card" });
    let (status, answer) = thief.post("/v1/citizens", request).await.unwrap();
    assert_eq!(status.as_u16(), 403, "{answer}");
}
