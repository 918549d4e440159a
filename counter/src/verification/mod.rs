//! Verifying sheets (核验), from the scanner, from text and from pictures; also the sheet just
//! printed (scan-back).

mod view;

use crate::{
    case::CaseInHand,
    core::{Core, CounterEvent},
    format::from_base64,
    photo_editing::unreadable_picture,
    picture::{Picture, PictureError, find_symbol},
    view::{Failure, VerifyView},
};
use rules::{failure::CounterFailure, payload::decode, permission::Duty};
use std::sync::Arc;

/// Verification of sheets.
pub struct Verification {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
}

impl Verification {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>) -> Self {
        Self { core, case }
    }

    /// Verifies the text of a symbol: online if possible, else with the lists of this desk.
    ///
    /// # Errors
    /// Not permitted; the database fails. Whatever the text is, is an answer.
    pub async fn verify(&self, payload: String) -> Result<VerifyView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let verified = desk.verification.verify(&operator, payload.trim()).await?;
        let mut view = view::of(&desk, &operator, verified);
        self.scan_back(payload.trim(), &mut view);
        Ok(view)
    }

    /// Finds the symbol in a picture and verifies it.
    ///
    /// # Errors
    /// Not permitted; no picture; no symbol in it.
    pub async fn verify_picture(&self, picture: String) -> Result<VerifyView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Verify)?;
        let bytes = from_base64(&picture).ok_or_else(unreadable_picture)?;
        let found =
            tokio::task::spawn_blocking(move || Ok::<_, PictureError>(find_symbol(&Picture::open(&bytes)?)))
                .await;
        let payload = found
            .map_err(|_| unreadable_picture())??
            .ok_or_else(|| Failure::from(CounterFailure::NoSymbol))?;
        self.verify(payload).await
    }

    /// Verifies a symbol of the serial scanner and announces the answer.
    pub(crate) async fn verify_scan(self: Arc<Self>, text: String) {
        match self.verify(text).await {
            Ok(view) => self.core.announce(CounterEvent::Scanned(Box::new(view))),
            Err(failure) => tracing::debug!(code = failure.code, "scan not verified"),
        }
    }

    /// Compares a scanned sheet with the case that was just done: the paper must carry the code
    /// that was made.
    fn scan_back(&self, payload: &str, view: &mut VerifyView) {
        let mut case = self.case.state();
        let Some(done) = case.done_mut() else { return };
        let Some(serial) = done.serial else { return };
        view.matches_case = Some(decode(payload).is_ok_and(|read| read.claims.serial == serial));
        done.scan_back = Some(view.clone());
        drop(case);
        self.core.announce(CounterEvent::Case);
    }
}
