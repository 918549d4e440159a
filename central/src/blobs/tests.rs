//! Blobs on a real disk, and on one that fails.

use super::*;

const OWNER: u32 = 7;

#[tokio::test]
async fn s3_what_is_kept_is_encrypted_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path(), None, &[9; 32]).unwrap();
    let digest = Digest::of(b"a household book");
    blobs.put(&digest, "image/png", b"a household book").await.unwrap();
    let found = blobs.get(&digest).await.unwrap();
    assert_eq!((found.media_type.as_str(), found.bytes.as_slice()), ("image/png", &b"a household book"[..]));
    let text = digest.to_string();
    let (first, rest) = text.split_at(2);
    let kept = std::fs::read(folder.path().join("kept").join(first).join(rest)).unwrap();
    assert!(!kept.windows(9).any(|window| window == b"household"));
    let other = Blobs::open(folder.path(), None, &[8; 32]).unwrap();
    assert!(matches!(other.get(&digest).await, Err(BlobError::Digest)));
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stands_and_a_wrong_one_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path(), None, &[9; 32]).unwrap();
    let digest = Digest::of(b"0123456789");
    assert!(!blobs.take(OWNER, &digest, "image/jpeg", 0, 10, b"0123").await.unwrap());
    let repeated = blobs.take(OWNER, &digest, "image/jpeg", 0, 10, b"0123").await;
    assert!(matches!(repeated, Err(BlobError::Offset(4))));
    let piece = std::fs::read(blobs.upload(OWNER, &digest).join("0")).unwrap();
    assert!(!piece.windows(4).any(|window| window == b"0123"), "S3: sealed before it is whole");
    assert!(blobs.take(OWNER, &digest, "image/jpeg", 4, 10, b"456789").await.unwrap());
    assert!(!blobs.upload(OWNER, &digest).exists());
    assert_eq!(blobs.get(&digest).await.unwrap().bytes, b"0123456789");
    let other = Digest::of(b"other");
    assert!(matches!(blobs.take(OWNER, &other, "image/jpeg", 0, 5, b"wrong").await, Err(BlobError::Digest)));
    assert_eq!(blobs.received(OWNER, &other), 0);
    assert!(matches!(blobs.get(&other).await, Err(BlobError::NotFound)));
}

#[tokio::test]
async fn a_blob_that_was_cut_off_is_put_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path(), None, &[9; 32]).unwrap();
    let digest = Digest::of(b"a household book");
    blobs.put(&digest, "image/png", b"a household book").await.unwrap();
    assert!(blobs.exists(&digest).await.unwrap());
    let text = digest.to_string();
    let (first, rest) = text.split_at(2);
    std::fs::write(folder.path().join("kept").join(first).join(rest), b"").unwrap();
    assert!(!blobs.exists(&digest).await.unwrap());
    blobs.put(&digest, "image/png", b"a household book").await.unwrap();
    assert_eq!(blobs.get(&digest).await.unwrap().bytes, b"a household book");
}

#[tokio::test]
async fn an_upload_nobody_goes_on_with_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path(), None, &[9; 32]).unwrap();
    let digest = Digest::of(b"0123456789");
    assert!(!blobs.take(OWNER, &digest, "image/jpeg", 0, 10, b"0123").await.unwrap());
    let minute = std::time::Duration::from_secs(60);
    blobs.forget_unfinished(SystemTime::now() - minute).unwrap();
    assert_eq!(blobs.received(OWNER, &digest), 4);
    blobs.forget_unfinished(SystemTime::now() + minute).unwrap();
    assert_eq!(blobs.received(OWNER, &digest), 0);
}

/// What comes of something on a disk that keeps nothing: whoever waits for it hears of an error.
fn on_a_failing_disk<T: Send>(what: impl AsyncFnOnce() -> T + Send) -> T {
    let filter = r#"{ "all": { "mismatch_action": "allow", "match_action": { "errno": 5 },
        "filter": [{ "syscall": "fsync" }, { "syscall": "fdatasync" }] } }"#;
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = seccompiler::compile_from_json(filter.as_bytes(), arch).unwrap().remove("all").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || {
            // For this thread and those it starts.
            seccompiler::apply_filter(&filter).unwrap();
            runtime.block_on(what())
        });
        thread.join().unwrap()
    })
}

#[tokio::test]
async fn nothing_is_told_as_kept_that_the_disk_does_not_keep() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path(), None, &[9; 32]).unwrap();
    let (put, other) = (Digest::of(b"put before"), Digest::of(b"0123456789"));
    blobs.put(&put, "image/png", b"put before").await.unwrap();
    assert!(blobs.is_kept(&put).await.unwrap());
    on_a_failing_disk(async || {
        assert!(blobs.is_kept(&put).await.is_err(), "there, but perhaps not after a power cut");
        assert!(blobs.put(&other, "image/png", b"0123456789").await.is_err());
        assert!(blobs.take(OWNER, &other, "image/png", 0, 10, b"0123456789").await.is_err());
        assert!(Blobs::open(&folder.path().join("new"), None, &[9; 32]).is_err());
    });
    assert!(!blobs.exists(&other).await.unwrap(), "nothing has its name before it is on the disk");
    assert_eq!(blobs.received(OWNER, &other), 0);
    assert!(blobs.take(OWNER, &other, "image/png", 0, 10, b"0123456789").await.unwrap());
    assert!(blobs.is_kept(&other).await.unwrap());
    assert!(blobs.is_kept(&put).await.unwrap());
}

#[tokio::test]
async fn every_blob_finds_its_folder_on_the_disk_already() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&folder.path().join("a").join("b"), None, &[9; 32]).unwrap();
    let kept = folder.path().join("a").join("b").join("kept");
    let folders = || std::fs::read_dir(&kept).unwrap().count();
    assert_eq!(folders(), 256);
    for n in 0..20_u8 {
        blobs.put(&Digest::of(&[n]), "image/png", &[n]).await.unwrap();
    }
    assert_eq!(folders(), 256);
}
