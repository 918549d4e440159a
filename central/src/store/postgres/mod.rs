//! The store on PostgreSQL, with one file per aggregate.
//!
//! Statements process whole batches through `unnest`, and keys start with the distribution column.

mod account;
mod account_act;
mod alarm;
mod audience;
mod audit;
mod blob;
mod board;
mod case_holder;
mod channel;
mod citizen;
mod claim;
mod code;
mod complete;
mod contact;
mod desk_key;
mod device;
mod distribute;
mod earlier;
mod enrolment;
mod evidence;
mod feed;
mod fleet;
mod hold;
mod import;
mod institution;
mod log;
mod log_month;
mod look_up;
mod proof;
mod registration;
mod restore;
mod retention;
mod review;
mod rows;
mod schema;
mod servers;
mod signed;
mod snapshot;
mod staff;
mod trust;
mod visit;
mod window_log_in;
mod window_settings;
mod write;

pub use account::Account;
pub use alarm::{Counted, ListedAlarm, Tally};
pub use audit::{Appended, Broken};
pub use board::DeskOnBoard;
pub use channel::{ChannelClient, ListedClient, Login};
pub use citizen::Bound;
pub use claim::PgClaim;
pub use desk_key::Renewal;
pub use enrolment::{DeskState, ListedDesk, Newcomer, Place};
pub use evidence::Upload;
pub use hold::{HoldLift, HoldOn, LegalHold};
pub use import::ImportRow;
pub use institution::ListedInstitution;
pub use log::LoggedOperation;
pub use log_month::{MonthStays, OutdatedMonth};
pub use look_up::{Admission, LookUp};
pub use registration::{Redemption, Registration};
pub use restore::{RestoreItem, RestoreKind, RestoreWitness};
pub use retention::{Outdated, RetentionPlan};
pub use review::{Done, Review, ReviewDecision};
pub use schema::Schema;
pub use servers::{LOOKUPS, Look, Server, ServerState};
pub use snapshot::{CodeKey, Snapshot, StoredLeaf, WaitingEvent};
pub use trust::{ListKind, PublishedList};
pub use visit::{ListedVisit, NewVisit, VisitOpening};
pub use write::Write;

use super::{Arrival, Completion, NewVersion, Next, Result, Store, StoreError, Unread, Work};
use crate::{
    audit::AuditKey,
    machine::{
        citizen::{Citizen, IssuedCode, Person},
        ingest::DeviceHead,
        people::SiteOperator,
    },
};
use rules::{
    At, DeviceNumber, SiteCode, StaffNumber,
    authority::StaffRecord,
    correction::Digest,
    issuing::{Issued, Trust},
    keys::DeskKey,
    life::Serial,
    op::CitizenRef,
    verification::RecordedCode,
    wire::{Change, Receipt},
};
use servers::Servers;
use signed::Signatures;
use sqlx::{PgConnection, PgPool};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// PostgreSQL implementation of [`Store`].
#[derive(Clone, Debug)]
pub struct PgStore {
    servers: Arc<Servers>,
    /// Seals events of the audit log (D2).
    audit_key: Option<Arc<AuditKey>>,
    signatures: Option<Arc<Signatures>>,
}

impl PgStore {
    /// Connects to the database. Of several hosts in the URL it takes the primary.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the URL is malformed or the database does not answer.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        Ok(Self {
            servers: Arc::new(Servers::connect(url, connections).await?),
            audit_key: None,
            signatures: None,
        })
    }

    /// Returns the store with the key that seals events. Events of a store without it never become
    /// leaves of the audit log.
    #[must_use]
    pub fn sealing(self, key: AuditKey) -> Self {
        Self { audit_key: Some(Arc::new(key)), ..self }
    }

    /// Returns the store with the trust by which accounts are checked as they are read. Without it
    /// an account is what its row says.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { signatures: Some(Arc::new(Signatures::new(trust))), ..self }
    }

    fn signatures(&self) -> Option<&Signatures> {
        self.signatures.as_deref()
    }

    fn audit_key(&self) -> Option<&AuditKey> {
        self.audit_key.as_deref()
    }

    /// Returns a connection without a time limit, for statements that process whole tables.
    async fn unhurried(&self) -> Result<PgConnection> {
        let mut connection = self.pool().acquire().await?.detach();
        sqlx::query("SET statement_timeout = 0").execute(&mut connection).await?;
        Ok(connection)
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// [`StoreError`] if it does not answer.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(self.pool()).await?;
        Ok(())
    }

    /// Returns the codes in the order of `serials`; each one that cannot be decoded is an error
    /// of its own.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn codes(&self, serials: &[Serial]) -> Result<Vec<Option<Result<RecordedCode>>>> {
        citizen::codes(self.servers.lookups(), serials).await
    }

    /// Returns the connection pool.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        self.servers.pool()
    }

    /// Returns whether the settings name several servers.
    #[must_use]
    pub fn has_standbys(&self) -> bool {
        self.servers.each().len() > 1
    }

    /// Asks every server what it is, and goes over to another primary if there is one.
    pub async fn look_at_servers(&self) -> Look {
        self.servers.look().await
    }

    /// Does work that is given up when there is another primary: the server where it was begun may
    /// never answer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it was given up.
    pub async fn steady<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        if !self.has_standbys() {
            return Ok(work.await);
        }
        let moved = |_| StoreError::Unavailable("the database has another primary now".to_owned());
        self.pool().close_event().do_until(work).await.map_err(moved)
    }
}

/// `unique_violation`: two workers inserted the same row, which neither could lock beforehand.
const UNIQUE_VIOLATION: &str = "23505";
const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";
const SERIALIZATION_FAILURE: &str = "40001";
const DEADLOCK_DETECTED: &str = "40P01";

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
                Some(UNIQUE_VIOLATION | SERIALIZATION_FAILURE | DEADLOCK_DETECTED) => Self::Conflict,
                // A NUL in a text is the caller's fault, not the database's.
                Some(CHARACTER_NOT_IN_REPERTOIRE) => Self::Range("text"),
                // Classes 22 and 23: the values violate a type or a constraint.
                Some(code) if ["22", "23"].iter().any(|class| code.starts_with(class)) => {
                    Self::Database(format!("SQLSTATE {code}"))
                }
                // Everything else is a fault of the database (connection, space, rights, schema,
                // damaged page): it is retried, and no operation is rejected for it. The message is
                // dropped, as it may quote the row.
                code => Self::Unavailable(format!("SQLSTATE {}", code.unwrap_or("unknown"))),
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Corrupt("row")
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl Store for PgStore {
    type Claim = PgClaim;

    async fn enrol(&self, head: &DeviceHead, certificate: &Issued<DeskKey>) -> Result<()> {
        device::enrol(self.pool(), self.audit_key(), head, certificate).await
    }

    async fn head(&self, device: DeviceNumber, epoch: u32) -> Result<Option<DeviceHead>> {
        device::head(self.pool(), device, epoch).await
    }

    async fn hashes(
        &self,
        device: DeviceNumber,
        epoch: u32,
        from: u64,
        through: u64,
    ) -> Result<BTreeMap<u64, Digest>> {
        log::hashes(self.pool(), device, epoch, from, through).await
    }

    async fn append(&self, head: &DeviceHead, arrival: &Arrival<'_>) -> Result<bool> {
        log::append(self.pool(), self.audit_key(), head, arrival).await
    }

    async fn operators(&self, numbers: &BTreeSet<StaffNumber>) -> Result<HashMap<StaffNumber, SiteOperator>> {
        staff::operators(&mut *self.pool().acquire().await?, self.signatures(), numbers).await
    }

    async fn quarantine(&self, device: DeviceNumber, epoch: u32, at: At) -> Result<()> {
        device::quarantine(self.pool(), self.audit_key(), (device, epoch), at).await
    }

    async fn claim(&self, now: At, devices: usize, operations: usize) -> Result<Option<Work<PgClaim>>> {
        claim::claim(self, now, devices, operations).await
    }

    async fn next(&self, now: At) -> Result<Option<Next>> {
        claim::next(self.pool(), now).await
    }

    async fn claim_of(
        &self,
        now: At,
        enrolment: (DeviceNumber, u32),
        operations: usize,
    ) -> Result<Option<Work<PgClaim>>> {
        claim::claim_of(self, now, enrolment, operations).await
    }

    async fn claim_unread(&self, next: Next) -> Result<Option<Unread<PgClaim>>> {
        claim::claim_unread(self.pool(), next).await
    }

    async fn claim_citizen(&self, citizen: &CitizenRef) -> Result<(PgClaim, Citizen)> {
        claim::claim_citizen(self.pool(), citizen).await
    }

    async fn complete(&self, claim: PgClaim, completion: Completion) -> Result<()> {
        complete::complete(claim, self.audit_key(), completion).await
    }

    async fn results(
        &self,
        device: DeviceNumber,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Receipt>> {
        log::results(self.pool(), device, epoch, after, limit).await
    }

    async fn decided_through(&self, device: DeviceNumber, epoch: u32) -> Result<u64> {
        log::decided_through(self.pool(), device, epoch).await
    }

    async fn citizen(&self, citizen: &CitizenRef) -> Result<Option<Citizen>> {
        let mut connection = self.pool().acquire().await?;
        let found =
            citizen::load(&mut connection, std::slice::from_ref(citizen), citizen::Lock::None, None).await?;
        Ok(found.into_values().next().filter(|citizen| citizen.person.is_some()))
    }

    async fn code(&self, serial: Serial) -> Result<Option<IssuedCode>> {
        citizen::code(self.pool(), serial).await
    }

    async fn changes(&self, site: &SiteCode, cursor: u64, limit: usize) -> Result<Vec<(u64, Change)>> {
        feed::changes(self.pool(), site, cursor, limit).await
    }

    async fn newest(&self, site: &SiteCode) -> Result<u64> {
        feed::newest(self.pool(), site).await
    }

    async fn put_staff(
        &self,
        version: NewVersion,
        sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
    ) -> Result<Issued<StaffRecord>> {
        staff::put(self.pool(), self.audit_key(), version, sign).await
    }

    async fn note_blob(&self, digest: &Digest, device: DeviceNumber) -> Result<()> {
        blob::note(self.pool(), digest, device).await
    }

    async fn put_person(&self, citizen: &CitizenRef, person: &Person) -> Result<()> {
        citizen::put_person(self.pool(), citizen, person).await
    }
}
