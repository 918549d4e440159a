//! Practice mode: the practice site is a program of its own, so that a desk at work has neither an
//! emulated device nor a centre in it.

use crate::folder;
use ::counter::{Counter, view::Failure};
use anyhow::Context as _;
use rules::{
    failure::CounterFailure,
    keys::Class,
    practice::{PracticeAnswer, PracticeOrder, PracticeStarted, PracticeView},
};
use serde::de::DeserializeOwned;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{ChildStdin, ChildStdout, Command},
    sync::Mutex,
};

const PROGRAM: &str = "suishen-practice";

/// The practice site of this window, if it has one.
pub(crate) struct Practice(Option<Mutex<Site>>);

/// A running practice site. It ends when its standard input closes, which it does with this
/// program, however that ends.
struct Site {
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Practice {
    /// Returns the practice site of a desk at work: none.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Starts a practice site and opens its new desk.
    pub(crate) async fn open() -> anyhow::Result<(Arc<Counter>, Self)> {
        let mut site = Site::start(&folder::practice_papers()?)?;
        let PracticeStarted { folder, code } =
            site.answer().await.context("the practice site did not start")?;
        let counter = Counter::open(folder).await;
        let failed = |failure: Failure| anyhow::anyhow!("{}\n{}", failure.zh, failure.en);
        counter.settings.enrol_here(&code).await.map_err(failed)?;
        let class = counter.desk().map_err(failed)?.identity().class();
        anyhow::ensure!(class == Class::Practice, "this is no practice desk");
        Ok((counter, Self(Some(Mutex::new(site)))))
    }

    /// Returns the practice site as it is now.
    pub(crate) async fn view(&self) -> Result<Option<PracticeView>, Failure> {
        match &self.0 {
            Some(_) => self.order(&PracticeOrder::Look).await.map(Some),
            None => Ok(None),
        }
    }

    /// Carries out an order.
    pub(crate) async fn order(&self, order: &PracticeOrder) -> Result<PracticeView, Failure> {
        let gone = || Failure::from(CounterFailure::PracticeGone);
        let mut site = self.0.as_ref().ok_or_else(gone)?.lock().await;
        let answer = site.ask(order).await.map_err(|error| {
            tracing::error!(%error, "the practice site does not answer");
            gone()
        })?;
        match answer {
            PracticeAnswer::Done(view) => Ok(*view),
            PracticeAnswer::Failed(why) => {
                tracing::warn!(why, "the practice site did not do what was asked");
                Err(CounterFailure::PracticeNotDone.into())
            }
        }
    }
}

impl Site {
    fn start(papers: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(program()?);
        command.arg("--papers").arg(papers).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().context("the practice site cannot be started")?;
        let orders = program.stdin.take().context("no standard input")?;
        let answers = BufReader::new(program.stdout.take().context("no standard output")?).lines();
        Ok(Self { orders, answers })
    }

    async fn ask(&mut self, order: &PracticeOrder) -> anyhow::Result<PracticeAnswer> {
        let mut line = serde_json::to_string(order)?;
        line.push('\n');
        self.orders.write_all(line.as_bytes()).await?;
        self.answer().await
    }

    async fn answer<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        let line = self.answers.next_line().await?.context("it has ended")?;
        Ok(serde_json::from_str(&line)?)
    }
}

/// Returns the program of the practice site: where the package puts it, or beside this program.
fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().unwrap_or(Path::new("/"));
    let places = [folder.join("../lib/suishen-counter").join(PROGRAM), folder.join(PROGRAM)];
    places.into_iter().find(|place| place.is_file()).with_context(|| format!("{PROGRAM} is not installed"))
}
