//! What every paper of a job says at its head.

use crate::printing::window_name;
use desk::{Desk, collective::Job};
use rules::keys::Class;

pub(super) fn is_practice(desk: &Desk) -> bool {
    desk.identity().class() == Class::Practice
}

pub(super) fn window(desk: &Desk) -> String {
    window_name(desk.identity().desk_number)
}

/// Returns what every list of the job says at its head.
pub(super) fn head<'a>(
    desk: &'a Desk,
    job: &'a Job,
    agent: &'a str,
    window: &'a str,
) -> paper::collective::Job<'a> {
    paper::collective::Job {
        institution: &job.name,
        kind: job.kind,
        agent,
        case_number: &job.case_number,
        made_at: desk.read_clock().at.civil(),
        site: &desk.identity().site_name,
        window,
        practice: is_practice(desk),
    }
}
