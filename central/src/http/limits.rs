//! Rate limits per device, operator, scanner, channel client and address.

use super::answer::Refused;
use crate::config::Limits;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use rules::{DeviceNumber, StaffNumber};
use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

type Limiter<K> = DefaultKeyedRateLimiter<K>;

/// Rate limiters, one per kind of caller.
pub(super) struct RateLimits {
    devices: Limiter<DeviceNumber>,
    operators: Limiter<StaffNumber>,
    logins: Limiter<(u32, StaffNumber)>,
    scanners: Limiter<(IpAddr, String)>,
    channels: Limiter<String>,
    testing_places: Limiter<String>,
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

/// Prefix length identifying one IPv6 subscriber.
const LINE_BITS: u32 = 64;

/// Returns the key an address is limited by: the subscriber's prefix for IPv6, the whole address
/// for IPv4, mapped or not.
pub(super) fn place_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> LINE_BITS << LINE_BITS).into(),
        address @ IpAddr::V4(_) => address,
    }
}

impl RateLimits {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            devices: limiter(limits.device_per_minute),
            operators: limiter(limits.operator_per_minute),
            logins: limiter(limits.operator_per_minute),
            scanners: limiter(limits.scanner_per_minute),
            channels: limiter(limits.channel_per_minute),
            testing_places: limiter(limits.testing_place_per_minute),
            doors: limiter(limits.door_per_minute),
            assertions: limiter(limits.assertion_per_minute),
            anybody: limiter(limits.anybody_per_minute),
        }
    }

    pub(super) fn device(&self, device: DeviceNumber) -> Result<(), Refused> {
        check(&self.devices, &device)
    }

    /// Limits an operator whose password or token was verified.
    pub(super) fn operator(&self, operator: &StaffNumber) -> Result<(), Refused> {
        check(&self.operators, operator)
    }

    /// Limits log-ins before the password check, per desk and account, so that one desk cannot
    /// exhaust another's rate.
    pub(super) fn login(&self, device: DeviceNumber, operator: &StaffNumber) -> Result<(), Refused> {
        check(&self.logins, &(device.0, operator.clone()))
    }

    /// Limits a scanner by name and address. A name alone could be used to block a scanner, and
    /// an address may be shared behind a gateway. The caller chooses the name, so the address has
    /// a limit too.
    pub(super) fn scanner(&self, address: IpAddr, scanner: &str) -> Result<(), Refused> {
        self.anybody(address)?;
        check(&self.scanners, &(place_of(address), scanner.to_owned()))
    }

    pub(super) fn channel(&self, client: &str) -> Result<(), Refused> {
        check(&self.channels, &client.to_owned())
    }

    /// Limits a testing place whose signature was verified.
    pub(super) fn testing_place(&self, place: &str) -> Result<(), Refused> {
        check(&self.testing_places, &place.to_owned())
    }

    /// Limits unauthenticated requests by address: verification, lists, and channels before their
    /// key is checked.
    pub(super) fn anybody(&self, address: IpAddr) -> Result<(), Refused> {
        check(&self.anybody, &place_of(address))
    }

    /// Limits desk assertions before the signature check. All desks of a city may share
    /// one gateway address.
    pub(super) fn assertion(&self, address: IpAddr) -> Result<(), Refused> {
        check(&self.assertions, &place_of(address))
    }

    /// Limits enrolments, which come from unknown callers.
    pub(super) fn door(&self, address: IpAddr) -> Result<(), Refused> {
        check(&self.doors, &place_of(address))
    }

    /// Drops keys without recent requests, so that the tables stay bounded.
    pub(super) fn forget_quiet(&self) {
        self.devices.retain_recent();
        self.operators.retain_recent();
        self.logins.retain_recent();
        self.scanners.retain_recent();
        self.channels.retain_recent();
        self.testing_places.retain_recent();
        self.doors.retain_recent();
        self.assertions.retain_recent();
        self.anybody.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_subscriber_is_one_caller_and_mapped_ipv4_equals_ipv4() {
        let place = |address: &str| place_of(address.parse().unwrap());
        assert_eq!(place("2001:db8:1:2::1"), place("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_ne!(place("::ffff:192.0.2.1"), place("192.0.2.2"));
    }
}
