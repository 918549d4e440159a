//! An HTTP server on this machine's loopback that can go away and come back at the same address.

use axum::Router;
use std::net::SocketAddr;
use tokio::{net::TcpListener, runtime::Runtime};

/// A server with a runtime of its own. Ending the runtime also ends open connections, as a cut
/// line does.
pub(crate) struct Server {
    address: SocketAddr,
    router: Router,
    runtime: Option<Runtime>,
}

impl Server {
    /// Serves on a port that the kernel chooses.
    pub(crate) fn start(router: Router) -> std::io::Result<Self> {
        let mut server = Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), router, runtime: None };
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
    pub(crate) fn resume(&mut self) -> std::io::Result<()> {
        if self.runtime.is_some() {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = std::net::TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        self.address = listener.local_addr()?;
        let router = self.router.clone();
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a server of the practice site ended");
            }
        });
        self.runtime = Some(runtime);
        Ok(())
    }

    /// Goes away: connections break, and new ones are refused.
    pub(crate) fn cut(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits until the listener is closed, so that nobody reaches it after this call.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
