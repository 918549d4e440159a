//! Who a desk is: its certificate and where its centre is.

use rules::{
    At, DeviceNumber, SiteCode,
    issuing::{Issued, IssuingKey, Trust},
    keys::{Class, DeskKey, PublicKey, Signed},
};
use serde::{Deserialize, Serialize};

/// Who this desk is, as the centre signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Certificate of the key this desk signs with, signed by the centre.
    pub certificate: Issued<DeskKey>,
    /// Certificate of the next key, once there is one (B4).
    pub next_certificate: Option<Issued<DeskKey>>,
    /// Certificates of this window's earlier keys and enrolments, oldest first: what they sealed is
    /// checked with them.
    #[serde(default)]
    pub earlier_certificates: Vec<Issued<DeskKey>>,
    /// The centre's root key.
    pub root: PublicKey,
    /// The centre's sealing key at the enrolment, as the root signed it; a later one comes with the
    /// trust anchors (C3).
    pub sealing: Signed<IssuingKey>,
    /// The centre's short name, in every code.
    pub issuer: String,
    /// Name of the site.
    pub site_name: String,
    /// Window number at the site, 1–999.
    pub desk_number: u16,
    /// Where the centre is.
    pub centre_url: String,
    /// The certificate authority of the centre's TLS certificate, PEM; `None`: no TLS (loopback
    /// only).
    pub centre_ca: Option<String>,
    /// When it was enrolled, by the centre's clock.
    pub enrolled_at: At,
}

impl Identity {
    /// Returns the desk's key as the centre signed it. While a desk is at work the key may be
    /// renewed: [`crate::Desk::key`] is the one in use.
    pub const fn desk_key(&self) -> &DeskKey {
        &self.certificate.value
    }
    /// Returns all keys this window has signed with, as the centre signed them.
    pub fn keys(&self) -> Vec<PublicKey> {
        let certificates = self.earlier_certificates.iter().chain([&self.certificate]);
        let trust = Trust::of(self.root.clone());
        certificates.filter_map(|one| one.verify(&trust).ok()).map(|key| key.public_key.clone()).collect()
    }
    /// Returns whether this is a practice or a live desk (S11).
    pub const fn class(&self) -> Class {
        self.certificate.value.class
    }
    /// Returns the site it stands at.
    pub const fn site(&self) -> &SiteCode {
        &self.certificate.value.site
    }
    /// Returns the author of this desk's operations.
    pub const fn author(&self) -> Author {
        Author { device: self.certificate.value.device, epoch: self.certificate.value.epoch }
    }
}

/// Who writes operations: a device in one of its enrolments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// Number of the device.
    pub device: DeviceNumber,
    /// Enrolment epoch.
    pub epoch: u32,
}
