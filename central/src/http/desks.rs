//! Enrolment of desks by one-time code (S7), and renewal of their keys (B4).

use super::{
    answer::{Answer, SmallBody},
    caller::Device,
    state::Centre,
};
use crate::{
    clock,
    store::postgres::{Newcomer, Renewal},
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use rules::{
    keys::DeskKey,
    wire::{EnrolRequest, EnrolResponse, ProtocolError, RenewRequest, RenewResponse},
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
    let certify = |key: DeskKey| centre.keys.sign(key, "certificate");
    let class = centre.keys.class;
    let newcomer = Newcomer { public_key: request.public_key, class, protection: request.protection };
    let accepted = centre.store.accept_invitation(&digest, &newcomer, now, certify).await?;
    let Some((place, certificate)) = accepted else { return Err(ProtocolError::EnrolmentCode.into()) };
    centre.keys_changed.notify_one();
    tracing::info!(device = place.device.0, epoch = place.epoch, site = place.site.as_str(), "desk enrolled");
    Ok(Json(EnrolResponse {
        certificate,
        root: centre.keys.trust.root().clone(),
        sealing: centre.keys.sealing.record.clone(),
        issuer: centre.config.issuer.clone(),
        site_name: place.site_name,
        desk_number: place.desk_number,
        server_time: now,
    }))
}

/// Certifies the next key of a desk (B4). Its present key signs the request, so nobody types a
/// code.
#[utoipa::path(post, path = "/v1/desks/renew", tag = "desks", security(("desk" = [])), request_body = RenewRequest,
    responses((status = 200, body = RenewResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn renew(
    State(centre): State<Arc<Centre>>,
    Device(claims): Device,
    SmallBody(request): SmallBody<RenewRequest>,
) -> Answer<Json<RenewResponse>> {
    let desk = (claims.device, claims.epoch);
    let head = centre.check_in_service(claims.device, claims.epoch).await?;
    let present = [Some(&head.public_key), head.next_key.as_ref()].into_iter().flatten();
    let present = present.into_iter().find(|key| request.verify(desk, key).is_ok());
    let present = present.ok_or(ProtocolError::Forbidden)?;
    let now = clock::now();
    let certify = |key: DeskKey| centre.keys.sign(key, "certificate");
    match centre.store.renew_key(desk, present, &request.public_key, now, certify).await? {
        Renewal::Certified(certificate) => {
            centre.keys_changed.notify_one();
            tracing::info!(device = claims.device.0, epoch = claims.epoch, "desk key renewed");
            Ok(Json(RenewResponse { certificate: *certificate, server_time: now }))
        }
        Renewal::Refused => {
            tracing::warn!(device = claims.device.0, epoch = claims.epoch, "renewal of a desk key refused");
            Err(ProtocolError::Forbidden.into())
        }
    }
}
