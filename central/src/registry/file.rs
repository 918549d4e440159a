//! A [`Registry`] read from a file: JSON lines, or CSV with a header.

use super::{Record, Registry, RegistryError};
use rules::{
    Day, Sensitive,
    person::{IdNumber, Name},
};
use serde::Deserialize;
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
};

/// Buffer size for reading, in bytes.
const READ_BYTES: usize = 1 << 20;

/// Largest photo, in bytes; a certificate photo has about 40 kB.
const PHOTO_BYTES: u64 = 1 << 20;

/// One person as written in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    number: Sensitive<String>,
    name: Sensitive<String>,
    /// 本市户籍 of the person (E5).
    household: bool,
    /// Number of the disability certificate (残疾人证).
    #[serde(default)]
    certificate: Option<Sensitive<String>>,
    #[serde(default)]
    certificate_valid_through: Option<Day>,
    /// Bound relatives; in CSV `number:relation;number:relation`.
    #[serde(default)]
    relatives: Relatives,
    /// Path of a JPEG, relative to the folder of the file.
    #[serde(default)]
    photo: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Relatives {
    #[default]
    None,
    List(Vec<RelativeLine>),
    Text(Sensitive<String>),
}

#[derive(Debug, Deserialize)]
struct RelativeLine {
    number: Sensitive<String>,
    relation: String,
}

/// Parsed lines. The error of an unreadable line is dropped, because its message would
/// quote the line.
type Lines = Box<dyn Iterator<Item = Result<Line, ()>> + Send>;

/// A registry file, opened for one pass.
pub struct RegistryFile {
    lines: Lines,
    /// Folder that photo paths are relative to.
    folder: PathBuf,
    /// Number of records read so far.
    given: usize,
}

impl RegistryFile {
    /// Opens a file, or standard input for `-`. It is read as CSV if named `*.csv` or if
    /// `is_csv` is set.
    ///
    /// # Errors
    /// [`std::io::Error`] if the file cannot be opened.
    pub fn open(path: &Path, is_csv: bool) -> std::io::Result<Self> {
        let is_stdin = path.as_os_str() == "-";
        let is_csv = is_csv || path.extension().is_some_and(|extension| extension == "csv");
        let folder = if is_stdin { None } else { path.parent() };
        let input: Box<dyn Read + Send> =
            if is_stdin { Box::new(std::io::stdin()) } else { Box::new(File::open(path)?) };
        Ok(Self {
            lines: lines(input, is_csv),
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            given: 0,
        })
    }

    fn record(&self, line: Line) -> Result<Record, &'static str> {
        let certificate = match (line.certificate, line.certificate_valid_through) {
            (None, _) => None,
            (Some(number), _) if number.expose().is_empty() => None,
            (Some(number), Some(through)) => Some((number, through)),
            (Some(_), None) => return Err("certificate without certificate_valid_through"),
        };
        let photo = match line.photo.filter(|path| !path.is_empty()) {
            None => None,
            Some(path) => Some(photo(&self.folder.join(path))?),
        };
        Ok(Record {
            number: IdNumber::parse(line.number.expose()).map_err(|_| "number")?,
            name: Name::read(line.name.expose()).map_err(|_| "name")?.name,
            photo,
            shanghai_household: line.household,
            certificate,
            relatives: line.relatives.pairs()?,
        })
    }
}

impl Registry for RegistryFile {
    fn next(&mut self) -> Result<Option<Record>, RegistryError> {
        let Some(line) = self.lines.next() else { return Ok(None) };
        self.given += 1;
        let record = line.map_err(|()| "cannot be read").and_then(|line| self.record(line));
        record.map(Some).map_err(|what| RegistryError::Record { place: self.given, what })
    }
}

/// S12: reads a photo of at most [`PHOTO_BYTES`].
fn photo(path: &Path) -> Result<Vec<u8>, &'static str> {
    let unreadable = |_| "photo cannot be read";
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(PHOTO_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > PHOTO_BYTES { Err("photo is larger than 1 MiB") } else { Ok(bytes) }
}

fn lines(input: Box<dyn Read + Send>, is_csv: bool) -> Lines {
    let input = BufReader::with_capacity(READ_BYTES, input);
    if is_csv {
        let reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
        return Box::new(reader.into_deserialize().map(|line| line.map_err(|_| ())));
    }
    let lines = input.lines().filter(|line| !matches!(line, Ok(text) if text.trim().is_empty()));
    Box::new(lines.map(|line| serde_json::from_str(&line.map_err(|_| ())?).map_err(|_| ())))
}

impl Relatives {
    fn pairs(self) -> Result<Vec<(IdNumber, String)>, &'static str> {
        let parse = |number: &str| IdNumber::parse(number).map_err(|_| "relative's number");
        match self {
            Self::None => Ok(Vec::new()),
            Self::List(list) => {
                list.into_iter().map(|one| Ok((parse(one.number.expose())?, one.relation))).collect()
            }
            Self::Text(text) => text
                .expose()
                .split(';')
                .filter(|pair| !pair.trim().is_empty())
                .map(|pair| {
                    let (number, relation) = pair.split_once(':').ok_or("relatives: number:relation")?;
                    Ok((parse(number.trim())?, relation.trim().to_owned()))
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"number":"11010519491231002X","name":"张三","household":true}

{"number":"440524188001010014","name":"阿依古丽•买买提","household":false,"certificate":"44052418800101001443","certificate_valid_through":"2030-01-02","relatives":[{"number":"11010519491231002X","relation":"子"}]}
"#;
    const CSV: &str = "number,name,household,certificate,certificate_valid_through,relatives,photo
11010519491231002X,张三,true,,,,
440524188001010014, 阿依古丽•买买提 ,false,44052418800101001443,2030-01-02,11010519491231002X:子,
";

    fn all(name: &str, text: &str) -> Result<Vec<Record>, RegistryError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut file = RegistryFile::open(&path, false).unwrap();
        let mut records = Vec::new();
        while let Some(record) = file.next()? {
            records.push(record);
        }
        Ok(records)
    }

    #[test]
    fn s12_a_photo_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.jsonl");
        let line = |photo: &str| {
            format!(r#"{{"number":"11010519491231002X","name":"张三","household":true,"photo":"{photo}"}}"#)
        };
        for (bytes, expected) in [(PHOTO_BYTES, true), (PHOTO_BYTES + 1, false)] {
            std::fs::write(folder.path().join("face.jpg"), vec![0; usize::try_from(bytes).unwrap()]).unwrap();
            std::fs::write(&path, line("face.jpg")).unwrap();
            let read = RegistryFile::open(&path, false).unwrap().next();
            assert_eq!(read.is_ok(), expected, "{bytes} bytes");
        }
    }

    #[test]
    fn json_lines_and_csv_give_the_same_records() {
        for (name, text) in [("people.jsonl", LINES), ("people.csv", CSV)] {
            let records = all(name, text).unwrap();
            assert_eq!(records.len(), 2, "{name}");
            assert_eq!(records[0].name.expose(), "张三");
            assert_eq!(records[1].name.expose(), "阿依古丽·买买提", "N2: names are normalised");
            assert!(records[0].certificate.is_none() && records[1].certificate.is_some());
            assert_eq!(records[1].relatives[0].0, records[0].number);
        }
    }

    #[test]
    fn a_bad_record_is_reported_by_position_and_never_quoted() {
        let bad = LINES.replace("440524188001010014", "440524188001010015");
        let error = all("people.jsonl", &bad).unwrap_err().to_string();
        assert_eq!(error, "record 2: number");
        let error = all("people.jsonl", "{\"number\":\"11010519491231002X\"}").unwrap_err().to_string();
        assert_eq!(error, "record 1: cannot be read");
        let error = all("people.csv", "number,name,household\n11010519491231002X,张三,maybe\n");
        assert_eq!(error.unwrap_err().to_string(), "record 1: cannot be read");
    }
}
