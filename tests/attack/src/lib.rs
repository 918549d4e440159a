//! What somebody can do who is not honest: with a copied desk folder, a centre's database, or the
//! line between them.
//!
//! The client here shares no encoder, key or type with the product, so that a fault in those cannot
//! hide itself: CBOR, signatures, the vault and the symbol are written out again, and messages are
//! plain JSON. Only the honest side of each test, the desk and the centre it works with, is the
//! product itself.

use reqwest::Client;

pub mod carried;
pub mod cbor;
pub mod folder;
pub mod key;
pub mod kiosk;
pub mod session;
pub mod symbol;
pub mod thief;

/// Returns a client that goes straight to an address.
///
/// # Errors
/// If the library does not start.
fn client() -> reqwest::Result<Client> {
    // The provider is chosen once per process; a second choice of the same one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build()
}
