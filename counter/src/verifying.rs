//! Verifying sheets (核验), from the scanner, from text and from pictures; also the sheet just
//! printed (scan-back).

use super::{
    Counter, CounterEvent,
    case_view::short,
    format::{day_text, from_base64, time_text},
    people::unreadable_picture,
    words,
};
use crate::{
    picture::{Picture, PictureError, find_symbol},
    view::{Failure, VerifyView},
};
use desk::{Desk, session::Operator, verify::Verified};
use rules::{
    failure::CounterFailure,
    payload::{OfflineAnswer, PayloadError, decode},
    permission::Duty,
    verification::answer_to,
    wire::VerifyResponse,
};
use std::sync::Arc;

impl Counter {
    /// Verifies the text of a symbol, online where there is a line, else with this desk's lists.
    ///
    /// # Errors
    /// Not permitted; the disk's. Whatever the text is, is an answer.
    pub async fn verify(self: &Arc<Self>, payload: String) -> Result<VerifyView, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let verified = desk.verify(&operator, payload.trim()).await?;
        let mut view = view(&desk, &operator, verified);
        self.scan_back(payload.trim(), &mut view);
        Ok(view)
    }

    /// Finds the symbol in a picture and verifies it.
    ///
    /// # Errors
    /// Not permitted; no picture; no symbol in it.
    pub async fn verify_picture(self: &Arc<Self>, picture: String) -> Result<VerifyView, Failure> {
        self.desk()?.operator()?.may(Duty::Verify)?;
        let bytes = from_base64(&picture).ok_or_else(unreadable_picture)?;
        let found =
            tokio::task::spawn_blocking(move || Ok::<_, PictureError>(find_symbol(&Picture::open(&bytes)?)))
                .await;
        let payload = found
            .map_err(|_| unreadable_picture())??
            .ok_or_else(|| Failure::from(CounterFailure::NoSymbol))?;
        self.verify(payload).await
    }

    /// The serial scanner read something.
    pub(super) async fn scanned(self: Arc<Self>, text: String) {
        match self.verify(text).await {
            Ok(view) => self.tell(CounterEvent::Scanned(Box::new(view))),
            Err(failure) => tracing::debug!(code = failure.code, "scan not verified"),
        }
    }

    /// While a case is done, a scanned sheet is compared with it: the paper in hand must carry the
    /// code that was made.
    fn scan_back(&self, payload: &str, view: &mut VerifyView) {
        let mut case = self.case();
        let Some(done) = case.done_mut() else { return };
        let Some(serial) = done.serial else { return };
        view.matches_case = Some(decode(payload).is_ok_and(|read| read.claims.serial == serial));
        done.scan_back = Some(view.clone());
        drop(case);
        self.tell(CounterEvent::Case);
    }
}

fn view(desk: &Desk, operator: &Operator, verified: Verified) -> VerifyView {
    let at = desk.read_clock().at.civil().strftime("%Y-%m-%d %H:%M").to_string();
    let watermark = format!("{} · {} · {at}", operator.staff, desk.identity().site_name);
    match verified {
        Verified::Online(response) => online(*response),
        Verified::Offline(Ok(answer)) => offline(&answer, watermark),
        Verified::Offline(Err(error)) => wrong(error, watermark),
        Verified::NoLists => VerifyView {
            offline_checked: false,
            sentence: words::sentence(
                "连不上中心，本机也还没有核验名单，暂不能核验。请核对身份证，恢复联网后再试。",
                "The centre cannot be reached and this desk has no lists yet, so it cannot be verified now. Check the ID card and try again later.",
            ),
            ..blank(watermark)
        },
    }
}

fn online(response: VerifyResponse) -> VerifyView {
    VerifyView {
        online: Some(response.answer),
        masked_name: response.masked_name,
        masked_number: response.masked_number,
        issued_at: response.issued_at.map(time_text),
        valid_through: response.valid_through.map(day_text),
        health: response.health,
        nucleic_acid: response.nucleic_acid,
        registration_reference: response.registration_reference,
        sentence: words::verification(response.answer),
        ..blank(response.watermark)
    }
}

fn offline(answer: &OfflineAnswer, watermark: String) -> VerifyView {
    let as_of = time_text(answer.as_of);
    let sentence = if answer.probably_revoked {
        words::sentence(
            "很可能已挂失、已换发新码或已作废，请联网后确认，暂不要采信。",
            "Probably lost, superseded or voided. Confirm online before relying on it.",
        )
    } else {
        words::sentence(
            format!("签名正确，在有效期内；截至 {as_of} 的名单中没有失效记录。请与身份证核对。"),
            format!(
                "Well signed and in date; not revoked in the lists of {as_of}. Compare with the ID card."
            ),
        )
    };
    VerifyView {
        offline_checked: true,
        as_of: Some(as_of),
        probably_revoked: answer.probably_revoked,
        masked_name: Some(answer.claims.masked_name.clone()),
        masked_number: Some(answer.claims.masked_number.clone()),
        issued_at: Some(time_text(answer.claims.issued_at)),
        // The end is 24:00 of the last day: the last instant before it falls on that day.
        valid_through: Some(day_text(answer.claims.valid_through())),
        serial_short: Some(short(&answer.claims.serial.to_string())),
        sentence,
        ..blank(watermark)
    }
}

fn wrong(error: PayloadError, watermark: String) -> VerifyView {
    VerifyView {
        offline_error: Some(error),
        offline_checked: true,
        sentence: words::verification(answer_to(error)),
        ..blank(watermark)
    }
}

fn blank(watermark: String) -> VerifyView {
    VerifyView {
        online: None,
        offline_error: None,
        offline_checked: false,
        as_of: None,
        probably_revoked: false,
        masked_name: None,
        masked_number: None,
        issued_at: None,
        valid_through: None,
        serial_short: None,
        matches_case: None,
        watermark,
        health: None,
        nucleic_acid: None,
        registration_reference: None,
        sentence: words::sentence("", ""),
    }
}
