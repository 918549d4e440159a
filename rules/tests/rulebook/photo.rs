//! CR-P2: limits of a certificate photo.

use rules::{
    Refusal,
    photo::{
        GUIDES, HEIGHT_PX, Judgement, Measure, PhotoFigures, WIDTH_PX, check_reason, falls_short, judge,
    },
};

const GOOD: PhotoFigures = PhotoFigures {
    width_px: WIDTH_PX,
    height_px: HEIGHT_PX,
    bytes: 25_000,
    sharpness: 400.0,
    exposure: 170.0,
    contrast: 60.0,
    background: 3.0,
};

fn bad(figures: PhotoFigures) -> Vec<Measure> {
    let bad: Vec<Measure> = judge(&figures)
        .iter()
        .filter(|judgement| !judgement.is_good())
        .map(|judgement| judgement.measure)
        .collect();
    assert_eq!(falls_short(&figures), !bad.is_empty());
    bad
}

#[test]
fn cr_p2_a_photo_that_meets_the_standard_is_good() {
    assert_eq!((WIDTH_PX, HEIGHT_PX), (358, 441));
    assert_eq!(bad(GOOD), []);
    assert_eq!(bad(PhotoFigures { width_px: 2 * WIDTH_PX, height_px: 2 * HEIGHT_PX, ..GOOD }), []);
}

#[test]
fn cr_p2_the_guides_of_the_crop_tool_match_the_standard() {
    let expected = serde_json::json!({
        "width": 358, "height": 441, "faceLeast": 193, "faceMost": 221, "hairlineLeast": 7, "hairlineMost": 21,
        "eyesLowest": 234,
    });
    assert_eq!(serde_json::to_value(GUIDES).unwrap(), expected);
}

#[test]
fn cr_p2_each_figure_has_its_limits() {
    use Measure::{Aspect, Background, Bytes, Contrast, Exposure, Sharpness, Size};
    for (figures, expected) in [
        (PhotoFigures { width_px: 357, ..GOOD }, vec![Size]),
        (PhotoFigures { width_px: 179, height_px: 221, ..GOOD }, vec![Size]),
        (PhotoFigures { width_px: 441, height_px: 358, ..GOOD }, vec![Aspect]),
        (PhotoFigures { width_px: 368, ..GOOD }, vec![Aspect]),
        (PhotoFigures { width_px: 400, height_px: 500, ..GOOD }, vec![Aspect]),
        (PhotoFigures { bytes: 13_999, ..GOOD }, vec![Bytes]),
        (PhotoFigures { bytes: 14_000, ..GOOD }, vec![]),
        (PhotoFigures { bytes: 40_960, ..GOOD }, vec![]),
        (PhotoFigures { bytes: 40_961, ..GOOD }, vec![Bytes]),
        (PhotoFigures { sharpness: 99.9, ..GOOD }, vec![Sharpness]),
        (PhotoFigures { sharpness: f64::NAN, ..GOOD }, vec![Sharpness]),
        (PhotoFigures { sharpness: f64::INFINITY, ..GOOD }, vec![Sharpness]),
        (PhotoFigures { exposure: 79.9, ..GOOD }, vec![Exposure]),
        (PhotoFigures { exposure: 225.1, ..GOOD }, vec![Exposure]),
        (PhotoFigures { contrast: 24.9, ..GOOD }, vec![Contrast]),
        (PhotoFigures { background: 12.1, ..GOOD }, vec![Background]),
        (PhotoFigures { width_px: 0, height_px: 0, ..GOOD }, vec![Size, Aspect]),
    ] {
        assert_eq!(bad(figures), expected, "{figures:?}");
    }
}

#[test]
fn cr_p2_limits_are_included() {
    let judgement =
        Judgement { measure: Measure::Exposure, value: 2.0, at_least: Some(2.0), at_most: Some(2.0) };
    assert!(judgement.is_good());
}

#[test]
fn cr_p2_a_photo_below_the_limits_needs_a_reason_that_is_not_blank() {
    for (falls_short, reason, expected) in [
        (false, None, Ok(())),
        (true, None, Err(Refusal::PhotoReasonNeeded)),
        (false, Some(" \n"), Err(Refusal::PhotoReasonNeeded)),
        (true, Some(" \n"), Err(Refusal::PhotoReasonNeeded)),
        (true, Some("申请人无法久坐"), Ok(())),
    ] {
        assert_eq!(check_reason(falls_short, reason), expected, "{falls_short} {reason:?}");
    }
}
