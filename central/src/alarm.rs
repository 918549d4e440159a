//! Alarms (N-4): what somebody must look at soon. Each is a row, a line in the log and a count.

use rules::{At, DeviceNumber, StaffNumber};

/// Kinds of alarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    /// D1: a desk's audit or database is not what it was.
    AuditMismatch,
    /// D2: the centre's own audit log was edited.
    AuditLog,
    /// S7: a desk's disk was restored or copied.
    Quarantine,
    /// More failed log-ins of an account, or at a desk, than the threshold.
    FailedLogins,
    /// More reprints by one operator on a day than the threshold.
    Reprints,
    /// Registry records were looked at outside office hours.
    LookUpsOutOfHours,
    /// A3: nobody's word stands behind more operations of a desk than the threshold.
    Unproven,
    /// S7: a desk sent more batches than the threshold whose signature, chain or form is wrong.
    Malformed,
    /// N-3: a client of kiosk or portal was refused more often in an hour than the threshold.
    ChannelRefusals,
    /// V1: a desk asked for more kits of home visits than it may have, or for larger ones.
    KitsRefused,
    /// V4: the kit of a home visit has ended and did not come back.
    KitOverdue,
}

impl AlarmKind {
    /// Returns the name in rows, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuditMismatch => "audit_mismatch",
            Self::AuditLog => "audit_log",
            Self::Quarantine => "quarantine",
            Self::FailedLogins => "failed_logins",
            Self::Reprints => "reprints",
            Self::LookUpsOutOfHours => "look_ups_out_of_hours",
            Self::Unproven => "unproven",
            Self::Malformed => "malformed",
            Self::ChannelRefusals => "channel_refusals",
            Self::KitsRefused => "kits_refused",
            Self::KitOverdue => "kit_overdue",
        }
    }
}

/// Something that a person has to look at soon, as a row, a log line and a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// When it was raised.
    pub at: At,
    /// Kind of the alarm.
    pub kind: AlarmKind,
    /// Device number of the desk it concerns, if any.
    pub device: Option<DeviceNumber>,
    /// Account it concerns, if any.
    pub staff: Option<StaffNumber>,
    /// Numbers and codes, never people.
    pub detail: String,
}

impl Alarm {
    /// Writes the log line and counts it, once the row is committed.
    pub fn tell(&self) {
        let (kind, staff) = (self.kind.name(), self.staff.as_ref().map(StaffNumber::as_str));
        metrics::counter!("central_alarms_total", "kind" => kind).increment(1);
        tracing::error!(kind, device = self.device.map(u32::from), staff, detail = self.detail, "alarm");
    }
}
