//! Measuring a finished photo. What the figures mean and their limits are in [`rules::photo`].

use image::RgbImage;
use rules::photo::PhotoFigures;

/// The upper corners where the background shows beside any head: so much of the width on either
/// side …
const CORNER_WIDTH: f64 = 0.12;
/// … and so much of the height.
const CORNER_HEIGHT: f64 = 0.25;

/// Grey values, row by row.
struct Grey {
    values: Vec<u8>,
    width: usize,
}

/// Measures the finished photo; `seen` are the pixels it was made of, since a small picture blown
/// up has no more in it than before.
pub(super) fn measure(photo: &RgbImage, seen: (u32, u32), bytes: usize) -> PhotoFigures {
    let grey = Grey::of(photo);
    let all = spread(grey.values.iter().copied());
    let corners = grey.corners();
    PhotoFigures {
        width_px: seen.0,
        height_px: seen.1,
        bytes: bytes as u64,
        sharpness: grey.sharpness(),
        exposure: all.0,
        contrast: all.1,
        background: spread(corners.into_iter()).1,
    }
}

impl Grey {
    /// Luma of ITU-R BT.601, which JPEG has.
    fn of(photo: &RgbImage) -> Self {
        let luma = |[red, green, blue]: [u8; 3]| {
            let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
            u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
        };
        Self { values: photo.pixels().map(|pixel| luma(pixel.0)).collect(), width: photo.width() as usize }
    }

    fn rows(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// Variance of the Laplacian: how much neighbouring pixels differ beyond an even slope.
    fn sharpness(&self) -> f64 {
        let rows = Vec::from_iter(self.rows());
        let (mut count, mut sum, mut squares) = (0_i64, 0_i64, 0_i64);
        for [above, here, below] in rows.array_windows() {
            for ((above, here), below) in above[1..].iter().zip(here.array_windows()).zip(&below[1..]) {
                let [left, middle, right]: [u8; 3] = *here;
                let around = i64::from(*above) + i64::from(*below) + i64::from(left) + i64::from(right);
                let value = around - 4 * i64::from(middle);
                count += 1;
                sum += value;
                squares += value * value;
            }
        }
        if count == 0 {
            return 0.0;
        }
        let mean = sum as f64 / count as f64;
        squares as f64 / count as f64 - mean * mean
    }

    fn corners(&self) -> Vec<u8> {
        let width = ((self.width as f64 * CORNER_WIDTH) as usize).clamp(1, self.width.max(1));
        let height = (self.rows().len() as f64 * CORNER_HEIGHT).ceil() as usize;
        self.rows()
            .take(height)
            .flat_map(|row| row.iter().take(width).chain(row.iter().rev().take(width)).copied())
            .collect()
    }
}

/// Mean and standard deviation.
fn spread(values: impl Iterator<Item = u8>) -> (f64, f64) {
    let (mut count, mut sum, mut squares) = (0_u64, 0_u64, 0_u64);
    for value in values.map(u64::from) {
        count += 1;
        sum += value;
        squares += value * value;
    }
    if count == 0 {
        return (0.0, 0.0);
    }
    let mean = sum as f64 / count as f64;
    (mean, (squares as f64 / count as f64 - mean * mean).max(0.0).sqrt())
}
