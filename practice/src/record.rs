//! The record of a journey: numbered pictures, printed sheets, and a summary page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rig::window::Window;

/// One step of a journey.
#[derive(Debug)]
struct Step {
    title: String,
    took: Duration,
    picture: Option<String>,
}

/// A printed sheet and what was found on it.
#[derive(Debug)]
struct Sheet {
    file: String,
    words: String,
}

/// The record of one journey, in its own folder.
#[derive(Debug)]
pub struct Record {
    folder: PathBuf,
    begun: Instant,
    step_begun: Instant,
    steps: Vec<Step>,
    sheets: Vec<Sheet>,
}

impl Record {
    /// Creates an empty record in `folder` and removes an earlier one.
    ///
    /// # Errors
    /// Any failure to empty or create the folder.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).context("emptying the folder of the last journey")?;
        }
        std::fs::create_dir_all(folder)?;
        let now = Instant::now();
        Ok(Self {
            folder: folder.to_owned(),
            begun: now,
            step_begun: now,
            steps: Vec::new(),
            sheets: Vec::new(),
        })
    }

    /// Returns the folder of the record.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Records a finished step with its picture and time, and prints it.
    ///
    /// # Errors
    /// Any failure to take the picture or print.
    pub async fn step(&mut self, title: &str, window: &Window) -> anyhow::Result<()> {
        let took = self.step_begun.elapsed();
        let picture = format!("{:02}.png", self.steps.len() + 1);
        window.screenshot(&self.folder.join(&picture)).await?;
        self.keep(title, took, Some(picture))
    }

    /// Records a finished step without a picture.
    ///
    /// # Errors
    /// Any failure to print.
    pub fn plain_step(&mut self, title: &str) -> anyhow::Result<()> {
        self.keep(title, self.step_begun.elapsed(), None)
    }

    fn keep(&mut self, title: &str, took: Duration, picture: Option<String>) -> anyhow::Result<()> {
        crate::say(format_args!("{:>7.2} s  {title}", took.as_secs_f64()))?;
        self.steps.push(Step { title: title.to_owned(), took, picture });
        self.step_begun = Instant::now();
        Ok(())
    }

    /// Copies a printed sheet into the record, with what was found on it.
    ///
    /// # Errors
    /// Any failure to copy the file.
    pub fn sheet(&mut self, sheet: &Path, words: &str) -> anyhow::Result<()> {
        let file = format!("sheet-{}.pdf", self.sheets.len() + 1);
        std::fs::copy(sheet, self.folder.join(&file))?;
        self.sheets.push(Sheet { file, words: words.to_owned() });
        Ok(())
    }

    /// Writes the summary page and returns its path; `failure` is what ended the journey early.
    ///
    /// # Errors
    /// Any failure to write the page.
    pub fn finish(&self, failure: Option<&anyhow::Error>) -> anyhow::Result<PathBuf> {
        let mut page = String::from("# 演练记录 · Practice journey\n\n");
        match failure {
            None => writeln!(
                page,
                "All {} steps done in {:.1} s.\n",
                self.steps.len(),
                self.begun.elapsed().as_secs_f64()
            )?,
            Some(failure) => {
                writeln!(page, "**Ended early** after {} steps: {failure:#}\n", self.steps.len())?
            }
        }
        page.push_str("| # | step | seconds | picture |\n|--:|---|--:|---|\n");
        for (index, step) in self.steps.iter().enumerate() {
            let picture = step.picture.as_ref().map_or(String::new(), |file| format!("[{file}]({file})"));
            writeln!(
                page,
                "| {} | {} | {:.2} | {picture} |",
                index + 1,
                step.title,
                step.took.as_secs_f64()
            )?;
        }
        if !self.sheets.is_empty() {
            page.push_str("\n## Sheets as the printer received them\n\n");
        }
        for sheet in &self.sheets {
            writeln!(page, "- [{0}]({0}): {1}", sheet.file, sheet.words)?;
        }
        page.push_str(
            "\nEverybody here is invented; every sheet is marked 演练 and signed by a key that was made for this run only.\n",
        );
        let file = self.folder.join("summary.md");
        std::fs::write(&file, page)?;
        Ok(file)
    }
}
