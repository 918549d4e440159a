//! S12: however a picture file was made, no more than the stated amount of memory is taken. Alone
//! in its program: the allocator is counted.

use counter::picture::{MOST_PIXELS, MOST_SIDE_PX, Picture};
use image::{ExtendedColorType, ImageEncoder, ImageFormat, RgbImage, codecs::png::PngEncoder};
use peak_alloc::PeakAlloc;
use std::io::Cursor;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const STATED_MB: f32 = 400.0;

fn peak_mb_of_opening(bytes: &[u8]) -> (f32, bool) {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage_as_mb();
    let opened = Picture::open(bytes).is_ok();
    (ALLOCATOR.peak_usage_as_mb() - before, opened)
}

#[test]
fn s12_memory_is_bounded() {
    // A PNG of 10,000 × 2,500 takes 70 kB as a file: a bomb as large as is allowed.
    let (width, height) =
        (MOST_SIDE_PX, u32::try_from(MOST_PIXELS / u64::from(MOST_SIDE_PX)).expect("small"));
    let mut bomb = Vec::new();
    PngEncoder::new(&mut bomb)
        .write_image(&vec![0; width as usize * height as usize], width, height, ExtendedColorType::L8)
        .expect("written");
    let (peak, opened) = peak_mb_of_opening(&bomb);
    assert!(opened && peak < STATED_MB, "{peak} MB for the largest picture");

    let mut jpeg = Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut jpeg, ImageFormat::Jpeg).expect("written");
    let (peak, opened) = peak_mb_of_opening(jpeg.get_ref());
    assert!(opened && peak < STATED_MB, "{peak} MB for the largest JPEG");

    // The header alone says 50,000 × 50,000: refused before anything of that size is asked for.
    let mut header = Cursor::new(Vec::new());
    RgbImage::new(8, 8).write_to(&mut header, ImageFormat::Bmp).expect("written");
    let mut header = header.into_inner();
    header[18..22].copy_from_slice(&50_000_u32.to_le_bytes());
    header[22..26].copy_from_slice(&50_000_u32.to_le_bytes());
    let (peak, opened) = peak_mb_of_opening(&header);
    assert!(!opened && peak < 1.0, "{peak} MB for a header");
}
