//! Batched lookups of scanned codes.
//!
//! Scans that arrive while a statement runs share the next one. In a rush, one statement per scan
//! would cost the database more than everything else. A single scan is looked up at once.

use crate::store::{
    Result, StoreError,
    postgres::{LOOKUPS, PgStore},
};
use rules::{life::Serial, verification::RecordedCode};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Largest number of codes in one statement.
const CODES: usize = 256;

/// One caller's question.
struct Question {
    serial: Serial,
    answer: oneshot::Sender<Result<Option<RecordedCode>>>,
}

/// Handle through which callers look codes up.
pub(super) struct Lookups {
    questions: mpsc::Sender<Question>,
}

impl Lookups {
    /// Starts the lookup tasks, which end when this handle is dropped.
    pub(super) fn start(store: &PgStore) -> Self {
        let (questions, asked) = mpsc::channel(CODES);
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..LOOKUPS {
            tokio::spawn(answer(Arc::clone(&asked), store.clone()));
        }
        Self { questions }
    }

    /// Looks up the code with this serial.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails, or [`StoreError::Unavailable`] if the
    /// tasks have ended.
    pub(super) async fn code(&self, serial: Serial) -> Result<Option<RecordedCode>> {
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
        // Yield once so scheduled callers can join this batch.
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
            // The caller may be gone by now.
            let _ = answer.send(one);
        }
    }
}
