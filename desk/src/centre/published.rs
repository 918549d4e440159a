//! Calls for what the centre publishes, signed, to everybody: lists of keys and revoked codes,
//! anchors of trust, heads of its audit log.

use super::{Centre, http, http::CallError};
use rules::{
    At,
    audit::TreeHead,
    issuing::Issued,
    revocation::RevocationFilter,
    wire::{
        ConsistencyResponse, KeyListDelta, ProtocolError, RestoreResponse, RevocationDelta, Testimony,
        TestimonyResponse, TrustAnchors, TrustResponse,
    },
};
use std::sync::PoisonError;

impl Centre {
    /// Calls `GET /v1/keys`. `None`: the version held is the newest.
    pub(crate) async fn keys(&self, held: u64, now: At) -> Result<Option<TrustResponse>, CallError> {
        self.get_newer(&["v1", "keys"], None, held, now).await
    }

    /// Calls `GET /v1/revocations`. `None`: the version held is the newest.
    pub(crate) async fn revocations(
        &self,
        held: u64,
        now: At,
    ) -> Result<Option<Issued<RevocationFilter>>, CallError> {
        self.get_newer(&["v1", "revocations"], None, held, now).await
    }

    /// Calls `GET /v1/keys/delta?since=`, which answers what changed since the list of version
    /// `since`. `None`: the delta held is the newest. Refused as not found: the list itself must be
    /// fetched.
    pub(crate) async fn keys_delta(
        &self,
        since: u64,
        held: u64,
        now: At,
    ) -> Result<Option<Issued<KeyListDelta>>, CallError> {
        self.get_newer(&["v1", "keys", "delta"], Some(since), held, now).await
    }

    /// Calls `GET /v1/revocations/delta?since=`, likewise.
    pub(crate) async fn revocations_delta(
        &self,
        since: u64,
        held: u64,
        now: At,
    ) -> Result<Option<Issued<RevocationDelta>>, CallError> {
        self.get_newer(&["v1", "revocations", "delta"], Some(since), held, now).await
    }

    /// Calls `GET /v1/trust-anchors`. `None`: the version held is the newest, or there are none.
    pub(crate) async fn trust_anchors(
        &self,
        held: u64,
        now: At,
    ) -> Result<Option<Issued<TrustAnchors>>, CallError> {
        match self.get_newer(&["v1", "trust-anchors"], None, held, now).await {
            Err(CallError::Refused(ProtocolError::NotFound)) => Ok(None),
            answer => answer,
        }
    }

    /// Calls `GET /v1/restore`.
    pub(crate) async fn restore_statement(&self, now: At) -> Result<RestoreResponse, CallError> {
        self.get(&["v1", "restore"], &[], None, now).await
    }

    /// Calls `POST /v1/restore`.
    pub(crate) async fn testify(
        &self,
        testimony: &Testimony,
        now: At,
    ) -> Result<TestimonyResponse, CallError> {
        self.post(&["v1", "restore"], testimony, None, now).await
    }

    /// Knows the centre by other authorities from now on, if the centre that answers now is theirs.
    ///
    /// # Errors
    /// The error of the call with them; nothing is changed then.
    pub(crate) async fn take_authority(&self, url: &str, authority: &str) -> Result<(), CallError> {
        let made = http::client(url, Some(authority));
        let (client, _) = made.map_err(|_| CallError::Malformed("certificate authority"))?;
        // Anybody may ask for these, and only whether TLS holds matters.
        let asked = http::send(client.get(self.path(&["v1", "trust-anchors"])?)).await;
        if let Err(unreachable @ CallError::Unreachable(_)) = asked {
            return Err(unreachable);
        }
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
        Ok(())
    }

    /// Calls `GET /v1/audit/head`. `None`: the centre has signed none.
    pub(crate) async fn audit_head(&self, now: At) -> Result<Option<Issued<TreeHead>>, CallError> {
        match self.get(&["v1", "audit", "head"], &[], None, now).await {
            Err(CallError::Refused(ProtocolError::NotFound)) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Calls `GET /v1/audit/consistency?from=&to=`. `None`: the centre has no such proof.
    pub(crate) async fn audit_consistency(
        &self,
        (from, to): (u64, u64),
        now: At,
    ) -> Result<Option<ConsistencyResponse>, CallError> {
        match self.get(&["v1", "audit", "consistency"], &[("from", from), ("to", to)], None, now).await {
            Err(CallError::Refused(ProtocolError::NotFound)) => Ok(None),
            answer => answer.map(Some),
        }
    }
}
