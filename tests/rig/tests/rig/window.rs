//! A window under the driver. WebKit's MiniBrowser stands in for the program, which need
//! not be built.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use rig::bus::{Bus, BusKind};
use rig::display::Display;
use rig::process::until;
use rig::window::{Program, Window};
use rig::{Result, RigFolder};

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>窗口</title>
<label>Name <input data-testid="name"></label>
<button data-testid="greet" onclick="setTimeout(greet, 300)">问候</button>
<p data-testid="greeting" hidden></p>
<script>
function greet() {
  const greeting = document.querySelector('[data-testid=greeting]');
  greeting.textContent = '你好，' + document.querySelector('[data-testid=name]').value;
  greeting.hidden = false;
}
</script>"#;

struct Screen {
    display: Display,
    session_bus: Bus,
    folder: RigFolder,
}

impl Screen {
    async fn start(name: &str) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let session_bus = Bus::start(&folder, BusKind::Session).await.unwrap();
        let display = Display::start(&folder).await.unwrap();
        std::fs::write(folder.path().join("page.html"), PAGE).unwrap();
        Self { display, session_bus, folder }
    }

    async fn open(&self) -> Result<Window> {
        let path = PathBuf::from("/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser");
        let program = Program {
            path,
            arguments: vec!["--automation".to_owned()],
            variables: Vec::new(),
            home: "home".to_owned(),
        };
        let window = Window::open(&self.folder, &self.display, &self.session_bus, &program).await?;
        let page = format!("file://{}", self.folder.path().join("page.html").display());
        window.client().goto(&page).await.unwrap();
        Ok(window)
    }
}

fn runs(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

async fn ends(pid: u32) {
    until("end of the program", Duration::from_secs(30), async || (!runs(pid)).then_some(())).await.unwrap();
}

#[tokio::test]
async fn a_window_is_typed_into_clicked_read_and_photographed() {
    let screen = Screen::start("window").await;
    let window = screen.open().await.unwrap();
    assert!(!window.shows("greeting").await);
    window.type_into("name", "张三").await.unwrap();
    window.click("greet").await.unwrap();
    assert_eq!(window.text_with("greeting", "你好").await.unwrap(), "你好，张三");
    let two = window.run_script("arguments[0](1 + 1)").await.unwrap();
    assert_eq!(two, 2);
    let picture = screen.folder.logs().join("window.png");
    window.screenshot(&picture).await.unwrap();
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    let pid = window.program_pid().unwrap();
    window.close().await.unwrap();
    ends(pid).await;
}

#[tokio::test]
async fn after_a_killed_program_another_window_opens_on_the_same_screen() {
    let screen = Screen::start("window-killed").await;
    let window = screen.open().await.unwrap();
    let pid = window.program_pid().unwrap();
    window.kill_program().unwrap();
    ends(pid).await;
    assert!(window.program_pid().is_err());
    drop(window);
    let window = screen.open().await.unwrap();
    assert!(window.shows("name").await);
}

#[tokio::test]
async fn dropping_a_window_ends_its_program() {
    let screen = Screen::start("window-dropped").await;
    let window = screen.open().await.unwrap();
    let pid = window.program_pid().unwrap();
    drop(window);
    ends(pid).await;
}
