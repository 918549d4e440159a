//! What can be made out of an operation that cannot be decided.

use crate::{
    machine::{citizen::IssuedCode, issue},
    store::Next,
};
use rules::{At, Day, life::Serial};
use serde::Deserialize;

/// The parts of an issue that name its sheet.
#[derive(Deserialize)]
struct Issue {
    wall: At,
    offset_ms: i64,
    body: IssueBody,
}

#[derive(Deserialize)]
struct IssueBody {
    kind: String,
    serial: Serial,
    valid_through: Day,
}

/// The code of the sheet, as voided, if the text says of one that this desk made.
pub(super) fn void_code(text: &str, next: Next) -> Option<IssuedCode> {
    let Issue { wall, offset_ms, body } = serde_json::from_str(text).ok()?;
    // The last day only has to be readable.
    let last = if body.valid_through.year() < 1 { Day::new(1, 1, 1).ok()? } else { body.valid_through };
    let is_sheet = body.kind == "issue" && body.serial.device() == next.device;
    is_sheet.then(|| IssuedCode {
        code: issue::void_code(body.serial, wall.plus_ms(offset_ms), last),
        duplicate_of: None,
        symbol: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::DeviceNumber;

    const NEXT: Next = Next { device: DeviceNumber(7), epoch: 1, seq: 1, bucket: 0 };

    fn text(kind: &str, device: DeviceNumber, valid_through: &str) -> String {
        let serial = Serial::new(1, device, 1, [0; 7]);
        format!(
            r#"{{"wall":10,"offset_ms":5,"operator":7,"body":{{"kind":"{kind}","serial":"{serial}","valid_through":"{valid_through}"}}}}"#
        )
    }

    #[test]
    fn a_sheet_is_found_in_what_is_no_operation() {
        let code = void_code(&text("issue", DeviceNumber(7), "2026-08-29"), NEXT).unwrap().code;
        assert_eq!((code.issued_at, code.valid_through.to_string()), (At(15), "2026-08-29".to_owned()));
        let odd = void_code(&text("issue", DeviceNumber(7), "-000001-01-01"), NEXT).unwrap().code;
        assert_eq!(odd.valid_through.year(), 1, "a day that every reader understands");
    }

    #[test]
    fn another_desks_serial_and_another_kind_are_no_sheet() {
        assert_eq!(void_code(&text("issue", DeviceNumber(8), "2026-08-29"), NEXT), None);
        assert_eq!(void_code(&text("reprint", DeviceNumber(7), "2026-08-29"), NEXT), None);
        assert_eq!(void_code("{}", NEXT), None);
    }
}
