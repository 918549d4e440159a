//! A home visit that came back.

use super::DAY;
use paper::return_report::{Act, ReturnReport};
use rules::visit::SheetCount;

/// Things that were done on it.
pub(crate) fn acts() -> Vec<Act<'static>> {
    let act = |action, accepted| Act {
        case_number: "3101012026010100136210437",
        action,
        at: DAY.at(10, 5, 0, 0),
        accepted,
    };
    vec![act("首次申领", true), act("补领", true), act("挂失", true), act("补领", false)]
}

/// The report of it.
pub(crate) fn report<'a>(done: &'a [Act<'a>]) -> ReturnReport<'a> {
    ReturnReport {
        site: "黄浦区社区事务受理服务中心",
        desk: "3号窗口",
        case_number: Some("3101012026010100136210437"),
        taken_by: "310001",
        back_by: "310002",
        taken_at: Some(DAY.at(8, 30, 0, 0)),
        ends_at: Some(DAY.at(18, 30, 0, 0)),
        wiped_at: Some(DAY.at(16, 20, 0, 0)),
        back_at: DAY.at(16, 20, 0, 0),
        people: 12,
        in_kit: 11,
        served: 3,
        done,
        sheets: SheetCount { taken: 20, good: 3, spoilt: 1, open: 0, unused: 15 },
        practice: false,
    }
}
