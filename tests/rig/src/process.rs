//! One process of the rig: starting, watching and ending it.

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

/// Interval of looks at an awaited state.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// Time a process gets to end after a stop signal, before it is killed.
const MAY_TAKE_TO_END: Duration = Duration::from_secs(10);
/// Number of log lines in an error.
const TAIL_LINES: usize = 25;

/// A running process of the rig, which ends when this value is dropped.
///
/// Each process leads its own process group. So ctrl-C at the terminal reaches only the rig, which
/// ends its pieces in order, and children of the process end with it.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
}

impl Daemon {
    /// Starts `command`; its output is appended to `name.log` in the rig's log folder.
    ///
    /// # Errors
    /// [`RigError::CannotStart`] if it cannot be started.
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

    /// Sets a stop signal other than TERM.
    #[must_use]
    pub fn stopping_with(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    /// Returns the process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the path of its log.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Returns the exit status, or `None` while it runs.
    ///
    /// # Errors
    /// [`RigError::Io`] if the system does not report the status.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until `probe` returns that the process is ready.
    ///
    /// # Errors
    /// [`RigError::EndedEarly`] or [`RigError::NotReady`], both with the end of the log.
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
    /// [`RigError::TimedOut`] if it does not end in time.
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

    /// Kills the process and its group at once, as `kill -9` or a power cut would.
    pub fn kill(&mut self) {
        self.signal_group(Signal::KILL);
        // Waiting fails only for a process that has been waited for already.
        let _ = self.child.wait();
    }

    /// Sends the stop signal and does not wait.
    pub fn ask_to_stop(&self) {
        // Fails harmlessly if the process has ended.
        let _ = rustix::process::kill_process(Pid::from_child(&self.child), self.stop_signal);
    }

    /// Ends the process: sends the stop signal, waits, and kills it if it ignores the signal. Then
    /// ends the rest of its group.
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
        // Fails harmlessly if the group is empty.
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

/// Returns a command that the kernel ends when the rig's own process dies, however it dies.
#[must_use]
pub fn bound_to_rig(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program).env("PATH", path_with_system_programs());
    command
}

/// Returns `PATH` with `/usr/sbin`, where daemons are and which Debian leaves out
/// for ordinary users.
pub(crate) fn path_with_system_programs() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin");
    path
}

/// Runs `command` to its end and returns its output.
///
/// # Errors
/// [`RigError::CommandFailed`] with the error output.
pub async fn run(command: Command) -> Result<String> {
    run_with_input(command, "").await
}

/// Works as [`run`], with text on standard input.
///
/// # Errors
/// [`RigError::CommandFailed`] with all output.
pub async fn run_with_input(command: Command, input: &str) -> Result<String> {
    let line = format!("{command:?}");
    let failed = |message: String| RigError::CommandFailed { command: line.clone(), message };
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Fails harmlessly if the program does not read its input.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(failed(String::from_utf8_lossy(&said).into_owned()))
}

/// Waits until `probe` returns a value.
///
/// # Errors
/// [`RigError::TimedOut`] with `what` in its message.
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

/// Starts a child from a thread that lives as long as the program. The parent-death signal is sent
/// when the *thread* that started the child ends, and threads of a runtime or test come and go.
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
