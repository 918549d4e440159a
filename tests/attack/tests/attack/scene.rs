//! A site with an honest desk, and what a thief has of it.

use attack::{folder::Folder, thief::Thief};
use outage::{
    centre::Centre,
    window::{Window, senior},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A centre, an honest desk that issued one code and was closed, and a copy of the desk's folder.
pub(crate) struct Scene {
    pub(crate) centre: Centre,
    pub(crate) window: Window,
    /// Text on the sheet of its code.
    pub(crate) payload: String,
    pub(crate) stolen: TempDir,
}

impl Scene {
    /// Sets the scene. `name` names the rig's folder.
    pub(crate) async fn set(name: &str) -> Self {
        let centre = Centre::start(name).await.unwrap();
        let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
        window.online();
        let payload = window.issue(&senior(1).unwrap()).await.unwrap().payload;
        window.drained().await.unwrap();
        window.close().await.unwrap();
        let stolen = window.image().unwrap();
        Self { centre, window, payload, stolen }
    }

    /// Returns the thief, who has the copied folder and reaches the centre while the desk is off.
    pub(crate) async fn thief(&self) -> Thief {
        self.stranger().logged_in(&self.audit().await).await.unwrap()
    }

    /// Returns the thief before the first call.
    pub(crate) fn stranger(&self) -> Thief {
        let author = self.window.desk.identity().author();
        let folder = Folder::open(self.stolen.path()).unwrap();
        Thief::of(&folder, &self.centre.central.url(), (author.device.0, author.epoch)).unwrap()
    }

    /// Returns the state of the desk's audit as it stood in the copied database.
    pub(crate) async fn audit(&self) -> Value {
        let row = self.query("SELECT rows, encode(hash, 'hex'), generation FROM desk_audit").await;
        let mut fields = row.split('|');
        let mut field = || fields.next().unwrap();
        json!({ "rows": field().parse::<u64>().unwrap(), "hash": field(), "generation": field() })
    }

    /// Returns one text from the centre's database.
    pub(crate) async fn query(&self, statement: &str) -> String {
        self.centre.postgres.query(statement).await.unwrap()
    }

    /// Returns the answer to a scan.
    pub(crate) async fn scan(&self, thief: &Thief, symbol: &str) -> Value {
        let request = json!({ "payload": symbol, "scanner": "G1", "place": "东门", "register": true });
        let (status, answer) = thief.post("/v1/verify", request).await.unwrap();
        assert!(status.is_success(), "{status} {answer}");
        answer
    }
}
