use super::*;
use crate::{store::Store, vault::Vault};
use rules::{
    DeviceNumber,
    issuing::Issuers,
    keys::{Class, Signer as _, SoftwareKey},
    op::{Batch, genesis},
    transfer::{Part, TransferBlob},
    wire::PushRequest,
};

/// Makes a part of device 7 in which only the numbers count.
fn operations(first_seq: u64, last_seq: u64) -> Part {
    let operation = |seq| {
        let mut operation = crate::store::operation::blank(DeviceNumber(7), 1);
        operation.seq = seq;
        operation
    };
    let ops = (first_seq..=last_seq).map(operation).collect();
    let batch = Batch { device: DeviceNumber(7), epoch: 1, first_seq, prev_hash: genesis(), ops };
    Part::Operations(Box::new(PushRequest { batch, signature: String::new(), sessions: Vec::new() }))
}

fn scan() -> Part {
    let bytes = b"a page".to_vec();
    Part::Blob(TransferBlob { digest: Digest::of(&bytes), media_type: "image/jpeg".to_owned(), bytes })
}

fn file(parts: &[Part]) -> TransferFile {
    let key = SoftwareKey::from_bytes(&[7; 32]).unwrap();
    let mut next = 100;
    let random = || {
        next += 1;
        [next; 32]
    };
    let issuers = Issuers::draw(&key, Class::Practice, (At(0), At(i64::MAX / 2)), random).unwrap();
    let certified = DeskKey {
        public_key: key.public_key(),
        device: DeviceNumber(7),
        epoch: 1,
        site: "310101".parse().unwrap(),
        class: Class::Practice,
        not_before: At(0),
        not_after: At(i64::MAX / 2),
        retired_at: None,
        compromised_since: None,
    };
    let certificate = issuers.sign(certified, At(0)).unwrap();
    TransferFile::seal(parts, (certificate, &key), &key.public_key(), At(1), &mut rand::rng()).unwrap()
}

fn place(first: u64, last: u64) -> Place {
    Place::Operations { device: DeviceNumber(7), epoch: 1, first, last }
}

async fn next_place(connection: &mut Connection) -> Option<Place> {
    next(connection).await.unwrap().map(|part| part.place)
}

#[tokio::test]
async fn the_longer_batch_stays_and_what_is_refused_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut write = store.write().await.unwrap();
    let older = file(&[operations(1, 3), operations(6, 6), scan()]);
    assert_eq!(put(&mut write, &older, At(1)).await.unwrap(), 4);
    assert_eq!(next(&mut write).await.unwrap().unwrap().sealed, older.parts[0]);
    // A newer file comes while the short one is on its way, and then the older file once more.
    let newer = file(&[operations(1, 5)]);
    put(&mut write, &newer, At(2)).await.unwrap();
    put(&mut write, &older, At(3)).await.unwrap();
    remove(&mut write, &place(1, 3)).await.unwrap();
    assert_eq!(next(&mut write).await.unwrap().unwrap().sealed, newer.parts[0]);
    refuse(&mut write, &place(1, 5), &ProtocolError::Quarantined).await.unwrap();
    assert_eq!(next_place(&mut write).await, Some(place(6, 6)));
    remove(&mut write, &place(6, 6)).await.unwrap();
    // Scans go last, and one that is refused is forgotten.
    let scanned = next(&mut write).await.unwrap().unwrap();
    assert_eq!(scanned.sealed, older.parts[2]);
    refuse(&mut write, &scanned.place, &ProtocolError::TooLarge).await.unwrap();
    assert_eq!(next_place(&mut write).await, None);
    let shown = all_refused(&mut write).await.unwrap();
    assert_eq!((shown[0].first_seq, shown[0].last_seq), (1, 5));
    assert_eq!(shown[0].why, ProtocolError::Quarantined);
    // Brought again, it is tried again.
    put(&mut write, &newer, At(4)).await.unwrap();
    assert_eq!(next_place(&mut write).await, Some(place(1, 5)));
    assert_eq!(all_refused(&mut write).await.unwrap(), []);
}
