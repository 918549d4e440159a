//! From the crop frame to the measured photo. While the clerk moves the frame this runs again and
//! again (goal: 50 ms).

#![expect(clippy::expect_used, reason = "a bench that cannot prepare its picture has nothing to measure")]

use counter::picture::{Crop, Picture};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// A drawn picture of a 12-megapixel camera, with enough in it to compress.
fn camera_picture() -> Picture {
    let (width, height) = (3_000_u32, 4_000_u32);
    let shade = |x: u32, y: u32, channel: u32| ((x / 3 + channel * 40) ^ (y / 5)) as u8;
    let pixels = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| (0..3).map(move |channel| shade(x, y, channel))));
    Picture::from_pixels(width, height, pixels.collect()).expect("allowed size")
}

fn live(criterion: &mut Criterion) {
    let picture = camera_picture();
    for (name, angle) in [("straight", 0.0), ("turned by 3.5°", 3.5)] {
        let crop = Crop { angle, x: 700.0, y: 600.0, width: 1_500.0 };
        criterion.bench_function(&format!("crop and measure, {name}"), |bencher| {
            bencher.iter(|| picture.crop(black_box(&crop)))
        });
    }
    let file = picture.evidence().expect("written");
    criterion.bench_function("open a page of evidence", |bencher| {
        bencher.iter(|| Picture::open(black_box(&file)))
    });
}

criterion_group!(benches, live);
criterion_main!(benches);
