//! Measures one A4 sheet with photo, rare name and symbol against printpdf, krilla, typst,
//! reportlab and pdf-lib.
//!
//! All writers draw the same content, which changes on every page: the same texts, photo and path
//! of the symbol. Streams are compressed at the same levels by the same library where a writer lets
//! choose. Pieces are tagged where it can: typst and krilla fully, printpdf without the structure
//! tree, reportlab and pdf-lib not at all. Each runs in its own process, so its peak memory is its
//! own. The last table compares ways to make the QR symbol, which the other writers are spared.
//!
//! `benches/peers/install` installs the other programs into the build folder. A program that is
//! missing or fails appears in the table with the reason.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run stops with the reason"
)]

mod content;
#[path = "../../src/mask.rs"]
mod mask;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use content::{Drawing, Person, person, person_without_photo, sheet};
use paper::Fonts;
use paper::sheet::{Sheet, SheetLayout, render, render_to};
use qrcode::canvas::Canvas;
use qrcode::{EcLevel, bits, ec};
use serde::{Deserialize, Serialize};

/// Number of single pages measured. The first is reported separately, and the next ones warm up.
const SINGLE: u32 = 200;
const WARM_UP: usize = 20;
/// Number of pages of four sheets measured.
const FOUR_UP: u32 = 60;
/// Number of pages in the large file, for this crate and for the others, which read their
/// content from files.
const BATCH: u32 = 10_000;
const PEER_BATCH: u32 = 500;

/// Number of rounds for each writer, in turns. The best one counts, so that other work on the
/// computer does not decide.
const ROUNDS: usize = 3;

/// Figures of one run of one writer.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Figures {
    first_ms: f64,
    median_ms: f64,
    /// Of a practice sheet, which only this crate draws.
    practice_ms: f64,
    bytes: f64,
    four_up_ms: f64,
    batch_pages: f64,
    batch_ms: f64,
    peak_mb: f64,
    batch_peak_mb: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(part) = arguments.iter().skip_while(|argument| *argument != "--measure").nth(1) {
        let figures = if part == "batch" { measure_batch() } else { measure_single() };
        println!("{}", serde_json::to_string(&figures).expect("figures can be written as JSON"));
        return;
    }
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).join("paper-bench");
    let content = write_content(&build);
    let installed = Command::new(peers().join("install")).arg(&build).status();
    if !installed.is_ok_and(|status| status.success()) {
        println!("installing the other writers failed, see above");
    }
    let python = build.join("venv/bin/python");
    let krilla = build.join("krilla/release/krilla-sheet");
    let printpdf = build.join("printpdf/release/printpdf-sheet");
    let run =
        |program: &Path, script: Option<PathBuf>| figures(Command::new(program).args(script).arg(&content));
    let quick: [(&str, &dyn Fn() -> Measured); 5] = [
        ("ours", &ours),
        ("printpdf", &|| run(&printpdf, None)),
        ("krilla", &|| run(&krilla, None)),
        ("typst", &|| run(&python, Some(peers().join("typst_sheet.py")))),
        ("reportlab", &|| run(&python, Some(peers().join("reportlab_sheet.py")))),
    ];
    let mut rows: Vec<(&str, Measured)> = Vec::new();
    for round in 0..ROUNDS {
        for (index, (name, measure)) in quick.iter().enumerate() {
            let measured = measure();
            if round == 0 {
                rows.push((name, measured));
            } else if let (Ok(best), Ok(measured)) = (&mut rows[index].1, measured) {
                best.keep_best(&measured);
            }
        }
    }
    // It is a hundred times slower than the others, so one round is enough.
    rows.push(("pdf-lib", run(Path::new("node"), Some(build.join("pdf_lib_sheet.mjs")))));
    print_table(&rows);
    print_symbols();
}

/// A way to make a symbol: its name, and a function that returns the number of modules on a side.
type Way = (&'static str, fn(&str) -> usize);

/// Measures ways to make the symbol of a sheet, in turns, with error correction level M.
fn print_symbols() {
    let payloads: Vec<String> = (0..SINGLE).map(|index| person_without_photo(index).payload).collect();
    let ways: [Way; 3] = [
        ("ours", |payload| {
            let bits = bits::encode_auto(payload.as_bytes(), EcLevel::M).expect("the payload fits");
            let version = bits.version();
            let (data, correction) =
                ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).expect("the payload fits");
            let mut canvas = Canvas::new(version, EcLevel::M);
            canvas.draw_all_functional_patterns();
            canvas.draw_data(&data, &correction);
            let side = version.width() as usize;
            mask::masked(&canvas, side).len() / side
        }),
        ("qrcode", |payload| {
            let code = qrcode::QrCode::with_error_correction_level(payload, EcLevel::M);
            code.expect("the payload fits").width()
        }),
        ("fast_qr", |payload| {
            fast_qr::QRBuilder::new(payload).ecl(fast_qr::ECL::M).build().expect("the payload fits").size
        }),
    ];
    let mut times = [const { Vec::new() }; 3];
    for payload in &payloads {
        let sizes = [0, 1, 2].map(|index| {
            let started = Instant::now();
            let size = ways[index].1(payload);
            times[index].push(milliseconds(started));
            size
        });
        assert!(sizes.iter().all(|&size| size == sizes[0]), "all make a symbol of the same version");
    }
    for ((name, _), times) in ways.iter().zip(times) {
        println!("QR symbol: {name:<8} {:.3} ms", median(times));
    }
}

type Measured = Result<Figures, String>;

impl Figures {
    /// Keeps the shorter times. Sizes and memory do not depend on the round.
    fn keep_best(&mut self, other: &Self) {
        let pairs = [
            (&mut self.first_ms, other.first_ms),
            (&mut self.median_ms, other.median_ms),
            (&mut self.practice_ms, other.practice_ms),
            (&mut self.four_up_ms, other.four_up_ms),
            (&mut self.batch_ms, other.batch_ms),
        ];
        for (own, other) in pairs {
            *own = own.min(other);
        }
    }
}

fn peers() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo bench sets the folder of the crate"))
        .join("benches/peers")
}

fn people(count: u32) -> Vec<Person> {
    (0..count).map(person).collect()
}

fn write(fonts: &Fonts, people: &[Person], layout: SheetLayout) -> usize {
    let sheets: Vec<_> = people.iter().map(sheet).collect();
    render(fonts, &sheets, layout).expect("the sheets can be rendered").len()
}

fn measure_single() -> Figures {
    let people = people(SINGLE + 4 * FOUR_UP);
    let (single, four) = people.split_at(SINGLE as usize);
    let before = peak_mb();
    let mut fonts = None;
    let mut bytes = 0;
    let mut times = Vec::new();
    for person in single.chunks(1) {
        let started = Instant::now();
        let fonts = fonts.get_or_insert_with(|| Fonts::open().expect("the fonts are installed"));
        bytes = write(fonts, person, SheetLayout::A4);
        times.push(milliseconds(started));
    }
    let fonts = fonts.expect("at least one sheet was made");
    let four_up = four.chunks(4).map(|people| {
        let started = Instant::now();
        write(&fonts, people, SheetLayout::A4FourUp);
        milliseconds(started)
    });
    let practice = single.iter().map(|person| {
        let started = Instant::now();
        let sheet = Sheet { practice: true, ..sheet(person) };
        render(&fonts, &[sheet], SheetLayout::A4).expect("the sheet can be rendered");
        milliseconds(started)
    });
    Figures {
        practice_ms: median(practice.collect()),
        four_up_ms: median(four_up.collect()),
        first_ms: times[0],
        median_ms: median(times.split_off(WARM_UP)),
        bytes: bytes as f64,
        peak_mb: peak_mb() - before,
        ..Figures::default()
    }
}

fn measure_batch() -> Figures {
    // Drawing ten thousand portraits would take longer than everything else, so photos are reused.
    let mut people = people(PEER_BATCH);
    for index in PEER_BATCH..BATCH {
        let photo = people[(index % PEER_BATCH) as usize].photo.clone();
        people.push(Person { photo, ..person_without_photo(index) });
    }
    let fonts = Fonts::open().expect("the fonts are installed");
    let sheets: Vec<_> = people.iter().map(sheet).collect();
    let file = tempfile::tempfile().expect("a temporary file can be made");
    let before = peak_mb();
    let started = Instant::now();
    let mut target = std::io::BufWriter::new(file);
    render_to(&fonts, &sheets, SheetLayout::A4, &mut target).expect("the sheets can be rendered");
    target.flush().expect("a temporary file can be written");
    Figures {
        batch_ms: milliseconds(started),
        batch_pages: f64::from(BATCH),
        batch_peak_mb: peak_mb() - before,
        ..Figures::default()
    }
}

/// Runs this program again, once for single pages and once for the large file.
fn ours() -> Measured {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let run = |part: &str| figures(Command::new(&program).args(["--measure", part]));
    let (single, batch) = (run("single")?, run("batch")?);
    Ok(Figures {
        batch_pages: batch.batch_pages,
        batch_ms: batch.batch_ms,
        batch_peak_mb: batch.batch_peak_mb,
        ..single
    })
}

fn figures(command: &mut Command) -> Measured {
    let output = command.output().map_err(|error| error.to_string())?;
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or("");
    serde_json::from_str(last).map_err(|error| format!("failed: {error}, {}", output.status))
}

/// Writes the drawings and photos that the other programs read before they start their clocks.
fn write_content(build: &Path) -> PathBuf {
    let folder = build.join("content");
    std::fs::create_dir_all(&folder).expect("the build folder can be written");
    let fonts = Fonts::open().expect("the fonts are installed");
    let drawings: Vec<Drawing> = (0..PEER_BATCH)
        .map(|index| {
            let mut drawing = Drawing::new(&person(index), &fonts);
            drawing.photo_file = format!("{index}.jpg");
            std::fs::write(folder.join(&drawing.photo_file), &drawing.jpeg).expect("a photo can be written");
            drawing
        })
        .collect();
    let json = serde_json::to_vec(&drawings).expect("drawings can be written as JSON");
    std::fs::write(folder.join("drawings.json"), json).expect("the drawings can be written");
    folder
}

fn print_table(rows: &[(&str, Measured)]) {
    println!(
        "{:<10} {:>9} {:>7} {:>9} {:>9} {:>9} {:>14} {:>8} {:>9}",
        "", "warm ms", "ratio", "first ms", "4-up ms", "bytes", "batch ms/page", "peak MB", "batch MB"
    );
    let ours = rows.iter().find_map(|(name, row)| row.as_ref().ok().filter(|_| *name == "ours"));
    for (name, row) in rows {
        match row {
            Err(reason) => println!("{name:<10} {reason}"),
            Ok(row) => println!(
                "{name:<10} {:>9.2} {:>6.1}x {:>9.1} {:>9.2} {:>9.0} {:>14.3} {:>8.1} {:>9.1}",
                row.median_ms,
                row.median_ms / ours.map_or(f64::NAN, |ours| ours.median_ms),
                row.first_ms,
                row.four_up_ms,
                row.bytes,
                row.batch_ms / row.batch_pages,
                row.peak_mb,
                row.batch_peak_mb,
            ),
        }
    }
    println!("batch: {BATCH} pages in one file for ours, {PEER_BATCH} for the others, 100 for pdf-lib");
    if let Some(ours) = ours {
        println!("practice sheet {:.2} ms", ours.practice_ms);
        println!("{BATCH} pages: {:.1} MB of memory above start", ours.batch_peak_mb);
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Returns the peak memory of this process in megabytes, mapped fonts included.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
