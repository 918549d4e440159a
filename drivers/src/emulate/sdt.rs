//! An emulated card reader with a security module on a pseudo-terminal.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serialport::{SerialPort as _, TTYPort};

use super::{EmulatedIdentity, Fault, Faults};

const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
const REQUEST_LENGTH: usize = 10;
/// Interval between checks whether the reader was unplugged.
const TICK: Duration = Duration::from_millis(20);
/// One start bit, eight data bits and one stop bit.
const BITS_PER_BYTE: u32 = 10;

const OK: u8 = 0x90;
const EMPTY: u8 = 0x91;
const FOUND: u8 = 0x9F;
const BAD_CHECKSUM: u8 = 0x10;
const BAD_COMMAND: u8 = 0x21;
const READ_FAILED: u8 = 0x41;
const FIND_FAILED: u8 = 0x80;
const SELECT_FAILED: u8 = 0x81;

/// A serial reader that can be plugged in, unplugged and given cards.
///
/// Its device file is a symbolic link at a path that the caller chooses. It therefore returns under
/// the same name, although the pseudo-terminal behind it is another one.
#[derive(Debug)]
pub struct SerialReader {
    path: PathBuf,
    shared: Arc<Shared>,
    plugged: Option<Plugged>,
}

#[derive(Debug)]
struct Plugged {
    unplug: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    /// Held open so that clients may come and go without the terminal hanging up.
    _terminal: TTYPort,
}

#[derive(Debug, Default)]
struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    card: Option<EmulatedIdentity>,
    /// Whether the card was found. It is not found again until it is lifted.
    found: bool,
    selected: bool,
    faults: Faults,
    commands: u32,
    /// Speed in bits per second; zero means no limit.
    pace: u32,
    has_read_without_fingerprints: bool,
    knows_added_addresses: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SerialReader {
    /// Plugs in a reader at a path.
    ///
    /// # Errors
    /// An I/O error if there is no pseudo-terminal or the path cannot be linked.
    pub fn plug_in(path: &Path) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        shared.lock().has_read_without_fingerprints = true;
        shared.lock().knows_added_addresses = true;
        let mut reader = Self { path: path.to_owned(), shared, plugged: None };
        reader.plug_in_again()?;
        Ok(reader)
    }

    /// Plugs the reader in again after [`SerialReader::unplug`], under the same name.
    ///
    /// # Errors
    /// The errors of [`SerialReader::plug_in`].
    pub fn plug_in_again(&mut self) -> io::Result<()> {
        self.unplug();
        let (mut module, terminal) = TTYPort::pair().map_err(io::Error::other)?;
        let target = terminal.name().ok_or(ErrorKind::NotFound)?;
        module.set_timeout(TICK).map_err(io::Error::other)?;
        std::os::unix::fs::symlink(target, &self.path)?;
        let unplug = Arc::new(AtomicBool::new(false));
        let (flag, shared) = (Arc::clone(&unplug), Arc::clone(&self.shared));
        let thread = thread::Builder::new()
            .name("emulated-sdt".to_owned())
            .spawn(move || serve(module, &shared, &flag))?;
        self.plugged = Some(Plugged { unplug, thread, _terminal: terminal });
        Ok(())
    }

    /// Pulls the cable of the reader.
    pub fn unplug(&mut self) {
        if let Some(plugged) = self.plugged.take() {
            plugged.unplug.store(true, Ordering::Release);
            // A panic of the emulation was already reported on standard error.
            let _ = plugged.thread.join();
        }
        // A fault may have removed the link already.
        let _ = std::fs::remove_file(&self.path);
    }

    /// Puts a card on the reader.
    pub fn put_card(&self, card: EmulatedIdentity) {
        let mut state = self.shared.lock();
        state.card = Some(card);
        state.found = false;
        state.selected = false;
    }

    /// Lifts the card from the reader.
    pub fn lift_card(&self) {
        let mut state = self.shared.lock();
        state.card = None;
        state.found = false;
        state.selected = false;
    }

    /// Sets the faults from now on, and restarts the count of commands.
    pub fn misbehave(&self, faults: Faults) {
        let mut state = self.shared.lock();
        state.faults = faults;
        state.commands = 0;
    }

    /// Limits the speed to that of a real line. A pseudo-terminal has no limit of its own.
    pub fn pace(&self, bits_per_second: u32) {
        self.shared.lock().pace = bits_per_second;
    }

    /// Emulates a module that can only read everything at once.
    pub fn always_sends_fingerprints(&self) {
        self.shared.lock().has_read_without_fingerprints = false;
    }

    /// Emulates a module from before there were added addresses.
    pub fn forgets_added_addresses(&self) {
        self.shared.lock().knows_added_addresses = false;
    }
}

impl Drop for SerialReader {
    fn drop(&mut self) {
        self.unplug();
    }
}

fn serve(mut module: TTYPort, shared: &Shared, unplug: &AtomicBool) {
    let mut received = Vec::new();
    let mut buffer = [0; 64];
    let mut pull_at: Option<Instant> = None;
    while !unplug.load(Ordering::Acquire) && pull_at.is_none_or(|at| Instant::now() < at) {
        match module.read(&mut buffer) {
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::TimedOut => continue,
            Err(_) => return,
        }
        while let Some(request) = take_request(&mut received) {
            let answer = answer(&mut shared.lock(), request);
            match answer {
                Answer::Pull => return,
                Answer::Bytes { bytes, delay, pace, pull_after } => {
                    if let Some(after) = pull_after {
                        pull_at.get_or_insert(Instant::now() + after);
                    }
                    thread::sleep(delay);
                    if send(&mut module, &bytes, pace, unplug).is_err() {
                        return;
                    }
                }
            }
        }
    }
}

fn send(module: &mut TTYPort, bytes: &[u8], pace: u32, unplug: &AtomicBool) -> io::Result<()> {
    const PIECE: usize = 64;
    let begin = Instant::now();
    for (index, piece) in bytes.chunks(PIECE).enumerate() {
        if unplug.load(Ordering::Acquire) {
            return Err(ErrorKind::BrokenPipe.into());
        }
        module.write_all(piece)?;
        if pace > 0 {
            let sent = (index * PIECE + piece.len()) as u32;
            let due = Duration::from_secs(1) * (sent * BITS_PER_BYTE) / pace;
            thread::sleep(due.saturating_sub(begin.elapsed()));
        }
    }
    Ok(())
}

/// Takes a complete request from the received bytes. Bytes that cannot begin a request are dropped.
fn take_request(received: &mut Vec<u8>) -> Option<[u8; REQUEST_LENGTH]> {
    while !received.is_empty() {
        let known = received.len().min(PREAMBLE.len());
        if received[..known] == PREAMBLE[..known] {
            let request = *received.first_chunk::<REQUEST_LENGTH>()?;
            received.drain(..REQUEST_LENGTH);
            return Some(request);
        }
        received.remove(0);
    }
    None
}

enum Answer {
    Bytes { bytes: Vec<u8>, delay: Duration, pace: u32, pull_after: Option<Duration> },
    Pull,
}

fn answer(state: &mut State, request: [u8; REQUEST_LENGTH]) -> Answer {
    state.commands += 1;
    if state.faults.pulls_at(state.commands) {
        return Answer::Pull;
    }
    let (status, data) = match state.faults.status() {
        Some(status) => (status.to_be_bytes()[1], Vec::new()),
        None => obey(state, request),
    };
    let bytes = misbehave(&state.faults, reply(status, &data));
    Answer::Bytes {
        bytes,
        delay: state.faults.delay(),
        pace: state.pace,
        pull_after: state.faults.pull_after(),
    }
}

fn misbehave(faults: &Faults, mut bytes: Vec<u8>) -> Vec<u8> {
    for fault in &faults.0 {
        match fault {
            Fault::Mute | Fault::Empty => bytes.clear(),
            Fault::Garbage => bytes.iter_mut().enumerate().for_each(|(index, byte)| {
                *byte ^= (index as u8).wrapping_mul(37) | 1;
            }),
            Fault::BadChecksum => {
                if let Some(last) = bytes.last_mut() {
                    *last ^= 0xFF;
                }
            }
            Fault::Truncated => bytes.truncate(bytes.len() / 2),
            Fault::Noise => {
                bytes.splice(0..0, [0x00, 0xAA, 0xAA, 0x13, 0xAA, 0xAA, 0xAA]);
            }
            Fault::PullAfter(_) | Fault::PullAt(_) | Fault::Delay(_) | Fault::Status(_) => {}
        }
    }
    bytes
}

/// Carries out a request and returns status and data.
fn obey(state: &mut State, request: [u8; REQUEST_LENGTH]) -> (u8, Vec<u8>) {
    if request[5..].iter().fold(0, |sum, byte| sum ^ byte) != 0 {
        return (BAD_CHECKSUM, Vec::new());
    }
    match (request[7], request[8]) {
        (0x10 | 0x11, 0xFF) | (0x60, 0x00..=0x04) => (OK, Vec::new()),
        (0x12, 0xFF) => (OK, vec![5, 0, 3, 0, 0x88, 0x39, 0x34, 1, 0x40, 0xE2, 1, 0, 0xB1, 0x68, 0xDE, 0x3A]),
        (0x20, 0x01) if state.card.is_some() && !state.found => {
            state.found = true;
            (FOUND, vec![0; 4])
        }
        (0x20, 0x01) => (FIND_FAILED, Vec::new()),
        (0x20, 0x02) if state.card.is_some() && state.found => {
            state.selected = true;
            (OK, vec![0; 8])
        }
        (0x20, 0x02) => (SELECT_FAILED, Vec::new()),
        (0x30, 0x01) if state.has_read_without_fingerprints => content(state, false),
        (0x30, 0x10) => content(state, true),
        (0x30, 0x03) if state.knows_added_addresses => added_address(state),
        _ => (BAD_COMMAND, Vec::new()),
    }
}

fn content(state: &State, with_fingerprints: bool) -> (u8, Vec<u8>) {
    let Some(card) = state.card.as_ref().filter(|_| state.selected) else { return (READ_FAILED, Vec::new()) };
    let mut data = vec![0x01, 0x00, 0x04, 0x00];
    if with_fingerprints {
        data.extend((card.fingerprint.len() as u16).to_be_bytes());
    }
    data.extend(card.text_block());
    data.extend(&card.photo);
    if with_fingerprints {
        data.extend(&card.fingerprint);
    }
    (OK, data)
}

fn added_address(state: &State) -> (u8, Vec<u8>) {
    match state.card.as_ref().filter(|_| state.selected) {
        Some(card) => card.added_address_block().map_or((EMPTY, Vec::new()), |address| (OK, address)),
        None => (READ_FAILED, Vec::new()),
    }
}

fn reply(status: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() + 4) as u16;
    let body = [&length.to_be_bytes()[..], &[0, 0, status], data].concat();
    let checksum = body.iter().fold(0, |sum, byte| sum ^ byte);
    [&PREAMBLE[..], &body, &[checksum]].concat()
}
