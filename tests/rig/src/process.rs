//! One process of the rig: started, watched, ended.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tokio::io::AsyncWriteExt as _;

use crate::error::{Result, RigError};
use crate::folder::RigFolder;

/// How often a state is looked at while waiting for it.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// How long a process may take to end after it was asked to, before it is killed.
const MAY_TAKE_TO_END: Duration = Duration::from_secs(10);
/// How many lines of a log go into an error.
const TAIL_LINES: usize = 25;

/// A running process of the rig. Ends with this value.
///
/// Each is the leader of its own process group, so that ctrl-C at the terminal reaches only the rig, which then
/// ends its pieces in order, and so that what the process has started itself can be ended with it.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
}

impl Daemon {
    /// Starts `command` under the name `name`; its output is appended to `name.log` in the rig's log folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, command: Command, folder: &RigFolder) -> Result<Self> {
        let log = folder.logs().join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log)?;
        let errors = output.try_clone()?;
        let mut command = command;
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
        let child = spawn_from_lasting_thread(command)
            .map_err(|source| RigError::CannotStart { program: name.to_owned(), source })?;
        Ok(Self { name: name.to_owned(), child, log, stop_signal: Signal::TERM })
    }

    /// Stops with another signal than TERM.
    #[must_use]
    pub fn stopping_with(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// How it ended, or `None` while it runs.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until `probe` says that the process does its work.
    ///
    /// # Errors
    /// [`RigError::EndedEarly`] and [`RigError::NotReady`], both with the end of the log.
    pub async fn ready(&mut self, within: Duration, mut probe: impl AsyncFnMut() -> bool) -> Result<()> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                let (program, log, tail) = (self.name.clone(), self.log.clone(), self.tail());
                return Err(RigError::EndedEarly { program, status, log, tail });
            }
            if probe().await {
                return Ok(());
            }
            if begin.elapsed() > within {
                let (program, log, tail) = (self.name.clone(), self.log.clone(), self.tail());
                return Err(RigError::NotReady { program, within, log, tail });
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }

    /// Waits until the process ends by itself.
    ///
    /// # Errors
    /// [`RigError::TimedOut`].
    pub async fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if begin.elapsed() > within {
                return Err(RigError::TimedOut { what: format!("end of {}", self.name), within });
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }

    /// Kills the process and all of its group at once, as `kill -9` or a power cut would.
    pub fn kill(&mut self) {
        self.signal_group(Signal::KILL);
        // Only a process that is no child any more cannot be waited for.
        let _ = self.child.wait();
    }

    /// Asks the process to end and does not wait.
    pub fn ask_to_stop(&self) {
        // One that has ended already cannot be asked.
        let _ = rustix::process::kill_process(Pid::from_child(&self.child), self.stop_signal);
    }

    /// Ends the process: asks it, waits, and kills it only when it does not listen. Then ends what is left of
    /// its group.
    pub fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.ask_to_stop();
            let begin = Instant::now();
            while matches!(self.child.try_wait(), Ok(None)) && begin.elapsed() < MAY_TAKE_TO_END {
                std::thread::sleep(LOOK_AGAIN_AFTER);
            }
        }
        self.kill();
    }

    fn signal_group(&self, signal: Signal) {
        // The group may be empty already, which is what was wanted.
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.child), signal);
    }

    fn tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A command that is ended by the kernel when the rig's own process dies, however it dies.
#[must_use]
pub fn bound_to_rig(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program).env("PATH", path_with_system_programs());
    command
}

/// Debian leaves `/usr/sbin`, where daemons live, out of an ordinary user's PATH.
pub(crate) fn path_with_system_programs() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin");
    path
}

/// Runs `command` to its end and returns what it printed.
///
/// # Errors
/// [`RigError::CommandFailed`] with what it printed as errors.
pub async fn run(command: Command) -> Result<String> {
    run_with_input(command, "").await
}

/// The same, with words on its standard input.
///
/// # Errors
/// As [`run`].
pub async fn run_with_input(command: Command, input: &str) -> Result<String> {
    let line = format!("{command:?}");
    let failed = |message: String| RigError::CommandFailed { command: line.clone(), message };
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read what it is given has closed its end.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// Waits until `probe` gives a value.
///
/// # Errors
/// [`RigError::TimedOut`] naming `what`.
pub async fn until<T>(what: &str, within: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return Ok(value);
        }
        if begin.elapsed() > within {
            return Err(RigError::TimedOut { what: what.to_owned(), within });
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

/// The parent-death signal is sent when the *thread* that started the child ends, and threads of a runtime or
/// of a test come and go. One thread that lasts as long as the program starts them all.
fn spawn_from_lasting_thread(command: Command) -> std::io::Result<Child> {
    type Order = (Command, mpsc::Sender<std::io::Result<Child>>);
    static ORDERS: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let orders = ORDERS.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        orders
    });
    let gone = || std::io::Error::other("the thread that starts processes is gone");
    let (reply, answer) = mpsc::channel();
    orders.send((command, reply)).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}
