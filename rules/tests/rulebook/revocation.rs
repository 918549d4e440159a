//! The revocation filter: its answers, layout and size.

use crate::{
    catalogue::is_current,
    support::{noon, serial, today},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*};
use rules::{
    keys::Class,
    life::Serial,
    revocation::{FilterError, RevocationFilter},
};

fn build(serials: &[Serial]) -> RevocationFilter {
    RevocationFilter::build(serials, 4, noon(today()), Class::Live).unwrap()
}

fn serials(range: std::ops::Range<u32>) -> Vec<Serial> {
    range.map(serial).collect()
}

#[test]
fn a_revoked_serial_is_always_found() {
    for count in [0, 1, 2, 3, 5, 10, 100, 1_000, 20_000] {
        let revoked = serials(0..count);
        let filter = build(&revoked);
        assert_eq!(filter.entries, u64::from(count));
        let open = filter.open().unwrap();
        assert!(revoked.iter().all(|serial| open.contains(*serial)), "{count}");
    }
}

#[test]
fn a_serial_that_is_not_revoked_is_hardly_ever_found() {
    let open = build(&serials(0..20_000)).open().unwrap();
    let found = serials(20_000..220_000).into_iter().filter(|serial| open.contains(*serial)).count();
    // About 3 are expected (200,000 × 2⁻¹⁶). A dozen would mean a broken fingerprint.
    assert!(found <= 12, "{found} false hits");
    let empty = build(&[]).open().unwrap();
    assert!(serials(0..20_000).into_iter().filter(|serial| empty.contains(*serial)).count() <= 5);
}

#[test]
fn a_filter_is_small() {
    let bytes = STANDARD.decode(build(&serials(0..20_000)).bytes).unwrap();
    assert!(bytes.len() * 8 / 20_000 <= 20, "{} bits for each entry", bytes.len() * 8 / 20_000);
}

#[test]
fn the_same_set_gives_the_same_bytes() {
    let mut shuffled = serials(0..500);
    shuffled.reverse();
    shuffled.extend(serials(100..200));
    assert_eq!(build(&shuffled), build(&serials(0..500)));
    assert_ne!(build(&serials(1..501)).bytes, build(&serials(0..500)).bytes);
}

/// The pages for phones read filters too, with code of their own.
#[test]
fn the_filter_for_the_tests_of_the_pages_is_up_to_date() {
    let filter = build(&serials(0..100));
    let (revoked, others) = (serials(0..100), serials(100..200));
    let open = filter.open().unwrap();
    assert!(!others.iter().any(|serial| open.contains(*serial)), "choose others: these are hit by chance");
    let sample = serde_json::json!({ "bytes": filter.bytes, "revoked": revoked, "others": others });
    is_current("web/src/testing/filter.json", &format!("{sample:#}\n"), "UPDATE_WORDS");
}

#[test]
fn the_layout_is_stable() {
    let bytes = STANDARD.decode(build(&serials(0..4)).bytes).unwrap();
    assert_eq!(&bytes[..5], b"SSRF\x01");
    let (segment, segments) = (
        u32::from_be_bytes(bytes[13..17].try_into().unwrap()),
        u32::from_be_bytes(bytes[17..21].try_into().unwrap()),
    );
    assert_eq!(bytes.len(), 21 + 2 * (segments + 2 * segment) as usize);
    assert_eq!(
        build(&serials(0..4)).bytes,
        "U1NSRgGRCi3siQJcwQAAAAgAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAT8KV/AAAAaQAAN8L"
    );
    let other = RevocationFilter::build(&serials(0..4), 5, noon(today()), Class::Practice).unwrap();
    assert_eq!((other.version, other.class), (5, Class::Practice));
    assert!(format!("{:?}", other.open().unwrap()).starts_with("OpenFilter("));
}

#[test]
fn a_filter_survives_json() {
    let filter = build(&serials(0..10));
    let back: RevocationFilter = serde_json::from_str(&serde_json::to_string(&filter).unwrap()).unwrap();
    assert_eq!(back, filter);
}

fn open(bytes: &[u8]) -> Option<FilterError> {
    RevocationFilter { bytes: STANDARD.encode(bytes), ..build(&[]) }.open().err()
}

#[test]
fn malformed_bytes_are_refused() {
    let good = STANDARD.decode(build(&serials(0..4)).bytes).unwrap();
    assert_eq!(open(&good), None);
    let not_base64 = RevocationFilter { bytes: "!".into(), ..build(&[]) };
    assert_eq!(not_base64.open().err(), Some(FilterError::Malformed));
    let with = |range: std::ops::Range<usize>, bytes: &[u8]| {
        let mut changed = good.clone();
        changed.splice(range, bytes.iter().copied());
        open(&changed)
    };
    let malformed = Some(FilterError::Malformed);
    assert_eq!(with(0..1, b"X"), malformed);
    assert_eq!(with(4..5, &[2]), malformed, "another version");
    assert_eq!(with(13..17, &[0, 0, 0, 0]), malformed);
    assert_eq!(with(13..17, &[0, 0, 0, 3]), malformed);
    assert_eq!(with(13..17, &[0xFF; 4]), malformed);
    assert_eq!(with(17..21, &[0, 0, 0, 0]), malformed);
    assert_eq!(with(17..21, &[0xFF; 4]), malformed);
    assert_eq!(open(&good[..good.len() - 1]), malformed);
    assert_eq!(open(&good[..good.len() - 2]), malformed);
    assert_eq!(open(&[&good[..], &[0, 0]].concat()), malformed);
    for length in 0..21 {
        assert_eq!(open(&good[..length]), malformed);
    }
    // Lengths that fit together, but whose segments do not divide the whole.
    let mut ragged = good[..13].to_vec();
    ragged.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 6]);
    ragged.extend_from_slice(&[0; 2 * 14]);
    assert_eq!(open(&ragged), malformed);
    let mut none = good[..13].to_vec();
    none.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 0]);
    none.extend_from_slice(&[0; 2 * 8]);
    assert_eq!(open(&none), malformed);
}

proptest! {
    #[test]
    fn any_filter_that_opens_answers_for_any_serial(
        exponent in 0_u32..6, segments in 1_u32..6, seed in any::<u64>(), fill in any::<u8>(), asked in vec(any::<[u8; 16]>(), 1..50),
    ) {
        let segment_length = 1 << exponent;
        let length = segments * segment_length;
        let mut bytes = b"SSRF\x01".to_vec();
        bytes.extend_from_slice(&seed.to_be_bytes());
        bytes.extend_from_slice(&segment_length.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.resize(bytes.len() + 2 * (length + 2 * segment_length) as usize, fill);
        let filter = RevocationFilter { bytes: STANDARD.encode(bytes), ..build(&[]) }.open().unwrap();
        for serial in asked {
            filter.contains(Serial(serial));
        }
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in vec(any::<u8>(), 0..80)) {
        let _ = open(&bytes);
        let _ = open(&[b"SSRF\x01", &bytes[..]].concat());
    }
}
