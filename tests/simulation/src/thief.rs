//! A desk in a thief's hands: its folder, its key, and everything it ever sent.
//!
//! The thief has the key of the desk, which signs batches and codes, and the statements and
//! signatures of sessions that went over the line. No person's key is in the folder, because
//! nobody's password is. Later a session of the clerk may fall into the thief's hands while it
//! lasts.

use crate::{
    people::{self, Citizen},
    plan::Attack,
    random::Random,
};
use central_fixture::{Session, desk::ISSUER};
use rules::{
    At, DeviceNumber, Policy, StaffNumber,
    authority::{Consent, SessionProof, SessionRef, session::SESSION_MS},
    digest::Digest,
    keys::{Class, KeyError, PublicKey, Signer as _, SoftwareKey},
    life::{Action, Serial, valid_through},
    op::{Batch, HolderSeen, OP_VERSION, OpBody, Operation, genesis},
    payload::{Claims, SignedSymbol, encode},
    policy::CLOCK_TOLERANCE_MS,
    proof::{ChipCard, Proof},
    wire::{DeskAudit, PushRequest},
};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// What may become of an operation that the thief put into the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It counts: the person was there, or their session is in use and lasts.
    Counts,
    /// It has no effect.
    Nothing,
    /// It was done before and is not done again.
    Once,
}

/// An operation that the centre took into its log from the stolen desk.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Sequence number of the operation.
    pub seq: u64,
    /// What it was; `None` = honest, before the theft.
    pub attack: Option<Attack>,
    /// What may become of it.
    pub expected: Expected,
    /// Reason under which it must be in review, whatever the verdict.
    pub review: Option<&'static str>,
}

/// A symbol that the desk never printed.
#[derive(Clone, Debug)]
pub struct Minted {
    /// Text of the symbol.
    pub text: String,
    /// What it says.
    pub claims: Claims,
    /// Whether its dates may be those of a code.
    pub is_possible: bool,
}

/// A stolen desk.
#[derive(Clone)]
pub struct Thief {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Key of the desk, which the folder holds.
    pub key: Arc<SoftwareKey>,
    /// Clerk who worked at it.
    pub clerk: StaffNumber,
    /// The clerk's session. Only its owner and the desk's memory have its key; the thief uses what
    /// it makes only while the session is in their hands.
    session: Arc<Session>,
    begun_at: At,
    /// What the session's next operation names as the one before it.
    before: Digest,
    boot: Uuid,
    /// Whether the clerk's session is in the thief's hands.
    pub is_live: bool,
    /// The desk's chain as the centre took it.
    pub chain: Vec<Operation>,
    /// Batches that the desk sent while it was honest.
    overheard: Vec<PushRequest>,
    counter: u32,
    /// What the centre took.
    pub deeds: Vec<Deed>,
    /// Attacks that the centre must refuse whole and took.
    pub let_in: Vec<Attack>,
    /// Whether it sent a batch that is wrong in itself.
    pub has_sent_malformed: bool,
    /// Attack after which the desk must be barred.
    pub barred_by: Option<Attack>,
    /// Symbols of the issues that the thief made up, by serial.
    issued: BTreeMap<Serial, Minted>,
    /// Symbols that the desk never printed.
    pub minted: Vec<Minted>,
    /// What a guard was wrongly told of symbols.
    pub passed: Vec<String>,
    /// Sheets that the desk printed while it was honest.
    pub sheets: Vec<(String, Serial)>,
    /// When the theft was.
    pub stolen_at: At,
    /// Since when the clerk is dismissed.
    pub dismissed_at: Option<At>,
    /// Since when the desk is out of service.
    pub revoked_at: Option<At>,
    /// What the desk showed last of its audit.
    pub audit: DeskAudit,
    /// Random numbers of the thief.
    pub random: Random,
}

impl Thief {
    /// The desk before the theft, whose clerk logs in at `at`.
    ///
    /// # Errors
    /// [`KeyError`] if the fixed key is not valid, which a test would show.
    pub fn new(device: DeviceNumber, at: At, seed: u64) -> Result<Self, KeyError> {
        let mut secret = [4; 32];
        secret[28..].copy_from_slice(&device.0.to_be_bytes());
        let mut random = Random::new(seed ^ (u64::from(device.0) << 48));
        let (generation, boot, clerk) = (random.uuid(), random.uuid(), people::insider());
        let session = Session::begin(&clerk, (device, 1), 0, (boot, at));
        Ok(Self {
            device,
            key: Arc::new(SoftwareKey::from_bytes(&secret)?),
            clerk,
            before: session.place().before,
            session: Arc::new(session),
            begun_at: at,
            boot,
            is_live: false,
            chain: Vec::new(),
            overheard: Vec::new(),
            counter: 0,
            deeds: Vec::new(),
            let_in: Vec::new(),
            has_sent_malformed: false,
            barred_by: None,
            issued: BTreeMap::new(),
            minted: Vec::new(),
            passed: Vec::new(),
            sheets: Vec::new(),
            stolen_at: at,
            dismissed_at: None,
            revoked_at: None,
            audit: DeskAudit { rows: 10, hash: Digest::of(b"audit 10"), generation },
            random,
        })
    }

    /// Returns the public key of the desk.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Returns whether the centre takes nothing more of the desk.
    #[must_use]
    pub const fn is_barred(&self) -> bool {
        self.barred_by.is_some() || self.revoked_at.is_some()
    }

    /// Returns what may become of the clerk's own work in the thief's hands: `at` by the wall
    /// clock, `monotonic_ms` by the other, sent now.
    #[must_use]
    pub fn expected(&self, at: At, monotonic_ms: i64, now: At) -> Expected {
        let lasts = (0..=SESSION_MS).contains(&(monotonic_ms - self.begun_at.0));
        // What is under way when somebody is dismissed counts for the tolerance of clocks.
        let in_grace = |from: At| at < from && now < from.plus_ms(CLOCK_TOLERANCE_MS);
        if self.is_live && lasts && self.dismissed_at.is_none_or(in_grace) {
            Expected::Counts
        } else {
            Expected::Nothing
        }
    }

    /// Place of the next operation in the clerk's session, which anybody can see who reads the
    /// chain.
    #[must_use]
    pub fn place(&self) -> SessionRef {
        SessionRef { id: self.session.id(), before: self.before.clone() }
    }

    /// Proof of the clerk's session over its newest operation, by the key of the session.
    #[must_use]
    pub fn sealed(&self, newest: &Operation) -> SessionProof {
        self.session.proof(&newest.content_digest())
    }

    /// A session of somebody that the thief makes up, signed with the desk's key. `claims_key`: it
    /// says that the person's own key had signed it.
    #[must_use]
    pub fn invented(&mut self, staff: &StaffNumber, at: At, claims_key: bool) -> Session {
        let nth = 1 + self.random.index(1_000_000);
        let mut session = Session::begin_with(&self.key, staff, (self.device, 1), nth, (self.boot, at));
        if claims_key {
            session.statement.key_id = people::key(staff).key_id();
        }
        session
    }

    /// The newest proof of the clerk's session that went over the line.
    #[must_use]
    pub fn overheard(&self) -> Vec<SessionProof> {
        self.overheard.last().map(|request| request.sessions.clone()).unwrap_or_default()
    }

    /// A batch that went over the line while the desk was honest.
    #[must_use]
    pub fn recorded(&mut self) -> Option<PushRequest> {
        let at = self.random.index(self.overheard.len());
        self.overheard.get(at).cloned()
    }

    /// Keeps a batch that went over the line.
    pub fn overhear(&mut self, request: &PushRequest) {
        self.overheard.push(request.clone());
    }

    /// The end of the chain: sequence number and hash.
    #[must_use]
    pub fn head(&self) -> (u64, Digest) {
        self.chain.last().map_or((0, genesis()), |last| (last.seq, last.hash.clone()))
    }

    /// An operation after the end of the chain, as `operator` would have done it at `at`.
    pub fn operation(
        &mut self,
        operator: &StaffNumber,
        session: SessionRef,
        at: At,
        (citizen, body): (&Citizen, OpBody),
    ) -> Operation {
        let (seq, prev_hash) = self.head();
        Operation {
            version: OP_VERSION,
            op_id: self.random.uuid(),
            device: self.device,
            epoch: 1,
            seq: seq + 1,
            citizen: Some(citizen.number.clone()),
            wall: at,
            monotonic_ms: at.0,
            boot_id: self.boot,
            offset_ms: 0,
            operator: operator.clone(),
            session,
            consent: None,
            answer: None,
            proof: body.act().map(|_| Box::new(Proof::Chip { card: ChipCard::Resident })),
            case_number: None,
            body,
            prev_hash,
            hash: genesis(),
        }
        .seal()
    }

    /// Signs operations as a batch, by the key of the desk.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn batch(&self, ops: Vec<Operation>, sessions: Vec<SessionProof>) -> Result<PushRequest, KeyError> {
        let (first_seq, prev_hash) =
            ops.first().map_or((1, genesis()), |first| (first.seq, first.prev_hash.clone()));
        let device = ops.first().map_or(self.device, |first| first.device);
        let batch = Batch { device, epoch: 1, first_seq, prev_hash, ops };
        let mut request = PushRequest { batch, signature: String::new(), sessions };
        request.signature = rules::hex::encode(&self.key.sign(&request.signed_bytes())?);
        Ok(request)
    }

    /// Notes that the centre took an operation at the end of the chain.
    pub fn taken(&mut self, operation: Operation, deed: Deed) {
        if deed.expected == Expected::Counts && operation.session.id == self.session.id() {
            self.before = operation.content_digest();
        }
        self.chain.push(operation);
        self.deeds.push(deed);
    }

    /// An issue for a citizen, with the text on its sheet.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn issue(&mut self, citizen: &Citizen, at: At) -> Result<(OpBody, String), KeyError> {
        let serial = self.serial(citizen);
        let last = valid_through(at.day(), &Policy::default());
        let claims = claims(citizen, serial, (at, At::end_of(last)));
        let text = encode(&claims, &*self.key).unwrap_or_default();
        let symbol = SignedSymbol::of(&text).map_err(|_| KeyError::Signature)?;
        self.issued.insert(serial, Minted { text: text.clone(), claims, is_possible: true });
        let body = OpBody::Issue {
            action: Action::Apply,
            serial,
            day: at.day(),
            valid_through: last,
            holder: Box::new(HolderSeen {
                number: citizen.number.clone(),
                name: citizen.name.clone(),
                photo: None,
                declared: None,
                registry_version: None,
            }),
            agent: None,
            correction: None,
            provisional: true,
            confirmed_by_holder: true,
            consequence_confirmed: true,
            symbol: Box::new(symbol),
        };
        Ok((body, text))
    }

    /// A serial of this desk that was never given.
    pub fn serial(&mut self, citizen: &Citizen) -> Serial {
        self.counter += 1;
        let [r0, r1, r2, r3, r4, r5, r6, _] = self.random.next().to_be_bytes();
        Serial::new(citizen.number.bucket(), self.device, self.counter, [r0, r1, r2, r3, r4, r5, r6])
    }

    /// Signs a symbol by the key of the desk and keeps it. `is_possible`: its dates may be those of
    /// a code.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn mint(&mut self, claims: Claims, is_possible: bool) -> Result<(), KeyError> {
        if let Ok(text) = encode(&claims, &*self.key) {
            self.minted.push(Minted { text, claims, is_possible });
        }
        Ok(())
    }

    /// Keeps the symbol of an issue that the centre must not count: nobody was there who did it.
    pub fn keep_symbol(&mut self, issue: &Operation) {
        let OpBody::Issue { serial, .. } = issue.body else { return };
        self.minted.extend(self.issued.remove(&serial));
    }

    /// A consent to what `operation` does that its operator never gave.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn false_consent(&self, operation: &Operation) -> Result<Consent, KeyError> {
        let act = (operation.op_id, self.device, operation.session.id);
        let consent = Consent::sign(act, &operation.operator, &operation.body, &*self.key)?;
        Ok(Consent { key_id: people::key(&operation.operator).key_id(), ..consent })
    }
}

/// Claims of a symbol for a citizen, from issue to end.
#[must_use]
pub fn claims(citizen: &Citizen, serial: Serial, (issued_at, expires_at): (At, At)) -> Claims {
    Claims {
        issuer: ISSUER.to_owned(),
        issued_at,
        expires_at,
        serial,
        masked_name: citizen.name.masked(),
        masked_number: citizen.number.masked(),
        class: Class::Practice,
    }
}
