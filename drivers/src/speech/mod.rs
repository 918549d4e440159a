//! Spoken prompts through speech-dispatcher, by its protocol SSIP over a Unix socket.
//!
//! The service speaks with the voice and module that the site chose. Without the service nothing
//! is said, and the next prompt tries again.

mod ssip;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde::{Deserialize, Serialize};

use ssip::Connection;
pub use ssip::SpeechError;

/// Prompts that wait at most; a later one is not said then.
const WAITING: usize = 2;

/// Settings of speech.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeechSettings {
    /// Whether prompts are spoken.
    pub on: bool,
    /// Socket of speech-dispatcher; without it, the one of this user's session.
    pub socket: Option<PathBuf>,
    /// Output module, such as `espeak-ng`; without it, the service's own choice.
    pub module: Option<String>,
    /// Voice of that module; without it, the module's own choice.
    pub voice: Option<String>,
    /// Language: `zh` or `en`.
    pub language: String,
}

impl Default for SpeechSettings {
    fn default() -> Self {
        Self { on: false, socket: None, module: None, voice: None, language: "zh".to_owned() }
    }
}

impl SpeechSettings {
    /// Returns the socket that is set, or the one of this user's session.
    fn socket(&self) -> Option<PathBuf> {
        let of_session = || {
            let runtime = std::env::var_os("XDG_RUNTIME_DIR")?;
            Some(PathBuf::from(runtime).join("speech-dispatcher/speechd.sock"))
        };
        self.socket.clone().or_else(of_session)
    }
}

/// Speaks prompts, one after the other. It ends when this value is dropped.
#[derive(Clone, Debug)]
pub struct Speaker {
    prompts: SyncSender<String>,
}

impl Speaker {
    /// Starts a thread that speaks. It connects when there is something to say.
    #[must_use]
    pub fn start(settings: SpeechSettings) -> Self {
        let (prompts, waiting) = sync_channel(WAITING);
        if let Err(error) =
            thread::Builder::new().name("speech".to_owned()).spawn(move || run(&settings, &waiting))
        {
            tracing::error!(%error, "could not start the thread of speech");
        }
        Self { prompts }
    }

    /// Says a prompt, in the place of the one that is being said. Never waits.
    pub fn say(&self, prompt: &str) {
        if self.prompts.try_send(prompt.to_owned()).is_err() {
            tracing::debug!("a prompt was not said");
        }
    }
}

fn run(settings: &SpeechSettings, waiting: &Receiver<String>) {
    let mut connection = None;
    let mut told = false;
    while let Ok(prompt) = waiting.recv() {
        // What came meanwhile is newer: nobody wants to hear what is over.
        let prompt = waiting.try_iter().last().unwrap_or(prompt);
        match say(settings, &mut connection, &prompt) {
            Ok(()) => told = false,
            Err(error) => {
                connection = None;
                if !told {
                    tracing::warn!(%error, "prompts are not spoken");
                    told = true;
                }
            }
        }
    }
}

/// Says a prompt over the connection there is, or a new one: the service may have been restarted.
fn say(
    settings: &SpeechSettings,
    connection: &mut Option<Connection>,
    prompt: &str,
) -> Result<(), SpeechError> {
    if let Some(open) = connection.as_mut()
        && open.say(prompt).is_ok()
    {
        return Ok(());
    }
    let mut open = Connection::open(&settings.socket().ok_or(SpeechError::NoSocket)?, settings)?;
    open.say(prompt)?;
    *connection = Some(open);
    Ok(())
}
