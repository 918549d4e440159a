//! Queues carried in by hand: the centre alone reads them, only a whole file of a desk of this
//! centre is taken in, and trouble with it is that desk's.

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
    centre::{ROOT, issuers, opening_key},
    clerk, correction, senior, supervisor, until, wish,
};
use rules::{
    At, DeviceNumber,
    issuing::{Purpose, RevokedIssuer, RevokedIssuers},
    keys::{Class, DeskKey, KeyId, PublicKey, Signed, Signer, SoftwareKey},
    transfer::{Part, TransferError, TransferFile},
    wire::{ProtocolError, TrustAnchors},
};
use std::sync::Arc;
use tempfile::TempDir;

/// The queue of one desk in a file, and another desk to carry it to.
struct Carried {
    fixture: Fixture,
    file: Vec<u8>,
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
        let path = desk.transfer.export(&supervisor(desk), folder.path()).await.unwrap();
        let file = std::fs::read(path).unwrap();
        let at_other = folder.path().join("other");
        std::fs::create_dir(&at_other).unwrap();
        let other = fixture::enrolled(&at_other, &fixture.centre.url, Arc::new(SystemClock::new())).await;
        Self { fixture, file, other, folder }
    }

    fn read(&self) -> TransferFile {
        TransferFile::read(&self.file).unwrap()
    }

    /// Returns what the centre finds in it.
    fn opened(&self) -> Vec<Part> {
        self.read().parts.iter().map(|part| Part::open(part, &[opening_key()]).unwrap()).collect()
    }

    async fn import(&self, file: &[u8]) -> Result<u64, &'static str> {
        let path = self.folder.path().join("queue.sstransfer");
        std::fs::write(&path, file).unwrap();
        let taken = self.other.transfer.import(&supervisor(&self.other), &path).await;
        taken.map_err(|error| error.code())
    }

    /// Returns a file with the same queue under another certificate, signed by this key.
    fn signed_by(&self, key: &SoftwareKey, root: [u8; 32], change: impl Fn(&mut DeskKey)) -> Vec<u8> {
        let mut desk = self.read().manifest.certificate.value;
        desk.public_key = key.public_key();
        change(&mut desk);
        let certificate = issuers(root).sign(desk, At(0)).unwrap();
        let sealed =
            TransferFile::seal(&self.opened(), (certificate, key), &sealing_key(), At(0), &mut rand::rng());
        sealed.unwrap().encode().unwrap()
    }
}

fn sealing_key() -> PublicKey {
    issuers(ROOT).get(Purpose::Sealing).unwrap().record.value.public_key.clone()
}

#[tokio::test]
async fn c3_a_desk_cannot_open_what_it_exported_and_the_centre_can() {
    let carried = Carried::out().await;
    let number = senior(1).expose().to_owned();
    let has = |bytes: &[u8]| bytes.windows(number.len()).any(|part| part == number.as_bytes());
    assert!(!has(&carried.file), "no number in the file");
    let opened = carried.opened();
    let [Part::Operations(request), Part::Blob(page)] = &opened[..] else { panic!("{opened:?}") };
    assert!(has(serde_json::to_string(request).unwrap().as_bytes()) && page.bytes == b"a page");
    let another = rules::sealing::OpeningKey::from_bytes(&[9; 32]).unwrap();
    assert_eq!(Part::open(&carried.read().parts[0], &[another]), Err(TransferError::AnotherKey));
    // The desk that carries it keeps it sealed.
    assert_eq!(carried.import(&carried.file).await, Ok(2));
    let sealed = &carried.read().parts[0];
    let mut raw = fixture::raw(&carried.other).await;
    let rows = sqlx::query_as("SELECT sealed FROM transferred_batch").fetch_all(&mut *raw);
    let rows: Vec<(Vec<u8>,)> = rows.await.unwrap();
    assert_eq!(rows, [(sealed.clone(),)]);
}

#[tokio::test]
async fn c3_a_file_that_is_cut_changed_or_of_another_centre_is_not_taken_in() {
    let carried = Carried::out().await;
    let key = SoftwareKey::from_bytes(&[21; 32]).unwrap();
    let whole = &carried.file;
    let changed = |at: usize| {
        let mut file = whole.clone();
        file[at] ^= 1;
        file
    };
    let ends: Vec<usize> = carried.read().parts.iter().map(|part| 4 + part.len()).collect();
    let last = whole.len() - ends.last().unwrap();
    let foreign = [
        ("a certificate of another root", carried.signed_by(&key, [21; 32], |_| {})),
        ("a live desk", carried.signed_by(&key, ROOT, |desk| desk.class = Class::Live)),
    ];
    let damaged = [
        ("another magic", changed(0)),
        ("another length", changed(9)),
        ("another manifest", changed(whole.len() - ends.iter().sum::<usize>() - 64 - 1)),
        ("another signature", changed(whole.len() - ends.iter().sum::<usize>() - 1)),
        ("another page", changed(whole.len() - 1)),
        ("another header of the page", changed(last + 4 + 9)),
        ("a page that is missing", whole[..last].to_vec()),
        ("a cut page", whole[..whole.len() - 1].to_vec()),
        ("nothing", Vec::new()),
        ("a page twice", [whole.as_slice(), &whole[last..]].concat()),
    ];
    for (what, file) in &foreign {
        assert_eq!(carried.import(file).await, Err("transfer_foreign"), "{what}");
    }
    for (what, file) in &damaged {
        assert_eq!(carried.import(file).await, Err("transfer_damaged"), "{what}");
    }
    let query = AuditQuery { event: Some(Event::QueueImported), ..AuditQuery::default() };
    let page = Page { offset: 0, limit: 50 };
    let desk = &carried.other;
    let imports = desk.lists.audit.search(&auditor(desk), &query, page).await.unwrap();
    assert_eq!(imports.total as usize, foreign.len() + damaged.len(), "somebody sees each");
    assert!(imports.rows.iter().all(|row| row.outcome != "ok"));
    let mut raw = fixture::raw(desk).await;
    let kept = sqlx::query_as("SELECT count(*) FROM transferred_batch").fetch_one(&mut *raw);
    let (kept,): (i64,) = kept.await.unwrap();
    assert_eq!(kept, 0, "nothing of it was kept");
    drop(raw);
    assert_eq!(carried.import(&carried.file).await, Ok(2));
}

/// The carrying desk cannot look inside; the centre does.
#[tokio::test]
async fn c3_another_desks_batch_under_an_own_certificate_is_refused_by_the_centre() {
    let carried = Carried::out().await;
    let key = SoftwareKey::from_bytes(&[21; 32]).unwrap();
    let file = carried.signed_by(&key, ROOT, |desk| desk.device.0 += 1);
    assert_eq!(carried.import(&file).await, Ok(2));
    let other = &carried.other;
    let task = tokio::spawn(other.clone().run_sync());
    until(async || !other.transfer.refused().await.unwrap().is_empty()).await;
    assert_eq!(other.transfer.refused().await.unwrap()[0].why, ProtocolError::Malformed);
    assert!(carried.fixture.centre.mind().log.is_empty());
    task.abort();
}

#[tokio::test]
async fn c3_a_desk_seals_to_the_newest_key_it_was_told_and_to_none_that_was_taken_back() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let root = SoftwareKey::from_bytes(&ROOT).unwrap();
    let newest = SoftwareKey::from_bytes(&[44; 32]).unwrap();
    let mut record = issuers(ROOT).get(Purpose::Sealing).unwrap().record.value.clone();
    record.public_key = newest.public_key();
    let anchors = |version, revoked: Vec<RevokedIssuer>| TrustAnchors {
        version,
        made_at: At(0),
        class: Class::Practice,
        ca_bundle: None,
        revoked: (!revoked.is_empty()).then(|| {
            let list = RevokedIssuers { version: 1, class: Class::Practice, keys: revoked };
            Signed::sign(list, &root).unwrap()
        }),
        required: None,
        sealing: Signed::sign(record.clone(), &root).unwrap(),
    };
    fixture.centre.mind().lists.anchors = Some(anchors(1, Vec::new()));
    // What is not decided stays in the queue.
    fixture.centre.mind().decides = false;
    let task = tokio::spawn(desk.clone().run_sync());
    let out = tempfile::tempdir().unwrap();
    let sealed_to = async |folder: &str| -> Result<KeyId, &'static str> {
        let path = desk.transfer.export(&supervisor(desk), &out.path().join(folder)).await;
        let path = path.map_err(|error| error.code())?;
        Ok(TransferFile::read(&std::fs::read(path).unwrap()).unwrap().manifest.sealing_key)
    };
    let tries = std::sync::atomic::AtomicU32::new(0);
    let folder = || format!("{}", tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    until(async || sealed_to(&folder()).await == Ok(newest.key_id())).await;
    let taken_back = vec![RevokedIssuer { key_id: newest.key_id(), since: At(0) }];
    fixture.centre.mind().lists.anchors = Some(anchors(2, taken_back));
    // The lists are fetched at every start.
    task.abort();
    let task = tokio::spawn(desk.clone().run_sync());
    until(async || sealed_to(&folder()).await == Err("sealing_key_revoked")).await;
    task.abort();
}

#[tokio::test]
async fn s7_a_carried_batch_that_is_refused_does_not_stop_the_desk_that_carries_it() {
    for why in [ProtocolError::Quarantined, ProtocolError::Revoked, ProtocolError::Fenced { current: 3 }] {
        let carried = Carried::out().await;
        let other = &carried.other;
        assert_eq!(carried.import(&carried.file).await, Ok(2));
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
        assert_eq!(
            (mind.log[&(DeviceNumber(7), 2)].len(), mind.log.contains_key(&(DeviceNumber(7), 1))),
            (1, false)
        );
        task.abort();
    }
}

#[tokio::test]
async fn a_carried_batch_waits_while_the_centre_is_busy() {
    let carried = Carried::out().await;
    let other = &carried.other;
    assert_eq!(carried.import(&carried.file).await, Ok(2));
    carried.fixture.centre.mind().push_error = Some(ProtocolError::Unavailable);
    let task = tokio::spawn(other.clone().run_sync());
    until(async || carried.fixture.centre.mind().pushes >= 1).await;
    carried.fixture.centre.mind().push_error = None;
    correction::keep(other, b"something to wake up for").await;
    until(async || {
        carried.fixture.centre.mind().log.get(&(DeviceNumber(7), 1)).is_some_and(|log| log.len() == 2)
    })
    .await;
    assert!(other.transfer.refused().await.unwrap().is_empty());
    task.abort();
}
