//! Decodes one chip portrait with the site's library, in its own process.
//!
//! Usage: `chip-photo LIBRARY ENTRY`, with the portrait on standard input and the BMP
//! on standard output.

use std::process::ExitCode;

use drivers::chip_photo::helper;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match (arguments.next(), arguments.next().and_then(|entry| entry.into_string().ok())) {
        (Some(library), Some(entry)) => ExitCode::from(helper::run(&library, &entry)),
        _ => ExitCode::from(helper::EXIT_USAGE),
    }
}
