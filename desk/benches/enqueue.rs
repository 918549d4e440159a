//! What a durable operation costs beside a bare SQLite transaction: the same encrypted file, the same settings, one row
//! of the same size. The goal is at least 0.8 of the bare rate, so that chain, outbox and idempotency are nearly free.

#![expect(clippy::unwrap_used, reason = "a measurement, not a program")]

use criterion::{Criterion, criterion_group, criterion_main};
use desk::{
    clock::{SystemClock, TrustedClock},
    store::{
        Store,
        operation::{Author, NewOperation},
    },
    sync::log::{DatabaseLog, Log},
    vault::Vault,
};
use rules::{
    At,
    life::{Action, Serial},
    op::{CitizenRef, HolderSeen, OpBody},
    person::{IdNumber, Name},
};
use std::{sync::Arc, time::Instant};

fn issue() -> NewOperation {
    let at = At(1_760_000_000_000);
    NewOperation {
        press: None,
        citizen_ref: Some(CitizenRef("ab".repeat(32))),
        operator: "1001".to_owned(),
        case_number: Some("31010120251009003000175".to_owned()),
        body: OpBody::Issue {
            action: Action::Apply,
            serial: Serial([7; 16]),
            day: at.day(),
            valid_through: at.day(),
            holder: Box::new(HolderSeen {
                number: IdNumber::parse("11010519491231002X").unwrap(),
                name: Name::read("张演练").unwrap().name,
                photo: None,
                declared: None,
                registry_version: None,
            }),
            agent: None,
            correction: None,
            provisional: true,
        },
    }
}

fn enqueue(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // Beside the build, on the disk the project is on: a temporary folder may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = runtime.block_on(async {
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        Store::open(&vault).await.unwrap()
    });
    let log = DatabaseLog::new(store.clone(), Author { device: 7, epoch: 1 });
    let clock = Arc::new(TrustedClock::new(Arc::new(SystemClock::new()), None, At(0)));
    let first = runtime.block_on(log.append(&clock.read(), issue())).unwrap();
    let row = serde_json::to_string(&first).unwrap();
    let pool = store.writer().clone();
    runtime
        .block_on(sqlx::query("CREATE TABLE bare (n INTEGER PRIMARY KEY, row TEXT)").execute(&pool))
        .unwrap();

    // On a worker's thread, where the program does it too.
    let mut group = criterion.benchmark_group("durable");
    group.bench_function("bare transaction", |bencher| {
        bencher.iter_custom(|times| {
            let (pool, row) = (pool.clone(), row.clone());
            let timed = runtime.spawn(async move {
                let begun = Instant::now();
                for _ in 0..times {
                    let mut write = pool.begin().await.unwrap();
                    let insert = sqlx::query("INSERT INTO bare (row) VALUES (?)").bind(&row);
                    insert.execute(&mut *write).await.unwrap();
                    write.commit().await.unwrap();
                }
                begun.elapsed()
            });
            runtime.block_on(timed).unwrap()
        });
    });
    group.bench_function("operation", |bencher| {
        bencher.iter_custom(|times| {
            let (log, clock) = (log.clone(), Arc::clone(&clock));
            let timed = runtime.spawn(async move {
                let begun = Instant::now();
                for _ in 0..times {
                    log.append(&clock.read(), issue()).await.unwrap();
                }
                begun.elapsed()
            });
            runtime.block_on(timed).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, enqueue);
criterion_main!(benches);
