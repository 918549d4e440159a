//! A desk as the centre sees it (key, chain, clock), and synthetic people.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a fixture fails as the test does, by panicking"
)]

use crate::{Session, people};
use central::machine::{Rulebook, citizen::Person, ingest::DeviceHead};
use rules::{
    At, DeviceNumber, Policy, SiteCode, StaffNumber,
    authority::{Consent, SessionProof},
    correction::Digest,
    issuing::Issued,
    keys::{Class, DeskKey, KeyId, RawSignature, Signer as _, SoftwareKey},
    life::{Action, Serial, valid_through},
    op::{self, Batch, CitizenRef, HolderSeen, OpBody, Operation, genesis},
    payload::{Claims, SignedSymbol, encode},
    person::{IdNumber, Name},
    proof::{ChipCard, Proof},
    time::Day,
    wire::PushRequest,
};
use uuid::Uuid;

/// Key of the citizen references in tests.
pub const INDEX_KEY: [u8; 32] = [7; 32];
/// Site of the desks in tests.
pub const SITE: &str = "310101";

/// Short name of the centre in tests.
pub const ISSUER: &str = "practice";

pub fn rulebook() -> Rulebook {
    Rulebook::new(Policy::default(), Class::Practice, ISSUER, INDEX_KEY)
}

/// 2026-03-02 10:00 in Shanghai.
pub const MORNING: At = At(1_772_416_800_000);
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

/// Returns a synthetic citizen number with a valid check digit.
pub fn number(birth: &str, sequence: u32) -> IdNumber {
    let digits = format!("310000{birth}{:03}", sequence % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = b"10X98765432"[(sum % 11) as usize] as char;
    IdNumber::parse(&format!("{digits}{check}")).unwrap()
}

/// Returns a person aged 70 or more, eligible by age alone. Each index is another person.
pub fn senior(index: u32) -> Holder {
    let days = index / 1000;
    let birth = format!("{:04}{:02}{:02}", 1930 + days / 336 % 25, days / 28 % 12 + 1, days % 28 + 1);
    Holder::new(number(&birth, index), "王秀英")
}

#[derive(Clone)]
pub struct Holder {
    pub number: IdNumber,
    pub name: Name,
    /// Reference at a centre whose key is [`INDEX_KEY`].
    pub citizen_ref: CitizenRef,
}

impl Holder {
    pub fn new(number: IdNumber, name: &str) -> Self {
        let citizen_ref = CitizenRef::at_centre(&number, &INDEX_KEY);
        Self { number, name: Name::read(name).unwrap().name, citizen_ref }
    }

    pub fn person(&self) -> Person {
        Person {
            version: 1,
            number: self.number.clone(),
            name: self.name.clone(),
            photo: None,
            shanghai_household: true,
            certificate: None,
            registered: true,
        }
    }
}

pub struct Desk {
    pub device: DeviceNumber,
    pub epoch: u32,
    pub site: SiteCode,
    pub key: SoftwareKey,
    /// What the key was made from.
    pub seed: (u32, u32),
    /// Of the centre, in every code.
    pub issuer: String,
    pub operator: StaffNumber,
    /// Of what it does next.
    pub case_number: Option<String>,
    /// How the citizen of what it does next was proved.
    pub proof: Proof,
    pub seq: u64,
    pub last: Digest,
    pub boot: Uuid,
    pub counter: u32,
    /// Log-ins so far. The operator is logged in when they do something.
    pub sessions: Vec<Session>,
    /// Person who is logged in, if it is another than the operator: an operator then counts only by
    /// consent.
    pub logged_in: Option<StaffNumber>,
}

impl Desk {
    pub fn new(device: DeviceNumber, epoch: u32) -> Self {
        let mut secret = [3; 32];
        secret[..4].copy_from_slice(&device.0.to_be_bytes());
        secret[4..8].copy_from_slice(&epoch.to_be_bytes());
        Self {
            device,
            epoch,
            site: SITE.parse().unwrap(),
            key: SoftwareKey::from_bytes(&secret).unwrap(),
            seed: (device.0, epoch),
            issuer: ISSUER.to_owned(),
            operator: "10001".parse().unwrap(),
            case_number: None,
            proof: Proof::Chip { card: ChipCard::Resident },
            seq: 0,
            last: genesis(),
            boot: Uuid::from_u128(u128::from(device.0) + 1),
            counter: 0,
            sessions: Vec::new(),
            logged_in: None,
        }
    }

    /// Returns a copy of the desk's disk as it was at enrolment: the same key, and nothing done
    /// yet.
    pub fn copied(&self) -> Self {
        let (device, epoch) = self.seed;
        let copy = Self::new(DeviceNumber(device), epoch);
        let (issuer, site) = (self.issuer.clone(), self.site);
        Self { device: self.device, epoch: self.epoch, issuer, site, ..copy }
    }

    pub fn head(&self) -> DeviceHead {
        DeviceHead::enrolled(&self.desk_key())
    }

    fn desk_key(&self) -> DeskKey {
        DeskKey {
            public_key: self.key.public_key(),
            device: self.device,
            epoch: self.epoch,
            site: self.site,
            class: Class::Practice,
            not_before: At(0),
            not_after: At(i64::MAX / 2),
            retired_at: None,
            compromised_since: None,
        }
    }

    /// Returns the desk's key as a centre in memory keeps it.
    pub fn certificate(&self) -> Issued<DeskKey> {
        people::issuers(&people::root()).sign(self.desk_key(), At(0)).unwrap()
    }

    /// Returns the claims on the sheet of an issue.
    pub fn claims(&self, issue: &Operation) -> Claims {
        let OpBody::Issue { serial, valid_through, holder, .. } = &issue.body else { panic!("not an issue") };
        Claims {
            issuer: self.issuer.clone(),
            issued_at: issue.business_at(),
            expires_at: At::end_of(*valid_through),
            serial: *serial,
            masked_name: holder.name.masked(),
            masked_number: holder.number.masked(),
            class: Class::Practice,
        }
    }

    /// Returns the symbol on the sheet of an issue.
    pub fn symbol(&self, issue: &Operation) -> String {
        encode(&self.claims(issue), &self.key).unwrap()
    }

    pub fn serial(&mut self, citizen: &IdNumber) -> Serial {
        self.counter += 1;
        let [a, b, c, d] = self.counter.to_be_bytes();
        Serial::new(citizen.bucket(), self.device, self.counter, [a, b, c, d, 1, 2, 3])
    }

    /// Returns the session in which something is done at `at`, begun then if there is none.
    fn session(&mut self, at: At) -> &mut Session {
        let staff = self.logged_in.as_ref().unwrap_or(&self.operator);
        let mut open = self.sessions.iter();
        let nth = open.position(|session| session.is_for(staff, self.boot, at.0)).unwrap_or_else(|| {
            let nth = self.sessions.len();
            let new = Session::begin(staff, (self.device, self.epoch), nth, (self.boot, at));
            self.sessions.push(new);
            nth
        });
        &mut self.sessions[nth]
    }

    /// Writes an operation in a session of its operator, who consents where that is needed. The
    /// symbol of an issue is signed here, unless it was before.
    pub fn operation(&mut self, citizen: &IdNumber, at: At, body: OpBody) -> Operation {
        let key = people::key(&self.operator);
        self.operation_by(&key, citizen, at, body)
    }

    /// Writes an operation with the consent, where that is needed, of whoever has `key`.
    pub fn operation_by(&mut self, key: &SoftwareKey, citizen: &IdNumber, at: At, body: OpBody) -> Operation {
        self.seq += 1;
        let op_id = Uuid::from_u128(
            (u128::from(self.device.0) << 64) + (u128::from(self.epoch) << 48) + u128::from(self.seq),
        );
        let (device, operator) = (self.device, self.operator.clone());
        let session = self.session(at).place();
        let consent = body
            .needs_consent()
            .then(|| Consent::sign((op_id, device, session.id), &operator, &body, key).unwrap());
        let mut operation = Operation {
            version: op::OP_VERSION,
            op_id,
            device,
            epoch: self.epoch,
            seq: self.seq,
            citizen: Some(citizen.clone()),
            wall: at,
            monotonic_ms: at.0,
            boot_id: self.boot,
            offset_ms: 0,
            operator,
            session,
            consent,
            proof: body.act().map(|_| Box::new(self.proof.clone())),
            answer: None,
            case_number: self.case_number.clone(),
            body,
            prev_hash: self.last.clone(),
            hash: genesis(),
        };
        let is_new = matches!(&operation.body, OpBody::Issue { symbol, .. } if **symbol == unsigned());
        let signed = is_new.then(|| SignedSymbol::of(&self.symbol(&operation)).unwrap());
        if let (OpBody::Issue { symbol, .. }, Some(signed)) = (&mut operation.body, signed) {
            **symbol = signed;
        }
        self.seal(operation)
    }

    /// Seals an operation as it is, or as a test changed its newest one, and goes on from it.
    pub fn seal(&mut self, operation: Operation) -> Operation {
        let operation = operation.seal();
        self.last = operation.hash.clone();
        let mut sessions = self.sessions.iter_mut();
        let session = sessions.find(|session| session.id() == operation.session.id).unwrap();
        session.follow(operation.content_digest());
        operation
    }

    /// Returns an issue as a desk makes it; `registry_version: None` = offline without a record.
    pub fn issue(
        &mut self,
        holder: &Holder,
        action: Action,
        at: At,
        registry_version: Option<u64>,
    ) -> Operation {
        let serial = self.serial(&holder.number);
        let body = issue_body(holder, action, serial, at.day(), registry_version);
        self.operation(&holder.number, at, body)
    }

    /// Signs a run of operations as a batch, with the proofs of their sessions.
    pub fn push(&self, ops: Vec<Operation>) -> PushRequest {
        let newest = |session: &Session| ops.iter().rfind(|operation| operation.session.id == session.id());
        let proofs = self.sessions.iter().filter_map(|session| {
            newest(session).map(|operation| session.proof(&operation.content_digest()))
        });
        let sessions = proofs.collect();
        self.push_with(ops, sessions)
    }

    /// Signs a run of operations as a batch, with these proofs.
    pub fn push_with(&self, ops: Vec<Operation>, sessions: Vec<SessionProof>) -> PushRequest {
        let first = ops.first().unwrap();
        let batch = Batch {
            device: self.device,
            epoch: self.epoch,
            first_seq: first.seq,
            prev_hash: first.prev_hash.clone(),
            ops,
        };
        PushRequest::sign(batch, sessions, &self.key).unwrap()
    }
}

pub fn issue_body(
    holder: &Holder,
    action: Action,
    serial: Serial,
    day: Day,
    registry_version: Option<u64>,
) -> OpBody {
    OpBody::Issue {
        action,
        serial,
        day,
        valid_through: valid_through(day, &Policy::default()),
        holder: Box::new(HolderSeen {
            number: holder.number.clone(),
            name: holder.name.clone(),
            photo: None,
            declared: None,
            registry_version,
        }),
        agent: None,
        correction: None,
        provisional: true,
        confirmed_by_holder: true,
        consequence_confirmed: true,
        symbol: Box::new(unsigned()),
    }
}

/// Stands for the symbol of an issue until its operation is made.
pub fn unsigned() -> SignedSymbol {
    SignedSymbol { claims: genesis(), key_id: KeyId([0; 8]), signature: RawSignature([0; 64]) }
}

/// Returns the serial of an issue.
pub fn serial_of(operation: &Operation) -> Serial {
    let OpBody::Issue { serial, .. } = operation.body else { panic!("not an issue") };
    serial
}
