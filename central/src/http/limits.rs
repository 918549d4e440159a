//! Rate limits per device, operator, scanner, channel client and address.

use super::answer::Refused;
use crate::config::Limits;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

type Limiter<K> = DefaultKeyedRateLimiter<K>;

/// All limits.
pub(super) struct RateLimits {
    devices: Limiter<u32>,
    operators: Limiter<String>,
    scanners: Limiter<(IpAddr, String)>,
    channels: Limiter<String>,
    doors: Limiter<IpAddr>,
    assertions: Limiter<IpAddr>,
    anybody: Limiter<IpAddr>,
}

fn limiter<K: Hash + Eq + Clone>(per_minute: u32) -> Limiter<K> {
    RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN)))
}

fn check<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<(), Refused> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(governor::clock::DefaultClock::default().now());
        Refused::busy(wait.as_secs() + 1)
    })
}

impl RateLimits {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            devices: limiter(limits.device_per_minute),
            operators: limiter(limits.operator_per_minute),
            scanners: limiter(limits.scanner_per_minute),
            channels: limiter(limits.channel_per_minute),
            doors: limiter(limits.door_per_minute),
            assertions: limiter(limits.assertion_per_minute),
            anybody: limiter(limits.anybody_per_minute),
        }
    }

    pub(super) fn device(&self, device: u32) -> Result<(), Refused> {
        check(&self.devices, &device)
    }

    pub(super) fn operator(&self, operator: &str) -> Result<(), Refused> {
        check(&self.operators, &operator.to_owned())
    }

    /// By name and address: the name alone could be used to shut a scanner out, the address alone is shared behind a gateway. The name is
    /// whatever the caller says, so the address has its limit too.
    pub(super) fn scanner(&self, address: IpAddr, scanner: &str) -> Result<(), Refused> {
        self.anybody(address)?;
        check(&self.scanners, &(address, scanner.to_owned()))
    }

    pub(super) fn channel(&self, client: &str) -> Result<(), Refused> {
        check(&self.channels, &client.to_owned())
    }

    /// What is answered to anybody, verification and the lists for it, and channels before their key is looked up.
    pub(super) fn anybody(&self, address: IpAddr) -> Result<(), Refused> {
        check(&self.anybody, &address)
    }

    /// A desk's assertion before its signature is checked. A gateway may stand before all desks of the city.
    pub(super) fn assertion(&self, address: IpAddr) -> Result<(), Refused> {
        check(&self.assertions, &address)
    }

    /// Enrolment, where nobody is known yet.
    pub(super) fn door(&self, address: IpAddr) -> Result<(), Refused> {
        check(&self.doors, &address)
    }

    /// Forgets keys that have been quiet, so that the tables stay bounded.
    pub(super) fn forget_quiet(&self) {
        self.devices.retain_recent();
        self.operators.retain_recent();
        self.scanners.retain_recent();
        self.channels.retain_recent();
        self.doors.retain_recent();
        self.assertions.retain_recent();
        self.anybody.retain_recent();
    }
}
