//! A site with an honest desk, and what a thief has of it.

use attack::{folder::Folder, thief::Thief};
use outage::{
    centre::Centre,
    window::{Window, senior},
};
use rules::person::IdNumber;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A centre, an honest desk that issued one code, and a copy of the desk's folder.
pub(crate) struct Scene {
    pub(crate) centre: Centre,
    pub(crate) window: Window,
    pub(crate) stolen: TempDir,
    pub(crate) holder: IdNumber,
}

impl Scene {
    /// Sets the scene. `name` names the rig's folder.
    pub(crate) async fn set(name: &str) -> Self {
        let centre = Centre::start(name).await.unwrap();
        let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
        window.online();
        let holder = senior(1).unwrap();
        window.issue(&holder).await.unwrap();
        window.drained().await.unwrap();
        window.close().await.unwrap();
        let stolen = window.image().unwrap();
        window.restart().await.unwrap();
        Self { centre, window, stolen, holder }
    }

    /// Returns the thief, who has the copied folder and reaches the centre.
    pub(crate) async fn thief(&self) -> Thief {
        let author = self.window.desk.identity().author();
        let folder = Folder::open(self.stolen.path()).unwrap();
        Thief::with(&folder, &self.centre.central.url(), (author.device, author.epoch)).await.unwrap()
    }

    /// Returns one text from the centre's database.
    pub(crate) async fn query(&self, statement: &str) -> String {
        self.centre.postgres.query(statement).await.unwrap()
    }

    /// Returns the answer to a scan.
    pub(crate) async fn scan(&self, thief: &Thief, symbol: &str) -> Value {
        let request = json!({ "payload": symbol, "scanner": "G1", "place": "东门" });
        let (status, answer) = thief.post("/v1/verify", request).await.unwrap();
        assert!(status.is_success(), "{status} {answer}");
        answer
    }
}
