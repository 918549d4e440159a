//! A whole centre, to be edited by SQL and to be verified.

use super::{
    client::Centre,
    correcting::{EVIDENCE, approve, commanded, draft, opened},
};
use central_fixture::desk::{Desk, senior, serial_of};
use rules::{
    At,
    audit::AuditLeaf,
    correction::CorrectionCommand,
    life::Action,
    op::{OpBody, Operation},
    wire::EnrolResponse,
};
use std::time::Duration;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

/// A centre with a little of everything: issues, a loss, a void, a correction, a kiosk.
pub(crate) struct City {
    pub(crate) centre: Centre,
    pub(crate) desk: Desk,
    pub(crate) enrolled: EnrolResponse,
    pub(crate) ops: Vec<Operation>,
}

impl City {
    pub(crate) async fn start(name: &str) -> Self {
        let centre = Centre::start(name).await;
        centre.staff("10001", "clerk").await;
        centre.staff("20001", "supervisor").await;
        let (mut desk, enrolled) = centre.enrol(1).await;
        let people = [1, 2, 3, 4].map(senior);
        let lines = people.clone().map(|holder| {
            serde_json::json!({ "number": holder.number.expose(), "name": holder.name.expose(), "household": true })
                .to_string()
        });
        let file = centre.folder.path().join("people.jsonl");
        std::fs::write(&file, lines.join("\n")).unwrap();
        centre.central.command(&["import-population", file.to_str().unwrap()]).await.unwrap();
        let token = centre.device_token(&desk).await;
        centre.upload(&token, EVIDENCE).await;

        let now = central::clock::now().plus_ms(-60_000);
        let mut ops = Vec::new();
        for holder in &people {
            ops.push(desk.issue(holder, Action::Apply, now, Some(1)));
        }
        let lost =
            OpBody::ReportLoss { serial: serial_of(&ops[1]), agent: None, consequence_confirmed: true };
        ops.push(desk.operation(&people[1].number, now, lost));
        let reprint = OpBody::Reprint { serial: serial_of(&ops[0]), agent: None };
        ops.push(desk.operation(&people[0].number, now, reprint));
        let id = Uuid::from_u128(77);
        let correction = draft(id, &people[3], "王秀瑛", 1);
        ops.push(desk.operation(&people[3].number, now, opened(&correction, &people[3])));
        let submit = commanded(id, CorrectionCommand::Submit);
        ops.push(desk.operation(&people[3].number, now, submit));
        desk.operator = "20001".parse().unwrap();
        let approval = commanded(id, approve(&correction));
        ops.push(desk.operation(&people[3].number, now, approval));
        let void = OpBody::Void { serial: serial_of(&ops[2]), reason: "发错人".to_owned() };
        ops.push(desk.operation(&people[2].number, now, void));
        for some in ops.chunks(5) {
            centre.push(&desk, &token, some.to_vec()).await;
        }
        // A holder whom nobody knows, offline.
        let stranger = senior(900);
        desk.operator = "10001".parse().unwrap();
        ops.push(desk.issue(&stranger, Action::Apply, now, None));
        centre.push(&desk, &token, ops[10..].to_vec()).await;
        let city = Self { centre, desk, enrolled, ops };
        city.settled().await;
        let verdicts = "SELECT count(*) FROM op_result WHERE verdict LIKE '%\"applied\"%'";
        assert_eq!(city.sql(verdicts).await, "11", "{}", city.sql("SELECT verdict FROM op_result").await);
        city
    }

    pub(crate) async fn sql(&self, statement: &str) -> String {
        self.centre.postgres.query(statement).await.unwrap()
    }

    /// Waits until every operation is decided and every event is a leaf.
    pub(crate) async fn settled(&self) {
        let whole = async || {
            let waiting = self.sql("SELECT count(*) FROM audit_event").await;
            let decided = self.sql("SELECT count(*) FROM op_log").await
                == self.sql("SELECT count(*) FROM op_result").await;
            (waiting == "0" && decided).then_some(())
        };
        rig::process::until("events in the log", PATIENCE, whole).await.unwrap();
    }

    pub(crate) async fn leaf(&self, position: u64) -> AuditLeaf {
        let of = async |column: &str| {
            self.sql(&format!("SELECT {column} FROM audit_leaf WHERE position = {position}")).await
        };
        AuditLeaf {
            id: of("id").await.parse().unwrap(),
            at: At(of("at").await.parse().unwrap()),
            kind: of("kind").await,
            body: of("body").await,
        }
    }

    /// Returns what the command prints; `Err` if it found something.
    pub(crate) async fn verify(&self, more: &[&str]) -> Result<String, String> {
        let arguments = [&["audit", "verify"], more].concat();
        self.centre.central.command(&arguments).await.map_err(|error| error.to_string())
    }

    /// Edits, expects the finding, and takes the edit back.
    pub(crate) async fn finds(&self, edit: &str, undo: &str, finding: &str) {
        self.sql(edit).await;
        let found = self.verify(&[]).await.expect_err(edit);
        assert!(found.contains(finding), "{edit}: {found}");
        self.sql(undo).await;
        if !undo.is_empty() {
            self.verify(&[]).await.unwrap_or_else(|found| panic!("not undone: {undo}: {found}"));
        }
    }

    pub(crate) fn code(&self, op: usize) -> (String, String) {
        let serial = serial_of(&self.ops[op]).to_string();
        let row = format!("serial = '\\x{serial}'");
        (serial, row)
    }
}
