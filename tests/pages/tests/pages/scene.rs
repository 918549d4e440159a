//! A centre with its pages, people who hold codes, and the sheets that a camera sees.

use practice::{
    citizen::{Citizen, population, today_in_shanghai},
    guard,
    kiosk::Kiosk,
    portrait, sheet,
};
use rig::{
    RigFolder,
    central::Central,
    login::LoginService,
    postgres::Postgres,
    process::{run, until},
    window::Window,
};
use rules::keys::{Signer as _, SoftwareKey};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

pub(crate) const SITE: &str = "310000";
/// Keys of the people whom the centre knows.
const PEOPLE: [&str; 4] = ["senior", "sixty-today", "mother", "child"];
/// Size of the camera's picture.
const FRAME: (u32, u32) = (1280, 960);
/// Middle of the symbol on an A4 sheet at 200 dpi.
const SYMBOL: (i64, i64) = (1228, 976);
/// Records of the provider of health state, in the scene's folder.
const HEALTH_FILE: &str = "health.jsonl";
/// Name of the testing place in the centre's settings.
pub(crate) const TESTING_PLACE: &str = "north";

/// A centre, a kiosk that issues, and people with their numbers.
pub(crate) struct Scene {
    pub(crate) central: Central,
    pub(crate) kiosk: Kiosk,
    pub(crate) people: Vec<Citizen>,
    pub(crate) testing_place: SoftwareKey,
    pub(crate) login_service: LoginService,
    pub(crate) postgres: Postgres,
    pub(crate) folder: RigFolder,
}

impl Scene {
    /// Starts with a provider of health state that answers from a file.
    pub(crate) async fn start(name: &str) -> Self {
        Self::start_with(name, ("SUISHEN_CENTRAL_HEALTH__FILE", HEALTH_FILE)).await
    }

    /// Starts with another provider of health state: a setting of the centre.
    pub(crate) async fn start_with(name: &str, (provider, at): (&str, &str)) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let postgres = Postgres::start(&folder).await.unwrap();
        let login_service = LoginService::create(&folder).await.unwrap();
        let testing_place = SoftwareKey::from_bytes(&rand::random()).unwrap();
        let built = guard::built_pages();
        assert!(built.is_dir(), "web/dist is missing: make page builds it");
        let built = built.display().to_string();
        // An address of a provider is no path below the folder.
        let is_file = at == HEALTH_FILE;
        let health = if is_file { folder.path().join(at).display().to_string() } else { at.to_owned() };
        let (login, logins) = login_service.setting();
        let place = String::from(testing_place.public_key());
        let settings = [
            (login, logins.as_str()),
            ("SUISHEN_CENTRAL_PAGES", &built),
            (provider, &health),
            ("SUISHEN_CENTRAL_HEALTH__CACHE_S", "0"),
            ("SUISHEN_CENTRAL_PUBLISH_EVERY_S", "1"),
            ("SUISHEN_CENTRAL_TESTING_PLACES__NORTH", &place),
        ];
        let central = Central::start_with(&folder, &postgres, &settings).await.unwrap();
        central.command(&["site", "add", "--site", SITE, "--name", "演练区政务服务中心"]).await.unwrap();
        let everybody = population(today_in_shanghai());
        let found = |key: &str| everybody.iter().find(|citizen| citizen.key == key).unwrap().clone();
        let people: Vec<Citizen> = PEOPLE.into_iter().map(found).collect();
        let scene_folder = folder.below("population").unwrap();
        let mut lines = String::new();
        for citizen in &people {
            let photo = format!("{}.jpg", citizen.key);
            let picture = portrait::jpeg(&portrait::registered(citizen, &everybody[0])).unwrap();
            std::fs::write(scene_folder.join(&photo), picture).unwrap();
            let relative =
                |(key, relation): &(&str, &str)| json!({ "number": found(key).number, "relation": relation });
            let relatives: Vec<Value> = citizen.relatives.iter().map(relative).collect();
            let line = json!({
                "number": citizen.number,
                "name": citizen.name,
                "household": true,
                "photo": photo,
                "relatives": relatives,
            });
            lines.push_str(&format!("{line}\n"));
        }
        let file = scene_folder.join("people.jsonl");
        std::fs::write(&file, lines).unwrap();
        central.command(&["import-population", file.to_str().unwrap()]).await.unwrap();
        let kiosk = Kiosk::install(&central, &login_service, SITE, "kiosk-1").await.unwrap();
        Self { central, kiosk, people, testing_place, login_service, postgres, folder }
    }

    /// Writes what the provider of health state has on record.
    pub(crate) fn provider_says(&self, text: &str) {
        std::fs::write(self.folder.path().join(HEALTH_FILE), text).unwrap();
    }

    /// The holder applies at the kiosk. Returns the sheet as a camera sees it, as JPEG.
    pub(crate) async fn sheet_of(&self, citizen: &Citizen) -> Sheet {
        let session = self.kiosk.logs_in(&self.central, citizen).await.unwrap();
        self.kiosk.applies(&self.central, &session).await.unwrap();
        let pdf = self.folder.path().join(format!("{}.pdf", citizen.key));
        std::fs::write(&pdf, self.kiosk.downloads(&self.central, &session).await.unwrap()).unwrap();
        Sheet::printed(&pdf).await
    }

    /// Keeps a picture of the page with the logs.
    pub(crate) async fn picture(&self, page: &Window, name: &str) {
        page.screenshot(&self.folder.logs().join(format!("{name}.png"))).await.unwrap();
    }
}

/// A sheet on a table.
pub(crate) struct Sheet {
    /// What a phone above it sees.
    pub(crate) picture: PathBuf,
    /// Text of its symbol.
    pub(crate) text: String,
}

impl Sheet {
    /// Prints a file and lays it on a table.
    pub(crate) async fn printed(pdf: &Path) -> Self {
        let text = sheet::symbol(pdf).await.unwrap();
        Self { picture: seen(pdf).await, text }
    }

    /// Returns a film of the sheet for the browser's camera.
    pub(crate) fn film(&self) -> PathBuf {
        let frame = std::fs::read(&self.picture).unwrap();
        let film = self.picture.with_extension("mjpeg");
        std::fs::write(&film, frame.repeat(10)).unwrap();
        film
    }
}

/// Draws the sheet as a phone sees it that is held over the symbol: near, tilted, a little blurred.
async fn seen(pdf: &Path) -> PathBuf {
    let page = pdf.with_extension("");
    let mut pdftoppm = Command::new("pdftoppm");
    pdftoppm.args(["-r", "200", "-png", "-singlefile"]).arg(pdf).arg(&page);
    run(pdftoppm).await.unwrap();
    let page = page.with_extension("png");
    let (width, height) = FRAME;
    let (left, top) = (SYMBOL.0 - i64::from(width) / 2, SYMBOL.1 - i64::from(height) / 2);
    let picture = pdf.with_extension("jpg");
    let mut convert = Command::new("convert");
    convert.arg(&page).args(["-background", "#b9b2a6", "-virtual-pixel", "background"]);
    convert.args(["-set", "option:distort:viewport", &format!("{width}x{height}{left:+}{top:+}")]);
    convert.args(["-distort", "SRT", "4", "+repage", "-blur", "0x0.8", "-quality", "88"]).arg(&picture);
    run(convert).await.unwrap();
    picture
}

/// Waits until the page's answer has this tone.
pub(crate) async fn until_tone(page: &Window, part: &str, tone: &str) {
    page.has(part, "data-tone", tone).await.unwrap();
}

/// Waits for something that takes a moment at the centre.
pub(crate) async fn soon(what: &str, is_so: impl AsyncFnMut() -> Option<()>) {
    until(what, Duration::from_secs(30), is_so).await.unwrap();
}

/// Goes back to the scanner, whose camera may see the other sheet meanwhile, and gives it a file.
pub(crate) async fn show_picture(page: &Window, sheet: &Sheet) {
    const RELOADED: &str = "const done = arguments[0]; location.reload(); done()";
    page.run_script(RELOADED).await.unwrap();
    page.find("start").await.unwrap();
    page.give_file("picture", &sheet.picture).await.unwrap();
}

/// Runs axe in both languages, and checks that nothing is wider than the phone.
pub(crate) async fn is_accessible(page: &Window, part: &str) {
    const AXE: &str = include_str!("../../../../web/node_modules/axe-core/axe.min.js");
    const RUN: &str = "
        const done = arguments[0]
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
        axe.run(document, { runOnly: tags }).then(({ violations }) => done({
          violations: violations.map((one) => `${one.id}: ${one.nodes[0].html}`),
          wide: document.scrollingElement.scrollWidth - innerWidth,
          language: document.documentElement.lang,
        }), (error) => done({ violations: [String(error)], wide: 0, language: '' }))";
    for language in ["en", "zh-CN"] {
        page.click("language").await.unwrap();
        page.find(part).await.unwrap();
        let found = page.run_script(&format!("{AXE}\n{RUN}")).await.unwrap();
        assert_eq!(found["language"], language);
        assert_eq!(found["violations"], json!([]), "{part} in {language}");
        assert!(found["wide"].as_i64().unwrap() <= 0, "{part} in {language} is too wide: {found}");
    }
}
