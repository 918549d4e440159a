//! `import-population`: the registry's people, in bulk.

use super::{read_keys, say, store};
use crate::{blobs::Blobs, config::Config, store::postgres::ImportRow};
use anyhow::{Context as _, bail};
use rules::{
    Day, Sensitive,
    correction::Digest,
    op::CitizenRef,
    person::{IdNumber, Name},
};
use serde::Deserialize;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Rows copied in one transaction.
const CHUNK: usize = 50_000;

/// One person as the file has them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    number: Sensitive<String>,
    name: Sensitive<String>,
    /// 本市户籍
    household: bool,
    /// Number of the disability certificate (残疾人证).
    #[serde(default)]
    certificate: Option<Sensitive<String>>,
    #[serde(default)]
    certificate_valid_through: Option<Day>,
    /// In CSV: `number:relation;number:relation`.
    #[serde(default)]
    relatives: Relatives,
    /// Path of a JPEG, from the folder of the file.
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

pub(super) async fn run(config: &Config, file: &Path, csv: bool) -> anyhow::Result<()> {
    let store = store(config).await?;
    let keys = read_keys(config)?;
    let blobs = Blobs::open(&config.blobs, config.blobs_s3_bucket.as_deref(), &keys.blob)?;
    let is_stdin = file.as_os_str() == "-";
    let is_csv = csv || file.extension().is_some_and(|extension| extension == "csv");
    let folder = if is_stdin { Path::new(".") } else { file.parent().unwrap_or(Path::new(".")) };
    let input: Box<dyn Read> =
        if is_stdin { Box::new(std::io::stdin()) } else { Box::new(File::open(file).context("file")?) };
    let import = Import { blobs: &blobs, index_key: &keys.index, folder };
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut count = 0_usize;
    for (line, parsed) in (1_usize..).zip(lines(input, is_csv)) {
        // The line's number, never its content: it holds names and numbers.
        let row = import.row(parsed.map_err(|()| anyhow::anyhow!("record {line} cannot be read"))?).await;
        chunk.push(row.with_context(|| format!("record {line}"))?);
        count += 1;
        if chunk.len() == CHUNK {
            store.import(&std::mem::take(&mut chunk)).await?;
        }
    }
    store.import(&chunk).await?;
    say(format_args!("{count} people"))
}

fn lines(input: Box<dyn Read>, is_csv: bool) -> Box<dyn Iterator<Item = Result<Line, ()>>> {
    if is_csv {
        let reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(BufReader::new(input));
        return Box::new(reader.into_deserialize().map(|line| line.map_err(|_| ())));
    }
    let lines = BufReader::with_capacity(1 << 20, input).lines();
    Box::new(lines.filter(|line| !matches!(line, Ok(text) if text.trim().is_empty())).map(|line| {
        let text = line.map_err(|_| ())?;
        serde_json::from_str(&text).map_err(|_| ())
    }))
}

struct Import<'a> {
    blobs: &'a Blobs,
    index_key: &'a [u8; 32],
    folder: &'a Path,
}

impl Import<'_> {
    async fn row(&self, line: Line) -> anyhow::Result<ImportRow> {
        let number = IdNumber::parse(line.number.expose()).context("number")?;
        let name = Name::read(line.name.expose()).context("name")?.name;
        let certificate = match (line.certificate, line.certificate_valid_through) {
            (None, _) => None,
            (Some(number), _) if number.expose().is_empty() => None,
            (Some(number), Some(through)) => Some((number, through)),
            (Some(_), None) => bail!("certificate without certificate_valid_through"),
        };
        let photo = match line.photo.filter(|path| !path.is_empty()) {
            None => None,
            Some(path) => Some(self.photo(&path).await?),
        };
        let mut relatives = Vec::new();
        for (relative, relation) in line.relatives.pairs()? {
            let relative = IdNumber::parse(relative.expose()).context("relative's number")?;
            relatives.push((CitizenRef::of(&relative, self.index_key), relation));
        }
        Ok(ImportRow {
            citizen_ref: CitizenRef::of(&number, self.index_key),
            number,
            name,
            photo,
            shanghai_household: line.household,
            certificate,
            relatives,
        })
    }

    async fn photo(&self, path: &str) -> anyhow::Result<Digest> {
        let bytes = std::fs::read(self.folder.join(path)).context("photo")?;
        let digest = Digest::of(&bytes);
        if !self.blobs.exists(&digest).await? {
            self.blobs.put(&digest, "image/jpeg", &bytes).await?;
        }
        Ok(digest)
    }
}

impl Relatives {
    fn pairs(self) -> anyhow::Result<Vec<(Sensitive<String>, String)>> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::List(list) => Ok(list.into_iter().map(|one| (one.number, one.relation)).collect()),
            Self::Text(text) => text
                .expose()
                .split(';')
                .filter(|pair| !pair.trim().is_empty())
                .map(|pair| {
                    let (number, relation) = pair.split_once(':').context("relatives: number:relation")?;
                    Ok((Sensitive::new(number.trim().to_owned()), relation.trim().to_owned()))
                })
                .collect(),
        }
    }
}
