//! What the helper program does: bounds itself, loads the library, decodes one portrait from its standard input to
//! its standard output. Its exit code says what went wrong.

use std::ffi::{OsStr, c_int, c_uchar};
use std::io::{self, Read as _, Write as _};

use libloading::Library;
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::card::ChipPhoto;

/// Bytes of the BMP: 54 of headers and 126 rows of 102 pixels, padded to 308.
pub const BMP_LENGTH: usize = 38_862;
/// The library is missing, cannot be loaded or has no such entry.
pub const EXIT_LIBRARY_UNUSABLE: u8 = 3;
/// What it made is no picture of the right size.
pub const EXIT_NOT_A_PICTURE: u8 = 4;
/// The helper was not given what it needs.
pub const EXIT_USAGE: u8 = 5;

/// Room for a library that writes more than it should; beyond it the process ends, which is what it is for.
const OUTPUT_ROOM: usize = 1 << 20;
const ADDRESS_SPACE_LIMIT_BYTES: u64 = 512 << 20;
const PROCESSOR_TIME_LIMIT_S: u64 = 1;
const OPEN_FILES_LIMIT: u64 = 16;
/// Third argument of the entry: the kind of picture wanted, BMP.
const KIND_BMP: c_int = 1;
const BMP_MAGIC: &[u8; 2] = b"BM";

/// `int wlt2bmp(const unsigned char wlt[1024], unsigned char *bmp, int kind)`.
type Entry = unsafe extern "C" fn(*const c_uchar, *mut c_uchar, c_int) -> c_int;

/// Runs the helper with a library and the name of its entry; returns the exit code.
#[must_use]
pub fn run(library: &OsStr, entry: &str) -> u8 {
    if limit().is_err() {
        return EXIT_USAGE;
    }
    let mut stored = Vec::with_capacity(ChipPhoto::LENGTH + 1);
    let read = io::stdin().lock().take(ChipPhoto::LENGTH as u64 + 1).read_to_end(&mut stored);
    let Some(photo) = read.ok().and_then(|_| ChipPhoto::new(&stored)) else { return EXIT_USAGE };
    let Ok(output) = call(library, entry, &photo) else { return EXIT_LIBRARY_UNUSABLE };
    // Makers disagree on what the returned number means: the picture decides.
    match output.get(..BMP_LENGTH).filter(|picture| is_portrait(picture)) {
        Some(picture) if io::stdout().lock().write_all(picture).is_ok() => 0,
        _ => EXIT_NOT_A_PICTURE,
    }
}

/// No runaway library, no picture in a core file.
fn limit() -> rustix::io::Result<()> {
    let bounds = [
        (Resource::As, ADDRESS_SPACE_LIMIT_BYTES),
        (Resource::Cpu, PROCESSOR_TIME_LIMIT_S),
        (Resource::Nofile, OPEN_FILES_LIMIT),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    bounds.into_iter().try_for_each(|(resource, bound)| {
        setrlimit(resource, Rlimit { current: Some(bound), maximum: Some(bound) })
    })
}

#[expect(
    unsafe_code,
    reason = "a maker's C library can only be loaded and called so; it has this process to itself"
)]
fn call(library: &OsStr, entry: &str, photo: &ChipPhoto) -> Result<Vec<u8>, libloading::Error> {
    let mut output = vec![0_u8; OUTPUT_ROOM];
    // SAFETY: loading runs the library's initialisers, and calling it trusts its machine code and the signature its
    // maker documents. Neither can be checked. Both happen only in this short-lived, limited process, which holds
    // nothing but one stored portrait; `photo` has the 1024 bytes the entry reads, `output` 27 times what it writes.
    unsafe {
        let library = Library::new(library)?;
        let entry = library.get::<Entry>(entry.as_bytes())?;
        entry(photo.bytes().as_ptr(), output.as_mut_ptr(), KIND_BMP);
    }
    Ok(output)
}

/// A BMP header of the right length, width and height.
fn is_portrait(picture: &[u8]) -> bool {
    const WIDTH_PX: i32 = 102;
    const HEIGHT_PX: u32 = 126;
    let number =
        |at: usize| picture.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_le_bytes);
    picture.starts_with(BMP_MAGIC)
        && number(18) == Some(WIDTH_PX)
        // A BMP whose height is negative has its rows from the top.
        && number(22).is_some_and(|height| height.unsigned_abs() == HEIGHT_PX)
}
