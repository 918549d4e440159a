//! Devices beside the window (叫号, 好差评, displays): told of each stage, and what they say bound to
//! the case. Waiting and service times of cases are noted here, with and without such devices.

mod track;

use crate::{
    case::CaseInHand,
    core::{Core, CounterEvent},
    speech::Speech,
};
use desk::{DeskError, service::CalledTicket};
use drivers::companion::{CompanionServer, Incoming, Said, Why};
use rules::case_number::ungrouped;
use std::{
    path::PathBuf,
    sync::{Arc, Weak},
};
use tokio::sync::{broadcast, mpsc::Receiver};
use track::{Effect, Track};

/// Socket in the desk's folder.
const SOCKET: &str = "run/companions.sock";

/// Devices beside the window.
pub(crate) struct Companions {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
}

impl Companions {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>) -> Self {
        Self { core, case }
    }

    /// Follows the window until the program ends. Call once, inside the runtime.
    pub(crate) fn start(self: &Arc<Self>) {
        let config = self.core.config();
        let open = config.companions.open.then(|| self.open()).flatten();
        let speech = config.speech.on.then(|| Speech::start(&config.speech));
        let events = self.core.events();
        tokio::spawn(Self::follow(Arc::downgrade(self), events, open, speech));
    }

    fn open(&self) -> Option<(CompanionServer, Receiver<Incoming>)> {
        let path: PathBuf = self.core.folder().join(SOCKET);
        let number = self.core.desk().ok()?.identity().desk_number;
        CompanionServer::start(&path, number)
            .inspect_err(|error| tracing::error!(%error, "no device beside the window can connect"))
            .ok()
    }

    async fn follow(
        companions: Weak<Self>,
        mut events: broadcast::Receiver<CounterEvent>,
        open: Option<(CompanionServer, Receiver<Incoming>)>,
        speech: Option<Speech>,
    ) {
        let (server, mut incoming) = open.unzip();
        let mut track = Track::default();
        let (server, speech) = (server.as_ref(), speech.as_ref());
        loop {
            // Each look is at the whole window, so nothing is lost with an event that was missed.
            match companions.upgrade() {
                Some(companions) => companions.see(&mut track, server, speech).await,
                None => return,
            }
            let said = async {
                match &mut incoming {
                    Some(incoming) => incoming.recv().await,
                    None => None,
                }
            };
            tokio::select! {
                event = events.recv() => match event {
                    Err(broadcast::error::RecvError::Closed) => return,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                },
                Some(said) = said => {
                    let Some(companions) = companions.upgrade() else { return };
                    // Whoever sat down before the ticket was called is not its visitor.
                    companions.see(&mut track, server, speech).await;
                    companions.take(&mut track, said).await;
                }
            }
        }
    }

    /// Looks at the window and carries out what follows.
    async fn see(&self, track: &mut Track, server: Option<&CompanionServer>, speech: Option<&Speech>) {
        let Ok(desk) = self.core.desk() else { return };
        let seen = self.case.seen();
        let (window, now) = (desk.identity().desk_number, desk.read_clock().at);
        for effect in track.see(&seen, window, now) {
            let done = match effect {
                Effect::Begin(sitting) => desk.service.begin(&sitting).await,
                Effect::End { case_number, served_ms } => desk.service.end(&case_number, served_ms).await,
                Effect::Tell(event) => {
                    if let Some(server) = server {
                        server.announce(event);
                    }
                    Ok(())
                }
                Effect::Say(stage, result) => {
                    if let Some(speech) = speech {
                        speech.say(stage, result);
                    }
                    Ok(())
                }
            };
            if let Err(error) = done {
                tracing::error!(code = error.code(), "the times of a case were not kept");
            }
        }
    }

    async fn take(&self, track: &mut Track, incoming: Incoming) {
        let answer = match incoming.said.clone() {
            Said::TicketCalled { ticket, waited_seconds } => match self.core.desk() {
                Ok(desk) => {
                    let called_at = desk.read_clock().at;
                    track.call(CalledTicket { ticket, called_at, waited_seconds });
                    Ok(())
                }
                Err(_) => Err(Why::NotNow),
            },
            Said::TicketDone => {
                track.ticket_done();
                Ok(())
            }
            Said::Rating { case, score } => self.rate(&case, score).await,
        };
        incoming.answer(answer);
    }

    async fn rate(&self, case: &str, score: u8) -> Result<(), Why> {
        let desk = self.core.desk().map_err(|_| Why::NotNow)?;
        match desk.service.rate(&ungrouped(case), score).await {
            Ok(()) => {
                self.core.announce(CounterEvent::Lists);
                Ok(())
            }
            Err(DeskError::CaseUnknown) => Err(Why::UnknownCase),
            Err(DeskError::CaseRated) => Err(Why::AlreadyRated),
            Err(error) => {
                tracing::error!(code = error.code(), "a rating was not kept");
                Err(Why::NotNow)
            }
        }
    }
}
