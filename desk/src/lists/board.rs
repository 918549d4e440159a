//! The board of the site (看板) and its figures, as the centre knows them: asked for by a
//! supervisor's own token, and kept here for when the centre cannot be asked.

use crate::{
    centre::CallError,
    core::Core,
    error::DeskError,
    line::{Line, OfflineReason},
    session::{Operator, Sessions},
    store,
    store::audit::Event,
};
use rules::{
    At, Sensitive, StaffNumber,
    permission::Duty,
    wire::{BoardCasesRequest, BoardCasesResponse, BoardDays, BoardResponse, FiguresResponse},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// How long a supervisor waits for the centre before seeing what it said last.
const BOARD_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer of the centre, now or earlier.
#[derive(Debug)]
pub struct Remembered<T> {
    /// What the centre answered last.
    pub answer: T,
    /// When it came.
    pub at: At,
    /// Why the centre gives no newer one; `None` if this is its word now.
    pub not_newer: Option<DeskError>,
}

/// Component for the board.
pub struct Board {
    core: Arc<Core>,
    session: Arc<Sessions>,
}

impl Board {
    pub(super) fn new(core: Arc<Core>, session: Arc<Sessions>) -> Self {
        Self { core, session }
    }

    /// Returns how the desks of the site are; without a line, as the centre said last.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, what the
    /// centre says if it never answered before, and a database error if the store fails.
    pub async fn desks(&self, operator: &Operator) -> Result<Remembered<BoardResponse>, DeskError> {
        operator.may(Duty::Board)?;
        let asked = match self.token() {
            Ok(token) => answered(self.core.centre.board(token, self.now())).await,
            Err(error) => Err(error),
        };
        self.keep_or_recall("desks", asked).await
    }

    /// Returns the figures of some days; without a line, as the centre said last.
    ///
    /// # Errors
    /// Returns the errors of [`Self::desks`].
    pub async fn figures(
        &self,
        operator: &Operator,
        days: BoardDays,
    ) -> Result<Remembered<FiguresResponse>, DeskError> {
        operator.may(Duty::Board)?;
        let asked = match self.token() {
            Ok(token) => answered(self.core.centre.board_figures(&days, token, self.now())).await,
            Err(error) => Err(error),
        };
        self.keep_or_recall(&format!("figures {} {}", days.from, days.through), asked).await
    }

    /// Returns the cases behind a figure. They are not kept here.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and
    /// [`DeskError::CentreUnreachable`] without a line.
    pub async fn cases(
        &self,
        operator: &Operator,
        request: &BoardCasesRequest,
    ) -> Result<BoardCasesResponse, DeskError> {
        operator.may(Duty::Board)?;
        answered(self.core.centre.board_cases(request, self.token()?, self.now())).await
    }

    /// Returns the names of the site's staff by number.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn staff_names(
        &self,
        operator: &Operator,
    ) -> Result<HashMap<StaffNumber, Sensitive<String>>, DeskError> {
        operator.may(Duty::Board)?;
        let staff = store::staff::all(&mut *self.core.store.read().await?).await?;
        Ok(staff.into_iter().map(|record| (record.number, record.name)).collect())
    }

    /// Records that figures are written to a file.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn note_export(&self, operator: &Operator, days: BoardDays) -> Result<(), DeskError> {
        operator.may(Duty::Board)?;
        let detail = format!("{} {}", days.from, days.through);
        self.core.note(&operator.entry(Event::BoardExported, None, &detail)).await
    }

    /// Keeps an answer of the centre; where it cannot be asked, returns what it said last.
    async fn keep_or_recall<T: Serialize + DeserializeOwned>(
        &self,
        question: &str,
        asked: Result<T, DeskError>,
    ) -> Result<Remembered<T>, DeskError> {
        match asked {
            Ok(answer) => {
                let at = self.now();
                let mut write = self.core.store.write().await?;
                store::board::put(&mut write, question, &answer, at).await?;
                write.commit().await?;
                Ok(Remembered { answer, at, not_newer: None })
            }
            // Whoever the centre shows nothing is shown nothing old either.
            Err(
                error
                @ (DeskError::CentreUnreachable(_) | DeskError::CentreBusy | DeskError::BoardNeedsLogIn),
            ) => {
                let kept = store::board::get(&mut *self.core.store.read().await?, question).await?;
                match kept {
                    Some((answer, at)) => Ok(Remembered { answer, at, not_newer: Some(error) }),
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the token of the person at the screen. Who logged in without the centre has none,
    /// and the centre shows a desk alone nothing.
    fn token(&self) -> Result<Sensitive<String>, DeskError> {
        self.session.token().ok_or_else(|| match self.core.sync.status().line {
            Line::Offline { reason } => DeskError::CentreUnreachable(reason),
            _ => DeskError::BoardNeedsLogIn,
        })
    }

    fn now(&self) -> At {
        self.core.clock.read().at
    }
}

/// Waits for an answer as long as a supervisor does.
async fn answered<T>(asked: impl Future<Output = Result<T, CallError>>) -> Result<T, DeskError> {
    match tokio::time::timeout(BOARD_TIMEOUT, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(DeskError::CentreUnreachable(OfflineReason::Timeout)),
    }
}
