//! Answers of a verification, as the page shows them.

use crate::{
    format::{day_text, short, time_text},
    view::{SentenceView, VerifyView},
    words,
};
use desk::{Desk, session::Operator, verification::Verified};
use rules::{
    At, Language,
    health::HealthAnswer,
    payload::{OfflineAnswer, PayloadError},
    verification::answer_to,
    wire::VerifyResponse,
};

pub(super) fn of(desk: &Desk, operator: &Operator, verified: Verified) -> VerifyView {
    let at = desk.read_clock().at.civil().strftime("%Y-%m-%d %H:%M").to_string();
    let watermark = format!("{} · {} · {at}", operator.staff, desk.identity().site_name);
    match verified {
        Verified::Online(response) => online(*response),
        Verified::Offline(Ok(answer)) => offline(&answer, watermark),
        Verified::Offline(Err(error)) => wrong(error, watermark),
        Verified::NoLists => VerifyView {
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
        health: health(&response.health),
        nucleic_acid: nucleic_acid(&response.health),
        registration_reference: response.registration_reference,
        sentence: words::verification(response.answer),
        ..blank(response.watermark)
    }
}

/// What is known of the holder's health, and what is not (M6).
fn health(answer: &HealthAnswer) -> Option<SentenceView> {
    Some(match answer {
        HealthAnswer::NotAsked => return None,
        HealthAnswer::NoProvider => words::sentence("中心未接入健康信息", "The centre has no health data"),
        HealthAnswer::Unavailable => words::sentence("暂时查不到", "Not available now"),
        HealthAnswer::Implausible => words::sentence(
            "返回的信息自相矛盾，不可采信",
            "What came back contradicts itself: do not use it",
        ),
        HealthAnswer::NoRecord => words::sentence("查无健康记录", "Nothing on record"),
        HealthAnswer::Known(report) => {
            let (zh, en) = (report.state.label(Language::Chinese), report.state.label(Language::English));
            let as_of = minute_text(report.as_of);
            words::sentence(format!("{zh}（截至 {as_of}）"), format!("{en} (as of {as_of})"))
        }
    })
}

fn nucleic_acid(answer: &HealthAnswer) -> Option<SentenceView> {
    let HealthAnswer::Known(report) = answer else { return None };
    Some(match report.latest_test {
        Some(test) => {
            let (zh, en) = (test.outcome.label(Language::Chinese), test.outcome.label(Language::English));
            let at = minute_text(test.sampled_at);
            words::sentence(format!("{zh}（采样 {at}）"), format!("{en} (sampled {at})"))
        }
        None => words::sentence("没有记录", "None on record"),
    })
}

fn minute_text(at: At) -> String {
    at.civil().strftime("%Y-%m-%d %H:%M").to_string()
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
        sentence: words::verification(answer_to(error)),
        ..blank(watermark)
    }
}

fn blank(watermark: String) -> VerifyView {
    VerifyView {
        online: None,
        offline_error: None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use rules::health::{HealthReport, HealthState, TestOutcome, TestReport};

    #[test]
    fn m6_state_and_test_say_when_they_were_determined_and_sampled() {
        // 2026-03-02 08:00 and 20:30 in Shanghai.
        let (as_of, sampled_at) = (At(1_772_409_600_000), At(1_772_454_600_000));
        let latest_test = Some(TestReport { outcome: TestOutcome::Negative, sampled_at });
        let known = HealthAnswer::Known(HealthReport { state: HealthState::Green, as_of, latest_test });
        assert_eq!(health(&known).unwrap().zh, "绿码（截至 2026-03-02 08:00）");
        assert_eq!(nucleic_acid(&known).unwrap().zh, "阴性（采样 2026-03-02 20:30）");
        assert_eq!(health(&HealthAnswer::NotAsked), None);
        assert_eq!(nucleic_acid(&HealthAnswer::NoRecord), None);
    }
}
