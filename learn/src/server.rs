//! An HTTP server on this machine's loopback that can go away and come back at the same address.

use axum::Router;
use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{net::TcpSocket, runtime::Runtime};

/// Longest time until nobody listens any more after the line was cut.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);
const BACKLOG: u32 = 1_024;

/// A server with a runtime of its own. Ending the runtime also ends open connections, as a cut
/// line does.
pub(crate) struct Server {
    address: SocketAddr,
    router: Router,
    runtime: Option<Runtime>,
    /// Keeps the port while the line is cut, so that nobody else is taken for the centre.
    kept: Option<TcpSocket>,
}

impl Server {
    /// Serves on a port that the kernel chooses.
    pub(crate) fn start(router: Router) -> io::Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { address, router, runtime: None, kept: Some(bound(address)?) };
        server.resume()?;
        Ok(server)
    }

    /// Returns `127.0.0.1:PORT`.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.runtime.is_some()
    }

    /// Serves again at the same address; does nothing while it serves.
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        if self.runtime.is_some() {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let socket = self.kept.take().map_or_else(|| bound(self.address), Ok)?;
        let listener = {
            let _entered = runtime.enter();
            socket.listen(BACKLOG)?
        };
        self.address = listener.local_addr()?;
        let router = self.router.clone();
        runtime.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a server of the practice site ended");
            }
        });
        self.runtime = Some(runtime);
        Ok(())
    }

    /// Goes away: connections break, and new ones are refused. Nobody reaches it after this call.
    ///
    /// # Errors
    /// If somebody still listens after ten seconds.
    pub(crate) fn cut(&mut self) -> io::Result<()> {
        let Some(runtime) = self.runtime.take() else { return Ok(()) };
        runtime.shutdown_timeout(Duration::from_secs(1));
        // A busy machine may need longer; as long as the old listener is there, the port is taken.
        let begun = Instant::now();
        loop {
            match bound(self.address) {
                Ok(socket) => {
                    self.kept = Some(socket);
                    return Ok(());
                }
                Err(error) if begun.elapsed() > CLOSED_WITHIN => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

/// Takes a port without listening: whoever connects is refused.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
