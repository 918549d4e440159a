//! Lists of people for collective service (集体代办): rows of ID number and name.
//!
//! A list comes from outside and is not trusted. [`read_csv`] reads text; a reader of another
//! format hands its rows to [`Rows`]. A row is taken whole or named with its line and reason.

mod csv;
mod row;

pub(crate) use csv::each_row;
pub use csv::{csv_line, read_csv};

use crate::{
    failure::ListFailure,
    person::{IdNumber, Name},
    time::Day,
};
use row::{Columns, Found};
use std::collections::HashMap;

/// Most bytes of a file.
pub const FILE_BYTES: usize = 4 * 1024 * 1024;
/// Most rows of a list, the header not counted. A job of more would run for an hour.
pub const ROWS: usize = 5_000;
/// Most columns of a row.
pub const COLUMNS: usize = 64;
/// Most characters of a cell.
pub const CELL_CHARACTERS: usize = 200;
/// Rows above the header at most: titles and dates.
const TITLES: usize = 10;

/// A person on a list. `Debug` redacts number and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPerson {
    /// Line of the file, from 1.
    pub line: u32,
    /// ID number, checked (N1).
    pub number: IdNumber,
    /// Name, normalised (N2).
    pub name: Name,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRow {
    /// Line of the file, from 1.
    pub line: u32,
    /// Why it was not taken.
    pub why: ListFailure,
}

/// A list that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Everybody on it, in its order, each person once.
    pub people: Vec<ListedPerson>,
    /// Rows that were not taken, in the order of the file.
    pub wrong: Vec<WrongRow>,
}

/// Takes the rows of a list one after another.
pub struct Rows {
    today: Day,
    columns: Option<Columns>,
    /// Rows before it is clear where the columns are.
    waiting: Vec<(u32, Vec<String>)>,
    rows: usize,
    /// Line of each person, by number. Not for `Debug`.
    lines: HashMap<String, u32>,
    list: List,
}

impl Rows {
    /// Begins a list; a birth date after `today` is wrong.
    pub fn new(today: Day) -> Self {
        Self {
            today,
            columns: None,
            waiting: Vec::new(),
            rows: 0,
            lines: HashMap::new(),
            list: List::default(),
        }
    }

    /// Takes a row. Lines ascend.
    ///
    /// # Errors
    /// [`ListFailure::TooManyRows`] and [`ListFailure::NoColumns`]: the whole list is refused.
    pub fn take(&mut self, line: u32, cells: &[&str]) -> Result<(), ListFailure> {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        if let Some(why) = row::unfit(cells) {
            return self.count().map(|()| self.list.wrong.push(WrongRow { line, why }));
        }
        if let Some(columns) = self.columns {
            return self.person(columns, line, cells);
        }
        if let Some(columns) = row::header(cells)? {
            // Titles above the header are nobody.
            self.waiting.clear();
            self.columns = Some(columns);
            return Ok(());
        }
        self.waiting.push((line, cells.iter().map(|cell| (*cell).to_owned()).collect()));
        if row::has_number(cells) || self.waiting.len() > TITLES {
            self.without_header()?;
        }
        Ok(())
    }

    /// Ends the list.
    ///
    /// # Errors
    /// [`ListFailure::Empty`] for a list without a row, and the errors of [`Rows::take`].
    pub fn finish(mut self) -> Result<List, ListFailure> {
        if self.columns.is_none() {
            self.without_header()?;
        }
        if self.list.people.is_empty() && self.list.wrong.is_empty() {
            return Err(ListFailure::Empty);
        }
        self.list.wrong.sort_by_key(|row| row.line);
        Ok(self.list)
    }

    fn without_header(&mut self) -> Result<(), ListFailure> {
        self.columns = Some(Columns::Guessed);
        for (line, cells) in std::mem::take(&mut self.waiting) {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            self.person(Columns::Guessed, line, &cells)?;
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), ListFailure> {
        self.rows += 1;
        if self.rows > ROWS { Err(ListFailure::TooManyRows { limit: ROWS as u32 }) } else { Ok(()) }
    }

    fn person(&mut self, columns: Columns, line: u32, cells: &[&str]) -> Result<(), ListFailure> {
        self.count()?;
        let read = columns.find(cells).and_then(|found| self.read(line, &found));
        match read {
            Ok(person) => self.list.people.push(person),
            Err(why) => self.list.wrong.push(WrongRow { line, why }),
        }
        Ok(())
    }

    fn read(&mut self, line: u32, found: &Found) -> Result<ListedPerson, ListFailure> {
        let number = IdNumber::read_on(&found.number, self.today)
            .map_err(|error| ListFailure::NumberWrong { why: error.into() })?;
        let name =
            Name::read(&found.name).map_err(|error| ListFailure::NameWrong { why: error.into() })?.name;
        match self.lines.get(&number.modern()) {
            Some(first) => Err(ListFailure::Repeated { line: *first }),
            None => {
                self.lines.insert(number.modern(), line);
                Ok(ListedPerson { line, number, name })
            }
        }
    }
}
