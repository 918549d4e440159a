//! A job of collective service.

use super::DAY;
use paper::collective::{HandOver, Job};
use rules::institution::InstitutionKind;

/// A job of a nursing home.
pub(crate) fn job() -> Job<'static> {
    Job {
        institution: "阳光养老院",
        kind: InstitutionKind::NursingHome,
        agent: "李**",
        case_number: "3101012026010100136210437",
        made_at: DAY.at(10, 5, 0, 0),
        site: "黄浦区社区事务受理服务中心",
        window: "3号窗口",
        practice: false,
    }
}

/// Sheets that are handed over in it.
pub(crate) fn hand_over(count: u32) -> Vec<HandOver<'static>> {
    (1..=count)
        .map(|position| HandOver {
            position,
            name: "王**",
            case_number: "3101012026010100136210437",
            serial_short: "7K2M-09QX",
        })
        .collect()
}
