//! The socket that companion devices connect to.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::time::timeout;

use super::lines::{Allowance, Lines, Read};
use super::wire::{Answer, Line};
use super::{CompanionError, DeviceRole, PROTOCOL_VERSION, Said, StageEvent, Why};

/// Devices that are connected at most.
const MOST_DEVICES: usize = 8;
/// Events that a slow device may be behind before it loses some.
const EVENTS_KEPT: usize = 64;
/// Lines of all devices that wait for the window at most.
const LINES_WAITING: usize = 16;
/// How long a device may take to take a line.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a device may take to say what it is.
const GREETING_WITHIN: Duration = Duration::from_secs(15);
/// Refused lines after which a connection ends.
const REFUSED_AT_MOST: u32 = 50;
/// Longest path of a socket on Linux, in bytes.
const LONGEST_PATH: usize = 107;

/// What a device said, and where the answer goes.
#[derive(Debug)]
pub struct Incoming {
    /// What it said.
    pub said: Said,
    answer: oneshot::Sender<Result<(), Why>>,
}

impl Incoming {
    /// Answers the device. A device that has gone gets no answer.
    pub fn answer(self, answer: Result<(), Why>) {
        let _ = self.answer.send(answer);
    }
}

/// The socket. When it is dropped, it is removed and every device is disconnected.
#[derive(Debug)]
pub struct CompanionServer {
    path: PathBuf,
    events: broadcast::Sender<StageEvent>,
    newest: watch::Sender<Option<StageEvent>>,
    accepting: tokio::task::AbortHandle,
}

/// What each connection works with.
#[derive(Clone)]
struct Shared {
    window: u16,
    events: broadcast::Sender<StageEvent>,
    newest: watch::Receiver<Option<StageEvent>>,
    said: mpsc::Sender<Incoming>,
}

impl CompanionServer {
    /// Makes the socket of this window. Its folder and the socket belong to this user alone. What a
    /// program that was killed left there is replaced. Call it inside the runtime.
    ///
    /// # Errors
    /// [`CompanionError`] if folder or socket cannot be made.
    pub fn start(path: &Path, window: u16) -> Result<(Self, mpsc::Receiver<Incoming>), CompanionError> {
        if path.as_os_str().len() > LONGEST_PATH {
            return Err(CompanionError::PathTooLong);
        }
        let listener = listen(path)?;
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let (newest, seen) = watch::channel(None);
        let (said, incoming) = mpsc::channel(LINES_WAITING);
        let shared = Shared { window, events: events.clone(), newest: seen, said };
        let accepting = tokio::spawn(accept(listener, shared)).abort_handle();
        Ok((Self { path: path.to_owned(), events, newest, accepting }, incoming))
    }

    /// Tells every device where the window is.
    pub fn announce(&self, event: StageEvent) {
        let _ = self.newest.send_replace(Some(event.clone()));
        let _ = self.events.send(event); // nobody listens
    }
}

impl Drop for CompanionServer {
    fn drop(&mut self) {
        self.accepting.abort();
        // Somebody else may have removed it.
        let _ = fs::remove_file(&self.path);
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept(listener: UnixListener, shared: Shared) {
    let places = Arc::new(Semaphore::new(MOST_DEVICES));
    let mut devices = tokio::task::JoinSet::new();
    loop {
        let connected = tokio::select! {
            connected = listener.accept() => connected,
            Some(_) = devices.join_next() => continue,
        };
        let Ok((stream, _)) = connected else {
            // Too many open files, for example: the devices there are go on.
            tokio::time::sleep(PATIENCE).await;
            continue;
        };
        let (shared, place) = (shared.clone(), places.clone().try_acquire_owned());
        devices.spawn(async move {
            match place {
                Ok(_place) => serve(stream, shared).await,
                Err(_) => {
                    let (_, mut writer) = stream.into_split();
                    send(&mut writer, &Answer::Refused { id: None, why: Why::TooManyDevices }).await;
                }
            }
        });
    }
}

/// Sends a line; `false` if the device does not take it.
async fn send(writer: &mut OwnedWriteHalf, answer: &Answer) -> bool {
    matches!(timeout(PATIENCE, writer.write_all(&answer.line())).await, Ok(Ok(())))
}

async fn serve(stream: UnixStream, shared: Shared) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = Lines::new(reader);
    let device = match timeout(GREETING_WITHIN, greeting(&mut lines)).await {
        Ok(Ok(device)) => device,
        Ok(Err(why)) => {
            send(&mut writer, &Answer::Refused { id: None, why }).await;
            return;
        }
        Err(_) => return,
    };
    // Subscribed before the newest event is read, so that none is missed between the two.
    let events = shared.events.subscribe();
    if !send(&mut writer, &Answer::Hello { version: PROTOCOL_VERSION, window: shared.window }).await {
        return;
    }
    let newest = shared.newest.borrow().clone();
    if let Some(newest) = newest
        && !send(&mut writer, &Answer::Stage(newest)).await
    {
        return;
    }
    talk(lines, writer, events, &shared, device).await;
}

async fn greeting(lines: &mut Lines<OwnedReadHalf>) -> Result<DeviceRole, Why> {
    match lines.next().await {
        Read::Line(line) => match Line::read(&line)? {
            Line::Hello { version: PROTOCOL_VERSION, device } => Ok(device),
            Line::Hello { .. } => Err(Why::Version),
            _ => Err(Why::Malformed),
        },
        Read::TooLong => Err(Why::TooLong),
        Read::End => Err(Why::Malformed),
    }
}

async fn talk(
    mut lines: Lines<OwnedReadHalf>,
    mut writer: OwnedWriteHalf,
    mut events: broadcast::Receiver<StageEvent>,
    shared: &Shared,
    device: DeviceRole,
) {
    let mut allowance = Allowance::new(Instant::now());
    let mut refused = 0;
    loop {
        let answer = tokio::select! {
            read = lines.next() => match read {
                Read::Line(line) => answered(&line, &mut allowance, shared, device).await,
                Read::TooLong => {
                    send(&mut writer, &Answer::Refused { id: None, why: Why::TooLong }).await;
                    return;
                }
                Read::End => return,
            },
            event = events.recv() => match event {
                Ok(event) => Answer::Stage(event),
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            },
        };
        if matches!(answer, Answer::Refused { .. }) {
            refused += 1;
        }
        if !send(&mut writer, &answer).await || refused > REFUSED_AT_MOST {
            return;
        }
    }
}

async fn answered(line: &[u8], allowance: &mut Allowance, shared: &Shared, device: DeviceRole) -> Answer {
    if !allowance.take(Instant::now()) {
        return Answer::Refused { id: None, why: Why::TooMany };
    }
    let line = match Line::read(line) {
        Ok(line) => line,
        Err(why) => return Answer::Refused { id: None, why },
    };
    let id = line.id();
    let taken = async {
        let (answer, answered) = oneshot::channel();
        let incoming = Incoming { said: line.said_by(device)?, answer };
        shared.said.send(incoming).await.map_err(|_| Why::NotNow)?;
        answered.await.unwrap_or(Err(Why::NotNow))
    };
    match taken.await {
        Ok(()) => Answer::Taken { id },
        Err(why) => Answer::Refused { id, why },
    }
}
