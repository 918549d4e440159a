//! What a durable operation costs beside a bare SQLite transaction: the same encrypted file, the
//! same settings, one row of the same size. The goal is at least 0.8 of the bare rate, so that
//! chain, outbox and idempotency are nearly free.
//!
//! Both take turns: what else the machine does meanwhile slows both alike, and the ratio of two
//! neighbours is little moved by it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, not a program")]

use desk::{
    clock::{SystemClock, TrustedClock},
    signing::SessionKey,
    store::{
        Store,
        operation::{Author, NewOperation},
    },
    sync::log::{DatabaseLog, Log},
    vault::Vault,
};
use rules::{
    At, DeviceNumber,
    correction::Digest,
    keys::{KeyId, RawSignature, SoftwareKey},
    life::{Action, Serial},
    op::{HolderSeen, OpBody},
    payload::SignedSymbol,
    person::{IdNumber, Name},
};
use sqlx::Connection;
use std::{sync::Arc, time::Instant};
use tokio::runtime::Runtime;
use uuid::Uuid;

const TURNS: usize = 40;
const WRITES_A_TURN: u32 = 250;

fn issue() -> NewOperation {
    let at = At(1_760_000_000_000);
    let number = IdNumber::parse("11010519491231002X").unwrap();
    NewOperation {
        op_id: Uuid::now_v7(),
        consent: None,
        proof: None,
        answer: None,
        idempotency_key: None,
        citizen: Some(number.clone()),
        operator: "1001".parse().unwrap(),
        case_number: Some("3101012025100900334182069".to_owned()),
        body: OpBody::Issue {
            action: Action::Apply,
            serial: Serial([7; 16]),
            day: at.day(),
            valid_through: at.day(),
            holder: Box::new(HolderSeen {
                number,
                name: Name::read("张演练").unwrap().name,
                photo: None,
                declared: None,
                registry_version: None,
            }),
            agent: None,
            correction: None,
            provisional: true,
            confirmed_by_holder: true,
            consequence_confirmed: true,
            symbol: Box::new(SignedSymbol {
                claims: Digest([3; 32]),
                key_id: KeyId([4; 8]),
                signature: RawSignature([5; 64]),
            }),
        },
    }
}

/// Microseconds a write, over one turn, on a worker's thread, where the program does it too.
fn turn<F: Future<Output = ()> + Send>(runtime: &Runtime, write: impl Fn() -> F + Send + 'static) -> f64 {
    let timed = runtime.spawn(async move {
        let begun = Instant::now();
        for _ in 0..WRITES_A_TURN {
            write().await;
        }
        begun.elapsed()
    });
    runtime.block_on(timed).unwrap().as_secs_f64() * 1e6 / f64::from(WRITES_A_TURN)
}

/// First quartile, median, third quartile.
fn quartiles(mut of: Vec<f64>) -> [f64; 3] {
    of.sort_by(f64::total_cmp);
    [of.len() / 4, of.len() / 2, of.len() * 3 / 4].map(|index| of[index])
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // The pool gives its connections back on the runtime, also when this function ends.
    let _entered = runtime.enter();
    // Beside the build, on the disk the project is on: a temporary folder may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = runtime.block_on(async {
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        Store::open(&vault).await.unwrap()
    });
    let log = DatabaseLog::new(store.clone(), Author { device: DeviceNumber(7), epoch: 1 });
    let clock = Arc::new(TrustedClock::new(Arc::new(SystemClock::new()), None, At(0)));
    // What a session signs with each operation is part of the cost.
    let person = SoftwareKey::from_bytes(&[41; 32]).unwrap();
    let author = Author { device: DeviceNumber(7), epoch: 1 };
    let begun = (Uuid::now_v7(), &[43; 32]);
    let session = SessionKey::begin(begun, author, "1001".parse().unwrap(), &clock.read(), &person).unwrap();
    let session = Arc::new(session);
    let first = runtime.block_on(log.append(&clock.read(), &session, issue())).unwrap();
    let row: Arc<str> = serde_json::to_string(&first).unwrap().into();
    // A connection with the same settings that is used for nothing else.
    let raw = runtime.block_on(async {
        let mut raw = store.readers().acquire().await.unwrap();
        sqlx::query("PRAGMA query_only = OFF").execute(&mut *raw).await.unwrap();
        let table = "CREATE TABLE bare (n INTEGER PRIMARY KEY, row TEXT)";
        sqlx::query(table).execute(&mut *raw).await.unwrap();
        Arc::new(tokio::sync::Mutex::new(raw))
    });

    let bare = move || {
        let (raw, row) = (raw.clone(), row.clone());
        async move {
            let mut raw = raw.lock().await;
            let mut write = raw.begin().await.unwrap();
            sqlx::query("INSERT INTO bare (row) VALUES (?)").bind(&*row).execute(&mut *write).await.unwrap();
            write.commit().await.unwrap();
        }
    };
    let operation = move || {
        let (log, clock, session) = (log.clone(), clock.clone(), session.clone());
        async move {
            log.append(&clock.read(), &session, issue()).await.unwrap();
        }
    };
    let mut turns: Vec<(f64, f64)> =
        (0..=TURNS).map(|_| (turn(&runtime, bare.clone()), turn(&runtime, operation.clone()))).collect();
    turns.remove(0); // nothing is warm yet
    let [_, bare, _] = quartiles(turns.iter().map(|(bare, _)| *bare).collect());
    let [_, operation, _] = quartiles(turns.iter().map(|(_, operation)| *operation).collect());
    let [low, ratio, high] = quartiles(turns.iter().map(|(bare, operation)| bare / operation).collect());
    println!("durable/bare transaction  {bare:.0} us");
    println!("durable/operation         {operation:.0} us");
    println!(
        "durable/ratio             {ratio:.2} (middle half of the turns {low:.2} to {high:.2}; goal 0.8)"
    );
}
