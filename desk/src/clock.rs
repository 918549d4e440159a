//! Time at a desk. The wall clock of a counter PC can be wrong or be set, so the business day (L3)
//! comes from the centre's clock at last contact carried forward by a monotonic clock, and a clock
//! that was set back is noticed (L10).

use rules::{
    At,
    business_time::{ClockReading, business_time, is_behind, was_set_back},
    life::{Now, Vantage},
};
use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// Where time comes from. The only source of time in this crate, so that a test decides what time
/// it is.
pub trait Clock: Send + Sync {
    /// Returns the wall clock.
    fn wall(&self) -> At;
    /// Milliseconds since boot, time asleep included; nobody can set it.
    fn monotonic_ms(&self) -> i64;
    /// Returns the boot that `monotonic_ms` counts from.
    fn boot_id(&self) -> Uuid;
    /// Waits until so much time has passed.
    fn wait(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    boot_id: Uuid,
}

impl SystemClock {
    /// Reads the kernel's boot id once. Where there is none, every start counts as a boot of its
    /// own: time then falls back to the wall clock plus the last offset, as after a real reboot.
    pub fn new() -> Self {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .ok()
            .and_then(|text| Uuid::try_parse(text.trim()).ok())
            .unwrap_or_else(Uuid::new_v4);
        Self { boot_id }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> At {
        At(jiff::Timestamp::now().as_millisecond())
    }

    fn monotonic_ms(&self) -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    fn boot_id(&self) -> Uuid {
        self.boot_id
    }
}

/// A clock that stands still until it is moved: for tests and the simulation.
#[derive(Debug)]
pub struct ManualClock {
    wall: AtomicI64,
    monotonic: AtomicI64,
    boot_id: Mutex<Uuid>,
}

impl ManualClock {
    /// Starts at `wall`, one minute after boot.
    pub fn new(wall: At) -> Arc<Self> {
        Arc::new(Self {
            wall: AtomicI64::new(wall.0),
            monotonic: AtomicI64::new(60_000),
            boot_id: Mutex::new(Uuid::from_u128(1)),
        })
    }

    /// Lets time pass.
    pub fn advance(&self, milliseconds: i64) {
        self.wall.fetch_add(milliseconds, Ordering::SeqCst);
        self.monotonic.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Moves the wall clock, as a person who sets it. No time passes.
    pub fn step(&self, milliseconds: i64) {
        self.wall.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Restarts the machine: the monotonic clock begins again.
    pub fn reboot(&self, down_ms: i64) {
        self.wall.fetch_add(down_ms, Ordering::SeqCst);
        self.monotonic.store(1_000, Ordering::SeqCst);
        let mut boot_id = self.boot_id.lock().unwrap_or_else(PoisonError::into_inner);
        *boot_id = Uuid::from_u128(boot_id.as_u128() + 1);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> At {
        At(self.wall.load(Ordering::SeqCst))
    }
    fn monotonic_ms(&self) -> i64 {
        self.monotonic.load(Ordering::SeqCst)
    }
    fn boot_id(&self) -> Uuid {
        *self.boot_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn wait(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.advance(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
        Box::pin(std::future::ready(()))
    }
}

/// The centre's clock and this desk's at last contact.
pub type Contact = rules::business_time::Anchor;

/// All clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The instant to decide with: the centre's time carried forward.
    pub at: At,
    /// The wall clock.
    pub wall: At,
    /// The monotonic clock, ms.
    pub monotonic_ms: i64,
    /// Boot that the monotonic clock counts from.
    pub boot_id: Uuid,
    /// The centre's time at last contact; `None` = never.
    pub last_contact: Option<At>,
    /// Centre minus desk at last contact, ms (L10).
    pub contact_offset_ms: i64,
    /// The wall clock was set back since (L10).
    pub set_back: bool,
    /// Instant before which it cannot be, whatever the wall clock was set to: the latest that was
    /// ever known here, and the time this program has run since.
    pub not_before: At,
    /// The centre told its time in this boot, so `at` does not depend on the wall clock.
    pub is_centre_time: bool,
}

impl Reading {
    /// Returns what to add to `wall` to get `at`, ms. It is recorded in every operation, so that
    /// the centre derives the same business day whatever the wall clock said.
    pub const fn offset_ms(&self) -> i64 {
        self.at.0 - self.wall.0
    }

    /// Returns the instant that decides whether something has run out: a clock that was set back
    /// gains nobody time.
    pub fn at_least(&self) -> At {
        self.at.max(self.not_before)
    }

    /// Returns the wall time before which no later start may find the clock, or it was set back
    /// (L10). One that was set back already stays so until the centre tells its time, whatever the
    /// wall clock says by then.
    pub const fn high_water(&self) -> At {
        if self.set_back { At(i64::MAX) } else { At(self.at.0 - self.contact_offset_ms) }
    }

    /// Returns when and from where a rule decides. `fresh`: the centre's view of this citizen has
    /// just been seen.
    pub fn now(&self, fresh: bool) -> Now {
        let vantage = if fresh {
            Vantage::Centre
        } else {
            Vantage::Offline {
                last_contact: self.last_contact,
                clock_offset_ms: self.contact_offset_ms,
                clock_set_back: self.set_back,
            }
        };
        Now { at: self.at, vantage }
    }
}

#[derive(Debug)]
struct Known {
    contact: Option<Contact>,
    /// A moment since which the wall clock has been watched.
    watched: ClockReading,
    set_back: bool,
    /// The latest instant ever known, and the monotonic clock when this program learnt it.
    latest: (At, i64),
}

/// The desk's clock with what the centre told it.
pub struct TrustedClock {
    source: Arc<dyn Clock>,
    known: Mutex<Known>,
}

impl TrustedClock {
    /// Starts from the remembered state. `contact`: the last one; `high_water`: the highest of
    /// [`Reading::high_water`] since then. A wall clock behind it after a restart was set back.
    pub fn new(source: Arc<dyn Clock>, contact: Option<Contact>, high_water: At) -> Self {
        let now = clocks(source.as_ref());
        let watched = contact.map(|contact| contact.desk).filter(|then| then.boot_id == now.boot_id);
        let set_back = is_behind(now.wall, high_water);
        let latest = (contact.map_or(At(0), |contact| contact.centre), now.monotonic_ms);
        let known = Mutex::new(Known { contact, watched: watched.unwrap_or(now), set_back, latest });
        Self { source, known }
    }

    /// Takes in the latest instant that this desk wrote down, see [`Reading::not_before`].
    #[must_use]
    pub fn not_before(self, latest: At) -> Self {
        let now = self.source.monotonic_ms();
        let mut known = self.lock();
        known.latest = known.latest.max((latest, now));
        drop(known);
        self
    }

    /// Takes in the centre's time. `round_trip_ms` is how long the call took; the answer is taken
    /// to be half of it old.
    pub fn contact(&self, server_time: At, round_trip_ms: i64) -> Contact {
        let desk = clocks(self.source.as_ref());
        let contact = Contact { centre: server_time.plus_ms(round_trip_ms / 2), desk };
        let latest = (contact.centre, desk.monotonic_ms);
        *self.lock() = Known { contact: Some(contact), watched: desk, set_back: false, latest };
        contact
    }

    /// Reads all clocks.
    pub fn read(&self) -> Reading {
        let now = clocks(self.source.as_ref());
        let mut known = self.lock();
        known.set_back |= was_set_back(&known.watched, &now);
        Reading {
            at: business_time(known.contact.as_ref(), &now).at,
            wall: now.wall,
            monotonic_ms: now.monotonic_ms,
            boot_id: now.boot_id,
            last_contact: known.contact.map(|contact| contact.centre),
            contact_offset_ms: known.contact.map_or(0, |contact| contact.centre.since_ms(contact.desk.wall)),
            set_back: known.set_back,
            not_before: known.latest.0.plus_ms(now.monotonic_ms - known.latest.1),
            is_centre_time: known.contact.is_some_and(|contact| contact.desk.boot_id == now.boot_id),
        }
    }

    /// Waits until so much time has passed.
    pub async fn wait(&self, duration: Duration) {
        self.source.wait(duration).await;
    }

    /// Returns the monotonic clock, ms, for waiting where no instant is needed.
    pub fn monotonic_ms(&self) -> i64 {
        self.source.monotonic_ms()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Plain data: a panic elsewhere while it was held leaves it whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn clocks(source: &dyn Clock) -> ClockReading {
    ClockReading { wall: source.wall(), monotonic_ms: source.monotonic_ms(), boot_id: source.boot_id() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::policy::SET_BACK_TOLERANCE_MS;

    const HOUR_MS: i64 = 3_600_000;
    const START: At = At(1_760_000_000_000);

    fn contacted(offset_ms: i64) -> (Arc<ManualClock>, TrustedClock) {
        let clock = ManualClock::new(START);
        let trusted = TrustedClock::new(clock.clone(), None, At(0));
        trusted.contact(At(START.0 + offset_ms), 0);
        (clock, trusted)
    }

    #[test]
    fn l10_time_follows_the_centre_and_the_monotonic_clock() {
        let (clock, trusted) = contacted(90_000);
        clock.advance(HOUR_MS);
        clock.step(7 * HOUR_MS);
        let reading = trusted.read();
        assert_eq!(reading.at, At(START.0 + 90_000 + HOUR_MS));
        assert_eq!(reading.wall.0 + reading.offset_ms(), reading.at.0);
        assert_eq!(reading.contact_offset_ms, 90_000);
        assert!(!reading.set_back, "a clock set forward is not one set back");
    }

    #[test]
    fn l10_a_clock_set_back_is_noticed_until_the_next_contact() {
        let (clock, trusted) = contacted(0);
        clock.advance(HOUR_MS);
        clock.step(-SET_BACK_TOLERANCE_MS - 1);
        assert!(trusted.read().set_back);
        clock.step(2 * SET_BACK_TOLERANCE_MS);
        assert!(trusted.read().set_back, "setting it right again does not undo what happened");
        trusted.contact(START, 0);
        assert!(!trusted.read().set_back);
    }

    #[test]
    fn l10_set_back_over_a_reboot_is_noticed_by_the_high_water_mark() {
        let (clock, trusted) = contacted(1_000);
        let contact = trusted.contact(At(START.0 + 1_000), 0);
        clock.advance(HOUR_MS);
        let high_water = clock.wall();
        clock.reboot(-2 * HOUR_MS);
        assert!(TrustedClock::new(clock.clone(), Some(contact), high_water).read().set_back);
        clock.step(3 * HOUR_MS);
        let reading = TrustedClock::new(clock.clone(), Some(contact), high_water).read();
        assert!(!reading.set_back);
        assert_eq!(reading.at.0, reading.wall.0 + 1_000, "after a reboot: wall clock and last offset");
    }

    #[test]
    fn l10_a_clock_set_back_stays_so_over_a_reboot_that_ends_after_it_caught_up() {
        let (clock, trusted) = contacted(1_000);
        let contact = trusted.contact(At(START.0 + 1_000), 0);
        clock.advance(HOUR_MS);
        let before = trusted.read().high_water();
        assert_eq!(before, clock.wall());
        clock.step(-HOUR_MS);
        let mark = trusted.read().high_water().max(before);
        clock.reboot(24 * HOUR_MS);
        let again = TrustedClock::new(clock.clone(), Some(contact), mark);
        assert!(again.read().set_back);
        let contact = again.contact(clock.wall(), 0);
        assert!(!TrustedClock::new(clock.clone(), Some(contact), contact.desk.wall).read().set_back);
    }

    #[test]
    fn l10_the_mark_is_where_an_honest_clock_would_be() {
        let (clock, trusted) = contacted(0);
        clock.advance(HOUR_MS);
        clock.step(7 * HOUR_MS);
        assert_eq!(
            trusted.read().high_water(),
            At(START.0 + HOUR_MS),
            "one set forward may be set right again"
        );
    }

    #[test]
    fn l10_a_restart_within_one_boot_keeps_the_trusted_time() {
        let (clock, trusted) = contacted(0);
        let contact = trusted.contact(START, 0);
        clock.advance(HOUR_MS);
        clock.step(-HOUR_MS);
        let reading = TrustedClock::new(clock.clone(), Some(contact), At(0)).read();
        assert_eq!(reading.at, At(START.0 + HOUR_MS));
        assert!(reading.set_back);
    }
}
