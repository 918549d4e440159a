//! Opening a picture file without trusting it (S12).

use super::PictureError;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    error::LimitErrorKind,
};
use std::io::Cursor;

/// Largest file that is looked at, bytes. An A4 page at 300 dpi as BMP has 26 MB.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Longest side, pixels.
pub const MOST_SIDE_PX: u32 = 10_000;
/// Most pixels: an A4 page at 500 dpi, or any camera of a counter.
pub const MOST_PIXELS: u64 = 25_000_000;
/// Most bytes of decoded pixels: those 25 million with four channels. Sixteen bits a channel are
/// taken for half as many.
const MOST_DECODED_BYTES: u64 = 4 * MOST_PIXELS;

/// Opens: type by content, size by header, then the pixels, upright and on white.
pub(super) fn open(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    if bytes.len() > MOST_BYTES {
        return Err(PictureError::TooManyBytes);
    }
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Bmp)) => format,
        _ => return Err(PictureError::NotAPicture),
    };
    if format == ImageFormat::Jpeg {
        super::jpeg_end::check(bytes)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if decoder.total_bytes() > MOST_DECODED_BYTES {
        return Err(PictureError::Dimensions { width, height });
    }
    // A camera writes the pixels as the sensor lies and notes how it was held. Turned now, the note
    // is dropped with all the rest.
    let orientation = decoder.orientation().map_err(|error| refusal(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    image.apply_orientation(orientation);
    Ok(on_white(image))
}

/// Refuses a size that no device of a counter makes.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MOST_PIXELS || width > MOST_SIDE_PX || height > MOST_SIDE_PX {
        return Err(PictureError::Dimensions { width, height });
    }
    Ok(())
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE_PX);
    limits.max_image_height = Some(MOST_SIDE_PX);
    limits.max_alloc = Some(MOST_DECODED_BYTES);
    limits
}

fn refusal(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(limit)
            if matches!(
                limit.kind(),
                LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory
            ) =>
        {
            PictureError::Dimensions { width: 0, height: 0 }
        }
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            PictureError::CutOff
        }
        _ => PictureError::Damaged,
    }
}

/// The background of a certificate photo is white; so is what a transparent picture lies on.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mix = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    let mut flat = RgbImage::new(image.width(), image.height());
    for (to, from) in flat.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0;
        *to = Rgb([mix(red, alpha), mix(green, alpha), mix(blue, alpha)]);
    }
    flat
}
