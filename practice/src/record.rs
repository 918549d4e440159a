//! What is left of a journey: numbered pictures, the printed sheets, and one page that tells of it.

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

/// A sheet that came out of the printer.
#[derive(Debug)]
struct Sheet {
    file: String,
    words: String,
}

/// The record of one journey, in a folder of its own.
#[derive(Debug)]
pub struct Record {
    folder: PathBuf,
    begun: Instant,
    step_begun: Instant,
    steps: Vec<Step>,
    sheets: Vec<Sheet>,
}

impl Record {
    /// An empty record in `folder`; what an earlier journey left there goes.
    ///
    /// # Errors
    /// When the folder cannot be emptied.
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

    /// Where the record lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A step is done: takes its picture and its time, and says so on the terminal.
    ///
    /// # Errors
    /// When the picture cannot be taken.
    pub async fn step(&mut self, title: &str, window: &Window) -> anyhow::Result<()> {
        let took = self.step_begun.elapsed();
        let picture = format!("{:02}.png", self.steps.len() + 1);
        window.screenshot(&self.folder.join(&picture)).await?;
        self.keep(title, took, Some(picture))
    }

    /// A step without a window.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn plain_step(&mut self, title: &str) -> anyhow::Result<()> {
        self.keep(title, self.step_begun.elapsed(), None)
    }

    fn keep(&mut self, title: &str, took: Duration, picture: Option<String>) -> anyhow::Result<()> {
        crate::say(format_args!("{:>7.2} s  {title}", took.as_secs_f64()))?;
        self.steps.push(Step { title: title.to_owned(), took, picture });
        self.step_begun = Instant::now();
        Ok(())
    }

    /// Keeps a printed sheet under a name of its own, with what was found on it.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn sheet(&mut self, sheet: &Path, words: &str) -> anyhow::Result<()> {
        let file = format!("sheet-{}.pdf", self.sheets.len() + 1);
        std::fs::copy(sheet, self.folder.join(&file))?;
        self.sheets.push(Sheet { file, words: words.to_owned() });
        Ok(())
    }

    /// Writes the page that tells of the journey; `failure` is what ended it early.
    ///
    /// # Errors
    /// When it cannot be written.
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
