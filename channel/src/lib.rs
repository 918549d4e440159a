//! How the programs of portal (一网通办) and kiosk (自助终端) speak to the centre (N-3).
//!
//! Such a program has a key of its own, which the centre certified for a one-time code
//! ([`enrol`], kept as [`Identity`]). With it the program asks for a token, and with the token it
//! makes the calls of its channel for the citizen who is logged in ([`Centre`]). Nothing is decided
//! here, and nobody else's word is believed: the centre is known by its certificate, over TLS 1.3.
//! Each also serves one page; [`PageFiles`] holds what that page is built of.
//!
//! ```no_run
//! # async fn example(folder: &std::path::Path) -> anyhow::Result<()> {
//! use channel::{Address, Centre, Identity};
//! use rules::{Sensitive, wire::Channel};
//!
//! let authority = folder.join("ca.pem");
//! let address = Address::new("https://centre.example", Some(&authority), "suishen-kiosk/1.0")?;
//! let centre = Centre::new(address, Channel::Kiosk, Identity::read(folder)?);
//! let session = Sensitive::new("what the log-in gave".to_owned());
//! let photo = centre.send("photo", Some(&session), None::<&()>).await?;
//! # Ok(())
//! # }
//! ```

mod centre;
mod http;
mod identity;
mod page_files;
pub mod private_file;

pub use centre::{Centre, now};
pub use http::{Address, CallError, body, client, is_loopback};
pub use identity::{Identity, enrol};
pub use page_files::{PageFile, PageFiles};
