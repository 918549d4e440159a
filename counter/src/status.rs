//! The status line, and who is at the screen.

use super::{
    Counter, CounterEvent, Opening,
    actions::credentials,
    case::Left,
    case_keeping::end,
    format::{day_zh, time_text},
};
use crate::view::{
    DeskView, Failure, LineState, LineView, LoginInput, OperatorView, QueueDepthView, StatusView,
};
use desk::{
    Desk, DeskError,
    session::{CheckedBy, Operator},
    sync::{Line, SyncEvent},
};
use rules::{
    At,
    life::desk_may_issue,
    permission::{Duty, permit},
};
use std::sync::{Arc, PoisonError};
use tokio::sync::broadcast::error::RecvError;

/// How long before its end a certificate is spoken of: an enrolment has to be arranged with the
/// centre.
const CERTIFICATE_NOTICE_MS: i64 = 30 * 86_400_000;

impl Counter {
    /// Everything that is always visible.
    ///
    /// # Errors
    /// When the desk's data cannot be opened; the words say what to do.
    pub async fn status(&self) -> Result<StatusView, Failure> {
        if let Opening::NotEnrolled = &*self.opening.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(self.not_enrolled());
        }
        let revision = self.next_revision();
        let desk = self.desk()?;
        let reading = desk.read_clock();
        let now = reading.now(desk.sync().is_online());
        let may_issue = desk_may_issue(&now, &desk.policy()).map_err(Failure::from);
        let blocked = may_issue.and_then(|()| Ok(desk.issue.may_issue()?)).err();
        let operator = desk.session.operator().ok().or_else(|| desk.session.locked_by());
        let second_factor = match &operator {
            Some(operator) => desk.session.has_second_factor(&operator.staff).await?,
            None => false,
        };
        let offline_until = operator.as_ref().and_then(|who| self.offline_until(&who.staff)).map(time_text);
        let depth = desk.counts.queue_depth().await?;
        Ok(StatusView {
            revision,
            desk: Some(DeskView {
                site_name: desk.identity().site_name.clone(),
                site: desk.identity().site().to_owned(),
                desk_number: desk.identity().desk_number,
                device: desk.identity().desk_key().device,
                class: desk.identity().class(),
            }),
            locked: desk.session.locked_by().is_some(),
            operator: operator.map(|who| OperatorView {
                duties: Duty::ALL.iter().copied().filter(|duty| permit(&who.roles, *duty).is_ok()).collect(),
                name: who.name.expose().clone(),
                staff: who.staff,
                roles: who.roles,
                offline_until,
                second_factor,
            }),
            line: line(&desk, reading.last_contact),
            queue: QueueDepthView {
                waiting: depth.waiting,
                oldest_seconds: depth
                    .oldest
                    .map(|oldest| u32::try_from(reading.at.since_ms(oldest) / 1000).unwrap_or(0)),
                conflicts: desk.counts.open_conflicts().await?,
                approvals: desk.counts.waiting_approvals().await?,
                escalations: desk.counts.open_escalations().await?,
            },
            devices: self.device_views().await,
            clock: reading.set_back.then(|| rules::Refusal::ClockNotTrusted.into()),
            issuing_blocked: blocked,
            certificate_ends: certificate_ends(&desk, reading.at),
            now: time_text(reading.at),
            lock_minutes: self.config().screen.lock_minutes,
        })
    }

    fn not_enrolled(&self) -> StatusView {
        StatusView {
            revision: self.next_revision(),
            desk: None,
            operator: None,
            locked: false,
            line: LineView { state: LineState::NotEnrolled, since: None, last_contact: None, reason: None },
            queue: QueueDepthView {
                waiting: 0,
                oldest_seconds: None,
                conflicts: 0,
                approvals: 0,
                escalations: 0,
            },
            devices: Vec::new(),
            clock: None,
            issuing_blocked: None,
            certificate_ends: None,
            now: String::new(),
            lock_minutes: self.config().screen.lock_minutes,
        }
    }

    /// Logs in. A card that already lies on the reader is read.
    ///
    /// # Errors
    /// As [`desk::session::Sessions::log_in`].
    pub async fn login(self: &Arc<Self>, input: LoginInput) -> Result<StatusView, Failure> {
        let desk = self.desk()?;
        let before = desk.session.locked_by();
        let typed = credentials(input.staff.trim(), input.password, input.second_factor);
        let login = desk.session.log_in(&typed).await?;
        self.remember_offline(&login.operator.staff, login.checked_by);
        // Somebody else sits down: the case of who was here is not theirs.
        if let Some(before) = before.filter(|before| before.staff != login.operator.staff) {
            self.put_aside(&desk, &before).await?;
        }
        self.read_waiting_card();
        self.tell(CounterEvent::Case);
        self.status().await
    }

    /// Logs out. The case in hand is put aside, not lost.
    ///
    /// # Errors
    /// The disk's.
    pub async fn logout(self: &Arc<Self>) -> Result<StatusView, Failure> {
        let desk = self.desk()?;
        if let Some(operator) = desk.session.operator().ok().or_else(|| desk.session.locked_by()) {
            self.put_aside(&desk, &operator).await?;
        }
        desk.session.log_out().await?;
        self.clear();
        self.status().await
    }

    /// Somebody leaves: their case waits for them, unless it was finished; then it is closed.
    async fn put_aside(&self, desk: &Desk, operator: &Operator) -> Result<(), Failure> {
        let left = {
            let mut case = self.case();
            // The page of who comes next says by itself what is open on it.
            let held = case.attend(None);
            held.or_else(|| case.next())
        };
        if let Some(Left { number, is_done }) = left {
            if is_done {
                end(desk, operator, &number).await?;
            } else {
                desk.case.suspend(operator, &number).await?;
            }
        }
        self.clear();
        Ok(())
    }

    /// Locks the screen; what is on it stays.
    ///
    /// # Errors
    /// The disk's.
    pub async fn lock(&self) -> Result<StatusView, Failure> {
        self.switch_off_camera();
        self.desk()?.session.lock().await?;
        self.tell(CounterEvent::Case);
        self.status().await
    }

    /// Unlocks with the password, and the second factor where set, of who locked it. A card that
    /// was laid meanwhile is read.
    ///
    /// # Errors
    /// As [`desk::session::Sessions::log_in`].
    pub async fn unlock(
        self: &Arc<Self>,
        password: String,
        second_factor: Option<String>,
    ) -> Result<StatusView, Failure> {
        let desk = self.desk()?;
        let who = desk.session.locked_by().ok_or(DeskError::NotLoggedIn)?;
        let login = desk.session.log_in(&credentials(&who.staff, password, second_factor)).await?;
        self.remember_offline(&login.operator.staff, login.checked_by);
        self.read_waiting_card();
        self.tell(CounterEvent::Case);
        self.status().await
    }

    fn remember_offline(&self, staff: &str, checked_by: CheckedBy) {
        let until = match checked_by {
            CheckedBy::Centre => None,
            CheckedBy::Desk { until } => Some(until),
        };
        self.troubles().offline_until = until.map(|until| (staff.to_owned(), until));
    }

    fn offline_until(&self, staff: &str) -> Option<At> {
        self.troubles().offline_until.as_ref().filter(|(who, _)| who == staff).map(|(_, until)| *until)
    }

    /// Starts synchronisation and follows it.
    pub(super) fn start_desk(self: &Arc<Self>, desk: &Arc<Desk>) {
        tokio::spawn(desk.clone().run_sync());
        tokio::spawn(self.clone().follow_sync(desk.clone()));
    }

    async fn follow_sync(self: Arc<Self>, desk: Arc<Desk>) {
        let mut events = desk.sync().subscribe();
        loop {
            match events.recv().await {
                Ok(SyncEvent::Verdict { seq, verdict }) => {
                    self.verdict_came(&desk, seq, &verdict).await;
                    self.tell(CounterEvent::Case);
                    self.tell(CounterEvent::Lists);
                }
                Ok(SyncEvent::Changes { .. }) => {
                    self.refresh_citizen(&desk).await;
                    self.tell(CounterEvent::Case);
                    self.tell(CounterEvent::Lists);
                }
                Ok(SyncEvent::Line(_)) => {
                    self.refresh_citizen(&desk).await;
                    self.tell(CounterEvent::Case);
                }
                Ok(
                    SyncEvent::Received { .. }
                    | SyncEvent::Restored { .. }
                    | SyncEvent::BlobUploaded
                    | SyncEvent::CarriedRefused { .. },
                ) => self.tell(CounterEvent::Lists),
                Ok(SyncEvent::StoreFailed { code }) => tracing::error!(code, "synchronisation cannot write"),
                Err(RecvError::Lagged(_)) => self.tell(CounterEvent::Lists),
                Err(RecvError::Closed) => return,
            }
            self.tell(CounterEvent::Status);
        }
    }
}

/// From [`CERTIFICATE_NOTICE_MS`] before its end. After it the desk issues nothing more, and says
/// that instead.
fn certificate_ends(desk: &Desk, now: At) -> Option<Failure> {
    let end = desk.identity().desk_key().not_after;
    (1..CERTIFICATE_NOTICE_MS).contains(&end.since_ms(now)).then(|| {
        let day = end.day();
        Failure::new(
            "certificate_ends",
            format!(
                "本机证书到{}为止，此后不能发码。请安全管理员在此之前签发登记码，重新登记本机。",
                day_zh(day)
            ),
            format!(
                "This desk's certificate ends on {day}; it can issue no codes after that. Ask the security administrator for an enrolment code and enrol the desk again before then."
            ),
        )
    })
}

fn stop_failure(desk: &Desk) -> Option<Failure> {
    desk.sync().stopped().map(|stop| DeskError::from(stop).into())
}

fn line(desk: &Desk, last_contact: Option<At>) -> LineView {
    let status = desk.sync().status();
    let (state, reason) = match status.line {
        Line::Starting => (LineState::Connecting, None),
        Line::Online => (LineState::Online, None),
        Line::Busy => (LineState::Online, Some(DeskError::CentreBusy.into())),
        Line::Offline { reason } => (LineState::Offline, Some(DeskError::CentreUnreachable(reason).into())),
        Line::Trouble => (LineState::Offline, Some(DeskError::CentreRefused("see the centre's log").into())),
        Line::Stopped { .. } => (LineState::Stopped, stop_failure(desk)),
    };
    LineView {
        state,
        since: (status.since > At(0)).then(|| time_text(status.since)),
        last_contact: last_contact.map(time_text),
        reason,
    }
}
