//! One contract for both logs, the database's and the one in memory: what synchronisation may rely
//! on.

use desk::{
    clock::{ManualClock, Reading, TrustedClock},
    signing::SessionKey,
    store::{
        Store,
        operation::{Author, NewOperation},
    },
    sync::{
        Stop,
        log::{DatabaseLog, Log, Position, ProvenBatch, VerifiedReceiptBatch},
    },
    vault::Vault,
};
use fixture::{
    centre::{issuers, trust, verified},
    senior,
};
use rules::{
    At, DeviceNumber, Refusal,
    authority::unproven,
    keys::{Signer, SoftwareKey},
    life::Serial,
    op::{OpBody, Operation},
    wire::{Receipt, Verdict},
};
use simulation::memory_log::MemoryLog;
use uuid::Uuid;

const AUTHOR: Author = Author { device: DeviceNumber(7), epoch: 2 };

fn reading() -> Reading {
    TrustedClock::new(ManualClock::new(At(1_760_000_000_000)), None, At(0)).read()
}

/// The clerk's session, and the key that they signed it with.
fn session() -> (SessionKey, SoftwareKey) {
    let person = SoftwareKey::from_bytes(&[41; 32]).unwrap();
    let staff = "1001".parse().unwrap();
    let session = SessionKey::begin((Uuid::from_u128(70), &[43; 32]), AUTHOR, staff, &reading(), &person);
    (session.unwrap(), person)
}

fn loss(n: u8, key: Option<&str>) -> NewOperation {
    NewOperation {
        op_id: Uuid::now_v7(),
        consent: None,
        proof: None,
        answer: None,
        idempotency_key: key.map(str::to_owned),
        citizen: Some(senior(n.into())),
        operator: "1001".parse().unwrap(),
        case_number: None,
        body: OpBody::ReportLoss { serial: Serial([n; 16]), agent: None, consequence_confirmed: true },
    }
}

fn receipt(op: &Operation, verdict: Verdict) -> Receipt {
    Receipt {
        id: Uuid::from_u128(u128::from(op.seq)),
        device: op.device,
        epoch: op.epoch,
        seq: op.seq,
        hash: op.hash.clone(),
        verdict,
        decided_at: At(0),
    }
}

fn roll(receipts: Vec<Receipt>) -> VerifiedReceiptBatch {
    verified([9; 32], receipts)
}

const APPLIED: Verdict = Verdict::Applied { action: None };

/// Checks that a batch is proven.
fn assert_proven(proven: &ProvenBatch, person: &SoftwareKey) {
    let key = person.public_key();
    let found =
        unproven(&proven.batch, &proven.sessions, |_, id| Some(&key).filter(|key| key.key_id() == id));
    assert_eq!((proven.batch.check(), found.len()), (Ok(()), 0));
}

async fn holds<L: Log>(log: L) {
    let (session, person) = session();
    assert_eq!(log.position().await.unwrap(), Position::default());
    assert!(log.batch(1, 10).await.unwrap().is_none());

    // The chain is gapless and linked; a second request with its key is the first one.
    let mut ops = Vec::new();
    for n in 1..=5 {
        ops.push(log.append(&reading(), &session, loss(n, Some(&format!("key {n}")))).await.unwrap());
    }
    assert_eq!(log.append(&reading(), &session, loss(5, Some("key 5"))).await.unwrap(), ops[4]);
    let batch = log.batch(1, 200).await.unwrap().unwrap();
    assert_proven(&batch, &person);
    assert_eq!(batch.batch.ops, ops);
    let part = log.batch(3, 2).await.unwrap().unwrap();
    assert_eq!(part.batch.ops, ops[2..4]);
    assert_proven(&part, &person);

    // "Received" empties nothing.
    log.record_received(5).await.unwrap();
    assert_eq!(log.waiting().await.unwrap(), [1, 2, 3, 4, 5]);

    // Only receipts for exactly these operations count.
    let mut foreign = vec![
        Receipt { device: DeviceNumber(8), ..receipt(&ops[0], APPLIED) },
        Receipt { epoch: 1, ..receipt(&ops[0], APPLIED) },
        Receipt { hash: ops[1].hash.clone(), ..receipt(&ops[0], APPLIED) },
        Receipt { seq: 99, ..receipt(&ops[0], APPLIED) },
    ];
    let settled = log.record_receipts(&roll(foreign.clone()), &reading()).await.unwrap();
    assert_eq!((settled.decided_through, settled.new.len()), (0, 0));
    assert_eq!(log.waiting().await.unwrap(), [1, 2, 3, 4, 5]);

    // In any order, with foreign ones between; a bad one blocks nobody else.
    let rejected = Verdict::Rejected { code: Refusal::CodeNotLive };
    foreign.push(receipt(&ops[3], APPLIED));
    foreign.push(receipt(&ops[1], rejected.clone()));
    let settled = log.record_receipts(&roll(foreign), &reading()).await.unwrap();
    assert_eq!(settled.decided_through, 0);
    assert_eq!(settled.new, [(4, APPLIED), (2, rejected.clone())]);
    assert_eq!(log.waiting().await.unwrap(), [1, 3, 5]);
    assert_eq!(log.conflicts().await.unwrap(), [2]);

    // A verdict never flips and is not told twice.
    let flipped = roll(vec![receipt(&ops[1], APPLIED), receipt(&ops[0], APPLIED)]);
    let settled = log.record_receipts(&flipped, &reading()).await.unwrap();
    assert_eq!(settled.new, [(1, APPLIED)]);
    assert_eq!(settled.decided_through, 2);
    assert_eq!(log.verdict(2).await.unwrap(), Some(rejected));
    assert_eq!(log.verdict(3).await.unwrap(), None);
    assert_eq!(log.conflicts().await.unwrap(), [2]);

    // What was taken or is not decided is pressed once; what was refused may be asked for anew. The
    // chain goes on, and what the centre asks for again is still there.
    assert_eq!(log.append(&reading(), &session, loss(4, Some("key 4"))).await.unwrap(), ops[3]);
    assert_eq!(log.append(&reading(), &session, loss(3, Some("key 3"))).await.unwrap(), ops[2]);
    let sixth = log.append(&reading(), &session, loss(2, Some("key 2"))).await.unwrap();
    assert_eq!((sixth.seq, &sixth.prev_hash), (6, &ops[4].hash));
    assert_eq!(log.batch(1, 200).await.unwrap().unwrap().batch.ops.len(), 6);
    session.end();
    let refused = log.append(&reading(), &session, loss(9, None)).await.unwrap_err();
    assert_eq!(refused.code(), "session_ended");

    log.record_changes(&[], 17, &reading()).await.unwrap();
    log.record_stop(Some(Stop::Quarantined)).await.unwrap();
    let expected = Position {
        head: 6,
        received_through: 5,
        decided_through: 2,
        recheck_after: None,
        cursor: 17,
        stopped: Some(Stop::Quarantined),
    };
    assert_eq!(log.position().await.unwrap(), expected);
    log.record_stop(None).await.unwrap();
    assert_eq!(log.position().await.unwrap().stopped, None);
    heals(&log, &ops).await;
}

/// The centre was put back to a state in which it had three of them.
async fn heals<L: Log>(log: &L, ops: &[Operation]) {
    log.record_restored(3).await.unwrap();
    let position = log.position().await.unwrap();
    assert_eq!((position.received_through, position.recheck_after, position.cursor), (3, Some(0), 0));
    assert_eq!(position.heard_through(), 0, "what it had not decided yet is heard again too");
    // Its later word counts, and where it differs it is told and shown. An earlier one that comes
    // late changes nothing.
    let rejected = Verdict::Rejected { code: Refusal::NotEligible };
    let at = |ms, op, verdict| Receipt { decided_at: At(ms), ..receipt(op, verdict) };
    let words = vec![at(10, &ops[0], APPLIED), at(-1, &ops[1], APPLIED), at(10, &ops[3], rejected.clone())];
    let settled = log.record_receipts(&roll(words), &reading()).await.unwrap();
    assert_eq!(settled.new, [(4, rejected.clone())]);
    assert_eq!((settled.decided_through, settled.recheck_after), (2, None), "all that was decided is heard");
    assert_eq!(log.verdict(4).await.unwrap(), Some(rejected.clone()));
    assert_eq!(log.conflicts().await.unwrap(), [2, 4]);
    let overtaken = roll(vec![at(9, &ops[3], APPLIED)]);
    assert_eq!(log.record_receipts(&overtaken, &reading()).await.unwrap().new, []);
    let again = roll(vec![at(20, &ops[3], APPLIED)]);
    assert_eq!(log.record_receipts(&again, &reading()).await.unwrap().new, [(4, APPLIED)]);
    assert_eq!(log.conflicts().await.unwrap(), [2, 4], "taken, refused, taken: somebody looks");
    assert_eq!(log.waiting().await.unwrap(), [3, 5, 6]);
    assert_eq!(log.emptied_through(1).await.unwrap(), None);
}

#[tokio::test]
async fn the_log_in_memory_keeps_the_contract() {
    holds(MemoryLog::new(AUTHOR)).await;
}

#[tokio::test]
async fn the_log_in_the_database_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    holds(DatabaseLog::new(Store::open(&vault).await.unwrap(), AUTHOR)).await;
}

#[test]
fn receipts_not_signed_by_the_centre_cannot_be_recorded() {
    let forged = issuers([10; 32]).sign(Vec::<Receipt>::new(), At(0)).unwrap();
    assert!(VerifiedReceiptBatch::check(forged, &trust([9; 32])).is_none());
}
