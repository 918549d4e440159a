//! The board of the site (看板) and its figures, for supervisors. The centre counts; this desk names,
//! fills the gaps between days, and writes the files.

mod tables;

use crate::{
    core::Core,
    format::{day_text, time_text},
    private_file,
    spreadsheet::{csv, xlsx},
    view::{
        BoardCaseView, BoardCasesInput, BoardCasesView, BoardDeskView, BoardFormat, BoardKitView, BoardSpan,
        BoardTroubleView, BoardView, CorrectionFigureView, Failure, FigureView, FiguresInput, FiguresView,
        FormField, SentenceView,
    },
    words::sentence,
};
use desk::{DeskError, lists::Remembered};
use rules::{
    At, Day, Sensitive, StaffNumber,
    case_number::grouped,
    failure::{CounterFailure, Entry, FailureCode},
    wire::{
        BoardCase, BoardCasesRequest, BoardDays, BoardDesk, CorrectionFigure, Figure, FigureKey,
        FiguresResponse,
    },
};
use rust_xlsxwriter::XlsxError;
use std::{collections::HashMap, sync::Arc};

/// Names of the site's staff by number.
type Names = HashMap<StaffNumber, Sensitive<String>>;

/// The board of the site and its figures, for supervisors.
pub struct Board {
    core: Arc<Core>,
}

impl Board {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns how the desks of the site are; without a line, as the centre said last.
    ///
    /// # Errors
    /// Not permitted; the centre was never asked and cannot be; the database fails.
    pub async fn view(&self) -> Result<BoardView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let Remembered { answer, at, not_newer } = desk.lists.board.desks(&operator).await?;
        let names = desk.lists.board.staff_names(&operator).await?;
        let here = desk.identity().desk_number;
        let now = answer.server_time;
        let desks = answer.desks.into_iter().map(|one| desk_view(one, here, now, &names)).collect();
        Ok(BoardView { at: time_text(at), not_newer: not_newer.map(Failure::from), desks })
    }

    /// Returns the figures of a day, week or month; without a line, as the centre said last.
    ///
    /// # Errors
    /// Not permitted; not a day; the centre was never asked for them and cannot be; the database
    /// fails.
    pub async fn figures(&self, input: FiguresInput) -> Result<FiguresView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let today = desk.read_clock().at.day();
        let day = match &input.day {
            None => today,
            Some(text) => day_of(text)?,
        };
        let days = period(input.span, day);
        let remembered = desk.lists.board.figures(&operator, days).await?;
        let names = desk.lists.board.staff_names(&operator).await?;
        Ok(figures_view(remembered, input.span, days, today, &names))
    }

    /// Returns the cases behind a figure.
    ///
    /// # Errors
    /// Not permitted; not days; the centre cannot be asked.
    pub async fn cases(&self, input: BoardCasesInput) -> Result<BoardCasesView, Failure> {
        let desk = self.core.desk()?;
        let days = BoardDays { from: day_of(&input.from)?, through: day_of(&input.through)? };
        let request = BoardCasesRequest { days, key: input.key, outcome: input.outcome };
        let answer = desk.lists.board.cases(&desk.session.operator()?, &request).await?;
        Ok(BoardCasesView { cases: answer.cases.into_iter().map(case_view).collect(), total: answer.total })
    }

    /// Writes the figures to a file in the desk's folder that only this user may read; returns its
    /// path. The file holds staff numbers, and no name and no citizen.
    ///
    /// # Errors
    /// As [`Self::figures`], and of the disk.
    pub async fn export(&self, input: FiguresInput, format: BoardFormat) -> Result<String, Failure> {
        let view = self.figures(input).await?;
        let desk = self.core.desk()?;
        let days = BoardDays { from: day_of(&view.from)?, through: day_of(&view.through)? };
        desk.lists.board.note_export(&desk.session.operator()?, days).await?;
        let tables = tables::of(&view);
        let (ending, bytes) = match format {
            BoardFormat::Csv => ("csv", csv(&tables)),
            BoardFormat::Xlsx => {
                let failed = |error: XlsxError| DeskError::from(std::io::Error::other(error));
                ("xlsx", xlsx(&tables).map_err(failed)?)
            }
        };
        let name = format!("figures-{}-{}.{ending}", view.from, view.through);
        let path =
            private_file::write(&self.core.folder().join("board"), &name, &bytes).map_err(DeskError::from)?;
        Ok(path.display().to_string())
    }
}

fn day_of(text: &str) -> Result<Day, Failure> {
    text.parse().map_err(|_| Failure::from(CounterFailure::NotADay).at(FormField::Day))
}

/// Returns the days of the period with this day.
fn period(span: BoardSpan, day: Day) -> BoardDays {
    match span {
        BoardSpan::Day => BoardDays::one(day),
        BoardSpan::Week => BoardDays::week_of(day),
        BoardSpan::Month => BoardDays::month_of(day),
    }
}

fn desk_view(desk: BoardDesk, here: u16, now: At, names: &Names) -> BoardDeskView {
    let seconds = |since: At| u32::try_from(now.since_ms(since).max(0) / 1000).unwrap_or(u32::MAX);
    let told = desk.told.as_ref();
    let staff = told.and_then(|told| told.staff.as_ref());
    let trouble = |trouble: &rules::wire::DeviceTrouble| BoardTroubleView {
        device: trouble.device,
        sentence: sentence_of(&trouble.failure.to_string()),
    };
    BoardDeskView {
        desk_number: desk.desk_number,
        is_here: desk.desk_number == here,
        state: desk.state,
        silent_seconds: desk.last_contact.map(seconds),
        told_at: told.map(|told| time_text(told.at)),
        staff: staff.map(ToString::to_string),
        staff_name: staff.and_then(|staff| names.get(staff)).map(|name| name.expose().clone()),
        waiting: told.map_or(0, |told| told.waiting),
        oldest_seconds: told.and_then(|told| told.oldest_waiting).map(seconds),
        conflicts: told.map_or(0, |told| told.conflicts),
        troubles: told.map(|told| told.troubles.as_slice().iter().map(trouble).collect()).unwrap_or_default(),
        spoilt_today: desk.spoilt_today,
        kit: desk.kit_ends_at.map(|ends_at| BoardKitView {
            ends_at: time_text(ends_at),
            overdue_seconds: (ends_at <= now).then(|| seconds(ends_at)),
        }),
        name: desk.name,
    }
}

/// Returns the sentence of an entry in the catalogue. One that this program does not know, or whose
/// arguments are not here, is shown by its code.
fn sentence_of(code: &str) -> SentenceView {
    let catalogue = FailureCode::CATALOGUE;
    let mut entries = catalogue.iter().flat_map(|(.., table)| table.iter());
    match entries.find(|entry: &&Entry| entry.code == code && !entry.chinese.contains('{')) {
        Some(entry) => sentence(entry.chinese, entry.english),
        None => sentence(code, code),
    }
}

fn figures_view(
    remembered: Remembered<FiguresResponse>,
    span: BoardSpan,
    days: BoardDays,
    today: Day,
    names: &Names,
) -> FiguresView {
    let Remembered { answer, at, not_newer } = remembered;
    let mut figures = answer.figures;
    let last = days.through.min(today);
    for day in days.each().take_while(|day| *day <= last) {
        let key = FigureKey::Day { day };
        if !figures.iter().any(|figure| figure.key == key) {
            figures.push(Figure { key, done: 0, refused: 0, held: 0, spoilt: 0 });
        }
    }
    figures.sort_by(|one, other| one.key.cmp(&other.key));
    FiguresView {
        at: time_text(at),
        not_newer: not_newer.map(Failure::from),
        span,
        from: day_text(days.from),
        through: day_text(days.through),
        figures: figures.into_iter().map(|figure| figure_view(figure, names)).collect(),
        corrections: answer.corrections.iter().map(correction_view).collect(),
    }
}

fn figure_view(figure: Figure, names: &Names) -> FigureView {
    let Figure { key, done, refused, held, spoilt } = figure;
    let label = match &key {
        FigureKey::Staff { staff } => names.get(staff).map(|name| sentence(name.expose(), name.expose())),
        FigureKey::Refusal { reason } => Some(sentence_of(&reason.to_string())),
        _ => None,
    };
    FigureView { key, label, done, refused, held, spoilt }
}

fn correction_view(figure: &CorrectionFigure) -> CorrectionFigureView {
    let seconds = |ms: i64| u32::try_from(ms / 1000).unwrap_or(u32::MAX);
    CorrectionFigureView {
        reason: figure.reason,
        begun: figure.begun,
        decided: figure.decided,
        median_seconds: figure.median_ms.map(seconds),
        longest_seconds: figure.longest_ms.map(seconds),
    }
}

fn case_view(case: BoardCase) -> BoardCaseView {
    BoardCaseView {
        at: time_text(case.at),
        channel: case.channel,
        desk_number: case.desk_number,
        staff: case.staff.map(String::from),
        kind: case.kind,
        action: case.action,
        outcome: case.outcome,
        reason: case.reason.map(|reason| sentence_of(&reason.to_string())),
        case_number: case.case_number.as_deref().map(grouped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day::constant(2026, 11, 30); // a Monday

    #[test]
    fn every_day_until_today_has_a_figure_and_no_day_after_it() {
        let done = |key| Figure { key, done: 3, refused: 0, held: 0, spoilt: 0 };
        let day = Day::constant(2026, 11, 28);
        let figures = vec![done(FigureKey::All), done(FigureKey::Day { day })];
        let answer = FiguresResponse { figures, corrections: Vec::new(), server_time: At(0) };
        let remembered = Remembered { answer, at: At(0), not_newer: None };
        let days = period(BoardSpan::Month, TODAY);
        let today = Day::constant(2026, 11, 29);
        let view = figures_view(remembered, BoardSpan::Month, days, today, &Names::new());
        let numbers: Vec<_> = view
            .figures
            .iter()
            .filter(|figure| matches!(figure.key, FigureKey::Day { .. }))
            .map(|figure| figure.done)
            .collect();
        assert_eq!(numbers.len(), 29);
        assert_eq!((numbers[27], numbers[28]), (3, 0));
    }

    #[test]
    fn a_refusal_is_told_by_its_sentence_and_one_of_a_newer_program_by_its_code() {
        assert_ne!(sentence_of("not_eligible").zh, "not_eligible");
        assert_eq!(sentence_of("of_tomorrow"), sentence("of_tomorrow", "of_tomorrow"));
    }
}
