//! Caps on open connections, in total and per address (S8).
//!
//! Connections use open files, which database and blobs need too. A caller who opens more than
//! their share is refused at once, before any byte is read.

use super::limits::place_of;
use crate::{config::Config, store::postgres::LOOKUPS};
use axum_server::accept::Accept;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    collections::HashMap,
    future::{Ready, ready},
    io::{self, IoSlice},
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Open files kept for logs, blobs, the object store and the runtime.
const OTHER_FILES: u64 = 128;
/// An address may hold at most this part of all connections, whatever the settings say.
const SHARE: usize = 4;
/// Pause between two warnings.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Admits connections below both caps.
#[derive(Clone)]
pub(super) struct Gate(Arc<Connections>);

struct Connections {
    in_total: usize,
    per_address: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_place: HashMap<IpAddr, usize>,
    warned_at: Option<Instant>,
}

impl Gate {
    /// Raises the limit of open files as far as the system allows, and caps connections below it.
    pub(super) fn new(config: &Config) -> Self {
        let limit = getrlimit(Resource::Nofile);
        if setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_err() {
            tracing::warn!("the limit of open files could not be raised");
        }
        let database = u64::from(config.database_connections) + u64::from(LOOKUPS) + 2;
        let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let free = files.saturating_sub(database + OTHER_FILES);
        let free = usize::try_from(free).unwrap_or(usize::MAX).max(1);
        let in_total = config.limits.connections.min(free);
        let per_address = config.limits.connections_per_address.min(in_total.div_ceil(SHARE));
        tracing::info!(in_total, per_address, "connections are capped");
        Self(Arc::new(Connections { in_total, per_address, open: Mutex::default() }))
    }

    fn admit(&self, address: IpAddr) -> Option<Place> {
        let place = place_of(address);
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let from_here = open.by_place.get(&place).copied().unwrap_or(0);
        let reason = if from_here >= self.0.per_address {
            "address"
        } else if open.all >= self.0.in_total {
            "total"
        } else {
            open.all += 1;
            open.by_place.insert(place, from_here + 1);
            return Some(Place { place, connections: Arc::clone(&self.0) });
        };
        metrics::counter!("central_connections_refused_total", "reason" => reason).increment(1);
        if open.warned_at.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
            open.warned_at = Some(Instant::now());
            tracing::warn!(reason, %address, open = open.all, "connection refused");
        }
        None
    }
}

/// A counted connection's place among those of its address.
struct Place {
    place: IpAddr,
    connections: Arc<Connections>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        if let Some(count) = open.by_place.get_mut(&self.place) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.by_place.remove(&self.place);
            }
        }
    }
}

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Counted;
    type Service = S;
    type Future = Ready<io::Result<(Counted, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let admitted = stream.peer_addr().and_then(|peer| {
            let place = self.admit(peer.ip()).ok_or(io::ErrorKind::ConnectionRefused)?;
            Ok((Counted { stream, _place: place }, service))
        });
        ready(admitted)
    }
}

/// A connection that is counted until it is dropped.
pub(super) struct Counted {
    stream: TcpStream,
    _place: Place,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_its_share_and_no_more_until_it_lets_go() {
        let connections = Connections { in_total: 4, per_address: 2, open: Mutex::default() };
        let gate = Gate(Arc::new(connections));
        let [first, second, third] =
            ["192.0.2.1", "192.0.2.2", "2001:db8::1"].map(|one| one.parse().unwrap());
        let mut held = vec![gate.admit(first).unwrap(), gate.admit(first).unwrap()];
        assert!(gate.admit(first).is_none(), "its share is used");
        held.push(gate.admit(second).unwrap());
        held.push(gate.admit(third).unwrap());
        assert!(gate.admit(second).is_none(), "all are used");
        held.remove(0);
        assert!(gate.admit(second).is_some(), "one was let go");
        drop(held);
        assert!(gate.0.open.lock().unwrap().by_place.is_empty(), "nothing is left behind");
    }
}
