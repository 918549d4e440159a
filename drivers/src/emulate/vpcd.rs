//! A virtual card in a virtual reader of pcscd (vpcd of the vsmartcard project).
//!
//! The card connects to the TCP port of the reader. A frame is a two-byte big-endian length and its
//! content. One-byte frames mean power and reset.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::net::sockopt;

use super::{CardProgram, Fault, Faults};

const POWER_OFF: u8 = 0x00;
const POWER_ON: u8 = 0x01;
const RESET: u8 = 0x02;
const GET_ANSWER_TO_RESET: u8 = 0x04;

/// Interval at which a card tries to reconnect after the reader's service stopped.
const RECONNECT_INTERVAL: Duration = Duration::from_millis(50);
/// Interval at which a timed fault is checked.
const CLOCK_TICK: Duration = Duration::from_millis(5);

/// A virtual reader, identified by the port it listens on.
#[derive(Debug, Clone, Copy)]
pub struct VirtualReader {
    address: SocketAddr,
}

impl VirtualReader {
    /// Returns the reader at a port of this machine.
    #[must_use]
    pub fn at_port(port: u16) -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) }
    }

    /// Puts a card on the reader.
    ///
    /// It stays until it is removed, pulled by a fault or dropped, even while the
    /// reader's service restarts.
    ///
    /// # Errors
    /// An I/O error if no thread can be started.
    pub fn insert(&self, program: impl CardProgram + 'static, faults: Faults) -> io::Result<InsertedCard> {
        let link = Arc::new(Link::default());
        let (address, thread_link) = (self.address, Arc::clone(&link));
        let thread = thread::Builder::new()
            .name("emulated-card".to_owned())
            .spawn(move || lie_on_reader(address, Box::new(program), &faults, &thread_link))?;
        Ok(InsertedCard { link, thread: Some(thread) })
    }
}

/// A card on a virtual reader. It is removed when dropped.
#[derive(Debug)]
pub struct InsertedCard {
    link: Arc<Link>,
    thread: Option<JoinHandle<()>>,
}

impl InsertedCard {
    /// Takes the card away from the reader.
    pub fn remove(self) {
        drop(self);
    }

    /// Returns whether a fault has pulled the card.
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        self.link.removed.load(Ordering::Acquire)
    }
}

impl Drop for InsertedCard {
    fn drop(&mut self) {
        self.link.pull();
        if let Some(thread) = self.thread.take() {
            // A panic of the emulation was already reported on standard error.
            let _ = thread.join();
        }
    }
}

#[derive(Debug, Default)]
struct Link {
    removed: AtomicBool,
    stream: Mutex<Option<TcpStream>>,
}

impl Link {
    fn pull(&self) {
        self.removed.store(true, Ordering::Release);
        if let Some(stream) = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // The other side may have closed the connection first.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Acquire)
    }
}

fn lie_on_reader(address: SocketAddr, mut program: Box<dyn CardProgram>, faults: &Faults, link: &Arc<Link>) {
    while !link.is_removed() {
        if let Ok(stream) = TcpStream::connect(address) {
            // An error here means that the reader went away, so look for it again.
            let _ = serve(stream, program.as_mut(), faults, link);
        }
        if !link.is_removed() {
            thread::sleep(RECONNECT_INTERVAL);
        }
    }
}

fn serve(
    mut stream: TcpStream,
    program: &mut dyn CardProgram,
    faults: &Faults,
    link: &Arc<Link>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    *link.stream.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream.try_clone()?);
    let mut commands = 0;
    let mut clock_started = false;
    while !link.is_removed() {
        let frame = read_frame(&mut stream)?;
        match frame.as_slice() {
            [POWER_ON | RESET] => {
                program.reset();
                if let (Some(after), false) = (faults.pull_after(), clock_started) {
                    clock_started = true;
                    pull_later(after, link)?;
                }
            }
            [POWER_OFF] => program.reset(),
            [GET_ANSWER_TO_RESET] => write_frame(&mut stream, &program.answer_to_reset())?,
            command => {
                commands += 1;
                if faults.pulls_at(commands) {
                    link.pull();
                    return Ok(());
                }
                thread::sleep(faults.delay());
                if let Some(reply) = reply(program, faults, command) {
                    write_frame(&mut stream, &reply)?;
                }
            }
        }
    }
    Ok(())
}

fn reply(program: &mut dyn CardProgram, faults: &Faults, command: &[u8]) -> Option<Vec<u8>> {
    if faults.has(Fault::Mute) {
        return None;
    }
    if faults.has(Fault::Empty) {
        return Some(Vec::new());
    }
    if let Some(status) = faults.status() {
        return Some(status.to_be_bytes().to_vec());
    }
    let mut reply = program.respond(command);
    if faults.has(Fault::Garbage) {
        let content = reply.len().saturating_sub(2);
        reply[..content]
            .iter_mut()
            .enumerate()
            .for_each(|(index, byte)| *byte ^= (index as u8).wrapping_mul(37) | 1);
    }
    Some(reply)
}

fn pull_later(after: Duration, link: &Arc<Link>) -> io::Result<()> {
    let link = Arc::clone(link);
    let deadline = Instant::now() + after;
    thread::Builder::new().name("emulated-hand".to_owned()).spawn(move || {
        while Instant::now() < deadline && !link.is_removed() {
            thread::sleep(CLOCK_TICK);
        }
        link.pull();
    })?;
    Ok(())
}

fn read_frame(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    read(stream, &mut length)?;
    let mut frame = vec![0; usize::from(u16::from_be_bytes(length))];
    read(stream, &mut frame)?;
    Ok(frame)
}

/// Reads bytes with immediate acknowledgement.
///
/// Without it, each command waits for the delayed one: 44 ms instead of 71 µs. The kernel resets
/// the option after every packet, so it is set each time.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    sockopt::set_tcp_quickack(&*stream, true)?;
    stream.read_exact(buffer)
}

fn write_frame(stream: &mut TcpStream, content: &[u8]) -> io::Result<()> {
    let length = u16::try_from(content.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    stream.write_all(&[&length.to_be_bytes()[..], content].concat())
}
