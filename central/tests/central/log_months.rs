//! The operations' log by months: archived, dropped by a plan that two sign, and still proved.

use crate::common::client::{Centre, ok};
use central::{
    archive::Month,
    audit::{Event, event::record_digest},
    machine::Rulebook,
    store::{Store as _, postgres::PgStore},
    sync,
};
use central_fixture::{
    MemoryStore,
    desk::{Desk, ISSUER, MORNING, SITE, rulebook, senior, serial_of},
    people::employ,
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use rig::{RigError, RigFolder, postgres::Postgres};
use rules::{
    At, DeviceNumber, Policy,
    digest::Digest,
    keys::DeskKey,
    life::Action,
    op::{OpBody, Operation},
    permission::Role,
    wire::{EnrolResponse, ResultsResponse, Verdict},
};
use std::{
    io::{Read as _, Write as _},
    path::PathBuf,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A centre with a desk that worked in two months long ago, and works today.
struct Years {
    centre: Centre,
    desk: Desk,
    ops: Vec<Operation>,
    /// The months long ago.
    first: Month,
    second: Month,
}

impl Years {
    async fn start(name: &str) -> Self {
        let centre = Centre::start(name).await;
        centre.staff("10001", "clerk").await;
        let (mut desk, enrolled) = centre.enrol(1).await;
        let now = central::clock::now();
        let long_ago = now.plus_ms(-1_200 * DAY_MS);
        let (first, second) = (Month::of(long_ago), Month::of(long_ago.plus_ms(40 * DAY_MS)));
        make_key_older(&centre, &enrolled, first.begins()).await;
        for month in [first, second] {
            let make = format!("SELECT make_log_months({0}, {0})", month.begins().0);
            centre.postgres.query(&make).await.unwrap();
        }

        let at = first.begins().plus_ms(DAY_MS);
        let mut ops: Vec<Operation> =
            (1..=2).map(|person| desk.issue(&senior(person), Action::Apply, at, None)).collect();
        let reprint = OpBody::Reprint { serial: serial_of(&ops[0]), agent: None };
        ops.push(desk.operation(&senior(1).number, at, reprint));
        push_at(&centre, &desk, ops.clone(), at).await;

        desk.sessions.clear();
        let at = second.begins().plus_ms(DAY_MS);
        ops.push(desk.issue(&senior(3), Action::Apply, at, None));
        let lost =
            OpBody::ReportLoss { serial: serial_of(&ops[1]), agent: None, consequence_confirmed: true };
        ops.push(desk.operation(&senior(2).number, at, lost));
        push_at(&centre, &desk, ops[3..].to_vec(), at).await;

        desk.sessions.clear();
        let token = centre.device_token(&desk).await;
        ops.push(desk.issue(&senior(4), Action::Apply, now, None));
        centre.push(&desk, &token, ops[5..].to_vec()).await;
        let years = Self { centre, desk, ops, first, second };
        years.settled().await;
        let applied = "SELECT count(*) FROM op_result WHERE verdict LIKE '%\"applied\"%'";
        assert_eq!(years.sql(applied).await, "6", "{}", years.sql("SELECT verdict FROM op_result").await);
        years
    }

    async fn sql(&self, statement: &str) -> String {
        self.centre.postgres.query(statement).await.unwrap()
    }

    async fn settled(&self) {
        let whole = async || {
            let waiting = self.sql("SELECT count(*) FROM audit_event").await;
            let undecided = "SELECT count(*) FROM device_head h JOIN apply_head a USING (device, epoch)
                             WHERE a.applied_through < h.received_through";
            (waiting == "0" && self.sql(undecided).await == "0").then_some(())
        };
        rig::process::until("events in the log", PATIENCE, whole).await.unwrap();
    }

    fn folder(&self) -> PathBuf {
        self.centre.folder.path().join("archive")
    }

    fn archive(&self, month: Month) -> PathBuf {
        self.folder().join(format!("log-{month}.jsonl.gz"))
    }

    /// Runs a command as the owner of the tables.
    async fn owner(&self, arguments: &[&str]) -> Result<String, RigError> {
        self.centre.central.command_as_owner(&self.centre.postgres, arguments).await
    }

    async fn write(&self) -> String {
        let folder = self.folder().display().to_string();
        let written = self.centre.central.command(&["archive", "write", &folder]).await.unwrap();
        self.settled().await;
        written
    }

    /// Returns the lines of today's plan on the log, and its name.
    async fn plan(&self) -> (Vec<String>, String) {
        let plan = self.owner(&["retention", "plan"]).await.unwrap();
        let of_log = plan.lines().filter(|line| line.starts_with("log of")).map(str::to_owned).collect();
        (of_log, plan.rsplit('\t').next().unwrap().trim().to_owned())
    }

    async fn apply(&self, plan: &str) -> Result<String, RigError> {
        let second = self.centre.folder.path().join("central/keys/practice").display().to_string();
        let folder = self.folder().display().to_string();
        let applied =
            self.owner(&["retention", "apply", plan, "--second", &second, "--archive", &folder]).await;
        self.settled().await;
        applied
    }

    /// Archives both months and drops them.
    async fn drop_all(&self) {
        self.write().await;
        let (_, plan) = self.plan().await;
        self.apply(&plan).await.unwrap();
    }

    async fn verify(&self) -> Result<String, String> {
        let verified = self.centre.central.command(&["audit", "verify"]).await;
        verified.map_err(|error| error.to_string())
    }

    async fn verify_with_archives(&self) -> Result<String, String> {
        let folder = self.folder().display().to_string();
        let verified = self.centre.central.command(&["audit", "verify", "--archive", &folder]).await;
        verified.map_err(|error| error.to_string())
    }

    /// Writes the archive of a month anew with other text.
    fn edit(&self, month: Month, edit: impl Fn(&str) -> String) {
        let mut text = String::new();
        let file = std::fs::File::open(self.archive(month)).unwrap();
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
        let edited = edit(&text);
        assert_ne!(edited, text);
        let file = std::fs::File::create(self.archive(month)).unwrap();
        let mut out = GzEncoder::new(file, Compression::default());
        out.write_all(edited.as_bytes()).unwrap();
        out.finish().unwrap();
    }
}

/// Certifies the desk's key from an earlier instant on, as its certificates of then did.
async fn make_key_older(centre: &Centre, enrolled: &EnrolResponse, not_before: At) {
    let key = DeskKey { not_before, ..enrolled.certificate.value.clone() };
    let (device, epoch, key_id) = (key.device, key.epoch, key.public_key.key_id());
    let certificate = centre.keys().sign(key, "certificate").unwrap();
    let text = serde_json::to_string(&certificate).unwrap();
    let put = format!("UPDATE desk_key SET certificate = '{text}' WHERE key_id = '\\x{key_id}'");
    centre.postgres.query(&put).await.unwrap();
    let event = Event::Key { device, epoch, key_id, certificate: record_digest(&certificate) };
    centre.store().await.record(central::clock::now(), &event).await.unwrap();
}

/// Hands operations over as the server did then.
async fn push_at(centre: &Centre, desk: &Desk, ops: Vec<Operation>, at: At) {
    let keys = centre.keys();
    let rulebook = Rulebook::new(Policy::default(), keys.class, ISSUER, *keys.index);
    sync::push(&centre.store().await, &rulebook, &desk.push(ops), at).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn months_of_the_log_go_by_a_plan_that_two_sign_once_they_are_archived() {
    let years = Years::start("central-log-months").await;
    let (first, second) = (years.first, years.second);
    let whole = years.verify().await.unwrap();
    assert!(whole.ends_with("6 operations: everything agrees\n"), "{whole}");
    let (plan, _) = years.plan().await;
    let stays = |month, count, why| format!("log of {month}\t{count} operations stay: {why}");
    assert_eq!(plan, [stays(first, 3, "not archived"), stays(second, 2, "not archived")]);

    // A hold keeps a month as a whole.
    let number = format!("{}\n", senior(3).number.expose());
    let add = ["hold", "add", "--citizen", "--reason", "file 12 of the court"];
    years.centre.central.command_with_input(&add, &number).await.unwrap();
    let written = years.write().await;
    assert_eq!(written, format!("{first}\t3 operations archived\n{second}\tstays: under a hold\n"));
    assert!(years.write().await.contains(&format!("{first}\tarchived before")));
    let (plan, name) = years.plan().await;
    assert_eq!(plan, [format!("log of {first}\t3 operations go"), stays(second, 2, "under a hold")]);

    // Nothing goes without its archive, or by somebody alone.
    let second_file = years.centre.folder.path().join("central/keys/practice").display().to_string();
    let without = years.owner(&["retention", "apply", &name, "--second", &second_file]).await;
    assert!(without.unwrap_err().to_string().contains("say --archive FOLDER"));
    let kept = std::fs::read(years.archive(first)).unwrap();
    years.edit(first, |text| text.replace("\"bucket\":", "\"bucket\": "));
    let refused = years.apply(&name).await.unwrap_err().to_string();
    assert!(refused.contains(&format!("archive of {first}: other contents")), "{refused}");
    assert!(years.write().await.contains(&format!("{first}\t3 operations archived")), "written again");
    assert_eq!(std::fs::read(years.archive(first)).unwrap(), kept, "and the same");

    // Whoever reads all of the log is not waited for, and nothing is half dropped then.
    let reader = PgStore::connect(&years.centre.postgres.url(), 1).await.unwrap();
    let mut snapshot = reader.snapshot().await.unwrap();
    snapshot.operations(years.desk.device, years.desk.epoch, 0).await.unwrap();
    assert!(years.apply(&name).await.is_err());
    assert_eq!(years.sql("SELECT count(*) FROM op_log").await, "6");
    assert_eq!(years.sql("SELECT count(*) FROM archived_op").await, "0");
    // Killed while it waits: the database rolls it back.
    let killed = async || {
        let stop = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE query LIKE 'DROP TABLE op_log%' AND wait_event_type = 'Lock'";
        (years.sql(stop).await == "1").then_some(())
    };
    let (applied, killed) =
        tokio::join!(years.apply(&name), rig::process::until("the drop", PATIENCE, killed));
    killed.unwrap();
    assert!(applied.is_err());
    assert_eq!(years.sql("SELECT count(*) FROM op_log").await, "6");
    assert_eq!(years.sql("SELECT count(*) FROM archived_op").await, "0");
    snapshot.end().await.unwrap();

    let applied = years.apply(&name).await.unwrap();
    assert_eq!(applied, format!("0 rows removed\nlog of {first}\t3 operations dropped\n"));
    assert_eq!(years.sql("SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM op_log").await, "4 5 6");
    assert_eq!(years.sql("SELECT count(*) FROM batch_proof").await, "2");
    let listed = years.centre.central.command(&["archive", "list"]).await.unwrap();
    assert!(
        listed.starts_with(&format!("{first}\tdropped\t3 archived\n{second}\tin the database\t-")),
        "{listed}"
    );

    let alone = years.verify().await.unwrap();
    assert!(alone.starts_with("3 operations are archived and were not read"), "{alone}");
    assert!(alone.ends_with("3 operations: everything agrees\n"), "{alone}");
    let proved = years.verify_with_archives().await.unwrap();
    assert!(proved.ends_with("6 operations: everything agrees\n"), "{proved}");

    // The service works with months through the log alone, and makes and drops none.
    let service = PgStore::connect(&years.centre.postgres.service_url(), 1).await.unwrap();
    for statement in [
        format!("DELETE FROM op_log_{}", second.0),
        format!("DROP TABLE op_log_{}", second.0),
        "DELETE FROM op_log".to_owned(),
        "UPDATE archived_op SET seq = seq".to_owned(),
        "DELETE FROM archived_month".to_owned(),
        "SELECT make_log_months(0, 0)".to_owned(),
    ] {
        let refused = sqlx::raw_sql(&statement).execute(service.pool()).await.expect_err(&statement);
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_whose_month_is_gone_is_still_known_and_nothing_is_done_twice() {
    let mut years = Years::start("central-log-known").await;
    years.drop_all().await;
    assert_eq!(years.sql("SELECT count(*) FROM op_log").await, "1");
    let Years { centre, desk, ops, .. } = &years;

    // Resent from the beginning, and the receipts once more.
    let token = centre.device_token(desk).await;
    let pushed = centre.push(desk, &token, ops.clone()).await;
    assert_eq!(pushed.received_through, 6);
    let answer: ResultsResponse = ok(centre.get("/v1/sync/results?after=0", Some(&token)).await).await;
    let hashes: Vec<Digest> = answer.results.unwrap().value.into_iter().map(|receipt| receipt.hash).collect();
    assert_eq!(hashes, ops.iter().map(|operation| operation.hash.clone()).collect::<Vec<_>>());

    // Enrolled again, it hands them over under the new epoch: the verdicts are those of then.
    let (mut again, _) = centre.enrol(1).await;
    assert_eq!(again.device, desk.device);
    let before = years.sql("SELECT string_agg(copies::text || state, ' ' ORDER BY serial) FROM code").await;
    let mut handed = Vec::new();
    for operation in &ops[..3] {
        let citizen = operation.citizen.clone().unwrap();
        let fresh = again.operation(&citizen, operation.wall, operation.body.clone());
        handed.push(again.seal(Operation { op_id: operation.op_id, ..fresh }));
    }
    let token = centre.device_token(&again).await;
    centre.push(&again, &token, handed).await;
    years.settled().await;
    let of = async |epoch: u32| {
        let verdicts = format!(
            "SELECT string_agg(verdict, ' ' ORDER BY seq) FROM op_result WHERE epoch = {epoch} AND seq < 4"
        );
        years.sql(&verdicts).await
    };
    assert_eq!(of(2).await, of(1).await);
    let after = years.sql("SELECT string_agg(copies::text || state, ' ' ORDER BY serial) FROM code").await;
    assert_eq!(after, before, "no copy was counted twice");
    let proved = years.verify_with_archives().await.unwrap();
    assert!(proved.ends_with("9 operations: everything agrees\n"), "{proved}");

    // Another operation in the place of one that is gone would be a copied disk.
    let known = centre.store().await.hashes(desk.device, desk.epoch, 1, 1).await.unwrap();
    assert_eq!(known.into_values().collect::<Vec<_>>(), [ops[0].hash.clone()]);

    // A backup from after the drop, put back.
    let dump = centre.folder.path().join("after.dump");
    centre.postgres.dump(&dump).await.unwrap();
    years.centre.central.stop();
    years.centre.postgres.restore(&dump).await.unwrap();
    years.centre.central.start_again(&years.centre.folder).await.unwrap();
    let proved = years.verify_with_archives().await.unwrap();
    assert!(proved.ends_with("9 operations: everything agrees\n"), "{proved}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_what_is_wrong_with_a_month_that_is_gone_is_named() {
    let years = Years::start("central-log-proved").await;
    years.drop_all().await;
    let (first, second) = (years.first, years.second);
    let proved = years.verify_with_archives().await.unwrap();
    assert!(proved.ends_with("6 operations: everything agrees\n"), "{proved}");
    let device = years.desk.device;
    let first_archive = std::fs::read(years.archive(first)).unwrap();

    // A row that was changed in an archive.
    years.edit(first, |text| {
        text.replacen("\\\"operator\\\":\\\"10001\\\"", "\\\"operator\\\":\\\"20001\\\"", 1)
    });
    let found = years.verify_with_archives().await.unwrap_err();
    assert!(found.contains(&format!("archive of {first}: it holds other lines than by leaf")), "{found}");
    assert!(found.contains(&format!("operation {device}/1/1: content does not match its hash")), "{found}");
    // One that was taken out, and one too many.
    years.edit(first, |text| text.lines().take(3).map(|line| format!("{line}\n")).collect());
    let found = years.verify_with_archives().await.unwrap_err();
    assert!(found.contains(&format!("operation {device}/1/3: not in the archive of {first}")), "{found}");
    std::fs::write(years.archive(first), &first_archive).unwrap();
    years.edit(first, |text| format!("{text}{}\n", text.lines().last().unwrap()));
    let found = years.verify_with_archives().await.unwrap_err();
    assert!(found.contains(&format!("archive of {first}: what it holds of desk {device}/1")), "{found}");
    // Torn, exchanged, missing.
    std::fs::write(years.archive(first), &first_archive[..first_archive.len() / 2]).unwrap();
    assert!(years.verify_with_archives().await.unwrap_err().contains(&format!("archive of {first}: ")));
    std::fs::copy(years.archive(second), years.archive(first)).unwrap();
    let found = years.verify_with_archives().await.unwrap_err();
    assert!(found.contains(&format!("archive of {first}: it holds other lines than by leaf")), "{found}");
    std::fs::remove_file(years.archive(first)).unwrap();
    let found = years.verify_with_archives().await.unwrap_err();
    assert!(found.contains(&format!("log-{first}.jsonl.gz: No such file")), "{found}");
    std::fs::write(years.archive(first), &first_archive).unwrap();
    let manifests = [first, second].map(|month| years.folder().join(format!("log-{month}.json")));
    let kept = std::fs::read(&manifests[0]).unwrap();
    std::fs::copy(&manifests[1], &manifests[0]).unwrap();
    let found = years.verify_with_archives().await.unwrap_err();
    assert!(
        found.contains(&format!("archive of {first}: its manifest is another one than by leaf")),
        "{found}"
    );
    std::fs::write(&manifests[0], &kept).unwrap();
    let forged =
        String::from_utf8(kept.clone()).unwrap().replacen("\"operations\": 3", "\"operations\": 4", 1);
    std::fs::write(&manifests[0], forged).unwrap();
    let found = years.verify_with_archives().await.unwrap_err();
    assert!(
        found.contains(&format!("archive of {first}: its manifest: signature does not verify")),
        "{found}"
    );
    std::fs::write(&manifests[0], &kept).unwrap();

    // What stays in the database is found without the archives.
    for (edit, undo, finding) in [
        (
            "UPDATE archived_op SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE seq = 2",
            "UPDATE archived_op SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE seq = 2",
            format!("month {first} of the log: what stays of its operations is other than by leaf"),
        ),
        (
            "UPDATE archived_op SET op_id = 'ffffffff-0000-0000-0000-000000000001' WHERE seq = 4",
            "UPDATE archived_op SET op_id = (SELECT op_id FROM kept) WHERE seq = 4",
            format!("month {second} of the log: what stays of its operations is other than by leaf"),
        ),
        (
            "UPDATE op_result SET verdict = '{\"verdict\":\"not_eligible\"}' WHERE seq = 2",
            "UPDATE op_result SET verdict = (SELECT verdict FROM said) WHERE seq = 2",
            format!("verdicts {device}/1/"),
        ),
        (
            "INSERT INTO archived_op SELECT device, epoch, 7, bucket, received_at, hash, op_id, deed FROM archived_op WHERE seq = 5",
            "DELETE FROM archived_op WHERE seq = 7",
            format!("operation {device}/1/7: in no batch of the log"),
        ),
    ] {
        years.sql("CREATE TABLE IF NOT EXISTS kept AS SELECT op_id FROM archived_op WHERE seq = 4").await;
        years.sql("CREATE TABLE IF NOT EXISTS said AS SELECT verdict FROM op_result WHERE seq = 2").await;
        years.sql(edit).await;
        let found = years.verify().await.expect_err(edit);
        assert!(found.contains(&finding), "{edit}: {found}");
        years.sql(undo).await;
        years.verify().await.unwrap_or_else(|found| panic!("not undone: {undo}: {found}"));
    }
    years.sql("DELETE FROM archived_op WHERE seq = 3").await;
    let found = years.verify().await.unwrap_err();
    assert!(found.contains(&format!("operation {device}/1/3 is missing")), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_a_month_that_was_dropped_without_an_archive_is_named() {
    let years = Years::start("central-log-dropped").await;
    years.sql(&format!("DROP TABLE op_log_{0}, batch_proof_{0}", years.first.0)).await;
    let found = years.verify().await.unwrap_err();
    let first = years.first;
    assert!(found.contains(&format!("month {first} of the log: its partition is gone")), "{found}");
    assert!(found.contains(&format!("operation {}/1/1 is missing", years.desk.device)), "{found}");

    // Who forges the marks besides is named too, whether they forge a row of the archive or not.
    years
        .sql(&format!(
            "INSERT INTO archived_op SELECT device, epoch, seq, bucket, {}, '\\x{}', NULL, NULL
             FROM op_result WHERE seq < 4",
            years.first.begins().0,
            "00".repeat(32)
        ))
        .await;
    years.sql(&format!("INSERT INTO archived_month VALUES ({}, '{{}}')", years.first.0)).await;
    let found = years.verify().await.unwrap_err();
    assert!(
        found.contains(&format!("month {first} of the log: operations are gone but for their marks")),
        "{found}"
    );
}

/// Pushes, decides and reads across the turn of a month.
async fn turns(store: &impl central::store::Store) {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    employ(store, &SITE.parse().unwrap(), "10001", &[Role::Clerk]).await;
    let turn = Month::of(MORNING).ends();
    // The last is of a server whose clock is behind.
    for (person, at) in [turn.plus_ms(-1), turn.plus_ms(1), turn.plus_ms(-5)].into_iter().enumerate() {
        let issue = desk.issue(&senior(person as u32), Action::Apply, turn.plus_ms(-60_000), None);
        sync::push(store, &rulebook(), &desk.push(vec![issue]), at).await.unwrap();
        if person != 1 {
            while sync::apply(store, &rulebook(), 4, at).await.unwrap() > 0 {}
        }
    }
    let receipts = store.results(desk.device, 1, 0, 10).await.unwrap();
    assert_eq!(receipts.len(), 3);
    assert!(receipts.iter().all(|receipt| matches!(receipt.verdict, Verdict::Applied { .. })));
    assert_eq!(store.results(desk.device, 1, 2, 10).await.unwrap()[..], receipts[2..]);
    assert_eq!(store.hashes(desk.device, 1, 1, 3).await.unwrap().len(), 3);
    assert_eq!(store.hashes(desk.device, 1, 3, 3).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_found_across_the_turn_of_a_month() {
    turns(&MemoryStore::default()).await;
    let folder = RigFolder::new("central-log-turn").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 4).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    turns(&store).await;
    let turn = Month::of(MORNING).ends();
    let parts = "SELECT string_agg(tableoid::regclass || ' ' || seq || ' ' || received_at, ', ' ORDER BY seq) FROM op_log";
    let expected = format!(
        "op_log_202603 1 {}, op_log_202604 2 {}, op_log_202604 3 {}",
        turn.plus_ms(-1).0,
        turn.plus_ms(1).0,
        turn.plus_ms(1).0
    );
    assert_eq!(postgres.query(parts).await.unwrap(), expected, "never before what came before it");
    let ahead = store.log_months().await.unwrap();
    assert_eq!((ahead.first(), ahead.len() >= 25), (Some(&Month(202_602)), true), "{ahead:?}");
    // Nothing is looked for in the months before, however many there are.
    let plan =
        "EXPLAIN SELECT seq FROM op_log WHERE device = 7 AND epoch = 1 AND seq > 2 AND received_at >= ";
    let plan = postgres.query(&format!("{plan}{}", turn.plus_ms(1).0)).await.unwrap();
    assert!(plan.contains("op_log_202604") && !plan.contains("op_log_202603"), "{plan}");
}
