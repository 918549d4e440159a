//! Main function of the helper program.
//!
//! It limits its own resources, loads the library and decodes one portrait from standard input to
//! standard output. The exit code tells what went wrong.

use std::ffi::{OsStr, c_int, c_uchar};
use std::io::{self, Read as _, Write as _};

use libloading::Library;
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::card::ChipPhoto;

/// Length of the BMP, in bytes: 54 of headers, and 126 rows of 102 pixels padded to 308 bytes.
pub const BMP_LENGTH: usize = 38_862;
/// Exit code: the library is missing, cannot be loaded or has no such function.
pub const EXIT_LIBRARY_UNUSABLE: u8 = 3;
/// Exit code: the result is not a picture of the right size.
pub const EXIT_NOT_A_PICTURE: u8 = 4;
/// Exit code: arguments or input are incomplete.
pub const EXIT_USAGE: u8 = 5;

/// Size of the output buffer, in bytes, for a library that writes too much. Beyond it, only
/// this process crashes.
const OUTPUT_ROOM: usize = 1 << 20;
const ADDRESS_SPACE_LIMIT_BYTES: u64 = 512 << 20;
const PROCESSOR_TIME_LIMIT_S: u64 = 1;
const OPEN_FILES_LIMIT: u64 = 16;
/// Third argument of the function: the kind of picture, here BMP.
const KIND_BMP: c_int = 1;
const BMP_MAGIC: &[u8; 2] = b"BM";

/// Signature `int wlt2bmp(const unsigned char wlt[1024], unsigned char *bmp, int kind)`.
type Entry = unsafe extern "C" fn(*const c_uchar, *mut c_uchar, c_int) -> c_int;

/// Runs the helper with a library and the name of its function. Returns the exit code.
#[must_use]
pub fn run(library: &OsStr, entry: &str) -> u8 {
    if limit().is_err() {
        return EXIT_USAGE;
    }
    let mut stored = Vec::with_capacity(ChipPhoto::LENGTH + 1);
    let read = io::stdin().lock().take(ChipPhoto::LENGTH as u64 + 1).read_to_end(&mut stored);
    let Some(photo) = read.ok().and_then(|_| ChipPhoto::new(&stored)) else { return EXIT_USAGE };
    let Ok(output) = call(library, entry, &photo) else { return EXIT_LIBRARY_UNUSABLE };
    // Makers disagree on the meaning of the returned number, so only the picture counts.
    match output.get(..BMP_LENGTH).filter(|picture| is_portrait(picture)) {
        Some(picture) if io::stdout().lock().write_all(picture).is_ok() => 0,
        _ => EXIT_NOT_A_PICTURE,
    }
}

/// Limits memory, processor time and files, so that a faulty library can neither run away nor leave
/// a picture in a core file.
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

#[expect(unsafe_code, reason = "loading and calling a C library is unsafe; it has this process to itself")]
fn call(library: &OsStr, entry: &str, photo: &ChipPhoto) -> Result<Vec<u8>, libloading::Error> {
    let mut output = vec![0_u8; OUTPUT_ROOM];
    // SAFETY: loading runs initialisers, and the call trusts the signature its maker documents.
    // Neither can be checked, so both happen only in this limited process, which holds one
    // portrait. `photo` has the 1024 bytes the function reads, `output` 27 times what it writes.
    unsafe {
        let library = Library::new(library)?;
        let entry = library.get::<Entry>(entry.as_bytes())?;
        entry(photo.bytes().as_ptr(), output.as_mut_ptr(), KIND_BMP);
    }
    Ok(output)
}

/// Returns whether the bytes have a BMP header of the right width and height.
fn is_portrait(picture: &[u8]) -> bool {
    const WIDTH_PX: i32 = 102;
    const HEIGHT_PX: u32 = 126;
    let number =
        |at: usize| picture.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_le_bytes);
    picture.starts_with(BMP_MAGIC)
        && number(18) == Some(WIDTH_PX)
        // A negative height means that the rows begin at the top.
        && number(22).is_some_and(|height| height.unsigned_abs() == HEIGHT_PX)
}
