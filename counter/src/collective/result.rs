//! The result of a job: on paper, and as a file for the institution.

use super::{
    head::{head, window},
    view::person,
};
use crate::{
    format::short,
    private_file,
    spreadsheet::UTF_8,
    view::{Failure, JobPersonView},
};
use desk::{
    Desk, DeskError,
    collective::{Job, Served},
};
use paper::{
    Fonts,
    collective::{Outcome, WrongRow, render_result},
};
use rules::{Language, Refusal, institution::JobPersonState, list::csv_line};
use std::path::{Path, PathBuf};

/// One line of the result.
struct Line {
    position: u32,
    line: Option<u32>,
    name: String,
    number: String,
    outcome: &'static str,
    serial: String,
    valid_through: String,
    why: String,
}

impl Line {
    fn of(served: &Served) -> Self {
        let JobPersonView { position, line, masked_name, masked_number, valid_through, failure, .. } =
            person(served);
        let is_issued = served.person.state == JobPersonState::Issued && served.is_good();
        // A code that the centre refused is none.
        let state = match served.person.state {
            JobPersonState::Issued if !is_issued => JobPersonState::Refused,
            state => state,
        };
        let serial = served.person.serial.filter(|_| is_issued).map(|serial| short(&serial.to_string()));
        Self {
            position,
            line,
            name: masked_name,
            number: masked_number,
            outcome: state.label(Language::Chinese),
            serial: serial.unwrap_or_default(),
            valid_through: valid_through.filter(|_| is_issued).unwrap_or_default(),
            why: failure.filter(|_| !is_issued).map(why).unwrap_or_default(),
        }
    }
}

/// Returns the reason in words for the institution, which takes the result home.
fn why(failure: Failure) -> String {
    let refusal = Refusal::ALL.iter().find(|refusal| refusal.code() == failure.code);
    refusal.map_or(failure.zh, |refusal| refusal.notice_sentence().to_owned())
}

/// Returns the result on paper.
pub(super) fn paper(fonts: &Fonts, desk: &Desk, job: &Job, everybody: &[Served]) -> Result<Vec<u8>, Failure> {
    let lines: Vec<Line> = everybody.iter().map(Line::of).collect();
    let people: Vec<Outcome<'_>> = lines
        .iter()
        .map(|line| Outcome {
            position: line.position,
            name: &line.name,
            number: &line.number,
            outcome: line.outcome,
            detail: if line.serial.is_empty() { &line.why } else { &line.serial },
        })
        .collect();
    let wrong: Vec<WrongRow<'_>> =
        job.wrong.iter().map(|row| WrongRow { line: row.line, why: &row.why.zh }).collect();
    let agent = job.agent_name.masked();
    Ok(render_result(fonts, &head(desk, job, &agent, &window(desk)), &people, &wrong)?)
}

/// Writes the result to a file in `folder` that only this user may read; returns its path.
pub(super) fn write(
    folder: &Path,
    stamp: &str,
    job: &Job,
    everybody: &[Served],
) -> Result<PathBuf, DeskError> {
    let name = format!("collective-{stamp}.csv");
    Ok(private_file::write(folder, &name, csv(job, everybody).as_bytes())?)
}

/// Returns the result as CSV.
fn csv(job: &Job, everybody: &[Served]) -> String {
    let mut text = String::from(UTF_8);
    text.push_str(&csv_line(&["序号", "行号", "姓名", "身份证号", "结果", "码号", "有效期至", "原因"]));
    for served in everybody {
        let line = Line::of(served);
        let of_file = line.line.map(|line| line.to_string()).unwrap_or_default();
        let cells = [
            &line.position.to_string(),
            &of_file,
            &line.name,
            &line.number,
            line.outcome,
            &line.serial,
            &line.valid_through,
            &line.why,
        ];
        text.push_str(&csv_line(&cells));
    }
    for wrong in &job.wrong {
        text.push_str(&csv_line(&["", &wrong.line.to_string(), "", "", "未读入", "", "", &wrong.why.zh]));
    }
    text
}
