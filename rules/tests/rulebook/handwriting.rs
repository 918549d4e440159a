//! Signatures written on the citizen window: their bounds, and the record that is kept.

use rules::{
    At, Refusal,
    correction::Digest,
    handwriting::{CitizenAnswer, PAD, Point, Signature, SignedFor, Unsigned},
};

const fn point(x: u16, y: u16, ms: u32) -> Point {
    Point { x, y, ms }
}

fn drawn() -> Vec<Vec<Point>> {
    vec![vec![point(100, 500, 0), point(900, 480, 90)], vec![point(500, 200, 300), point(510, 900, 420)]]
}

fn signed_for(case_number: &str) -> SignedFor<'_> {
    SignedFor { case_number, matter: "首次申领", content: None, at: At(1_795_000_000_000) }
}

#[test]
fn a_tap_or_an_empty_pad_is_no_signature() {
    for strokes in [vec![], vec![vec![]], vec![vec![point(500, 500, 0)], vec![point(2900, 20, 800)]]] {
        assert_eq!(Signature::read(strokes), Err(Refusal::SignatureEmpty));
    }
    assert!(Signature::read(drawn()).is_ok());
}

#[test]
fn more_strokes_points_or_time_than_a_signature_has_are_refused() {
    let many_strokes = vec![vec![point(1, 1, 0)]; usize::from(PAD.strokes) + 1];
    let many_points = vec![vec![point(1, 1, 0); usize::from(PAD.points) + 1]];
    let mut outside = drawn();
    outside[0][1].x = PAD.width + 1;
    let mut too_long = drawn();
    too_long[1][1].ms = 3_600_000;
    let mut backwards = drawn();
    backwards[1][0].ms = 10;
    for strokes in [many_strokes, many_points, outside, too_long, backwards] {
        assert_eq!(Signature::read(strokes), Err(Refusal::SignatureTooLarge));
    }
}

#[test]
fn the_record_holds_every_point_with_its_time_and_says_what_was_signed() {
    let signature = Signature::read(drawn()).unwrap();
    let record = signature.record(&signed_for("310115-20261123-003-0042-18"));
    assert!(record.contains(r#"points="100,500 900,480" data-ms="0 90""#), "{record}");
    assert!(record.contains(r#"points="500,200 510,900" data-ms="300 420""#), "{record}");
    assert!(record.contains("办件 310115-20261123-003-0042-18 · 首次申领 · 2026-11-"), "{record}");
    let other = signature.record(&signed_for("310115-20261123-003-0043-16"));
    assert_ne!(Digest::of(record.as_bytes()), Digest::of(other.as_bytes()), "it counts for one case");
    let content = Digest::of(b"content");
    let bound = signature.record(&SignedFor { content: Some(&content), ..signed_for("1") });
    assert!(bound.contains(&content.to_string()), "{bound}");
}

#[test]
fn the_largest_record_is_far_below_what_a_desk_keeps() {
    let ms = |index: u32| (index * 100).min(599_999);
    let zigzag = |index: u32| point(if index.is_multiple_of(2) { 0 } else { PAD.width }, 999, ms(index));
    let largest = vec![(0..u32::from(PAD.points)).map(zigzag).collect()];
    let record = Signature::read(largest).unwrap().record(&signed_for("1"));
    assert!(record.len() < 150_000, "{}", record.len());
}

#[test]
fn text_of_the_record_cannot_leave_its_place() {
    let signed = SignedFor { matter: "</text><script>", ..signed_for("1") };
    let record = Signature::read(drawn()).unwrap().record(&signed);
    assert!(!record.contains("<script>"), "{record}");
}

#[test]
fn a_reason_is_no_signature() {
    let signature = Digest::of(b"record");
    assert_eq!(CitizenAnswer::Signed { signature: signature.clone() }.signature(), Some(&signature));
    for reason in Unsigned::ALL {
        assert_eq!(CitizenAnswer::Unsigned { reason }.signature(), None);
    }
}

#[test]
fn strokes_do_not_reach_a_log() {
    assert_eq!(format!("{:?}", Signature::read(drawn()).unwrap()), "Signature(2 strokes)");
}
