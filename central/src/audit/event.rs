//! Events: what the centre did or was told, as it stands in the log.
//!
//! Events name references, numbers, serials and digests, never people.

use crate::{
    administrator::SignedAct,
    archive::{ArchiveContents, Month},
};
use rules::{
    At, Day, DeviceNumber, StaffNumber,
    audit::AuditLeaf,
    correction::Digest,
    keys::KeyId,
    life::{CodeState, Serial},
    op::{CitizenRef, canonical},
    visit::SheetCount,
    wire::Verdict,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that becomes a leaf of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "body")]
pub enum Event {
    /// A desk's batch was taken.
    Batch(Batch),
    /// Operations were decided, in one transaction.
    Verdicts(Verdicts),
    /// A citizen logged in at portal or kiosk.
    ChannelLogin {
        /// Name of the channel client.
        client: String,
        /// How: `id_card`, `login_token`, or `switch` to a relative's code.
        method: String,
        /// Who logged in.
        acting: CitizenRef,
        /// Whose code is handled.
        holder: CitizenRef,
    },
    /// Portal or kiosk did something for a citizen.
    ChannelAct(ChannelAct),
    /// A registry record was shown.
    LookUp(Viewed<CitizenRef>),
    /// The roster of an institution was shown (I5).
    Roster(Viewed<Uuid>),
    /// A desk took the kit of a home visit (V1). Each view in it is a look-up besides.
    VisitTaken(VisitTaken),
    /// The kit of a home visit came back (V5).
    VisitBack(VisitBack),
    /// A piece of evidence was shown.
    Evidence(Viewed<Digest>),
    /// Somebody asked for evidence that is not theirs to see (N-2).
    EvidenceRefused(Viewed<Digest>),
    /// An account was added or changed.
    Account(Account),
    /// A security administrator of a site did something to accounts. The versions that came of it
    /// follow as events of their own.
    AccountAct(DecidedAct),
    /// A desk was invited.
    DeskInvited {
        /// Device number of the desk.
        device: DeviceNumber,
    },
    /// A desk was enrolled.
    DeskEnrolled {
        /// Device number of the desk.
        device: DeviceNumber,
        /// Epoch of the new enrolment.
        epoch: u32,
        /// Identifier of the key it enrolled with.
        key_id: KeyId,
    },
    /// A desk's key was renewed (B4): the present one and the next one speak for it from now on.
    DeskRenewed {
        /// Device number of the desk.
        device: DeviceNumber,
        /// Epoch of its enrolment.
        epoch: u32,
        /// The key that asked.
        present: KeyId,
        /// The key that was certified.
        next: KeyId,
    },
    /// A renewed key that a restored centre had forgotten speaks for a desk again (B4).
    DeskKeyAdopted {
        /// Device number of the desk.
        device: DeviceNumber,
        /// Epoch of its enrolment.
        epoch: u32,
        /// Identifier of the key that was adopted.
        key_id: KeyId,
    },
    /// An enrolment was barred: its operations or its audit are not what they were.
    DeskQuarantined {
        /// Device number of the desk.
        device: DeviceNumber,
        /// Epoch of the barred enrolment.
        epoch: u32,
    },
    /// A desk was taken out of service.
    DeskRevoked {
        /// Device number of the desk.
        device: DeviceNumber,
        /// Since when somebody else may have had its key, if so (B5).
        compromised_since: Option<At>,
    },
    /// A key for codes was certified, or its certificate replaced.
    Key {
        /// Device number of the desk; 0 is the centre.
        device: DeviceNumber,
        /// Epoch of the enrolment.
        epoch: u32,
        /// Identifier of the certified key.
        key_id: KeyId,
        /// [`record_digest`] of its certificate.
        certificate: Digest,
    },
    /// The database was put back to an earlier state, and goes on from there.
    DatabaseRestored {
        /// Generation that begins.
        generation: At,
        /// Leaves of this log that were left.
        leaves: u64,
    },
    /// A legal hold was placed.
    HoldPlaced {
        /// Number of the hold, as `hold list` prints it.
        hold: Uuid,
        /// What it keeps: `case NUMBER`, `citizen REFERENCE`, `site NUMBER`.
        on: String,
        /// Digest of the reason.
        reason: Digest,
    },
    /// A legal hold was lifted. An auditor agreed, in an act of their own.
    HoldLifted {
        /// Number of the hold, as `hold list` prints it.
        hold: Uuid,
        /// Digest of the reason.
        reason: Digest,
    },
    /// Outdated rows were removed. An auditor agreed to the plan, in an act of their own.
    Removed {
        /// Table of the rows.
        table: String,
        /// Number of rows.
        rows: u64,
        /// First day of which nothing was removed.
        kept_from: Day,
        /// Name of the plan.
        plan: String,
    },
    /// A month of the log was written to the archive, and read back.
    LogArchived(ArchiveContents),
    /// An archived month of the log was dropped. An auditor agreed to the plan, in an act of their
    /// own.
    LogMonthRemoved {
        /// Month of receipt that left the database.
        month: Month,
        /// Number of operations.
        operations: u64,
        /// Name of the plan.
        plan: String,
    },
    /// It was decided what becomes of an operation without effect (A3, A5).
    Review(Review),
    /// The program did something by itself: `serve`, `migrate`, `issuing key`.
    Command {
        /// What it did.
        name: String,
        /// Numbers and names of things it was about.
        subject: String,
    },
    /// An administrator ran a command.
    Act(Box<SignedAct>),
    /// Somebody was alarmed.
    Alarm {
        /// Kind of the alarm.
        kind: String,
        /// Device number it concerns, if any.
        device: Option<DeviceNumber>,
        /// Account it concerns, if any.
        staff: Option<String>,
    },
}

/// Batch as it was taken. Signature and hashes bind every operation in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of its enrolment.
    pub epoch: u32,
    /// First sequence number that the desk signed.
    pub first_seq: u64,
    /// Last sequence number.
    pub last_seq: u64,
    /// Hash of the operation before the first.
    pub prev_hash: Digest,
    /// Hash of the last operation.
    pub last_hash: Digest,
    /// Digest of the proofs of its sessions.
    pub sessions: Digest,
    /// Signature of the desk, hex.
    pub signature: String,
}

/// Outcome of one transaction of decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    /// Operations decided, by desk.
    pub runs: Vec<Run>,
    /// New and changed codes.
    pub codes: Vec<CodeFact>,
    /// New and changed registry records.
    pub people: Vec<PersonFact>,
}

/// Operations of one desk that were decided together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of its enrolment.
    pub epoch: u32,
    /// First sequence number.
    pub first_seq: u64,
    /// Last sequence number.
    pub last_seq: u64,
    /// [`verdict_digest`] of their verdicts.
    pub digest: Digest,
}

/// Returns the digest of a run's verdicts, in order.
#[must_use]
pub fn verdict_digest(verdicts: &[&Verdict]) -> Digest {
    Digest::of(&canonical(&verdicts))
}

/// Returns the digest of a record, its signature included.
#[must_use]
pub fn record_digest<T: Serialize>(record: &T) -> Digest {
    Digest::of(&canonical(record))
}

/// What a code was after a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeFact {
    /// Serial of the code.
    pub serial: Serial,
    /// Its holder; all zeros for a refused sheet that is no citizen's.
    pub citizen: CitizenRef,
    /// State of the code.
    pub state: CodeState,
    /// Time of issue.
    pub issued_at: At,
    /// Last valid day, yyyymmdd.
    pub valid_through: i32,
    /// Number of copies printed so far.
    pub copies: u32,
    /// [`record_digest`] of the only symbol signed for it (B1).
    pub symbol: Option<Digest>,
}

/// What a registry record was after a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFact {
    /// Whose record it is.
    pub citizen: CitizenRef,
    /// Version of the record.
    pub version: u64,
    /// Blinded digest of the row.
    pub row: Digest,
}

/// Action of portal or kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAct {
    /// Identifier of its row.
    pub id: Uuid,
    /// Name of the channel client.
    pub client: String,
    /// Name of the action.
    pub action: String,
    /// Citizen who logged in and asked.
    pub acting: CitizenRef,
    /// Holder whose codes it concerns.
    pub citizen: CitizenRef,
    /// New and changed codes.
    pub codes: Vec<CodeFact>,
}

/// Something that was shown at a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewed<T> {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Who looked; absent where desks may look by themselves.
    pub operator: Option<StaffNumber>,
    /// Reference or digest of what was shown.
    pub subject: T,
}

/// Kit of a home visit, as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitTaken {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Who took it.
    pub operator: StaffNumber,
    /// Identifier of the visit.
    pub visit: Uuid,
    /// People on its list.
    pub people: u32,
    /// Digest of their references.
    pub list: Digest,
    /// End of the kit.
    pub ends_at: At,
}

/// Kit of a home visit, as it came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitBack {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Who brought it back.
    pub operator: StaffNumber,
    /// Identifier of the visit.
    pub visit: Uuid,
    /// People for whom something was done.
    pub served: u32,
    /// What became of the sheets.
    pub sheets: SheetCount,
}

/// What an account was after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Staff number of the account.
    pub number: String,
    /// Version of the account.
    pub version: u64,
    /// [`record_digest`] of the record that the centre signed.
    pub record: Digest,
    /// Blinded digest of the row of this version.
    pub version_row: Digest,
    /// Blinded digest of the row of the account, but for what log-ins change.
    pub row: Digest,
}

/// Act of a security administrator, with who stands behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedAct {
    /// Identifier of the act.
    pub id: Uuid,
    /// Device number of the desk at which it was signed.
    pub device: DeviceNumber,
    /// Staff number of the security administrator who signed the act.
    pub by: StaffNumber,
    /// Who agreed, where two were needed.
    pub second: Option<StaffNumber>,
    /// What was done: `add`, `roles`, …
    pub act: String,
    /// Number of accounts that it changed.
    pub accounts: usize,
    /// [`record_digest`] of the act as it was signed.
    pub request: Digest,
}

/// Decision on an operation that was listed for review.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Review {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of the enrolment.
    pub epoch: u32,
    /// Sequence number of the operation.
    pub seq: u64,
    /// Whether it is to count.
    pub accepted: bool,
    /// Staff number of the administrator who decided.
    pub by: StaffNumber,
    /// Digest of the reason.
    pub reason: Digest,
    /// When it was decided.
    pub at: At,
}

/// Adjacent form of an event: a leaf keeps kind and body apart.
#[derive(Serialize, Deserialize)]
struct Parts {
    kind: String,
    body: serde_json::Value,
}

impl Event {
    /// Returns the leaf of this event.
    ///
    /// # Errors
    /// None in practice: every event is text, numbers and lists.
    pub fn leaf(&self, id: Uuid, at: At) -> serde_json::Result<AuditLeaf> {
        let Parts { kind, body } = serde_json::from_value(serde_json::to_value(self)?)?;
        Ok(AuditLeaf { id, at, kind, body: body.to_string() })
    }

    /// Reads the event of a leaf. `None` if it is none that this program knows.
    #[must_use]
    pub fn of_leaf(leaf: &AuditLeaf) -> Option<Self> {
        let parts = Parts { kind: leaf.kind.clone(), body: serde_json::from_str(&leaf.body).ok()? };
        serde_json::from_value(serde_json::to_value(parts).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_an_event_is_read_back_from_its_leaf() {
        let fact = CodeFact {
            serial: Serial::new(1, DeviceNumber(2), 3, [4; 7]),
            citizen: CitizenRef([5; 32]),
            state: CodeState::Lost,
            issued_at: At(6),
            valid_through: 20_270_101,
            copies: 7,
            symbol: None,
        };
        let run =
            Run { device: DeviceNumber(1), epoch: 1, first_seq: 1, last_seq: 1, digest: verdict_digest(&[]) };
        let events = [
            Event::Verdicts(Verdicts { runs: vec![run], codes: vec![fact], people: Vec::new() }),
            Event::DeskInvited { device: DeviceNumber(9) },
            Event::Command { name: "serve".to_owned(), subject: "0.1.0".to_owned() },
        ];
        for event in events {
            let leaf = event.leaf(Uuid::from_u128(1), At(1)).unwrap();
            assert_eq!(Event::of_leaf(&leaf), Some(event));
        }
    }
}
