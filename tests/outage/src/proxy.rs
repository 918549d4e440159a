//! A chaos proxy between a desk and the centre.
//!
//! It refuses TCP connections, cuts them in the middle of a request or answer, half-closes, stalls
//! or delays them. The fault of a connection is drawn from a seed and the connection's number.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// Condition of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// All connections work.
    Calm,
    /// Two connections in three suffer a fault.
    Stormy,
    /// The cable is out: connections are reset at once.
    Down,
}

/// Direction of data on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the desk to the centre: requests.
    Up,
    /// From the centre to the desk: answers.
    Down,
}

/// The fault of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset before anything is read.
    Refused,
    /// The connection is reset after some bytes in one direction, in the middle of a
    /// request or answer.
    Cut {
        /// Direction in which bytes are counted.
        way: Way,
        /// Bytes that pass before the reset.
        after: u64,
    },
    /// One direction ends with FIN after some bytes; the other continues.
    HalfClosed {
        /// Direction that ends.
        way: Way,
        /// Bytes that pass before the end.
        after: u64,
    },
    /// After some bytes in one direction nothing passes, and the ends are told only when the
    /// line gives up.
    Dropped {
        /// Direction that is lost.
        way: Way,
        /// Bytes that pass before the silence.
        after: u64,
        /// Duration of the silence.
        silence: Duration,
    },
    /// Every piece of data is delayed.
    Delayed {
        /// Delay of each piece.
        by: Duration,
    },
}

/// Number of faults that took effect, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Struck {
    /// Connections refused at once.
    pub refused: u64,
    /// Connections cut in the middle.
    pub cut: u64,
    /// Connections closed in one direction.
    pub half_closed: u64,
    /// Connections that fell silent.
    pub dropped: u64,
    /// Connections that were delayed.
    pub delayed: u64,
}

impl Struck {
    /// Returns whether every kind of fault took effect.
    #[must_use]
    pub fn all_kinds(&self) -> bool {
        [self.refused, self.cut, self.half_closed, self.dropped, self.delayed].iter().all(|count| *count > 0)
    }
}

#[derive(Debug, Default)]
struct Counts {
    refused: AtomicU64,
    cut: AtomicU64,
    half_closed: AtomicU64,
    dropped: AtomicU64,
    delayed: AtomicU64,
    /// Bytes passed on towards the centre.
    up: AtomicU64,
}

impl Counts {
    fn count(&self, fault: Fault) {
        let counter = match fault {
            Fault::Refused => &self.refused,
            Fault::Cut { .. } => &self.cut,
            Fault::HalfClosed { .. } => &self.half_closed,
            Fault::Dropped { .. } => &self.dropped,
            Fault::Delayed { .. } => &self.delayed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn struck(&self) -> Struck {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Struck {
            refused: of(&self.refused),
            cut: of(&self.cut),
            half_closed: of(&self.half_closed),
            dropped: of(&self.dropped),
            delayed: of(&self.delayed),
        }
    }
}

/// A running line, which ends when this value is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    target: watch::Sender<SocketAddr>,
    weather: watch::Sender<Weather>,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a calm line to `target`, on a loopback port the kernel chooses.
    ///
    /// # Errors
    /// [`io::Error`] if there is no free port.
    pub async fn to(target: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let weather = watch::Sender::new(Weather::Calm);
        let target = watch::Sender::new(target);
        let counts = Arc::new(Counts::default());
        let (leads_to, is) = (target.subscribe(), weather.subscribe());
        let task = tokio::spawn(listen(listener, leads_to, seed, is, Arc::clone(&counts)));
        Ok(Self { address, target, weather, counts, task })
    }

    /// Returns the URL under which the desk reaches the centre.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the target of new connections.
    pub fn leads_to(&self, target: SocketAddr) {
        self.target.send_replace(target);
    }

    /// Changes the condition of the line. Open connections are reset, so what was under
    /// way is lost.
    pub fn turns(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Returns the faults that took effect so far.
    #[must_use]
    pub fn struck(&self) -> Struck {
        self.counts.struck()
    }

    /// Returns how many bytes went to the centre.
    #[must_use]
    pub fn bytes_up(&self) -> u64 {
        self.counts.up.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    listener: TcpListener,
    target: watch::Receiver<SocketAddr>,
    seed: u64,
    weather: watch::Receiver<Weather>,
    counts: Arc<Counts>,
) {
    let mut number = 0;
    // If accepting failed, the desk would see a refused connection.
    while let Ok((desk, _)) = listener.accept().await {
        number += 1;
        let mut weather = weather.clone();
        let fault = match *weather.borrow_and_update() {
            Weather::Calm => None,
            Weather::Stormy => drawn(seed, number),
            Weather::Down => Some(Fault::Refused),
        };
        let (counts, target) = (Arc::clone(&counts), *target.borrow());
        // Whatever ends a connection, both ends notice it.
        tokio::spawn(async move { connect(desk, target, fault, weather, &counts).await });
    }
}

/// Serves one connection from beginning to end.
async fn connect(
    mut desk: TcpStream,
    target: SocketAddr,
    fault: Option<Fault>,
    mut weather: watch::Receiver<Weather>,
    counts: &Counts,
) -> io::Result<()> {
    if fault == Some(Fault::Refused) {
        counts.count(Fault::Refused);
        return desk.set_zero_linger();
    }
    let mut centre = TcpStream::connect(target).await?;
    let ended_well = tokio::select! {
        ended = carry(&mut desk, &mut centre, fault, counts) => ended.is_ok(),
        _ = weather.changed() => false,
    };
    if !ended_well {
        // A socket without linger resets its peer when it is closed.
        desk.set_zero_linger()?;
        centre.set_zero_linger()?;
    }
    Ok(())
}

/// Longest silence, in milliseconds: shorter than a desk's answer timeout, which would
/// slow the test.
const LONGEST_SILENCE_MS: u64 = 1_200;
/// Latest byte at which a connection breaks, as a power of two: about the size of a batch.
const LAST_BYTE_LOG2: f64 = 17.0;

/// Draws the fault of a connection; one in three has none.
fn drawn(seed: u64, number: u64) -> Option<Fault> {
    let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number);
    let way = if random.random() { Way::Up } else { Way::Down };
    // Logarithmic, so that early bytes are hit as often as late ones.
    let log2: f64 = random.random_range(0.0..LAST_BYTE_LOG2);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 131,072")]
    let after = log2.exp2() as u64;
    match random.random_range(0..9) {
        0 => Some(Fault::Refused),
        1 | 2 => Some(Fault::Cut { way, after }),
        3 => Some(Fault::HalfClosed { way, after }),
        4 => {
            let silence = Duration::from_millis(random.random_range(100..LONGEST_SILENCE_MS));
            Some(Fault::Dropped { way, after, silence })
        }
        5 => Some(Fault::Delayed { by: Duration::from_millis(random.random_range(5..40)) }),
        _ => None,
    }
}

/// Passes data in both directions until both have ended or one breaks.
async fn carry(
    desk: &mut TcpStream,
    centre: &mut TcpStream,
    fault: Option<Fault>,
    counts: &Counts,
) -> io::Result<()> {
    let ((desk_in, desk_out), (centre_in, centre_out)) = (desk.split(), centre.split());
    let up = pass(desk_in, centre_out, Way::Up, fault, counts);
    let down = pass(centre_in, desk_out, Way::Down, fault, counts);
    tokio::try_join!(up, down).map(|_| ())
}

/// Passes data in one direction until it ends. An error breaks the whole connection.
async fn pass(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    way: Way,
    fault: Option<Fault>,
    counts: &Counts,
) -> io::Result<()> {
    let mut left = breaks_after(fault, way);
    let mut piece = vec![0; 16 * 1024];
    let mut was_delayed = false;
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        if let Some(Fault::Delayed { by }) = fault {
            if !std::mem::replace(&mut was_delayed, true) {
                counts.count(Fault::Delayed { by });
            }
            tokio::time::sleep(by).await;
        }
        let through = usize::try_from(left).map_or(length, |left| left.min(length));
        to.write_all(&piece[..through]).await?;
        if way == Way::Up {
            counts.up.fetch_add(through as u64, Ordering::Relaxed);
        }
        left = left.saturating_sub(through as u64);
        if let Some(fault) = fault.filter(|_| left == 0) {
            counts.count(fault);
            return strike(to, fault).await;
        }
    }
}

/// Returns how many bytes pass in this direction before the fault takes effect.
const fn breaks_after(fault: Option<Fault>, this: Way) -> u64 {
    let (way, after) = match fault {
        Some(
            Fault::Cut { way, after } | Fault::HalfClosed { way, after } | Fault::Dropped { way, after, .. },
        ) => (way, after),
        Some(Fault::Refused | Fault::Delayed { .. }) | None => return u64::MAX,
    };
    let is_this = matches!((way, this), (Way::Up, Way::Up) | (Way::Down, Way::Down));
    if is_this { after } else { u64::MAX }
}

/// Applies the fault after the last byte that passes.
async fn strike(mut to: WriteHalf<'_>, fault: Fault) -> io::Result<()> {
    match fault {
        Fault::HalfClosed { .. } => return to.shutdown().await,
        Fault::Dropped { silence, .. } => tokio::time::sleep(silence).await,
        Fault::Cut { .. } | Fault::Refused | Fault::Delayed { .. } => {}
    }
    Err(io::ErrorKind::ConnectionReset.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let line = |seed| (0..200).map(|number| drawn(seed, number)).collect::<Vec<_>>();
        assert_eq!(line(7), line(7));
        assert_ne!(line(7), line(8));
        let calm = line(7).iter().filter(|fault| fault.is_none()).count();
        assert!((40..100).contains(&calm), "{calm} of 200 connections get through");
    }

    /// Starts a server that answers every byte with a hundred bytes.
    async fn talker() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut asked = [0; 64];
                    while let Ok(length) = stream.read(&mut asked).await {
                        if length == 0 || stream.write_all(&vec![b'a'; 100 * length]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        address
    }

    /// Returns what a client receives that sends one byte and then ends its direction.
    async fn heard(fault: Option<Fault>) -> (usize, Option<io::ErrorKind>, Struck) {
        let target = talker().await;
        let counts = Arc::new(Counts::default());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let counted = Arc::clone(&counts);
        let line = tokio::spawn(async move {
            let (desk, _) = listener.accept().await.unwrap();
            let calm = watch::Sender::new(Weather::Calm);
            connect(desk, target, fault, calm.subscribe(), &counted).await.unwrap();
        });
        let mut client = TcpStream::connect(address).await.unwrap();
        let mut all = Vec::new();
        let error = match client.write_all(b"?").await {
            Ok(()) => {
                client.shutdown().await.unwrap();
                client.read_to_end(&mut all).await.err()
            }
            Err(error) => Some(error),
        };
        line.await.unwrap();
        (all.len(), error.map(|error| error.kind()), counts.struck())
    }

    #[tokio::test]
    async fn each_fault_has_its_effect() {
        let reset = Some(io::ErrorKind::ConnectionReset);
        assert_eq!(heard(None).await, (100, None, Struck::default()));
        let (_, error, struck) = heard(Some(Fault::Refused)).await;
        assert_eq!((error, struck.refused), (reset, 1));
        let (bytes, error, struck) = heard(Some(Fault::Cut { way: Way::Down, after: 40 })).await;
        assert!(bytes <= 40, "{bytes}");
        assert_eq!((error, struck.cut), (reset, 1));
        let (bytes, error, struck) = heard(Some(Fault::HalfClosed { way: Way::Down, after: 40 })).await;
        assert_eq!((bytes, error, struck.half_closed), (40, None, 1));
        let silence = Duration::from_millis(50);
        let (bytes, error, struck) = heard(Some(Fault::Dropped { way: Way::Up, after: 1, silence })).await;
        assert!(bytes <= 100, "{bytes}");
        assert_eq!((error, struck.dropped), (reset, 1));
        let (bytes, _, struck) = heard(Some(Fault::Delayed { by: silence })).await;
        assert_eq!((bytes, struck.delayed), (100, 2), "both ways");
    }
}
