//! Shifted clocks of a machine, so that an outage of three days passes in a second.

use desk::clock::{Clock, SystemClock};
use rules::At;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use uuid::Uuid;

/// Wall and monotonic clock of a machine, shifted against the real ones and running at normal pace.
pub struct MovedClock {
    system: SystemClock,
    moved_ms: AtomicI64,
    boot_id: Uuid,
}

/// Uptime of the machine, longer than any test goes back.
const ON_FOR_MS: i64 = 30 * 24 * 60 * 60 * 1000;

impl MovedClock {
    /// Returns clocks shifted by `moved_ms`; negative = into the past.
    #[must_use]
    pub fn by(moved_ms: i64) -> Arc<Self> {
        let system = SystemClock::new();
        let boot_id = system.boot_id();
        Arc::new(Self { system, moved_ms: AtomicI64::new(moved_ms), boot_id })
    }

    /// Returns clocks after a restart of the machine, which loses the relation to earlier times.
    #[must_use]
    pub fn rebooted(moved_ms: i64) -> Arc<Self> {
        let moved_ms = AtomicI64::new(moved_ms);
        Arc::new(Self { system: SystemClock::new(), moved_ms, boot_id: Uuid::new_v4() })
    }

    /// Lets time pass, for the machine as for the world.
    pub fn pass(&self, milliseconds: i64) {
        self.moved_ms.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Returns the shift against the present, in milliseconds.
    #[must_use]
    pub fn moved_ms(&self) -> i64 {
        self.moved_ms.load(Ordering::SeqCst)
    }

    /// Lets time pass up to the present.
    pub fn pass_to_the_present(&self) {
        self.moved_ms.store(0, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn wall(&self) -> At {
        self.system.wall().plus_ms(self.moved_ms())
    }

    fn monotonic_ms(&self) -> i64 {
        self.system.monotonic_ms() + self.moved_ms() + ON_FOR_MS
    }

    fn boot_id(&self) -> Uuid {
        self.boot_id
    }
}
