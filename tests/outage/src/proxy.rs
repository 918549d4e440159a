//! A line between a desk and the centre that breaks (chaos proxy): TCP connections that are refused, cut in the middle of a request or an
//! answer, half closed, stalled or slow. What happens to a connection is drawn from a seed and the connection's number.

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

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Everything gets through.
    Calm,
    /// Two connections in three have something happen to them.
    Stormy,
    /// The cable is out: connections end at once.
    Down,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the desk to the centre: requests.
    Up,
    /// From the centre to the desk: answers.
    Down,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is reset before anything is read.
    Refused,
    /// It is reset after so many bytes one way: in the middle of a request or of an answer.
    Cut {
        /// Which way is counted.
        way: Way,
        /// Bytes that get through.
        after: u64,
    },
    /// One way ends after so many bytes (FIN); the other goes on.
    HalfClosed {
        /// Which way ends.
        way: Way,
        /// Bytes that get through.
        after: u64,
    },
    /// After so many bytes one way nothing more gets through, and nobody is told until the line is given up.
    Dropped {
        /// Which way is lost.
        way: Way,
        /// Bytes that get through.
        after: u64,
        /// How long the silence lasts.
        silence: Duration,
    },
    /// Each piece is late.
    Delayed {
        /// By so much.
        by: Duration,
    },
}

/// What happened, counted when it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Struck {
    /// Connections refused.
    pub refused: u64,
    /// Cut in the middle.
    pub cut: u64,
    /// Half closed.
    pub half_closed: u64,
    /// Stalled.
    pub dropped: u64,
    /// Slow.
    pub delayed: u64,
}

impl Struck {
    /// Every kind has happened.
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
    /// Bytes that were passed on towards the centre.
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

/// The line. Ends with this value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    target: watch::Sender<SocketAddr>,
    weather: watch::Sender<Weather>,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A line to `target`, calm, at a loopback port the kernel chooses.
    ///
    /// # Errors
    /// When there is no port.
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

    /// Where a desk finds the centre.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// New connections lead there.
    pub fn leads_to(&self, target: SocketAddr) {
        self.target.send_replace(target);
    }

    /// Changes the weather. Connections that stand are reset: what was under way is lost.
    pub fn turns(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// What happened so far.
    #[must_use]
    pub fn struck(&self) -> Struck {
        self.counts.struck()
    }

    /// Bytes that went to the centre.
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
    // The listener itself does not break; were it to, the desk would see a refused connection.
    while let Ok((desk, _)) = listener.accept().await {
        number += 1;
        let mut weather = weather.clone();
        let fault = match *weather.borrow_and_update() {
            Weather::Calm => None,
            Weather::Stormy => drawn(seed, number),
            Weather::Down => Some(Fault::Refused),
        };
        let (counts, target) = (Arc::clone(&counts), *target.borrow());
        // Whatever ends a connection, both ends see it.
        tokio::spawn(async move { connect(desk, target, fault, weather, &counts).await });
    }
}

/// One connection, from its beginning to its end.
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
        // A socket that does not linger resets its peer when it is closed.
        desk.set_zero_linger()?;
        centre.set_zero_linger()?;
    }
    Ok(())
}

/// Longest silence: shorter than a desk waits for an answer, so that a test does not.
const LONGEST_SILENCE_MS: u64 = 1_200;
/// Where a connection breaks at the latest, as a power of two: a batch of operations is about as long.
const LAST_BYTE_LOG2: f64 = 17.0;

/// What happens to a connection; `None` for one in three.
fn drawn(seed: u64, number: u64) -> Option<Fault> {
    let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number);
    let way = if random.random() { Way::Up } else { Way::Down };
    // As often in the first hundred bytes as in the last hundred thousand.
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

/// Carries both ways until both have ended, or one breaks.
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

/// Passes one way on until it ends. An error breaks the connection as a whole.
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

/// How many bytes get through this way before the fault strikes.
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

/// What happens after the last byte that got through.
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
    fn the_same_seed_breaks_the_same_connections() {
        let line = |seed| (0..200).map(|number| drawn(seed, number)).collect::<Vec<_>>();
        assert_eq!(line(7), line(7));
        assert_ne!(line(7), line(8));
        let calm = line(7).iter().filter(|fault| fault.is_none()).count();
        assert!((40..100).contains(&calm), "{calm} of 200 connections get through");
    }

    /// Something that answers every byte with a hundred.
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

    /// What a client hears that asks one byte and then says nothing more.
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
    async fn each_fault_is_what_it_says() {
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
