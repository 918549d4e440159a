//! A screen reader's side of a window: what it can read (the accessibility tree) and what it is
//! told (events), over AT-SPI on a bus of its own.
//!
//! `GetRoleName` is never called: WebKitGTK 2.50 crashes when it is asked for that of a column
//! header. Screen readers translate the number themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::StreamExt as _;
use tokio::task::JoinHandle;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, MatchRule, Message, MessageStream, connection, message};

use crate::bus::{Bus, BusKind};
use crate::display::Display;
use crate::error::{Result, RigError};
use crate::folder::RigFolder;
use crate::process::{Daemon, bound_to_rig, until};

const REGISTRY: &str = "org.a11y.atspi.Registry";
const REGISTRY_PROGRAM: &str = "/usr/libexec/at-spi2-registryd";
const ROOT: &str = "/org/a11y/atspi/accessible/root";
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const TEXT: &str = "org.a11y.atspi.Text";
const EVENTS: &str = "org.a11y.atspi.Event.Object";
/// Stands for a child in the text of its parent.
const CHILD: char = '\u{fffc}';
/// Number of events that may wait; a change of screen makes some hundred.
const QUEUE: usize = 10_000;
/// Longest time that something takes to be read or said, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Interval of looks at what can be read.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A thing's role, as AT-SPI numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role(u32);

impl Role {
    /// What stands above a column.
    pub const COLUMN_HEADER: Self = Self(10);
    /// Room of the window that holds something else, such as the page.
    pub const FILLER: Self = Self(20);
    /// Picture, whose name is its description.
    pub const IMAGE: Self = Self(27);
    /// Anything to press.
    pub const BUTTON: Self = Self(43);
    /// Table, or a list with columns.
    pub const TABLE: Self = Self(55);
    /// Line of a table.
    pub const TABLE_ROW: Self = Self(90);
    /// Nothing that a screen reader has a word for.
    pub const UNKNOWN: Self = Self(67);
    /// Field for text.
    pub const ENTRY: Self = Self(79);
    /// Title of a part of the page.
    pub const HEADING: Self = Self(83);
    /// The page itself.
    pub const DOCUMENT: Self = Self(95);
    /// Title bar and content of a window.
    pub const FRAME: Self = Self(23);
}

/// Something a screen reader can read, with all that is in it.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// What it is.
    pub role: Role,
    /// What a screen reader calls it; empty if it has no name.
    pub name: String,
    /// Its own text, with a sign in the place of each child.
    text: String,
    states: u64,
    /// What is in it.
    pub children: Vec<Self>,
}

impl Spoken {
    /// Returns whether the focus can come to it.
    #[must_use]
    pub fn is_focusable(&self) -> bool {
        self.has(11)
    }

    /// Returns whether it has the focus.
    #[must_use]
    pub fn is_focused(&self) -> bool {
        self.has(12)
    }

    /// Returns whether it is on screen.
    #[must_use]
    pub fn is_showing(&self) -> bool {
        self.has(25)
    }

    fn has(&self, state: u32) -> bool {
        self.states & (1 << state) != 0
    }

    /// Returns it and everything in it, in the order of reading.
    #[must_use]
    pub fn all(&self) -> Vec<&Self> {
        let below = self.children.iter().flat_map(Self::all);
        std::iter::once(self).chain(below).collect()
    }

    /// Returns the innermost thing that has the focus.
    #[must_use]
    pub fn focused(&self) -> Option<&Self> {
        self.all().into_iter().rfind(|one| one.is_focused())
    }

    /// Returns what is read aloud: its name, else its text and that of its children.
    #[must_use]
    pub fn words(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let mut children = self.children.iter();
        let mut words = String::new();
        for character in self.text.chars() {
            if character == CHILD {
                words.extend(children.next().map(Self::words));
            } else {
                words.push(character);
            }
        }
        words.extend(children.map(Self::words));
        words.trim().to_owned()
    }
}

/// Where something is on the bus.
#[derive(Clone, Debug)]
struct Place {
    program: String,
    path: String,
}

impl From<(String, OwnedObjectPath)> for Place {
    fn from((program, path): (String, OwnedObjectPath)) -> Self {
        Self { program, path: path.to_string() }
    }
}

/// A screen reader that keeps what it would say.
#[derive(Debug)]
pub struct ScreenReader {
    line: Connection,
    heard: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
    _registry: Daemon,
    bus: Bus,
}

impl Drop for ScreenReader {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl ScreenReader {
    /// Starts the bus and the registry of AT-SPI, and listens. Windows are opened afterwards.
    ///
    /// # Errors
    /// [`RigError`] if Debian's package `at-spi2-core` is missing or the registry does not start.
    pub async fn start(folder: &RigFolder, display: &Display, session_bus: &Bus) -> Result<Self> {
        let bus = Bus::start(folder, BusKind::Accessibility).await?;
        let mut command = bound_to_rig(REGISTRY_PROGRAM);
        command.env("DISPLAY", display.name()).envs([bus.variable(), session_bus.variable()]);
        let mut registry = Daemon::start("screen-reader", command, folder)?;
        let (line, events) = (connect(&bus).await?, connect(&bus).await?);
        let is_there = async || {
            let names = ask(&line, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
            let answer = names.call("NameHasOwner", &REGISTRY).await;
            answer.is_ok_and(|reply| reply.body().deserialize().unwrap_or(false))
        };
        registry.ready(Duration::from_secs(30), is_there).await?;

        let rule = MatchRule::builder().msg_type(message::Type::Signal);
        let rule = rule.interface(EVENTS).map_err(unread)?.build();
        let stream = MessageStream::for_match_rule(rule, &events, Some(QUEUE)).await.map_err(unread)?;
        // Programs build their tree, and tell of it, only for somebody who is registered.
        let registered = ask(&events, REGISTRY, "/org/a11y/atspi/registry", REGISTRY);
        registered.call("RegisterEvent", &("object:", Vec::<String>::new(), "")).await?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listening = tokio::spawn(listen(events, stream, line.clone(), Arc::clone(&heard)));
        Ok(Self { line, heard, listening, _registry: registry, bus })
    }

    /// Returns the environment variables of a window that is to be read.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let (name, address) = self.bus.variable();
        vec![(name.to_owned(), address), ("NO_AT_BRIDGE".to_owned(), "0".to_owned())]
    }

    /// Returns everything that can be read now. A page that is changing may give an error.
    ///
    /// # Errors
    /// [`RigError`] if something vanished while it was read.
    pub async fn read(&self) -> Result<Spoken> {
        read(&self.line, Place { program: REGISTRY.to_owned(), path: ROOT.to_owned() }).await
    }

    /// Waits until `wanted` finds what it looks for in what can be read.
    ///
    /// # Errors
    /// [`RigError::TimedOut`] with `what`.
    pub async fn find<T>(&self, what: &str, wanted: impl Fn(&Spoken) -> Option<T>) -> Result<T> {
        let look = async || {
            let found = self.read().await.ok().and_then(|screen| wanted(&screen));
            if found.is_none() {
                // Reading everything again at once would keep the page from going on.
                tokio::time::sleep(READ_AGAIN_AFTER).await;
            }
            found
        };
        until(what, PATIENCE, look).await
    }

    /// Waits until something was said of its own accord that contains `words`.
    ///
    /// # Errors
    /// [`RigError`] with everything that was said.
    pub async fn says(&self, words: &str) -> Result<()> {
        let said = || self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let heard =
            until(words, PATIENCE, async || said().iter().any(|one| one.contains(words)).then_some(()));
        heard.await.map_err(|_| RigError::Unexpected(format!("“{words}” was not said, but {:?}", said())))
    }
}

async fn connect(bus: &Bus) -> Result<Connection> {
    let (_, address) = bus.variable();
    let builder = connection::Builder::address(address.as_str()).map_err(unread)?;
    builder.build().await.map_err(unread)
}

fn unread(error: impl std::fmt::Display) -> RigError {
    RigError::Unexpected(format!("the accessibility bus: {error}"))
}

/// One interface of one thing.
struct Asked<'a> {
    line: &'a Connection,
    program: &'a str,
    path: &'a str,
    interface: &'a str,
}

fn ask<'a>(line: &'a Connection, program: &'a str, path: &'a str, interface: &'a str) -> Asked<'a> {
    Asked { line, program, path, interface }
}

impl Asked<'_> {
    async fn call<B>(&self, method: &str, body: &B) -> Result<Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let call = self.line.call_method(Some(self.program), self.path, Some(self.interface), method, body);
        call.await.map_err(unread)
    }

    async fn property(&self, name: &str) -> Result<OwnedValue> {
        let properties = ask(self.line, self.program, self.path, "org.freedesktop.DBus.Properties");
        let reply = properties.call("Get", &(self.interface, name)).await?;
        reply.body().deserialize().map_err(unread)
    }
}

/// Reads something and all that is in it.
fn read(line: &Connection, place: Place) -> BoxFuture<'_, Result<Spoken>> {
    let reading = async move {
        let it = ask(line, &place.program, &place.path, ACCESSIBLE);
        let role: u32 = it.call("GetRole", &()).await?.body().deserialize().map_err(unread)?;
        let states: Vec<u32> = it.call("GetState", &()).await?.body().deserialize().map_err(unread)?;
        let states = states.iter().rev().fold(0, |all, half| (all << 32) | u64::from(*half));
        let name = String::try_from(it.property("Name").await?).map_err(unread)?;
        let mut text = String::new();
        // Not everything has text, and a name is read in its place.
        if name.is_empty()
            && let Ok(reply) =
                ask(line, &place.program, &place.path, TEXT).call("GetText", &(0_i32, -1_i32)).await
        {
            text = reply.body().deserialize().unwrap_or_default();
        }
        let mut children = Vec::new();
        for child in places(&it, Role(role)).await? {
            children.push(read(line, child).await?);
        }
        Ok(Spoken { role: Role(role), name, text, states, children })
    };
    reading.boxed()
}

/// Returns where the children are. GTK forgets the page in its list, and knows it by its index.
async fn places(it: &Asked<'_>, role: Role) -> Result<Vec<Place>> {
    type Reference = (String, OwnedObjectPath);
    let listed: Vec<Reference> = it.call("GetChildren", &()).await?.body().deserialize().map_err(unread)?;
    let is_hidden = listed.is_empty() && role == Role::FILLER;
    if !is_hidden || i32::try_from(it.property("ChildCount").await?).map_err(unread)? == 0 {
        return Ok(listed.into_iter().map(Place::from).collect());
    }
    let first: Reference = it.call("GetChildAtIndex", &0_i32).await?.body().deserialize().map_err(unread)?;
    Ok(vec![Place::from(first)])
}

/// Keeps what would be said. The connection of the events does nothing else, since a full queue
/// would hold back the answers too.
async fn listen(
    _events: Connection,
    mut stream: MessageStream,
    line: Connection,
    heard: Arc<Mutex<Vec<String>>>,
) {
    while let Some(event) = stream.next().await {
        let Ok(event) = event else { continue };
        if let Some(words) = announced(&line, &event).await {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(words);
        }
    }
}

/// Returns what is said because of an event: something was added to a live region. WebKitGTK tells
/// nothing of text that is only replaced.
async fn announced(line: &Connection, event: &Message) -> Option<String> {
    let header = event.header();
    if header.member()?.as_str() != "ChildrenChanged" {
        return None;
    }
    let body = event.body();
    let fields: Structure<'_> = body.deserialize().ok()?;
    let [Value::Str(change), _, _, Value::Value(child), ..] = fields.fields() else { return None };
    if change.as_str() != "add" {
        return None;
    }
    let place = Place { program: header.sender()?.to_string(), path: header.path()?.to_string() };
    let source = ask(line, &place.program, &place.path, ACCESSIBLE);
    let attributes = source.call("GetAttributes", &()).await.ok()?;
    let attributes: HashMap<String, String> = attributes.body().deserialize().ok()?;
    let live = attributes.get("container-live")?;
    if live == "off" {
        return None;
    }
    let Value::Structure(child) = &**child else { return None };
    let [Value::Str(program), Value::ObjectPath(path)] = child.fields() else { return None };
    let child = Place { program: program.to_string(), path: path.to_string() };
    // An atomic region is read as a whole.
    let is_whole = attributes.get("container-atomic").is_some_and(|atomic| atomic == "true");
    Some(read(line, if is_whole { place } else { child }).await.ok()?.words())
}
