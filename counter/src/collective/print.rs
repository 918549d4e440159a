//! Papers of a job: its sheets in the order of the list, single ones again, the list to sign.

use super::{
    Collective,
    head::{head, is_practice, window},
    result,
};
use crate::{
    failure::out_of_step,
    format::{short, time_text},
    printing::{PrintRequest, sheet_layout, state, state_word, trouble},
    view::{CollectiveView, Failure, JobWork, Paper, PrintState, PrintView, SheetLayout},
};
use desk::{
    Desk, DeskError,
    collective::{Job, Served},
    store::print_job::{InHand, NewPrint},
};
use drivers::printer::Media as PrinterMedia;
use paper::{
    collective::{HandOver, render_hand_over},
    sheet::{self, Sheet},
};
use rules::{At, Day, failure::CounterFailure, life::Serial};
use std::sync::Arc;
use uuid::Uuid;

/// A paper of the job that was sent to the printer, with the prints that it is in the books.
pub(super) struct BatchPrint {
    id: Uuid,
    paper: Paper,
    asked_at: At,
    state: PrintState,
    trouble: Option<Failure>,
    /// Prints of the sheets on it.
    prints: Vec<Uuid>,
}

impl BatchPrint {
    pub(super) fn view(&self) -> PrintView {
        PrintView {
            id: self.id.to_string(),
            paper: self.paper,
            asked_at: time_text(self.asked_at),
            state: self.state,
            trouble: self.trouble.clone(),
            good: None,
        }
    }
}

/// One sheet, as it is drawn.
struct Content {
    name: String,
    masked_number: String,
    issued_at: At,
    valid_through: Day,
    payload: String,
    serial: Serial,
    case_number: String,
    provisional: bool,
    photo: Option<Vec<u8>>,
}

impl Collective {
    /// Prints a paper of the job: the sheets of everybody, the hand-over list, or the result.
    ///
    /// # Errors
    /// Nothing to print; no printer; what the rules refuse.
    pub async fn print(
        self: &Arc<Self>,
        paper: Paper,
        layout: SheetLayout,
    ) -> Result<CollectiveView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let operator = desk.session.operator()?;
        let everybody = desk.collective.everybody(&operator, id).await?;
        let (job, _) = desk.collective.job(id).await?;
        match paper {
            Paper::Sheet => self.print_sheets(&desk, &job, everybody, layout).await?,
            Paper::HandOverList => {
                let pdf = self.hand_over(&desk, &job, &everybody)?;
                self.send(&desk, paper, pdf, &[(Some(job.case_number), None)]).await?;
            }
            Paper::ResultList => {
                let pdf = result::paper(self.core.fonts()?, &desk, &job, &everybody)?;
                self.send(&desk, paper, pdf, &[(Some(job.case_number), None)]).await?;
            }
            Paper::Receipt | Paper::Notice | Paper::DayReport | Paper::TestPage | Paper::ReturnReport => {
                return Err(out_of_step());
            }
        }
        self.view().await
    }

    /// Prints one person's sheet again, without a new code.
    ///
    /// # Errors
    /// No code was issued; the code has ended; no printer; what the rules refuse.
    pub async fn reprint(
        self: &Arc<Self>,
        position: u32,
        layout: SheetLayout,
    ) -> Result<CollectiveView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let served = desk.collective.person(id, position).await?;
        let (job, _) = desk.collective.job(id).await?;
        self.print_sheets(&desk, &job, vec![served], layout).await?;
        self.view().await
    }

    /// Records whether a person's sheet in the clerk's hand is good. A spoilt one is accounted for
    /// and can be printed again.
    ///
    /// # Errors
    /// Nothing was printed for this person; the database fails.
    pub async fn record_outcome(&self, position: u32, good: bool) -> Result<CollectiveView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let served = desk.collective.person(id, position).await?;
        let print = served.prints.last().ok_or(DeskError::PrintUnknown)?;
        let in_hand = if good { InHand::Good } else { InHand::Spoilt };
        desk.printing.confirm(&desk.session.operator()?, print.id, in_hand).await?;
        self.tell();
        self.view().await
    }

    /// Records that every sheet of the job that nobody spoke of yet is good.
    ///
    /// # Errors
    /// The database fails.
    pub async fn record_rest_good(&self) -> Result<CollectiveView, Failure> {
        let (desk, id) = self.job_on_screen()?;
        let operator = desk.session.operator()?;
        for served in desk.collective.everybody(&operator, id).await? {
            if let Some(print) = served.prints.last().filter(|print| print.confirmed.is_none()) {
                desk.printing.confirm(&operator, print.id, InHand::Good).await?;
            }
        }
        self.tell();
        self.view().await
    }

    async fn print_sheets(
        self: &Arc<Self>,
        desk: &Arc<Desk>,
        job: &Job,
        people: Vec<Served>,
        layout: SheetLayout,
    ) -> Result<(), Failure> {
        let people: Vec<Served> = people.into_iter().filter(Served::is_good).collect();
        if people.is_empty() {
            return Err(CounterFailure::NothingToPrint.into());
        }
        if !self.start_work(JobWork::Printing) {
            return Err(out_of_step());
        }
        let sent = self.make_and_send(desk, job, people, layout).await;
        self.state().work = None;
        self.tell();
        sent
    }

    async fn make_and_send(
        self: &Arc<Self>,
        desk: &Arc<Desk>,
        job: &Job,
        people: Vec<Served>,
        layout: SheetLayout,
    ) -> Result<(), Failure> {
        let mut contents = Vec::with_capacity(people.len());
        for served in people {
            contents.push(self.content(desk, job, served).await?);
        }
        let (site, practice) = (desk.identity().site_name.clone(), is_practice(desk));
        let fonts = self.core.fonts()?.clone();
        // Hundreds of sheets take seconds to draw.
        let drawn = tokio::task::spawn_blocking(move || {
            let pdf = draw(&fonts, &contents, layout, &site, practice);
            (pdf, contents)
        });
        let (pdf, contents) = drawn.await.map_err(|_| out_of_step())?;
        let sheets: Vec<_> =
            contents.into_iter().map(|content| (Some(content.case_number), Some(content.serial))).collect();
        self.send(desk, Paper::Sheet, pdf?, &sheets).await
    }

    /// Returns what goes on a sheet. The first belongs to the code; each one after it is a copy.
    async fn content(&self, desk: &Desk, job: &Job, served: Served) -> Result<Content, Failure> {
        let position = served.person.position;
        if !served.prints.is_empty() {
            desk.collective.reprint(&desk.session.operator()?, job.id, position).await?;
        }
        let (person, code) = (served.person, served.code.ok_or(rules::Refusal::UnknownCode)?);
        let photo = match &person.photo {
            Some(digest) => desk.blob.get(digest).await.ok().map(|blob| blob.bytes),
            None => None,
        };
        Ok(Content {
            masked_number: person.number.masked(),
            name: person.name.expose().to_owned(),
            issued_at: code.code.issued_at,
            valid_through: code.code.valid_through,
            payload: code.payload.ok_or(DeskError::SymbolNotHere)?,
            serial: code.code.serial,
            case_number: person.case_number.unwrap_or_default(),
            provisional: code.code.provisional,
            photo,
        })
    }

    fn hand_over(&self, desk: &Desk, job: &Job, everybody: &[Served]) -> Result<Vec<u8>, Failure> {
        let good = everybody.iter().filter(|served| served.is_good());
        let rows: Vec<_> = good
            .map(|served| {
                let serial = served.person.serial.map(|serial| short(&serial.to_string()));
                (served, served.person.name.masked(), serial.unwrap_or_default())
            })
            .collect();
        let sheets: Vec<HandOver<'_>> = rows
            .iter()
            .map(|(served, name, serial)| HandOver {
                position: served.person.position,
                name,
                case_number: served.person.case_number.as_deref().unwrap_or_default(),
                serial_short: serial,
            })
            .collect();
        if sheets.is_empty() {
            return Err(CounterFailure::NothingToPrint.into());
        }
        let agent = job.agent_name.masked();
        Ok(render_hand_over(self.core.fonts()?, &head(desk, job, &agent, &window(desk)), &sheets)?)
    }

    /// Books a paper, sends it and follows its job. `sheets` are the case and code of each sheet.
    async fn send(
        self: &Arc<Self>,
        desk: &Arc<Desk>,
        paper: Paper,
        pdf: Vec<u8>,
        sheets: &[(Option<String>, Option<Serial>)],
    ) -> Result<(), Failure> {
        let operator = desk.session.operator()?;
        let mut prints = Vec::with_capacity(sheets.len());
        for (case_number, serial) in sheets {
            let new = NewPrint { case_number: case_number.as_deref(), serial: *serial, paper };
            prints.push(desk.printing.ask(&operator, &new).await?);
        }
        let id = Uuid::now_v7();
        self.state().prints.push(BatchPrint {
            id,
            paper,
            asked_at: desk.read_clock().at,
            state: PrintState::Sending,
            trouble: None,
            prints,
        });
        let request = PrintRequest { paper, pdf, media: PrinterMedia::a4(), case_number: None, serial: None };
        tokio::spawn(self.clone().send_and_follow(id, request));
        Ok(())
    }

    async fn send_and_follow(self: Arc<Self>, id: Uuid, request: PrintRequest) {
        let job = match self.printing.send(id, request).await {
            Ok(job) => job,
            Err(failure) => {
                return self.note_print(id, PrintState::Failed, Some(failure), "failed", "").await;
            }
        };
        let mut changes = job.watch();
        while let Some(status) = changes.recv().await {
            let reasons: Vec<_> = status.reasons.iter().map(|reason| reason.keyword.as_str()).collect();
            let said = (state(&status), trouble(&status));
            self.note_print(id, said.0, said.1, state_word(status.state), &reasons.join(",")).await;
        }
    }

    /// Shows the printer's state of a paper, and writes it down for every sheet on it.
    async fn note_print(
        &self,
        id: Uuid,
        state: PrintState,
        trouble: Option<Failure>,
        word: &str,
        reasons: &str,
    ) {
        let prints = {
            let mut on_screen = self.state();
            let Some(print) = on_screen.prints.iter_mut().find(|print| print.id == id) else { return };
            (print.state, print.trouble) = (state, trouble);
            print.prints.clone()
        };
        self.tell();
        let Ok(desk) = self.core.desk() else { return };
        for print in prints {
            if let Err(error) = desk.printing.record_state(print, word, reasons).await {
                tracing::warn!(code = error.code(), "the printer's word was not kept");
            }
        }
    }
}

/// Draws the sheets.
fn draw(
    fonts: &paper::Fonts,
    contents: &[Content],
    layout: SheetLayout,
    site: &str,
    practice: bool,
) -> Result<Vec<u8>, Failure> {
    let serials: Vec<String> = contents.iter().map(|content| short(&content.serial.to_string())).collect();
    let mut sheets: Vec<Sheet<'_>> = contents
        .iter()
        .zip(&serials)
        .map(|(content, serial_short)| Sheet {
            name: &content.name,
            masked_number: &content.masked_number,
            applied_at: content.issued_at.civil(),
            valid_through: content.valid_through,
            photo: content.photo.as_deref(),
            payload: &content.payload,
            serial_short,
            provisional: content.provisional,
            practice,
            site,
        })
        .collect();
    let (pdf, left_out) = sheet::render_issued(fonts, &mut sheets, sheet_layout(layout))?;
    if let Some(reason) = left_out {
        tracing::warn!(%reason, "a photo cannot be printed; its sheet goes without");
    }
    Ok(pdf)
}
