//! Enrolment of desks by one-time code (S7).

use super::{
    answer::{Answer, SmallBody},
    state::Centre,
};
use crate::{clock, store::StoreError};
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use rules::{
    Sensitive,
    keys::{DeskKey, Signed, Signer as _},
    wire::{EnrolRequest, EnrolResponse, ProtocolError},
};
use sm3::{Digest as _, Sm3};
use std::{net::SocketAddr, sync::Arc};

/// Returns the digest under which a one-time code is stored.
#[must_use]
pub fn secret_digest(secret: &str) -> Vec<u8> {
    Sm3::digest(secret.trim().as_bytes()).to_vec()
}

#[utoipa::path(post, path = "/v1/desks/enrol", tag = "desks", request_body = EnrolRequest,
    responses((status = 200, body = EnrolResponse), (status = 403, description = "The code is wrong, used or old", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn enrol(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    SmallBody(request): SmallBody<EnrolRequest>,
) -> Answer<Json<EnrolResponse>> {
    centre.limits.door(address.ip())?;
    let now = clock::now();
    let digest = secret_digest(request.code.expose());
    let certify =
        |key: DeskKey| Signed::sign(key, &*centre.keys.root).map_err(|_| StoreError::Range("certificate"));
    let class = centre.keys.class;
    let accepted = centre.store.accept_invitation(&digest, &request.public_key, class, now, certify).await?;
    let Some((place, certificate)) = accepted else { return Err(ProtocolError::EnrolmentCode.into()) };
    centre.keys_changed.notify_one();
    tracing::info!(device = place.device, epoch = place.epoch, site = place.site, "desk enrolled");
    Ok(Json(EnrolResponse {
        certificate,
        root: centre.keys.root.public_key(),
        issuer: centre.config.issuer.clone(),
        site_name: place.site_name,
        desk_number: place.desk_number,
        index_key: Sensitive::new(rules::hex::encode(&*centre.keys.index)),
        server_time: now,
    }))
}
