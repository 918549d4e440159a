//! Print jobs. Three facts are kept apart: the request, the printer's state, and what the clerk has
//! in hand.

mod notice;
mod prints;

pub(crate) use notice::{NoticeContent, NoticeReason};

use crate::{
    core::{Core, CounterEvent},
    failure::job_failure,
    view::{Failure, Paper, PrintState, PrintView, SheetLayout},
};
use desk::store::print_job::{InHand, NewPrint};
use drivers::printer::{JobState, JobStatus, Media, PrintJob, PrintOptions, PrinterError};
use paper::sheet;
use prints::{Print, Prints};
use rules::{failure::CounterFailure, life::Serial};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// The print jobs of the case in hand, and those of earlier cases that are not over.
pub(crate) struct Printing {
    core: Arc<Core>,
    prints: Mutex<Prints>,
}

/// A paper to be printed.
pub(crate) struct PrintRequest {
    pub paper: Paper,
    pub pdf: Vec<u8>,
    pub media: Media,
    pub case_number: Option<String>,
    pub serial: Option<Serial>,
}

impl Printing {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, prints: Mutex::default() }
    }

    fn prints(&self) -> MutexGuard<'_, Prints> {
        self.prints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the prints of the case in hand.
    pub(crate) fn views(&self) -> Vec<PrintView> {
        self.prints().views()
    }

    /// Returns the problem that keeps a print from coming out of the printer, also one of a case
    /// that was left.
    pub(crate) fn trouble(&self) -> Option<Failure> {
        self.prints().trouble()
    }

    /// Leaves the prints of the case in hand. Their jobs go on and are followed; those that are
    /// stuck are cancelled.
    pub(crate) fn clear(self: &Arc<Self>) {
        let stuck = self.prints().leave();
        for (id, job) in stuck {
            tokio::spawn(self.clone().cancel_left(id, job));
        }
    }

    /// Cancels a stuck job of a case that was left. It stays on the status line.
    async fn cancel_left(self: Arc<Self>, id: Uuid, job: PrintJob) {
        match job.cancel().await {
            Ok(()) => self.mark_cancelled(id),
            Err(PrinterError::JobOver) => {}
            // It is tried again at the next change of the printer's state.
            Err(error) => tracing::warn!(%error, "a stuck print of an earlier case was not cancelled"),
        }
        self.core.announce(CounterEvent::Status);
    }

    /// Writes down that a paper was requested, then sends and follows it in the background.
    pub(crate) async fn start(self: &Arc<Self>, request: PrintRequest) -> Result<(), Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let new = NewPrint {
            case_number: request.case_number.as_deref(),
            serial: request.serial,
            paper: request.paper,
        };
        let id = desk.printing.ask(&operator, &new).await?;
        self.prints().add(Print::new(id, request.paper, request.serial, desk.read_clock().at));
        self.core.announce(CounterEvent::Case);
        tokio::spawn(self.clone().send_and_follow(id, request));
        Ok(())
    }

    async fn send_and_follow(self: Arc<Self>, id: Uuid, request: PrintRequest) {
        let job = match self.send(id, request).await {
            Ok(job) => job,
            Err(failure) => {
                self.note_state(id, PrintState::Failed, Some(failure), "failed", "").await;
                return;
            }
        };
        let mut changes = job.watch();
        self.change_print(id, |print| print.job = Some(job));
        while let Some(status) = changes.recv().await {
            let reasons =
                status.reasons.iter().map(|reason| reason.keyword.as_str()).collect::<Vec<_>>().join(",");
            let trouble = trouble(&status);
            self.note_state(id, state(&status), trouble, state_word(status.state), &reasons).await;
        }
    }

    /// Sends a paper to the printer.
    pub(crate) async fn send(&self, id: Uuid, request: PrintRequest) -> Result<PrintJob, Failure> {
        let printer = self.core.printer().ok_or(CounterFailure::NoPrinter)??;
        // The job's name is seen by everybody at the printer: an id, nothing of the citizen.
        let options = PrintOptions {
            job_name: format!("suishen-{}", &id.simple().to_string()[20..]),
            media: request.media,
            copies: 1,
        };
        Ok(printer.print(request.pdf, &options).await?)
    }

    /// Shows and stores the printer's state of a job.
    async fn note_state(
        self: &Arc<Self>,
        id: Uuid,
        state: PrintState,
        trouble: Option<Failure>,
        word: &str,
        reasons: &str,
    ) {
        let stuck = self.prints().set_state(id, state, trouble);
        if let Some(job) = stuck {
            tokio::spawn(self.clone().cancel_left(id, job));
        }
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
        let kept =
            async { Ok::<_, Failure>(self.core.desk()?.printing.record_state(id, word, reasons).await?) };
        if let Err(failure) = kept.await {
            tracing::warn!(code = failure.code, "the printer's word was not kept");
        }
    }

    fn change_print(&self, id: Uuid, change: impl FnOnce(&mut Print)) {
        if let Some(print) = self.prints().get_mut(id) {
            change(print);
        }
    }

    /// Cancels the job behind a print. The clerk says afterwards what lies in the tray.
    pub(crate) async fn cancel_job(&self, id: Uuid) -> Result<(), Failure> {
        let (_, job) = self.job_of(id)?;
        job.ok_or_else(still_sending)?.cancel().await?;
        self.mark_cancelled(id);
        Ok(())
    }

    /// Records whether the paper in the clerk's hand is good. The job of a spoilt sheet is ended
    /// first: it would come out beside the one that takes its place. Returns the serial of a
    /// spoilt sheet that is to be printed again.
    pub(crate) async fn keep_outcome(&self, id: Uuid, good: bool) -> Result<Option<Serial>, Failure> {
        let (serial, paper) = {
            let prints = self.prints();
            let print = prints.get(id).ok_or(desk::DeskError::PrintUnknown)?;
            (print.serial, print.paper)
        };
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        if !good {
            let (state, job) = self.job_of(id)?;
            if end(state, job.as_ref()).await? {
                self.mark_cancelled(id);
            }
        }
        let in_hand = if good { InHand::Good } else { InHand::Spoilt };
        desk.printing.confirm(&operator, id, in_hand).await?;
        self.change_print(id, |print| print.good = Some(good));
        Ok(serial.filter(|_| paper == Paper::Sheet && !good))
    }

    fn job_of(&self, id: Uuid) -> Result<(PrintState, Option<PrintJob>), Failure> {
        let prints = self.prints();
        let print = prints.get(id).ok_or(desk::DeskError::PrintUnknown)?;
        Ok((print.state, print.job.clone()))
    }

    fn mark_cancelled(&self, id: Uuid) {
        self.prints().mark_cancelled(id);
        self.core.announce(CounterEvent::Case);
    }
}

pub(crate) const fn sheet_layout(layout: SheetLayout) -> sheet::SheetLayout {
    match layout {
        SheetLayout::A4 => sheet::SheetLayout::A4,
        SheetLayout::A4FourUp => sheet::SheetLayout::A4FourUp,
        SheetLayout::A4EightUp => sheet::SheetLayout::A4EightUp,
        SheetLayout::Card => sheet::SheetLayout::Card,
    }
}

pub(crate) fn window_name(number: u16) -> String {
    format!("{number} 号窗口")
}

const fn is_over(state: PrintState) -> bool {
    matches!(state, PrintState::Completed | PrintState::Cancelled | PrintState::Failed)
}

/// Cancels the job if it could still print; returns whether it did.
async fn end(state: PrintState, job: Option<&PrintJob>) -> Result<bool, Failure> {
    if is_over(state) || state == PrintState::Cancelling {
        return Ok(false);
    }
    match job.ok_or_else(still_sending)?.cancel().await {
        Ok(()) => Ok(true),
        Err(PrinterError::JobOver) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn still_sending() -> Failure {
    Failure::from(CounterFailure::PrintSending)
}

/// Returns the state of a print. A job processed by a stopped printer waits: the reasons of the
/// printer tell.
pub(crate) fn state(status: &JobStatus) -> PrintState {
    match status.state {
        _ if status.blocking_problem().is_some() => PrintState::Stopped,
        JobState::Pending => PrintState::Pending,
        JobState::Held => PrintState::Held,
        JobState::Processing => PrintState::Printing,
        JobState::Stopped => PrintState::Stopped,
        JobState::Cancelled => PrintState::Cancelled,
        JobState::Aborted | JobState::Forgotten => PrintState::Failed,
        JobState::Completed => PrintState::Completed,
    }
}

pub(crate) const fn state_word(state: JobState) -> &'static str {
    match state {
        JobState::Pending => "pending",
        JobState::Held => "held",
        JobState::Processing => "processing",
        JobState::Stopped => "stopped",
        JobState::Cancelled => "cancelled",
        JobState::Aborted => "aborted",
        JobState::Completed => "completed",
        JobState::Forgotten => "forgotten",
    }
}

pub(crate) fn trouble(status: &JobStatus) -> Option<Failure> {
    match status.blocking_problem() {
        Some(problem) => Some(problem.into()),
        None => job_failure(status.state).map(Failure::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::printer::Printer;
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
    };

    #[test]
    fn every_end_of_a_job_has_its_own_word_and_trouble_only_where_something_is_wrong() {
        let status = |state| JobStatus {
            state,
            problems: Vec::new(),
            reasons: Vec::new(),
            message: None,
            sheets_completed: None,
        };
        assert!(trouble(&status(JobState::Completed)).is_none());
        assert!(trouble(&status(JobState::Processing)).is_none());
        for state in [JobState::Held, JobState::Cancelled, JobState::Aborted, JobState::Forgotten] {
            assert_eq!(trouble(&status(state)).unwrap().code, format!("print_{}", state_word(state)));
        }
    }

    /// A job at a printer that gives one IPP status to whatever it is asked; `None`: it hangs up.
    fn job_where_the_printer_says(status: Option<u16>) -> PrintJob {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let printer = Printer::at(&format!("ipp://{}/ipp/print", listener.local_addr().unwrap())).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let Some(status) = status else { return };
            let reply = [&[1, 1][..], &status.to_be_bytes(), &[0, 0, 0, 1, 0x01, 0x03]].concat();
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", reply.len());
            stream.write_all(&[head.as_bytes(), &reply].concat()).unwrap();
        });
        printer.existing_job(7)
    }

    #[tokio::test]
    async fn a_job_that_could_still_print_is_cancelled_before_its_sheet_is_spoilt() {
        const OK: u16 = 0x0000;
        const NOT_POSSIBLE: u16 = 0x0404;
        for state in [PrintState::Pending, PrintState::Held, PrintState::Printing, PrintState::Stopped] {
            assert_eq!(end(state, Some(&job_where_the_printer_says(Some(OK)))).await, Ok(true), "{state:?}");
            let over = job_where_the_printer_says(Some(NOT_POSSIBLE));
            assert_eq!(end(state, Some(&over)).await, Ok(false), "{state:?}: over meanwhile");
            let silent = end(state, Some(&job_where_the_printer_says(None))).await;
            assert_eq!(silent.unwrap_err().code, PrinterError::Unreachable.code(), "nothing is recorded");
        }
        for state in
            [PrintState::Completed, PrintState::Cancelled, PrintState::Failed, PrintState::Cancelling]
        {
            assert_eq!(end(state, None).await, Ok(false), "{state:?}: nobody is asked");
        }
        assert_eq!(end(PrintState::Sending, None).await.unwrap_err().code, "print_sending");
    }
}
