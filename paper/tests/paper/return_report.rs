//! The return report of a home visit.

use crate::support::{
    self,
    return_report::{acts, report},
};
use paper::{
    Fonts, Media,
    return_report::{ReturnReport, render},
};

fn text(pdf: &[u8]) -> String {
    let text = String::from_utf8(support::run("pdftotext", &["-layout", "-", "-"], pdf).stdout).unwrap();
    text.split_whitespace().collect()
}

#[test]
fn v5_the_return_report_says_what_became_of_sheets_and_kit() {
    let fonts = Fonts::open().unwrap();
    let done = acts();
    let pdf = render(&fonts, &report(&done), Media::A4).unwrap();
    support::check_structure(&pdf);
    let words = text(&pdf);
    assert!(words.contains("上门服务归还单") && words.contains("名单12人，领取资料11人，办理3人"), "{words}");
    assert!(words.contains("领取完好印坏未确认未用短少2031") && words.contains("0151"), "{words}");
    assert!(words.contains("办理事项（4）") && words.contains("未通过"), "{words}");
    assert!(words.contains("已于2026-01-0116:20清除") && !words.contains("逾期"), "{words}");
    assert!(words.contains("短少1张纸，请说明原因"), "{words}");

    let late = ReturnReport { back_at: support::DAY.at(20, 0, 0, 0), done: &[], ..report(&[]) };
    let words = text(&render(&fonts, &late, Media::A4).unwrap());
    assert!(words.contains("逾期归还，短少1张纸") && words.contains("办理事项（0）无"), "{words}");
}
