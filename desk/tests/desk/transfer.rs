//! Queues carried in by hand: only what its own desk signed is taken in, and trouble with it is
//! that desk's.

use desk::{
    Desk,
    clock::SystemClock,
    store::{
        Page,
        audit::{AuditQuery, Event},
    },
    sync::Line,
};
use fixture::{
    Fixture, auditor,
    centre::{ROOT, issuers},
    clerk, correction, senior, supervisor, until, wish,
};
use rules::{
    At, Sensitive,
    keys::{Class, DeskKey, Signer, SoftwareKey},
    transfer::{self, TransferFile},
    wire::{ProtocolError, PushRequest},
};
use std::{path::PathBuf, sync::Arc};
use tempfile::TempDir;

const PHRASE: &str = "carry it by hand";

/// The queue of one desk in a file, and another desk to carry it to.
struct Carried {
    fixture: Fixture,
    queue: TransferFile,
    other: Arc<Desk>,
    folder: TempDir,
}

impl Carried {
    async fn out() -> Self {
        let fixture = Fixture::new().await;
        let desk = &fixture.desk;
        for n in 1..=2 {
            desk.issue.new_code(&clerk(desk), &wish(desk, &senior(n)).await).await.unwrap();
        }
        correction::keep(desk, b"a page").await;
        let folder = tempfile::tempdir().unwrap();
        let phrase = Sensitive::new(PHRASE.to_owned());
        let path = desk.transfer.export(&supervisor(desk), folder.path(), &phrase).await.unwrap();
        let queue = transfer::open(&std::fs::read(path).unwrap(), PHRASE).unwrap();
        let at_other = folder.path().join("other");
        std::fs::create_dir(&at_other).unwrap();
        let other = fixture::enrolled(&at_other, &fixture.centre.url, Arc::new(SystemClock::new())).await;
        Self { fixture, queue, other, folder }
    }

    /// Seals it as its desk would have.
    fn sealed(&self, queue: &TransferFile) -> PathBuf {
        let path = self.folder.path().join("queue.sstransfer");
        std::fs::write(&path, transfer::seal(queue, PHRASE, [1; 16], [2; 24]).unwrap()).unwrap();
        path
    }

    async fn import(&self, queue: &TransferFile) -> Result<u32, &'static str> {
        let phrase = Sensitive::new(PHRASE.to_owned());
        let taken = self.other.transfer.import(&supervisor(&self.other), &self.sealed(queue), &phrase).await;
        taken.map_err(|error| error.code())
    }

    /// Signs all batches with this key, under a certificate for it.
    fn signed_by(&self, key: &SoftwareKey, root: [u8; 32], change: impl Fn(&mut DeskKey)) -> TransferFile {
        let mut desk = self.queue.certificate.value.clone();
        desk.public_key = key.public_key();
        change(&mut desk);
        let batches = self.queue.batches.iter().map(|PushRequest { batch, sessions, .. }| PushRequest {
            sessions: sessions.clone(),
            signature: rules::hex::encode(&key.sign(&batch.signed_bytes()).unwrap()),
            batch: batch.clone(),
        });
        TransferFile {
            certificate: issuers(root).sign(desk, At(0)).unwrap(),
            batches: batches.collect(),
            blobs: self.queue.blobs.clone(),
        }
    }
}

#[tokio::test]
async fn what_a_desk_did_not_sign_itself_is_not_taken_in() {
    let carried = Carried::out().await;
    let key = SoftwareKey::from_bytes(&[21; 32]).unwrap();
    let changed = |change: fn(&mut TransferFile)| {
        let mut queue = carried.queue.clone();
        change(&mut queue);
        queue
    };
    let foreign = [
        ("a certificate of another root", carried.signed_by(&key, [21; 32], |_| {})),
        ("a live desk", carried.signed_by(&key, ROOT, |desk| desk.class = Class::Live)),
        ("another desk's batch", carried.signed_by(&key, ROOT, |desk| desk.device += 1)),
        ("a batch of another enrolment", carried.signed_by(&key, ROOT, |desk| desk.epoch += 1)),
        ("no signature", changed(|queue| queue.batches[0].signature.clear())),
        ("another signature", {
            let mut queue = carried.signed_by(&key, ROOT, |_| {});
            queue.certificate = carried.queue.certificate.clone();
            queue
        }),
        (
            "an operation that was altered",
            changed(|queue| queue.batches[0].batch.ops[0].operator = "1".parse().unwrap()),
        ),
        ("an operation that is missing", changed(|queue| drop(queue.batches[0].batch.ops.remove(0)))),
        ("a page that was altered", changed(|queue| queue.blobs[0].bytes.push(0))),
    ];
    for (what, queue) in &foreign {
        assert_eq!(carried.import(queue).await, Err("transfer_foreign"), "{what}");
    }
    let query = AuditQuery { event: Some(Event::QueueImported), ..AuditQuery::default() };
    let imports = carried
        .other
        .lists
        .audit
        .search(&auditor(&carried.other), &query, Page { offset: 0, limit: 1 })
        .await
        .unwrap();
    assert_eq!(imports.total, 0, "nothing of it was kept");
    assert_eq!(carried.import(&carried.queue).await, Ok(2));
}

#[tokio::test]
async fn s7_a_carried_batch_that_is_refused_does_not_stop_the_desk_that_carries_it() {
    for why in [ProtocolError::Quarantined, ProtocolError::Revoked, ProtocolError::Fenced { current: 3 }] {
        let carried = Carried::out().await;
        let other = &carried.other;
        assert_eq!(carried.import(&carried.queue).await, Ok(2));
        carried.fixture.centre.mind().push_error = Some(why.clone());
        let task = tokio::spawn(other.clone().run_sync());
        until(async || !other.transfer.refused().await.unwrap().is_empty()).await;
        let refused = other.transfer.refused().await.unwrap();
        assert_eq!((refused.len(), &refused[0].why), (1, &why));
        assert_eq!((other.sync().stopped(), other.sync().status().line), (None, Line::Online));
        // It goes on with its own.
        carried.fixture.centre.mind().push_error = None;
        other.issue.new_code(&clerk(other), &wish(other, &senior(3)).await).await.unwrap();
        until(async || other.counts.sync_status().await.unwrap().depth.waiting == 0).await;
        let mind = carried.fixture.centre.mind();
        assert_eq!((mind.log[&(7, 2)].len(), mind.log.contains_key(&(7, 1))), (1, false));
        task.abort();
    }
}

#[tokio::test]
async fn a_carried_batch_waits_while_the_centre_is_busy() {
    let carried = Carried::out().await;
    let other = &carried.other;
    assert_eq!(carried.import(&carried.queue).await, Ok(2));
    carried.fixture.centre.mind().push_error = Some(ProtocolError::Unavailable);
    let task = tokio::spawn(other.clone().run_sync());
    until(async || carried.fixture.centre.mind().pushes >= 1).await;
    carried.fixture.centre.mind().push_error = None;
    correction::keep(other, b"something to wake up for").await;
    until(async || carried.fixture.centre.mind().log.get(&(7, 1)).is_some_and(|log| log.len() == 2)).await;
    assert!(other.transfer.refused().await.unwrap().is_empty());
    task.abort();
}
