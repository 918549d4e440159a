//! A centre small enough to be made to misbehave: it keeps the protocol's promises (chain, signature, exactly once) and
//! decides everything as `applied` unless told otherwise. The real centre is tested with the real desk elsewhere.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    At, Sensitive,
    correction::Digest,
    keys::{Class, DeskKey, KeyList, PublicKey, Signed, Signer, SoftwareKey},
    life::{Action, Serial},
    op::{OpBody, Operation},
    revocation::RevocationFilter,
    wire::{
        Change, ChangesResponse, CitizenView, DeviceAssertion, DeviceAuthRequest, EnrolRequest,
        EnrolResponse, KeyListDelta, OperatorAuthRequest, ProtocolError, PushRequest, PushResponse, Receipt,
        ResultsResponse, RevocationDelta, TokenResponse, TrustResponse, Verdict,
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{net::TcpListener, task::JoinHandle};
use uuid::Uuid;

/// Code that enrols.
pub const CODE: &str = "ENROL-ME";

/// What the centre knows and how it behaves.
pub struct Mind {
    root: SoftwareKey,
    keys: HashMap<(u32, u32), PublicKey>,
    /// The window that codes are for.
    pub device: u32,
    /// Epoch given to the next desk that enrols.
    pub next_epoch: u32,
    /// Class of the certificates.
    pub class: Class,
    /// When the certificate of the next desk that enrols ends.
    pub certificate_ends: At,
    /// All operations by device and epoch.
    pub log: HashMap<(u32, u32), Vec<Operation>>,
    /// Verdicts other than `applied`, by seq.
    pub verdicts: BTreeMap<u64, Verdict>,
    /// Decisions are held back while false.
    pub decides: bool,
    /// Every call is answered so while set.
    pub refuses: Option<(StatusCode, Option<u32>)>,
    /// Every push is answered so while set.
    pub push_error: Option<ProtocolError>,
    /// The answer to a push that was taken is lost while true.
    pub loses_answers: bool,
    /// Views by reference.
    pub views: HashMap<String, CitizenView>,
    /// News.
    pub changes: Vec<Change>,
    /// Blobs, whole or in part.
    pub blobs: HashMap<String, (Vec<u8>, bool)>,
    /// Bytes of blobs that came.
    pub blob_bytes: usize,
    /// Passwords by staff number.
    pub passwords: HashMap<String, String>,
    /// The centre's clock minus this machine's, ms.
    pub clock_offset_ms: i64,
    /// A forged centre signs receipts with another key.
    pub signs_with_another_key: bool,
    /// Pushes seen.
    pub pushes: u32,
    /// Revoked since the filter was made, which it never is again.
    pub revoked: Vec<Serial>,
    /// A desk whose key is not in the list, only in what changed since.
    pub newcomer: Option<PublicKey>,
    /// Whole lists given out.
    pub whole_lists: u32,
}

/// A running centre.
pub struct TestCentre {
    /// Where.
    pub url: String,
    address: std::net::SocketAddr,
    mind: Arc<Mutex<Mind>>,
    task: JoinHandle<()>,
}

impl TestCentre {
    /// Starts on a port of the kernel's choice.
    pub async fn start() -> Self {
        let mind = Mind {
            root: SoftwareKey::from_bytes(&[11; 32]).unwrap(),
            keys: HashMap::new(),
            device: 7,
            certificate_ends: At(i64::MAX / 2),
            next_epoch: 1,
            class: Class::Practice,
            log: HashMap::new(),
            verdicts: BTreeMap::new(),
            decides: true,
            refuses: None,
            push_error: None,
            loses_answers: false,
            views: HashMap::new(),
            changes: Vec::new(),
            blobs: HashMap::new(),
            blob_bytes: 0,
            passwords: HashMap::new(),
            clock_offset_ms: 0,
            signs_with_another_key: false,
            pushes: 0,
            revoked: Vec::new(),
            newcomer: None,
            whole_lists: 0,
        };
        let mind = Arc::new(Mutex::new(mind));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = serve(listener, mind.clone());
        Self { url: format!("http://{address}"), address, mind, task }
    }

    /// Stops answering: connections are refused.
    pub async fn stop(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// Answers again, with the same memory.
    pub async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.task = serve(listener, self.mind.clone());
    }

    /// What it knows.
    pub fn mind(&self) -> MutexGuard<'_, Mind> {
        self.mind.lock().unwrap()
    }
}

impl Drop for TestCentre {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Shared = Arc<Mutex<Mind>>;

fn serve(listener: TcpListener, mind: Shared) -> JoinHandle<()> {
    let gate = axum::middleware::from_fn_with_state(mind.clone(), gate);
    let router = Router::new()
        .route("/v1/desks/enrol", post(enrol))
        .route("/v1/auth/device", post(device))
        .route("/v1/auth/operator", post(operator))
        .route("/v1/sync/push", post(push))
        .route("/v1/sync/results", get(results))
        .route("/v1/sync/changes", get(changes))
        .route("/v1/citizens/{citizen}", get(citizen))
        .route("/v1/blobs/{digest}", put(put_blob).get(get_blob))
        .route("/v1/keys", get(keys))
        .route("/v1/keys/delta", get(keys_delta))
        .route("/v1/revocations", get(revocations))
        .route("/v1/revocations/delta", get(revocations_delta))
        .layer(gate)
        .with_state(mind);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}

async fn gate(
    State(mind): State<Shared>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let refuses = mind.lock().unwrap().refuses;
    match refuses {
        Some((status, Some(seconds))) => {
            (status, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Some((status, None)) => status.into_response(),
        None => next.run(request).await,
    }
}

fn error(status: StatusCode, error: ProtocolError) -> Response {
    (status, Json(error)).into_response()
}

impl Mind {
    fn now(&self) -> At {
        At(jiff::Timestamp::now().as_millisecond() + self.clock_offset_ms)
    }

    fn received_through(&self, author: (u32, u32)) -> u64 {
        self.log.get(&author).map_or(0, Vec::len) as u64
    }

    /// A backup is put back: of the log of the first enrolment this many operations are left.
    pub fn forget_after(&mut self, operations: usize) {
        self.log.get_mut(&(self.device, 1)).unwrap().truncate(operations);
    }

    /// The gapless run of decided operations after `after`.
    fn roll(&self, device: u32, epoch: u32, after: u64) -> Option<Signed<Vec<Receipt>>> {
        let log = self.log.get(&(device, epoch)).filter(|_| self.decides)?;
        let receipts: Vec<Receipt> = log
            .iter()
            .filter(|op| op.seq > after)
            .take(200)
            .map(|op| Receipt {
                id: Uuid::from_u128(u128::from(op.seq)),
                device,
                epoch,
                seq: op.seq,
                hash: op.hash.clone(),
                verdict: self
                    .verdicts
                    .get(&op.seq)
                    .cloned()
                    .unwrap_or(Verdict::Applied { action: action(op) }),
                decided_at: self.now(),
            })
            .collect();
        let another = SoftwareKey::from_bytes(&[12; 32]).unwrap();
        let signer = if self.signs_with_another_key { &another } else { &self.root };
        (!receipts.is_empty()).then(|| Signed::sign(receipts, signer).unwrap())
    }
}

fn action(op: &Operation) -> Option<Action> {
    match op.body {
        OpBody::Issue { action, .. } => Some(action),
        _ => None,
    }
}

fn token_of(headers: &HeaderMap) -> Option<(u32, u32)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let (device, epoch) = text.split_once('.')?;
    Some((device.parse().ok()?, epoch.parse().ok()?))
}

async fn enrol(State(mind): State<Shared>, Json(request): Json<EnrolRequest>) -> Response {
    let mut mind = mind.lock().unwrap();
    if request.code.expose() != CODE {
        return error(StatusCode::FORBIDDEN, ProtocolError::EnrolmentCode);
    }
    let epoch = mind.next_epoch;
    let device = mind.device;
    mind.next_epoch += 1;
    let key = DeskKey {
        public_key: request.public_key.clone(),
        device,
        epoch,
        site: "310101".to_owned(),
        class: mind.class,
        not_before: At(0),
        not_after: mind.certificate_ends,
        retired_at: None,
    };
    mind.keys.insert((device, epoch), request.public_key);
    Json(EnrolResponse {
        certificate: Signed::sign(key, &mind.root).unwrap(),
        root: mind.root.public_key(),
        issuer: "practice".to_owned(),
        site_name: "演练大厅".to_owned(),
        desk_number: 3,
        index_key: Sensitive::new("ab".repeat(32)),
        server_time: mind.now(),
    })
    .into_response()
}

async fn device(State(mind): State<Shared>, Json(request): Json<DeviceAuthRequest>) -> Response {
    let mind = mind.lock().unwrap();
    let (claims, signature) = request.assertion.split_once('.').unwrap();
    let assertion: DeviceAssertion =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let key = mind.keys.get(&(assertion.device, assertion.epoch));
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    if key.is_none_or(|key| key.verify(claims.as_bytes(), &signature).is_err()) {
        return error(StatusCode::UNAUTHORIZED, ProtocolError::Unauthenticated);
    }
    let token = format!("{}.{}", assertion.device, assertion.epoch);
    let now = mind.now();
    let answer = TokenResponse { token: token.into(), expires_at: now.plus_ms(600_000), server_time: now };
    Json(answer).into_response()
}

async fn operator(State(mind): State<Shared>, Json(request): Json<OperatorAuthRequest>) -> Response {
    let mind = mind.lock().unwrap();
    if mind.passwords.get(&request.staff) != Some(request.password.expose()) {
        return error(StatusCode::UNAUTHORIZED, ProtocolError::Unauthenticated);
    }
    let now = mind.now();
    let token = Sensitive::new("7.1".to_owned());
    Json(TokenResponse { token, expires_at: now.plus_ms(600_000), server_time: now }).into_response()
}

async fn push(State(mind): State<Shared>, headers: HeaderMap, Json(request): Json<PushRequest>) -> Response {
    let mut mind = mind.lock().unwrap();
    mind.pushes += 1;
    if token_of(&headers).is_none() {
        return error(StatusCode::UNAUTHORIZED, ProtocolError::Unauthenticated);
    }
    if let Some(refusal) = mind.push_error.clone() {
        return error(StatusCode::CONFLICT, refusal);
    }
    let PushRequest { batch, signature } = request;
    let author = (batch.device, batch.epoch);
    let signature = rules::hex::decode(&signature).unwrap();
    let signed =
        mind.keys.get(&author).is_some_and(|key| key.verify(&batch.signed_bytes(), &signature).is_ok());
    if !signed || batch.check().is_err() {
        return error(StatusCode::BAD_REQUEST, ProtocolError::Malformed);
    }
    let log = mind.log.entry(author).or_default();
    let held = log.len() as u64;
    if batch.first_seq > held + 1 {
        return error(StatusCode::CONFLICT, ProtocolError::Gap { resend_from: held + 1 });
    }
    for op in batch.ops {
        match log.get(op.seq as usize - 1) {
            Some(before) if before.hash == op.hash => {}
            Some(_) => return error(StatusCode::CONFLICT, ProtocolError::Quarantined),
            None => log.push(op),
        }
    }
    let received_through = log.len() as u64;
    if mind.loses_answers {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    Json(PushResponse {
        received_through,
        applied_through: if mind.decides { received_through } else { 0 },
        results: mind.roll(author.0, author.1, batch.first_seq - 1),
        server_time: mind.now(),
        next_after_ms: 0,
    })
    .into_response()
}

async fn results(
    State(mind): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, u64>>,
) -> Response {
    let mind = mind.lock().unwrap();
    let Some((device, epoch)) = token_of(&headers) else {
        return error(StatusCode::UNAUTHORIZED, ProtocolError::Unauthenticated);
    };
    Json(ResultsResponse {
        results: mind.roll(device, epoch, query["after"]),
        applied_through: 0,
        received_through: mind.received_through((device, epoch)),
        server_time: mind.now(),
    })
    .into_response()
}

async fn changes(
    State(mind): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, u64>>,
) -> Response {
    let mind = mind.lock().unwrap();
    let Some(author) = token_of(&headers) else {
        return error(StatusCode::UNAUTHORIZED, ProtocolError::Unauthenticated);
    };
    let all = mind.changes.len() as u64;
    let from = query["cursor"].min(all);
    Json(ChangesResponse {
        changes: mind.changes[from as usize..].to_vec(),
        cursor: all,
        more: false,
        newest: all,
        received_through: mind.received_through(author),
        server_time: mind.now(),
    })
    .into_response()
}

async fn citizen(State(mind): State<Shared>, Path(citizen): Path<String>) -> Response {
    let mind = mind.lock().unwrap();
    match mind.views.get(&citizen) {
        Some(view) => Json(CitizenView { server_time: mind.now(), ..view.clone() }).into_response(),
        None => error(StatusCode::NOT_FOUND, ProtocolError::NotFound),
    }
}

async fn put_blob(
    State(mind): State<Shared>,
    Path(digest): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut mind = mind.lock().unwrap();
    let range = headers[header::CONTENT_RANGE].to_str().unwrap().to_owned();
    let (place, total) = range.strip_prefix("bytes ").unwrap().split_once('/').unwrap();
    let total: usize = total.parse().unwrap();
    mind.blob_bytes += body.len();
    let (bytes, complete) = mind.blobs.entry(digest.clone()).or_default();
    if *complete {
        return StatusCode::OK.into_response();
    }
    let start: Option<usize> = place.split_once('-').map(|(start, _)| start.parse().unwrap());
    let in_place = start.is_none_or(|start| start == bytes.len());
    if in_place {
        bytes.extend_from_slice(&body);
    }
    if bytes.len() == total && Digest::of(bytes).0 == digest {
        *complete = true;
        return StatusCode::CREATED.into_response();
    }
    let status = if in_place { StatusCode::ACCEPTED } else { StatusCode::RANGE_NOT_SATISFIABLE };
    match bytes.len().checked_sub(1) {
        Some(last) => (status, [(header::RANGE, format!("bytes=0-{last}"))]).into_response(),
        None => status.into_response(),
    }
}

async fn get_blob(State(mind): State<Shared>, Path(digest): Path<String>) -> Response {
    let mind = mind.lock().unwrap();
    match mind.blobs.get(&digest) {
        Some((bytes, true)) => ([(header::CONTENT_TYPE, "image/jpeg")], bytes.clone()).into_response(),
        _ => error(StatusCode::NOT_FOUND, ProtocolError::NotFound),
    }
}

fn desk_key(public_key: &PublicKey, device: u32, epoch: u32, class: Class) -> DeskKey {
    DeskKey {
        public_key: public_key.clone(),
        device,
        epoch,
        site: "310101".to_owned(),
        class,
        not_before: At(0),
        not_after: At(i64::MAX / 2),
        retired_at: None,
    }
}

async fn keys_delta(State(mind): State<Shared>, Query(query): Query<HashMap<String, u64>>) -> Response {
    let mind = mind.lock().unwrap();
    let desks: Vec<DeskKey> = mind.newcomer.iter().map(|key| desk_key(key, 99, 1, mind.class)).collect();
    let version = 1 + desks.len() as u64;
    let delta =
        KeyListDelta { since: query["since"], version, made_at: mind.now(), class: mind.class, desks };
    Json(Signed::sign(delta, &mind.root).unwrap()).into_response()
}

async fn revocations_delta(
    State(mind): State<Shared>,
    Query(query): Query<HashMap<String, u64>>,
) -> Response {
    let mind = mind.lock().unwrap();
    let (revoked, version) = (mind.revoked.clone(), 1 + mind.revoked.len() as u64);
    let delta =
        RevocationDelta { since: query["since"], version, made_at: mind.now(), class: mind.class, revoked };
    Json(Signed::sign(delta, &mind.root).unwrap()).into_response()
}

async fn keys(State(mind): State<Shared>) -> Response {
    let mut mind = mind.lock().unwrap();
    mind.whole_lists += 1;
    let desks = mind.keys.iter().map(|((device, epoch), key)| desk_key(key, *device, *epoch, mind.class));
    let list = KeyList { version: 1, made_at: mind.now(), class: mind.class, desks: desks.collect() };
    Json(TrustResponse { keys: Signed::sign(list, &mind.root).unwrap(), class: mind.class }).into_response()
}

async fn revocations(State(mind): State<Shared>) -> Response {
    let mut mind = mind.lock().unwrap();
    mind.whole_lists += 1;
    let filter = RevocationFilter::build(&[], 1, mind.now(), mind.class).unwrap();
    Json(Signed::sign(filter, &mind.root).unwrap()).into_response()
}
