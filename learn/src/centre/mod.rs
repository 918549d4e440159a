//! The practice centre: the calls that a desk makes of a centre, decided by the machines of
//! [`central`] over a store in memory.
//!
//! What a practice site does not need answers "not found": portal and kiosk, rosters of
//! institutions, the audit log's heads, acts on accounts, new passwords. The page says so.

mod auth;
mod blobs;
mod board;
mod citizens;
mod lists;
mod sync;
mod visits;

use crate::{MemoryStore, citizen::Citizen, portrait};
use anyhow::Context as _;
use axum::{Router, http::HeaderMap, http::header};
use central::{
    clock,
    http::{Answer, Refused},
    machine::{
        Rulebook,
        channel::{self, Asking, Request},
        citizen::Person,
    },
    passwords,
    store::{Changed, Completion, NewVersion, Store as _, StoreError},
};
use rules::{
    At, DeviceNumber, Policy, Sensitive, SiteCode, StaffNumber,
    authority::{StaffRecord, WrappedKey},
    correction::Digest,
    issuing::{Issuable, Issued, Issuers, IssuingKey, Purpose},
    keys::{Class, DeskKey, KeyList, PublicKey, Signed, Signer as _, SoftwareKey},
    life::{Action, Serial},
    op::CitizenRef,
    payload::{self, SignedSymbol},
    permission::Role,
    person::{DisabilityCertificate, IdNumber, Name},
    policy::{CLOCK_TOLERANCE_MS, KEY_LIFE_MS},
    wire::{Channel, Heartbeat, ProtocolError},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// Short name of a practice centre, in every code.
const ISSUER: &str = "practice";
const SITE_NAME: &str = "演练区政务服务中心";
const DEVICE: DeviceNumber = DeviceNumber(1);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long before its start a practice centre has been at work: longer than any code holds.
const AT_WORK_MS: i64 = 400 * DAY_MS;
const DESK: u16 = 1;

/// The practice centre of one site. Nothing of it outlives the program.
pub struct Centre {
    store: MemoryStore,
    rulebook: Rulebook,
    root: PublicKey,
    issuers: Issuers,
    /// Signs the codes of the portal.
    codes: SoftwareKey,
    relatives: Vec<Bond>,
    rows: Mutex<Rows>,
}

/// A person and somebody bound to them (E9).
struct Bond {
    holder: IdNumber,
    relative: IdNumber,
    relation: &'static str,
    holder_name: Name,
    relative_name: Name,
}

/// What the store of the centre does not keep.
#[derive(Default)]
struct Rows {
    /// One-time code of the desk, until it is used.
    code: Option<String>,
    keys: Vec<DeskKey>,
    accounts: HashMap<StaffNumber, Account>,
    tokens: HashMap<String, Caller>,
    blobs: HashMap<Digest, Blob>,
    uploads: HashMap<Digest, Vec<u8>>,
    /// What the desk said of itself last, and when.
    heartbeat: Option<(At, Heartbeat)>,
    /// Kit of the home visit that is out, with its end.
    kit: Option<(Uuid, At)>,
}

#[derive(Clone)]
struct Account {
    record: Issued<StaffRecord>,
    wrapped_key: WrappedKey,
}

#[derive(Clone)]
struct Blob {
    bytes: Vec<u8>,
    media_type: String,
}

/// Who holds a token.
#[derive(Clone, Copy)]
struct Caller {
    device: DeviceNumber,
    epoch: u32,
}

impl Centre {
    /// Opens a centre with a new root key and these people in its registry, each as the registry
    /// has them.
    ///
    /// # Errors
    /// A person whom the rules do not accept, which a test would show.
    pub async fn open(population: &[Citizen]) -> anyhow::Result<Self> {
        let now = clock::now();
        // The root key ends with this function: nothing needs it again.
        let (_, root) = SoftwareKey::draw(rand::random);
        let (_, codes) = SoftwareKey::draw(rand::random);
        let in_force = (now.plus_ms(-AT_WORK_MS), now.plus_ms(KEY_LIFE_MS));
        let own_key = DeskKey {
            device: DeviceNumber::CENTRE,
            not_before: in_force.0,
            ..Self::desk_key(codes.public_key(), now)
        };
        let centre = Self {
            store: MemoryStore::default(),
            rulebook: Rulebook::new(Policy::default(), Class::Practice, ISSUER, rand::random()),
            issuers: Issuers::draw(&root, Class::Practice, in_force, rand::random)?,
            root: root.public_key(),
            codes,
            relatives: bonds(population)?,
            rows: Mutex::new(Rows { keys: vec![own_key], ..Rows::default() }),
        };
        let somebody_else = population.first().context("nobody lives here")?;
        for citizen in population {
            centre.register(citizen, somebody_else).await?;
            if let Some(days) = citizen.issued_days_ago {
                let at = now.plus_ms(-DAY_MS * i64::from(days));
                centre.issue_by_portal(&IdNumber::parse(&citizen.number)?, at).await?;
            }
        }
        Ok(centre)
    }

    /// Returns the rules and keys' class that every decision is made under.
    pub const fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// Invites the desk and returns the one-time code.
    pub fn invite(&self) -> String {
        let code = Uuid::new_v4().simple().to_string();
        self.rows().code = Some(code.clone());
        code
    }

    /// Opens an account at the site.
    ///
    /// # Errors
    /// The account exists, or its password cannot wrap a key.
    pub async fn employ(&self, number: &str, name: &str, role: Role, password: &str) -> anyhow::Result<()> {
        let number: StaffNumber = number.parse()?;
        let (public_key, wrapped_key) = passwords::new_key(&number, &password.to_owned().into())?;
        let now = clock::now();
        let record = StaffRecord {
            number: number.clone(),
            name: Sensitive::new(name.to_owned()),
            site: SiteCode::PRACTICE,
            roles: vec![role],
            public_key,
            active: true,
            from: now,
            version: 1,
        };
        let version = NewVersion {
            record,
            replaces: None,
            wrapped_key: wrapped_key.clone(),
            password_since: now,
            totp_secret: None,
            change: None,
            code: None,
        };
        let sign = |record| self.issuers.sign(record, now).map_err(|_| StoreError::Range("staff record"));
        let record = self.store.put_staff(version, sign).await?;
        self.rows().accounts.insert(number, Account { record, wrapped_key });
        Ok(())
    }

    /// Returns the name that the registry has now; `None` if it does not have the person.
    pub async fn registered_name(&self, number: &IdNumber) -> Option<Name> {
        let citizen = self.store.citizen(&self.rulebook.citizen_ref(number)).await.ok()??;
        citizen.person.map(|person| person.name)
    }

    /// Returns the text of the symbol that the desk issued last, if the centre has heard of any.
    pub fn newest_symbol(&self) -> Option<String> {
        let citizens = self.store.citizens();
        let issued = citizens.iter().filter_map(|citizen| Some((citizen.person.as_ref()?, &citizen.codes)));
        let all = issued.flat_map(|(person, codes)| codes.iter().map(move |code| (person, code)));
        let of_desk = all.filter(|(_, issued)| issued.code.serial.device() == DEVICE);
        let (person, code) = of_desk.max_by_key(|(_, issued)| issued.code.issued_at)?;
        self.rulebook.symbol_of(code, person)
    }

    /// Returns all calls that a desk makes.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .merge(auth::routes())
            .merge(sync::routes())
            .merge(citizens::routes())
            .merge(visits::routes())
            .merge(lists::routes())
            .merge(board::routes())
            .merge(blobs::routes())
            .fallback(|| async { Refused::from(ProtocolError::NotFound) })
            .with_state(Arc::clone(self))
    }

    async fn register(&self, citizen: &Citizen, somebody_else: &Citizen) -> anyhow::Result<()> {
        if !citizen.registered {
            return Ok(());
        }
        let number = IdNumber::parse(&citizen.number)?;
        let citizen_ref = self.rulebook.citizen_ref(&number);
        let certificate = match &citizen.certificate {
            Some((number, last_day)) => Some(DisabilityCertificate {
                number: Sensitive::new(number.clone()),
                valid_through: last_day.to_string().parse()?,
            }),
            None => None,
        };
        let photo = portrait::jpeg(&portrait::registered(citizen, somebody_else))?;
        let digest = Digest::of(&photo);
        let blob = Blob { bytes: photo, media_type: "image/jpeg".to_owned() };
        self.rows().blobs.insert(digest.clone(), blob);
        let person = Person {
            version: 1,
            name: Name::read(citizen.registered_name())?.name,
            photo: Some(digest),
            shanghai_household: citizen.shanghai_household,
            certificate,
            registered: true,
            number,
        };
        self.store.put_person(&citizen_ref, &person).await?;
        for bond in self.relatives.iter().filter(|bond| bond.holder == person.number) {
            let relative = self.rulebook.citizen_ref(&bond.relative);
            self.store.bind(&citizen_ref, &relative, bond.relation).await?;
        }
        Ok(())
    }

    /// Issues a code as the portal did on an earlier day.
    async fn issue_by_portal(&self, number: &IdNumber, at: At) -> anyhow::Result<()> {
        let citizen_ref: CitizenRef = self.rulebook.citizen_ref(number);
        let (claim, mut citizen) = self.store.claim_citizen(&citizen_ref).await?;
        let person = citizen.person.clone().context("not registered")?;
        let serial = Serial::new(citizen_ref.bucket(), DeviceNumber::CENTRE, 1, rand::random());
        let asking = Asking {
            acting: &person,
            acting_ref: &citizen_ref,
            channel: Channel::Portal,
            site: &SiteCode::PRACTICE,
            at,
            rulebook: &self.rulebook,
        };
        let request = Request::Issue { action: Action::Apply, serial, confirmed: true };
        let (decision, _) = channel::decide(&mut citizen, &request, &asking)
            .map_err(|refusal| anyhow::anyhow!("the portal refuses: {}", refusal.code()))?;
        let issued = citizen.code(serial).context("no code")?;
        let claims = self.rulebook.claims(&issued.code, &person.name, &person.number);
        let symbol = SignedSymbol::of(&payload::encode(&claims, &self.codes)?)?;
        citizen.keep_symbol(serial, symbol);
        let mut changed = Changed::none(citizen);
        decision.effects.iter().for_each(|effect| changed.note(effect));
        self.store.complete(claim, Completion { changed: vec![changed], ..Completion::at(at) }).await?;
        Ok(())
    }

    /// Returns the keys that sign codes here.
    pub fn key_list(&self, made_at: At) -> KeyList {
        let desks = self.rows().keys.clone();
        KeyList { version: desks.len() as u64, made_at, class: Class::Practice, desks }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign<T: Issuable>(&self, value: T) -> Answer<Issued<T>> {
        self.issuers.sign(value, clock::now()).map_err(|_| ProtocolError::Unavailable.into())
    }

    /// Returns the record of the key to which desks seal.
    fn sealing(&self) -> Answer<Signed<IssuingKey>> {
        let issuer = self.issuers.get(Purpose::Sealing).ok_or(ProtocolError::Unavailable)?;
        Ok(issuer.record.clone())
    }

    /// Returns who calls.
    fn caller(&self, headers: &HeaderMap) -> Answer<Caller> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let caller = token.and_then(|token| self.rows().tokens.get(token).copied());
        caller.ok_or_else(|| ProtocolError::Unauthenticated.into())
    }

    /// Decides everything that waits.
    async fn decide(&self) -> Answer<()> {
        while central::sync::apply(&self.store, &self.rulebook, usize::MAX, clock::now()).await? > 0 {}
        Ok(())
    }

    /// Makes the certificate of the only desk.
    fn desk_key(public_key: PublicKey, now: At) -> DeskKey {
        DeskKey {
            public_key,
            device: DEVICE,
            epoch: 1,
            site: SiteCode::PRACTICE,
            class: Class::Practice,
            not_before: now.plus_ms(-CLOCK_TOLERANCE_MS),
            not_after: now.plus_ms(KEY_LIFE_MS),
            retired_at: None,
            compromised_since: None,
        }
    }
}

fn bonds(population: &[Citizen]) -> anyhow::Result<Vec<Bond>> {
    let mut bonds = Vec::new();
    for citizen in population {
        for (key, relation) in citizen.relatives {
            let relative = population.iter().find(|one| one.key == *key).context("no such relative")?;
            bonds.push(Bond {
                holder: IdNumber::parse(&citizen.number)?,
                relative: IdNumber::parse(&relative.number)?,
                relation,
                holder_name: Name::read(citizen.registered_name())?.name,
                relative_name: Name::read(relative.registered_name())?.name,
            });
        }
    }
    Ok(bonds)
}
