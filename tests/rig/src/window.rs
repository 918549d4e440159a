//! The program's real window, driven from outside through WebKit's driver.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::actions::{
    InputSource as _, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
pub use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::net::TcpStream;

use crate::bus::Bus;
use crate::display::Display;
use crate::error::{Result, RigError};
use crate::folder::RigFolder;
use crate::port::Ports;
use crate::process::{Daemon, bound_to_rig, until};

/// Longest time a window takes to open, on a loaded machine with a cold disk.
pub(crate) const OPENS_WITHIN: Duration = Duration::from_secs(90);
/// Longest time the driver takes for one command; at times it never answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);
/// Longest time an element takes to appear; a bound against hanging, not a measurement.
const SHOWS_WITHIN: Duration = Duration::from_secs(45);

/// A program to open, with its arguments and environment.
#[derive(Clone, Debug)]
pub struct Program {
    /// Path of the program.
    pub path: PathBuf,
    /// Arguments on its command line.
    pub arguments: Vec<String>,
    /// Environment variables, in addition to the rig's own.
    pub variables: Vec<(String, String)>,
    /// Name of its home among the rig's folders; each window needs its own.
    pub home: String,
}

/// An open window. The program ends when this value is dropped.
#[derive(Debug)]
pub struct Window {
    pub(crate) client: Client,
    pub(crate) driver: Daemon,
    pub(crate) program: PathBuf,
    pub(crate) _port: Ports,
}

impl Window {
    /// Opens the program's window on `display`.
    ///
    /// # Errors
    /// [`RigError`] if the driver or the program does not start.
    pub async fn open(
        folder: &RigFolder,
        display: &Display,
        session_bus: &Bus,
        program: &Program,
    ) -> Result<Self> {
        let port = Ports::take(1)?;
        let mut command = bound_to_rig("WebKitWebDriver");
        command.args(["--host=127.0.0.1", &format!("--port={}", port.first())]);
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").env("DISPLAY", display.name());
        command
            .env_remove("WAYLAND_DISPLAY")
            .envs([session_bus.variable()])
            .envs(quiet_desktop(&folder.below(&program.home)?)?);
        command.envs(program.variables.iter().cloned());
        let mut driver = Daemon::start("window", command, folder)?;
        let address = ("127.0.0.1", port.first());
        driver.ready(OPENS_WITHIN, async || TcpStream::connect(address).await.is_ok()).await?;

        let options = json!({ "binary": program.path, "args": program.arguments });
        let client = connect(&port, "webkitgtk:browserOptions", options).await?;
        Ok(Self { client, driver, program: program.path.clone(), _port: port })
    }

    /// Returns the driver's client, for what the methods below do not offer.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until the element whose `data-testid` is `name` is displayed.
    ///
    /// # Errors
    /// [`RigError::TimedOut`] with the name.
    pub async fn find(&self, name: &str) -> Result<Element> {
        until(&format!("{name} on screen"), SHOWS_WITHIN, async || self.displayed(name).await).await
    }

    /// Returns whether the element is displayed now.
    pub async fn shows(&self, name: &str) -> bool {
        self.displayed(name).await.is_some()
    }

    /// Waits until the element is no longer displayed.
    ///
    /// # Errors
    /// [`RigError::TimedOut`] with the name.
    pub async fn gone(&self, name: &str) -> Result<()> {
        until(&format!("{name} off screen"), SHOWS_WITHIN, async || (!self.shows(name).await).then_some(()))
            .await
    }

    /// Waits for the element and clicks it.
    ///
    /// # Errors
    /// [`RigError`] if it does not appear or cannot be clicked.
    pub async fn click(&self, name: &str) -> Result<()> {
        let element = self.find(name).await?;
        answer(&format!("click on {name}"), element.click()).await
    }

    /// Draws a stroke on the element with the mouse. Places are parts of its width and height, from
    /// its upper left corner.
    ///
    /// # Errors
    /// [`RigError`] if it does not appear or the window is gone.
    pub async fn draw(&self, name: &str, stroke: &[(f64, f64)]) -> Result<()> {
        let element = self.find(name).await?;
        let (_, _, width, height) = answer("size", element.rectangle()).await?;
        let mut mouse = MouseActions::new("mouse".to_owned());
        for (at, (x, y)) in stroke.iter().enumerate() {
            mouse = mouse.then(PointerAction::MoveToElement {
                element: element.clone(),
                duration: None,
                x: (x - 0.5) * width,
                y: (y - 0.5) * height,
            });
            if at == 0 {
                mouse = mouse.then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
            }
        }
        let mouse = mouse.then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        answer(&format!("drawing on {name}"), self.client.perform_actions(mouse)).await
    }

    /// Waits for the field, clears it and types into it.
    ///
    /// # Errors
    /// [`RigError`] if it does not appear or takes no text.
    pub async fn type_into(&self, name: &str, text: &str) -> Result<()> {
        let field = self.find(name).await?;
        answer(&format!("emptying {name}"), field.clear()).await?;
        answer(&format!("typing into {name}"), field.send_keys(text)).await
    }

    /// Chooses an entry of a selection list.
    ///
    /// # Errors
    /// [`RigError`] if there is no such list or entry.
    pub async fn choose(&self, name: &str, value: &str) -> Result<()> {
        let list = self.find(name).await?;
        answer(&format!("choosing {value} in {name}"), list.select_by_value(value)).await
    }

    /// Chooses a file in a field for files, which may be hidden behind its label.
    ///
    /// # Errors
    /// [`RigError`] if there is no such field or it takes no file.
    pub async fn choose_file(&self, name: &str, file: &Path) -> Result<()> {
        let selector = format!("[data-testid=\"{name}\"]");
        let find = async || answer("finding", self.client.find(Locator::Css(&selector))).await.ok();
        let field = until(&format!("{name} on the page"), SHOWS_WITHIN, find).await?;
        answer(&format!("choosing a file in {name}"), field.send_keys(&file.display().to_string())).await
    }

    /// Presses a key, which goes to the focused element.
    ///
    /// # Errors
    /// [`RigError`] if the window is gone.
    pub async fn press(&self, key: char) -> Result<()> {
        let stroke = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        answer("pressing a key", self.client.perform_actions(stroke)).await
    }

    /// Types text key by key into the focused element.
    ///
    /// # Errors
    /// [`RigError`] if the window is gone.
    pub async fn type_keys(&self, text: &str) -> Result<()> {
        let strokes = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        answer("typing", self.client.perform_actions(strokes)).await
    }

    /// Presses a key while another is held, such as Ctrl+L.
    ///
    /// # Errors
    /// [`RigError`] if the window is gone.
    pub async fn press_with(&self, held: Key, key: char) -> Result<()> {
        let held = char::from(held);
        let stroke = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: held });
        answer("pressing keys", self.client.perform_actions(stroke)).await
    }

    /// Moves the focus with the tab key until it reaches the element, as without a mouse.
    ///
    /// # Errors
    /// [`RigError`] if the focus never gets there.
    pub async fn tab_to(&self, name: &str) -> Result<()> {
        self.find(name).await?;
        self.tab_until(name, |focused| focused == name).await
    }

    /// Moves the focus with the tab key into a group of radio buttons, which is a single tab stop.
    ///
    /// # Errors
    /// [`RigError`] if the focus never gets there.
    pub async fn tab_into(&self, group: &str) -> Result<()> {
        self.tab_until(group, |focused| focused.starts_with(group)).await
    }

    async fn tab_until(&self, name: &str, is_there: impl Fn(&str) -> bool) -> Result<()> {
        const LONGEST_WAY: usize = 120;
        let mut passed = Vec::new();
        for _ in 0..LONGEST_WAY {
            let focused = self.focused().await?;
            if is_there(&focused) {
                return Ok(());
            }
            passed.push(focused);
            self.press(Key::Tab.into()).await?;
        }
        passed.dedup();
        Err(RigError::Unexpected(format!(
            "the focus does not come to {name}; it passed {}",
            passed.join(" ")
        )))
    }

    /// Returns the name of the focused element; empty if it has none.
    ///
    /// # Errors
    /// [`RigError`] if the window is gone.
    pub async fn focused(&self) -> Result<String> {
        const FOCUSED: &str = "arguments[0](document.activeElement?.dataset?.testid ?? '')";
        Ok(self.run_script(FOCUSED).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the element's attribute has the value.
    ///
    /// # Errors
    /// [`RigError::TimedOut`] with element and attribute.
    pub async fn has(&self, name: &str, attribute: &str, value: &str) -> Result<()> {
        until(&format!("{name} with {attribute}={value}"), SHOWS_WITHIN, async || {
            let element = self.displayed(name).await?;
            let found = answer("attribute", element.attr(attribute)).await.ok()??;
            (found == value).then_some(())
        })
        .await
    }

    /// Waits until the element's property, such as the content of a field, has the value.
    ///
    /// # Errors
    /// [`RigError::TimedOut`] with element and property.
    pub async fn has_property(&self, name: &str, property: &str, value: &str) -> Result<()> {
        until(&format!("{name} with {property}={value}"), SHOWS_WITHIN, async || {
            let element = self.displayed(name).await?;
            let found = answer("property", element.prop(property)).await.ok()??;
            (found == value).then_some(())
        })
        .await
    }

    /// Waits for the element and returns its text.
    ///
    /// # Errors
    /// [`RigError`] if it does not appear.
    pub async fn text(&self, name: &str) -> Result<String> {
        let element = self.find(name).await?;
        answer(&format!("text on {name}"), element.text()).await
    }

    /// Waits until the element's text contains `words`, and returns the text.
    ///
    /// # Errors
    /// [`RigError::TimedOut`] with element and words.
    pub async fn text_with(&self, name: &str, words: &str) -> Result<String> {
        until(&format!("“{words}” in {name}"), SHOWS_WITHIN, async || {
            let element = self.displayed(name).await?;
            let text = answer("text", element.text()).await.ok()?;
            text.contains(words).then_some(text)
        })
        .await
    }

    /// Switches to the program's window that shows this element; later calls refer to it.
    ///
    /// # Errors
    /// [`RigError::TimedOut`] if no window shows it in time.
    pub async fn switch_to_window_with(&self, name: &str) -> Result<()> {
        until(&format!("a window with {name}"), SHOWS_WITHIN, async || {
            for window in answer("listing the windows", self.client.windows()).await.ok()? {
                answer("switching windows", self.client.switch_to_window(window)).await.ok()?;
                if self.shows(name).await {
                    return Some(());
                }
            }
            None
        })
        .await
    }

    /// Runs a script in the page. The script calls its last argument, `done`, with its result.
    ///
    /// # Errors
    /// [`RigError`] if the script throws.
    pub async fn run_script(&self, script: &str) -> Result<serde_json::Value> {
        answer("running a script", self.client.execute_async(script, Vec::new())).await
    }

    /// Writes the window's content to a PNG file, once the page is painted.
    ///
    /// # Errors
    /// [`RigError`] if the window is gone or the file cannot be written.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        // The page may contain an element before the next frame shows it.
        const PAINTED: &str =
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.run_script(PAINTED).await?;
        let picture = answer("taking a screenshot", self.client.screenshot()).await?;
        std::fs::write(file, picture)?;
        Ok(())
    }

    /// Returns the process id of the program behind the window.
    ///
    /// # Errors
    /// [`RigError`] if it does not run.
    pub fn program_pid(&self) -> Result<u32> {
        let program = self.program.canonicalize()?;
        descendants(self.driver.pid())?
            .into_iter()
            .find(|pid| std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == program))
            .ok_or_else(|| RigError::Unexpected(format!("{} does not run", program.display())))
    }

    /// Returns the bytes of memory of the program and all its processes, each shared page divided
    /// by its number of users (PSS).
    ///
    /// # Errors
    /// [`RigError`] if it does not run.
    pub fn memory(&self) -> Result<u64> {
        let program = self.program_pid()?;
        let pss = |pid: u32| {
            let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            rollup
                .lines()
                .find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB")?.parse().ok())
        };
        let processes = std::iter::once(program).chain(descendants(program)?);
        Ok(processes.filter_map(pss).map(|kilobytes: u64| kilobytes * 1024).sum())
    }

    /// Returns the time the program has existed; the system counts in hundredths of a second.
    ///
    /// # Errors
    /// [`RigError`] if it does not run.
    pub fn age(&self) -> Result<Duration> {
        const STARTED: usize = 19; // field 22 of proc(5), counted from the state
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.program_pid()?))?;
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let started = number(rest.split_whitespace().nth(STARTED));
        let up = number(std::fs::read_to_string("/proc/uptime")?.split_whitespace().next());
        let age = up.zip(started).map(|(up, ticks)| up - ticks / 100.0);
        let age = age.and_then(|age| Duration::try_from_secs_f64(age).ok());
        age.ok_or_else(|| RigError::Unexpected("the system does not say when the program began".to_owned()))
    }

    /// Returns the files that the program and its processes have in memory.
    ///
    /// # Errors
    /// [`RigError`] if it does not run.
    pub fn files_in_memory(&self) -> Result<std::collections::BTreeSet<PathBuf>> {
        let program = self.program_pid()?;
        let mut files = std::collections::BTreeSet::new();
        for pid in std::iter::once(program).chain(descendants(program)?) {
            let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
            let paths = maps.lines().filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..])));
            files.extend(paths.filter(|path| path.is_file()));
        }
        Ok(files)
    }

    /// Kills the program, as a crash would; it cannot finish anything.
    ///
    /// # Errors
    /// [`RigError`] if it does not run.
    pub fn kill_program(&self) -> Result<()> {
        let pid = i32::try_from(self.program_pid()?).ok().and_then(rustix::process::Pid::from_raw);
        let pid = pid.ok_or_else(|| RigError::Unexpected("no process id".to_owned()))?;
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).map_err(std::io::Error::from)?;
        Ok(())
    }

    /// Closes the window, which ends the program.
    ///
    /// # Errors
    /// [`RigError`] if the driver does not answer.
    pub async fn close(self) -> Result<()> {
        answer("closing the window", self.client.clone().close()).await
    }

    async fn displayed(&self, name: &str) -> Option<Element> {
        let selector = format!("[data-testid=\"{name}\"]");
        let element = answer("finding", self.client.find(Locator::Css(&selector))).await.ok()?;
        answer("looking", element.is_displayed()).await.ok()?.then_some(element)
    }
}

/// Asks a driver to open its program with `options`, which it knows by `name`.
pub(crate) async fn connect(port: &Ports, name: &str, options: serde_json::Value) -> Result<Client> {
    let wanted = [(name.to_owned(), options)].into_iter().collect();
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(wanted);
    let url = format!("http://127.0.0.1:{}", port.first());
    tokio::time::timeout(OPENS_WITHIN, builder.connect(&url))
        .await
        .map_err(|_| RigError::TimedOut { what: "opening the window".to_owned(), within: OPENS_WITHIN })?
        .map_err(|error| RigError::Unexpected(format!("the window did not open: {error}")))
}

/// Waits for the driver's answer to one command; an error names the command.
async fn answer<T>(what: &str, command: impl Future<Output = Result<T, CmdError>>) -> Result<T> {
    match tokio::time::timeout(ANSWERS_WITHIN, command).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(RigError::Unexpected(format!("{what}: {error}"))),
        Err(_) => Err(RigError::TimedOut { what: what.to_owned(), within: ANSWERS_WITHIN }),
    }
}

/// Returns the variables of a private desktop session: its own home folders, software rendering,
/// and no services on demand. WebKit keeps its DMABUF renderer, without which the driver never
/// answers a screenshot.
fn quiet_desktop(home: &Path) -> Result<Vec<(&'static str, String)>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut variables = vec![
        ("GDK_BACKEND", "x11".to_owned()),
        ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
        ("GSETTINGS_BACKEND", "memory".to_owned()),
        ("GIO_USE_VFS", "local".to_owned()),
        ("NO_AT_BRIDGE", "1".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
    ];
    for (variable, name) in [
        ("XDG_RUNTIME_DIR", "runtime"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
    ] {
        let path = home.join(name);
        std::fs::create_dir_all(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))?;
        variables.push((variable, path.display().to_string()));
    }
    Ok(variables)
}

/// Returns all processes that descend from `ancestor`, read from `/proc`.
fn descendants(ancestor: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // The process may have ended since the folder was listed.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // "pid (name) state parent …": the name may contain spaces and brackets.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        parents.extend(parent.map(|parent: u32| (pid, parent)));
    }
    let mut found = vec![ancestor];
    let mut next = 0;
    while next < found.len() {
        let above = found[next];
        found.extend(parents.iter().filter(|(_, parent)| *parent == above).map(|(pid, _)| *pid));
        next += 1;
    }
    found.remove(0);
    Ok(found)
}
