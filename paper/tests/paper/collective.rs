//! The papers of collective service.

use crate::support::{
    self,
    collective::{hand_over, job},
};
use paper::collective::{Outcome, WrongRow, render_hand_over, render_result};
use paper::{Fonts, PaperError};

fn text(pdf: &[u8]) -> String {
    String::from_utf8(support::run("pdftotext", &["-layout", "-", "-"], pdf).stdout).unwrap()
}

#[test]
fn everybody_has_a_line_to_sign_and_every_page_says_what_the_columns_are() {
    let fonts = Fonts::open().unwrap();
    let pdf = render_hand_over(&fonts, &job(), &hand_over(81)).unwrap();
    support::check_structure(&pdf);
    let text = text(&pdf);
    assert!(text.contains("签收表") && text.contains("阳光养老院（养老机构）") && text.contains("81 份"));
    assert_eq!(text.matches("7K2M-09QX").count(), 81);
    assert_eq!(text.matches("签名").count() - 2, text.matches('\u{c}').count(), "a header on each page");
    assert!(matches!(render_hand_over(&fonts, &job(), &[]), Err(PaperError::Empty)));
}

#[test]
fn the_result_names_every_refusal_and_every_row_that_was_not_taken() {
    let fonts = Fonts::open().unwrap();
    let reason = "不符合申领条件：18至59岁须为本市户籍且持有效残疾人证。请核对证件，并告知申请人办理条件。";
    let person = |position, outcome, detail| Outcome {
        position,
        name: "欧阳*",
        number: "310***********1234",
        outcome,
        detail,
    };
    let people = [person(1, "发码", "7K2M-09QX"), person(2, "未办", reason), person(3, "发码", "7K2M-09QY")];
    let wrong =
        [WrongRow { line: 7, why: "没有姓名，此行未读入。请补上后重新选择文件。" }];
    let pdf = render_result(&fonts, &job(), &people, &wrong).unwrap();
    support::check_structure(&pdf);
    let text: String = text(&pdf).split_whitespace().collect();
    assert!(text.contains("共3人，发码2人，未办1人") && text.contains("未读入的行（1）"), "{text}");
    assert!(text.contains("没有姓名，此行未读入。") && text.contains("不符合申领条件"), "{text}");
}
