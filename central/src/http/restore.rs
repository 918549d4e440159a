//! After the database was put back: the centre's own statement, and what desks hand in.

use super::{
    answer::{Answer, LargeBody},
    caller::Device,
    state::Centre,
};
use crate::clock;
use axum::{
    Json,
    extract::{ConnectInfo, FromRequest as _, Request, State},
};
use rules::{
    At,
    authority::{Credential, StaffRecord},
    issuing::Issued,
    keys::{DeskKey, KeyId},
    wire::{ProtocolError, RestoreResponse, Testimony, TestimonyResponse},
};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

/// Most accounts that a desk of one site hands in.
const ACCOUNTS: usize = 10_000;

/// Returns the newest statement that the database was put back.
#[utoipa::path(get, path = "/v1/restore", tag = "audit",
    responses((status = 200, body = RestoreResponse), super::responses::AnyCall))]
pub(super) async fn statement(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
) -> Answer<Json<RestoreResponse>> {
    centre.limits.anybody(address.ip())?;
    Ok(Json(RestoreResponse { restored: centre.store.restored().await? }))
}

/// Takes what a desk holds that this centre signed. Nothing counts without that signature, and
/// nothing older replaces what is here.
#[utoipa::path(post, path = "/v1/restore", tag = "audit", security(("desk" = [])), request_body = Testimony,
    responses((status = 200, body = TestimonyResponse), (status = 404, description = "The centre was not restored, or to another generation", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn testify(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    request: Request,
) -> Answer<Json<TestimonyResponse>> {
    centre.check_in_service(device.device, device.epoch).await?;
    let restored = centre.store.restored().await?.ok_or(ProtocolError::NotFound)?;
    // Read only now: it may be large, and is asked for after a restore alone.
    let large: LargeBody<Testimony> = LargeBody::from_request(request, &()).await?;
    let testimony = &large.body;
    let (generation, now) = (restored.value.generation, clock::now());
    if testimony.generation != generation {
        return Err(ProtocolError::NotFound.into());
    }
    if testimony.staff.len() + testimony.credentials.len() > ACCOUNTS {
        return Err(ProtocolError::TooLarge.into());
    }
    let trust = &centre.keys.trust;
    let is_of_site =
        |record: &Issued<StaffRecord>| record.verify(trust).is_ok_and(|record| record.site == device.site);
    for record in testimony.staff.iter().filter(|record| is_of_site(record)) {
        let wrapped = testimony.credentials.iter().find(|credential| fits(credential, record));
        let wrapped = wrapped.map(|credential| &credential.wrapped_key);
        centre.store.take_back_account(record, wrapped, generation, now).await?;
    }
    let wants_keys = testimony.keys_version > centre.store.keys_handed_in(generation).await?;
    let (version, keys) = keys_of(&centre, testimony, generation);
    if wants_keys && !keys.is_empty() {
        let certify = |key: DeskKey| centre.keys.sign(key, "certificate");
        centre.store.take_back_keys(&keys, (generation, now), certify).await?;
        centre.keys_changed.notify_one();
    }
    let head = testimony.head.as_ref().filter(|head| head.verify(trust).is_ok());
    let leaves = head.map_or(0, |head| head.value.size);
    centre.store.note_testimony(device.device, (leaves, version), generation, now).await?;
    tracing::warn!(device = device.device.0, leaves, "a desk handed in what this centre had forgotten");
    Ok(Json(TestimonyResponse { wants_keys: wants_keys && version < testimony.keys_version }))
}

/// Returns whether a credential is that of a record: the same person and key.
fn fits(credential: &Credential, record: &Issued<StaffRecord>) -> bool {
    let of = &credential.record.value;
    (&of.number, &of.public_key) == (&record.value.number, &record.value.public_key)
        && credential.wrapped_key.is_keepable()
}

/// Returns the keys of desks as the newest list and its difference had them before the restore, and
/// their version; 0 without a list.
fn keys_of(centre: &Centre, testimony: &Testimony, generation: At) -> (u64, Vec<DeskKey>) {
    let (trust, class) = (&centre.keys.trust, centre.keys.class);
    let list = testimony.keys.as_ref().and_then(|list| list.verify(trust).ok());
    let list = list.filter(|list| list.made_at < generation);
    let delta = testimony.keys_delta.as_ref().and_then(|delta| delta.verify(trust).ok());
    let delta = delta.filter(|delta| delta.made_at < generation);
    let listed = list.into_iter().flat_map(|list| &list.desks);
    let newer = delta.into_iter().flat_map(|delta| &delta.desks);
    let of_class = listed.chain(newer).filter(|key| key.class == class);
    // Of what is said twice the difference counts, which comes later.
    let keys: BTreeMap<KeyId, &DeskKey> = of_class.map(|key| (key.public_key.key_id(), key)).collect();
    let version = list.map(|list| list.version).max(delta.map(|delta| delta.version)).unwrap_or(0);
    (version, keys.into_values().cloned().collect())
}
