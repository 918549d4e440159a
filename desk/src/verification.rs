//! Verification (核验) of a sheet: through the centre, or here with the lists last fetched.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self,
        audit::{Entry, Event},
        trust,
    },
};
use rules::{
    issuing::Issued,
    keys::KeyList,
    payload::{self, OfflineAnswer, PayloadError, Verifier},
    permission::Duty,
    revocation::RevocationFilter,
    wire::{KeyListDelta, RevocationDelta, VerifyRequest, VerifyResponse},
};
use std::{sync::Arc, time::Duration};

/// How long the clerk waits for the centre's answer before this desk answers.
const ONLINE: Duration = Duration::from_secs(2);

/// Answer to the verification of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The centre's answer.
    Online(Box<VerifyResponse>),
    /// This desk's, as of its lists.
    Offline(Result<OfflineAnswer, PayloadError>),
    /// The centre cannot be asked and this desk has no list of keys or of what was revoked.
    NoLists,
}

/// Component that verifies sheets.
pub struct Verification {
    core: Arc<Core>,
}

impl Verification {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Verifies the text of a symbol. Audited.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails. Any text gets an answer, never an error.
    pub async fn verify(&self, operator: &Operator, payload: &str) -> Result<Verified, DeskError> {
        operator.may(Duty::Verify)?;
        // Too long to be ours, or nothing like ours: nobody needs to be asked.
        let readable = payload::decode(payload);
        let verified = match readable {
            Err(error) => Verified::Offline(Err(error)),
            Ok(_) => match self.verify_online(operator, payload).await {
                Some(answer) => Verified::Online(Box::new(answer)),
                None => self.verify_offline(payload).await?,
            },
        };
        let outcome = match &verified {
            Verified::Online(_) => "online",
            Verified::Offline(_) => "offline",
            Verified::NoLists => "no_lists",
        };
        let entry =
            Entry { operator: &operator.staff, event: Event::Verify, outcome, case_number: None, detail: "" };
        self.core.note(&entry).await?;
        Ok(verified)
    }

    async fn verify_online(&self, operator: &Operator, payload: &str) -> Option<VerifyResponse> {
        let request = VerifyRequest {
            payload: payload.to_owned(),
            scanner: operator.staff.to_string(),
            place: self.core.identity.site_name.clone(),
            register: true,
        };
        let asked = self.core.centre.verify(&request, self.core.clock.read().at);
        tokio::time::timeout(ONLINE, asked).await.ok()?.ok()
    }

    /// Verifies with the lists last fetched, and with what is known here of the code itself.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn verify_offline(&self, payload: &str) -> Result<Verified, DeskError> {
        let mut read = self.core.store.read().await?;
        let keys: Option<Issued<KeyList>> = trust::get(&mut read, trust::KEYS).await?;
        let filter: Option<Issued<RevocationFilter>> = trust::get(&mut read, trust::REVOCATIONS).await?;
        let Some(keys) = keys else { return Ok(Verified::NoLists) };
        let keys_delta: Option<Issued<KeyListDelta>> = trust::get(&mut read, trust::KEYS_DELTA).await?;
        let delta: Option<Issued<RevocationDelta>> = trust::get(&mut read, trust::REVOCATIONS_DELTA).await?;
        let keys = keys_delta.and_then(|delta| delta.value.applied_to(&keys.value)).unwrap_or(keys.value);
        let version = filter.as_ref().map_or(0, |filter| filter.value.version);
        let open =
            filter.and_then(|filter| filter.value.open().ok().map(|open| (open, filter.value.made_at)));
        let policy = self.core.policy();
        let identity = &self.core.identity;
        let verifier = Verifier { issuer: &identity.issuer, class: identity.class(), policy: &policy };
        let answer = payload::verify_offline(
            payload,
            &verifier,
            &keys,
            open.as_ref().map(|(filter, at)| (filter, *at)),
            self.core.clock.read().at,
        );
        // What this desk did itself or was told of the code is younger than any list.
        let has_ended = match &answer {
            Ok(answer) => store::code::get(&mut read, answer.claims.serial)
                .await?
                .is_some_and(|known| known.code.state.is_revoked()),
            Err(_) => false,
        };
        Ok(match (answer, open) {
            // Well signed and in date says nothing while it is not known what was revoked (L2).
            (Ok(_), None) => Verified::NoLists,
            (Ok(answer), Some(_)) => {
                let answer = match &delta {
                    Some(delta) => delta.value.applied_to(version, keys.made_at, answer),
                    None => answer,
                };
                let probably_revoked = answer.probably_revoked || has_ended;
                Verified::Offline(Ok(OfflineAnswer { probably_revoked, ..answer }))
            }
            (Err(error), _) => Verified::Offline(Err(error)),
        })
    }
}
