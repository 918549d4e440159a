//! Look-ups of scanned codes. Whoever asks while a statement is under way shares the next one: at a gate's rush a statement for each scan would
//! cost the database more than all else of it. Who asks alone is answered at once.

use crate::store::{
    Result, StoreError,
    postgres::{LOOKUPS, PgStore},
};
use rules::life::{Code, Serial};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Codes of one statement.
const CODES: usize = 256;

/// Somebody who asks.
struct Question {
    serial: Serial,
    answer: oneshot::Sender<Result<Option<Code>>>,
}

/// The way to ask.
pub(super) struct Lookups {
    questions: mpsc::Sender<Question>,
}

impl Lookups {
    /// Looks up until nobody can ask any more.
    pub(super) fn start(store: &PgStore) -> Self {
        let (questions, asked) = mpsc::channel(CODES);
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..LOOKUPS {
            tokio::spawn(answer(Arc::clone(&asked), store.clone()));
        }
        Self { questions }
    }

    /// The code with this serial.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn code(&self, serial: Serial) -> Result<Option<Code>> {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("look-ups have ended".to_owned());
        self.questions.send(Question { serial, answer }).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

async fn answer(asked: Arc<Mutex<mpsc::Receiver<Question>>>, store: PgStore) {
    loop {
        let mut questions = Vec::new();
        let mut asking = asked.lock().await;
        if asking.recv_many(&mut questions, CODES).await == 0 {
            return;
        }
        // Whoever is about to ask does so first; nobody waits for anybody who is not here yet.
        tokio::task::yield_now().await;
        while questions.len() < CODES
            && let Ok(question) = asking.try_recv()
        {
            questions.push(question);
        }
        drop(asking);
        let serials: Vec<Serial> = questions.iter().map(|question| question.serial).collect();
        let mut found = store.codes(&serials).await.map(Vec::into_iter);
        for Question { answer, .. } in questions {
            let one = match &mut found {
                Ok(found) => found.next().flatten().transpose(),
                Err(error) => Err(StoreError::Unavailable(error.to_string())),
            };
            // Whoever asked may have hung up.
            let _ = answer.send(one);
        }
    }
}
