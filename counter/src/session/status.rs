//! The status line.

use super::Session;
use crate::{
    format::time_text,
    view::{DeskView, Failure, LineState, LineView, OperatorView, QueueDepthView, StatusView},
    visit::kit,
};
use desk::{Desk, DeskError, sync::Line};
use rules::{
    At,
    failure::CounterFailure,
    life::desk_may_issue,
    permission::{Duty, permit},
    policy::KEY_RENEWAL_MS,
};

/// How long before its end a key that was not renewed is announced. The desk asks for the next one
/// five days before.
const CERTIFICATE_NOTICE_MS: i64 = KEY_RENEWAL_MS / 2;

impl Session {
    /// Returns the status line.
    ///
    /// # Errors
    /// When the desk's data cannot be opened; the words say what to do.
    pub async fn status(&self) -> Result<StatusView, Failure> {
        if !self.core.is_enrolled() {
            return Ok(self.not_enrolled());
        }
        let revision = self.core.next_revision();
        let desk = self.core.desk()?;
        let reading = desk.read_clock();
        let now = reading.now(desk.sync().is_online());
        let may_issue = desk_may_issue(&now, &desk.policy()).map_err(Failure::from);
        let blocked = may_issue.and_then(|()| Ok(desk.issue.may_issue()?)).err();
        let operator = desk.session.logged_in();
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
                protection: desk.protection(),
            }),
            locked: desk.session.locked_by().is_some(),
            operator: operator.map(|who| OperatorView {
                duties: Duty::ALL.iter().copied().filter(|duty| permit(&who.roles, *duty).is_ok()).collect(),
                session_ended: who.session.is_over(&reading),
                second_factor: desk.session.needs_second_factor(&who),
                name: who.name.expose().clone(),
                staff: who.staff.into(),
                roles: who.roles,
                offline_until,
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
                calls: desk.counts.calls_due().await?,
            },
            devices: self.devices.views().await,
            clock: reading.set_back.then(|| rules::Refusal::ClockNotTrusted.into()),
            issuing_blocked: blocked,
            certificate_ends: certificate_ends(&desk, reading.at),
            program_ends: program_ends(&desk),
            centre_rewritten: centre_rewritten(&desk).await?,
            kit: kit(&desk, reading.at_least()).await?,
            now: time_text(reading.at),
            lock_minutes: self.core.config().screen.lock_minutes,
        })
    }

    fn not_enrolled(&self) -> StatusView {
        StatusView {
            revision: self.core.next_revision(),
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
                calls: 0,
            },
            devices: Vec::new(),
            clock: None,
            issuing_blocked: None,
            certificate_ends: None,
            program_ends: None,
            centre_rewritten: None,
            kit: None,
            now: String::new(),
            lock_minutes: self.core.config().screen.lock_minutes,
        }
    }
}

/// Warns that the key ends and was not renewed, from [`CERTIFICATE_NOTICE_MS`] before it. After the
/// end, issuing is blocked with its own failure.
fn certificate_ends(desk: &Desk, now: At) -> Option<Failure> {
    let end = desk.keys_end();
    (1..CERTIFICATE_NOTICE_MS)
        .contains(&end.since_ms(now))
        .then(|| CounterFailure::CertificateEnds { day: end.day() }.into())
}

/// Warns that a newer program is required, from the day this desk hears of it. After the end,
/// issuing is blocked with its own refusal.
fn program_ends(desk: &Desk) -> Option<Failure> {
    let required = desk.issue.program_ends()?;
    Some(CounterFailure::ProgramEnds { day: required.from.day(), version: required.version }.into())
}

async fn centre_rewritten(desk: &Desk) -> Result<Option<Failure>, Failure> {
    Ok(desk.counts.is_centre_rewritten().await?.then(|| DeskError::CentreRewritten.into()))
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
