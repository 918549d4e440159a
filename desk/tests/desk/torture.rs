//! A day at a desk whose disk fails at any moment. Whatever the desk told as done is looked for
//! afterwards by another process, in the files opened anew, and at the centre.
//!
//! One seed is one day: what is done, and which fault comes before which write. A seed that fails
//! is printed; run it again alone with `TORTURE_SEED=n`. `TORTURE_SEEDS=1000` runs more of them.

use desk::{
    Desk,
    clock::SystemClock,
    error::DeskError,
    issue::ReprintRequest,
    store::{Page, blob::Blob, queue::QueueFilter},
    sync::log::{DatabaseLog, Log, ProvenBatch},
};
use faulty_disk::{Control, Fault};
use fixture::{Fixture, auditor, chip, clerk, name};
use rules::{Sensitive, correction::Digest, life::Serial, op::OpBody, person::IdNumber};
use serde::{Deserialize, Serialize};
use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

const FOLDER: &str = "SUISHEN_TORTURE_FOLDER";
const SEED: &str = "SUISHEN_TORTURE_CHILD_SEED";
const ORDINARY_SEEDS: u64 = 30;
const SIDE_BY_SIDE: usize = 6;
const STEPS: u64 = 45;
/// Visits after the disk is well again, each of which has to succeed.
const VISITS_AFTERWARDS: u32 = 5;

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Dice(u64);
impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// What the desk answered, one line of JSON each.
#[derive(Debug, Serialize, Deserialize)]
enum Told {
    Issued {
        seq: u64,
        serial: Serial,
        case: String,
    },
    Lost {
        seq: u64,
        serial: Serial,
    },
    Reprinted {
        seq: u64,
        serial: Serial,
    },
    CaseOpened(String),
    Draft {
        case: String,
        content: String,
    },
    /// Begun, and perhaps there.
    DraftTried {
        case: String,
        content: String,
    },
    Kept(Digest),
    /// Everything before this line was done when the disk was well again.
    Healed,
    Ended,
}

fn tell(told: &Told) {
    println!("TOLD {}", serde_json::to_string(told).unwrap());
}

/// The day itself, in a process of its own.
#[tokio::test]
#[ignore = "started by the other test as a process of its own"]
async fn child() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let control = Control::of_this_program().unwrap().unwrap();
    let mut day = Day {
        desk: fixture::open(Path::new(&folder), Arc::new(SystemClock::new())).await,
        folder,
        dice: Dice(seed.parse().unwrap()),
        control,
        people: 0,
        live: Vec::new(),
    };
    day.go().await;
}

struct Day {
    desk: Arc<Desk>,
    folder: String,
    dice: Dice,
    control: Control,
    people: u32,
    /// Codes told as issued, with holder and case.
    live: Vec<(IdNumber, String, Serial)>,
}

impl Day {
    async fn go(&mut self) {
        for _ in 0..STEPS {
            match self.dice.below(8) {
                0 | 1 => {
                    let fault = Fault::ALL[self.dice.below(Fault::ALL.len() as u64) as usize];
                    self.control.arm(fault, self.dice.below(40), 1 + self.dice.below(30)).unwrap();
                }
                2 => self.control.heal().unwrap(),
                _ => {}
            }
            // What fails is not told; that it fails is expected.
            let _ = self.step().await;
        }
        self.control.heal().unwrap();
        tell(&Told::Healed);
        for _ in 0..VISITS_AFTERWARDS {
            self.visit().await.expect("the disk is well again");
        }
        tell(&Told::Ended);
        if self.dice.below(2) == 0 {
            self.desk.store().close().await;
        } else {
            std::process::abort();
        }
    }

    async fn step(&mut self) -> Result<(), DeskError> {
        match self.dice.below(13) {
            0..=3 => self.visit().await,
            4 => self.refused().await,
            5 => self.loss().await,
            6 => self.copy().await,
            7 => self.draft().await,
            8 => {
                let bytes = (0..5_000).map(|_| self.dice.below(256) as u8).collect();
                let blob = Blob { bytes, media_type: "image/jpeg".to_owned() };
                tell(&Told::Kept(self.desk.blob.keep(&blob).await?));
                Ok(())
            }
            9 => self.desk.keep_house().await.map(drop),
            10 => {
                self.synchronise().await;
                Ok(())
            }
            11 => {
                // The clerk's key is heard, and the window is gone before the answer.
                let after = Duration::from_micros(self.dice.below(3_000));
                let _ = tokio::time::timeout(after, self.visit()).await;
                Ok(())
            }
            _ => self.start_again().await,
        }
    }

    fn somebody(&mut self) -> IdNumber {
        self.people += 1;
        fixture::number("19400203", self.people)
    }

    async fn visit(&mut self) -> Result<(), DeskError> {
        let number = self.somebody();
        self.issue_to(number).await
    }

    async fn issue_to(&mut self, number: IdNumber) -> Result<(), DeskError> {
        let case = self.desk.case.open(&clerk(&self.desk), Some(&self.desk.citizen_ref(&number))).await?;
        let case = case.as_str().to_owned();
        tell(&Told::CaseOpened(case.clone()));
        let issued = self.desk.issue.new_code(&clerk(&self.desk), &fixture::request(&case, &number)).await?;
        tell(&Told::Issued { seq: issued.seq, serial: issued.serial, case: case.clone() });
        self.live.push((number, case, issued.serial));
        Ok(())
    }

    fn one_of_today(&mut self) -> Option<(IdNumber, String, Serial)> {
        let count = self.live.len() as u64;
        (count > 0).then(|| self.live[self.dice.below(count) as usize].clone())
    }

    /// Somebody who has a code of today asks for another first one.
    async fn refused(&mut self) -> Result<(), DeskError> {
        let Some((number, ..)) = self.one_of_today() else { return Ok(()) };
        self.issue_to(number).await
    }

    async fn loss(&mut self) -> Result<(), DeskError> {
        let Some((number, case, serial)) = self.one_of_today() else { return Ok(()) };
        let lost =
            self.desk.issue.report_loss(&clerk(&self.desk), &case, (&number, &chip()), serial, true).await?;
        tell(&Told::Lost { seq: lost.seq, serial });
        Ok(())
    }

    async fn copy(&mut self) -> Result<(), DeskError> {
        let Some((number, case_number, serial)) = self.one_of_today() else { return Ok(()) };
        let request = ReprintRequest {
            agent: None,
            case_number,
            serial,
            idempotency_key: Uuid::now_v7(),
            proof: chip(),
            number,
            name: name("张演练"),
        };
        let copy = self.desk.issue.reprint(&clerk(&self.desk), &request).await?;
        tell(&Told::Reprinted { seq: copy.seq, serial });
        Ok(())
    }

    async fn draft(&mut self) -> Result<(), DeskError> {
        let Some((_, case, _)) = self.one_of_today() else { return Ok(()) };
        let content = format!("typed {}", self.dice.below(1_000_000));
        tell(&Told::DraftTried { case: case.clone(), content: content.clone() });
        self.desk
            .case
            .save_draft(&clerk(&self.desk), &case, "torture", Sensitive::new(content.clone()))
            .await?;
        tell(&Told::Draft { case, content });
        Ok(())
    }

    async fn synchronise(&self) {
        let sent = async {
            while self.desk.counts.queue_depth().await.map_or(1, |depth| depth.waiting) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = self.desk.clone().run_sync() => {}
            _ = tokio::time::timeout(Duration::from_millis(400), sent) => {}
        }
    }

    /// The program ends and is started again, on whatever disk there is.
    async fn start_again(&mut self) -> Result<(), DeskError> {
        self.desk.store().close().await;
        let folder = self.folder.clone();
        let opened = fixture::try_open(Path::new(&folder), Arc::new(SystemClock::new())).await;
        self.desk = match opened {
            Ok(desk) => desk,
            Err(_) => {
                self.control.heal().unwrap();
                fixture::open(Path::new(&folder), Arc::new(SystemClock::new())).await
            }
        };
        Ok(())
    }
}

/// One day: what was told, and how many calls of the disk failed meanwhile.
async fn day(seed: u64, fixture: &Fixture) -> (Vec<Told>, u64) {
    let folder = fixture.folder.path();
    let control = Control::create(&folder.with_extension("control")).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["torture::child", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .env(faulty_disk::VARIABLE, control.path())
        .stdin(Stdio::null())
        .output();
    let output = tokio::task::spawn_blocking(move || output).await.unwrap().unwrap();
    let fired = control.fired().unwrap();
    std::fs::remove_file(control.path()).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let lines = said.lines().filter_map(|line| line.split_once("TOLD ").map(|(_, told)| told));
    let told: Vec<Told> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_whole = matches!(told.last(), Some(Told::Ended));
    assert!(is_whole, "seed {seed}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    (told, fired)
}

/// Looks for everything that was told.
async fn look_for(told: &[Told], desk: &Desk, seed: u64) {
    let mut raw = fixture::raw(desk).await;
    let (integrity,): (String,) =
        sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut *raw).await.unwrap();
    assert_eq!(integrity, "ok", "seed {seed}");
    drop(raw);
    let log = DatabaseLog::new(desk.store().clone(), desk.identity().author());
    let mut operations = Vec::new();
    while let Some(batch) = log.batch(operations.len() as u64 + 1, 200).await.unwrap() {
        assert_eq!(batch.batch.check(), Ok(()), "seed {seed}");
        operations.extend(batch.batch.ops);
    }
    let body = |seq: u64| operations.get(seq as usize - 1).map(|operation| &operation.body);
    for (place, told_one) in told.iter().enumerate() {
        let is_there = match told_one {
            Told::Issued { seq, serial, .. } => {
                matches!(body(*seq), Some(OpBody::Issue { serial: here, .. }) if here == serial)
            }
            Told::Lost { seq, serial } => {
                matches!(body(*seq), Some(OpBody::ReportLoss { serial: here, .. }) if here == serial)
            }
            Told::Reprinted { seq, serial } => {
                matches!(body(*seq), Some(OpBody::Reprint { serial: here, .. }) if here == serial)
            }
            Told::CaseOpened(case) => desk.case.get(case).await.is_ok(),
            Told::Draft { case, content } => {
                let here =
                    desk.case.drafts(case).await.unwrap().into_iter().find(|draft| draft.form == "torture");
                let here = here.map(|draft| draft.content.expose().clone());
                let is_later = |later: &Told| matches!(later, Told::DraftTried { case: of, content } if of == case && Some(content) == here.as_ref());
                here.as_ref() == Some(content) || told[place..].iter().any(is_later)
            }
            Told::Kept(digest) => {
                desk.blob.get(digest).await.is_ok_and(|blob| Digest::of(&blob.bytes) == *digest)
            }
            Told::DraftTried { .. } | Told::Healed | Told::Ended => true,
        };
        assert!(is_there, "seed {seed}: told as done and not there: {told_one:?}");
    }
    let queue = desk
        .lists
        .queue
        .page(&clerk(desk), QueueFilter::All, "", Page { offset: 0, limit: 1 })
        .await
        .unwrap();
    assert_eq!(queue.total as usize, operations.len(), "seed {seed}");
    assert_eq!(desk.lists.audit.check(&auditor(desk)).await.unwrap().broken_at, None, "seed {seed}");
}

/// Sends what waits; the centre then has the desk's log, whole and once.
async fn reaches_the_centre(fixture: &Fixture, desk: &Arc<Desk>, seed: u64) {
    let synchronising = tokio::spawn({
        let desk = desk.clone();
        async move { desk.run_sync().await }
    });
    fixture::until(|| async { desk.counts.queue_depth().await.unwrap().waiting == 0 }).await;
    synchronising.abort();
    let _ = synchronising.await;
    let log = DatabaseLog::new(desk.store().clone(), desk.identity().author());
    let author = desk.identity().author();
    let received = fixture.centre.mind().log[&(author.device, author.epoch)].clone();
    let mut next = 1;
    while let Some(ProvenBatch { batch, .. }) = log.batch(next, 200).await.unwrap() {
        let here = batch.ops.iter().map(|operation| &operation.hash);
        assert!(here.eq(received[next as usize - 1..].iter().take(batch.ops.len()).map(|op| &op.hash)));
        next += batch.ops.len() as u64;
    }
    assert_eq!(received.len() as u64, next - 1, "seed {seed}: the centre has another log");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_told_as_done_is_missing_whatever_the_disk_did() {
    let number = |variable: &str| std::env::var(variable).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("TORTURE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TORTURE_SEEDS").unwrap_or(ORDINARY_SEEDS),
    };
    // Days wait for the disk most of the time, so several go on side by side, all on this thread.
    let (mut things, mut faults) = (0, 0);
    let all = tokio::task::LocalSet::new();
    all.run_until(async {
        let mut days = tokio::task::JoinSet::new();
        for seed in seeds {
            if days.len() == SIDE_BY_SIDE {
                let (told, fired) = days.join_next().await.unwrap().unwrap();
                (things, faults) = (things + told, faults + fired);
            }
            days.spawn_local(whole_day(seed));
        }
        for (told, fired) in days.join_all().await {
            (things, faults) = (things + told, faults + fired);
        }
    })
    .await;
    println!("{things} things told, {faults} calls failed, nothing missing");
    assert!(faults > 0, "no fault came: nothing was tried");
}

/// How many things were told and how many calls failed.
async fn whole_day(seed: u64) -> (usize, u64) {
    let fixture = Fixture::new().await;
    fixture.desk.store().close().await;
    let (told, fired) = day(seed, &fixture).await;
    let desk = fixture::open(fixture.folder.path(), Arc::new(SystemClock::new())).await;
    look_for(&told, &desk, seed).await;
    reaches_the_centre(&fixture, &desk, seed).await;
    look_for(&told, &desk, seed).await;
    desk.store().close().await;
    (told.len(), fired)
}
