//! Ports for daemons that cannot ask the kernel for one.
//!
//! `vpcd`, `ippeveprinter`, `cupsd` and PostgreSQL need a port number. Asking the kernel for a free
//! port and releasing it leaves a gap in which another rig may take it. So a lock file holds a port
//! as long as its owner lives. The range lies below the kernel's range for outgoing connections.

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use crate::error::{Result, RigError};

const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

/// Consecutive free ports, held for this rig until dropped.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    _locks: Vec<File>,
}

impl Ports {
    /// Takes `count` consecutive free ports.
    ///
    /// # Errors
    /// [`RigError::NoFreePort`] if the whole range is in use.
    pub fn take(count: u16) -> Result<Self> {
        let folder = lock_folder()?;
        let span = LAST - FIRST - count;
        // Programs begin at different places, so that they rarely try the same port.
        let begin = u16::try_from(std::process::id().wrapping_mul(97) % u32::from(span)).unwrap_or(0);
        for offset in 0..span {
            let first = FIRST + (begin + offset) % span;
            if let Some(locks) = try_take(&folder, first, count)? {
                return Ok(Self { first, _locks: locks });
            }
        }
        Err(RigError::NoFreePort(FIRST, LAST))
    }

    /// Returns the first port.
    #[must_use]
    pub fn first(&self) -> u16 {
        self.first
    }
}

fn lock_folder() -> Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::temp_dir().join(format!("suishen-ports-{user}"));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn try_take(folder: &std::path::Path, first: u16, count: u16) -> Result<Option<Vec<File>>> {
    let mut locks = Vec::new();
    for port in first..first + count {
        let file = File::create(folder.join(port.to_string()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        // Binds all addresses, because vpcd listens on all of them.
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_err() {
            return Ok(None);
        }
        locks.push(file);
    }
    Ok(Some(locks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_two_rigs_never_overlap() {
        let held: Vec<Ports> = (0..20).map(|_| Ports::take(2).unwrap()).collect();
        let mut numbers: Vec<u16> =
            held.iter().flat_map(|ports| [ports.first(), ports.first() + 1]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 40);
    }

    #[test]
    fn a_port_in_use_is_not_given_out() {
        let held = Ports::take(1).unwrap();
        let port = held.first();
        drop(held);
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let folder = lock_folder().unwrap();
        assert!(try_take(&folder, port, 1).unwrap().is_none());
    }
}
