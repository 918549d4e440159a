//! Properties of every document: reproducible bytes, structure, dates and
//! language, photos, refusals.

use std::path::Path;

use crate::read_back;
use crate::support::{self, DAY};
use paper::day_report::{DayReport, OpenItem, SpoiltSheet};
use paper::notice::{Kind, Missing, Notice};
use paper::receipt::{Receipt, Stage, Standing};
use paper::sheet::{Sheet, SheetLayout, render, render_issued};
use paper::{Fonts, Media, PaperError, PhotoError, day_report, notice, receipt};

fn one_sheet(layout: SheetLayout) -> Vec<u8> {
    let (payload, photo) = (support::payload(5), support::portrait(5));
    let fonts = Fonts::open().unwrap();
    render(&fonts, &[support::sheet("欧阳𠮷𪜶", &payload, Some(&photo))], layout).unwrap()
}

#[test]
fn same_data_gives_the_same_bytes() {
    for layout in SheetLayout::ALL {
        assert_eq!(one_sheet(layout), one_sheet(layout), "{layout:?}");
    }
}

#[test]
fn files_are_complete_and_have_title_language_and_dates() {
    for layout in SheetLayout::ALL {
        let pdf = one_sheet(layout);
        support::check_structure(&pdf);
        let facts = support::run("pdfinfo", &["-rawdates", "-"], &pdf);
        let facts = String::from_utf8(facts.stdout).unwrap();
        for said in [
            "离线随申码 7K2M-09QX",
            "CreationDate:    D:20260101093000+08'00",
            "Tagged:          yes",
            "JavaScript:      no",
            "PDF version:     1.7",
        ] {
            assert!(facts.contains(said), "{said} is not in {facts}");
        }
        assert!(!facts.contains("欧阳"), "M4: no name in the title");
        assert!(pdf.windows(12).any(|bytes| bytes == b"/Lang(zh-CN)"));
    }
}

#[test]
fn m5_screen_readers_get_the_pieces_in_reading_order() {
    let structure = support::run("pdfinfo", &["-struct-text", "-"], &one_sheet(SheetLayout::A4));
    let structure = String::from_utf8(structure.stdout).unwrap();
    let places: Vec<usize> =
        ["离线随申码", "欧阳𠮷𪜶", "有效期至", "310***********1234", "申领时间", "请随身携带"]
            .iter()
            .map(|said| structure.find(said).unwrap_or_else(|| panic!("{said} is not in {structure}")))
            .collect();
    assert!(places.is_sorted(), "{structure}");
    assert_eq!(structure.matches("Figure").count(), 2, "photo and code: {structure}");
    assert!(structure.contains("H1"), "{structure}");
}

#[test]
fn every_font_is_an_embedded_subset_with_a_map_back_to_unicode() {
    let fonts = support::run("pdffonts", &["-"], &one_sheet(SheetLayout::A4));
    let fonts = String::from_utf8(fonts.stdout).unwrap();
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(rows.len() >= 3, "regular, bold, fallback: {fonts}");
    for row in rows {
        assert!(row.contains("yes yes yes"), "embedded, subset, Unicode: {row}");
        assert_eq!(row.as_bytes().get(6), Some(&b'+'), "{row}");
    }
}

#[test]
fn m1_m5_a_sheet_shows_everything_it_must() {
    let text = support::run("pdftotext", &["-", "-"], &one_sheet(SheetLayout::A4));
    let text = String::from_utf8(text.stdout).unwrap();
    for said in [
        "离线随申码",
        "欧阳𠮷𪜶",
        "310***********1234",
        "2026-01-01 09:30",
        "2026年6月30日",
        "12345",
        "身份证",
        "不显示健康状态",
        "数字哨兵",
        "挂失",
    ] {
        assert!(text.contains(said), "{said} is not in {text}");
    }
}

#[test]
fn l9_offline_papers_say_registered_and_never_invalid() {
    let fonts = Fonts::open().unwrap();
    let payload = support::payload(6);
    let provisional = Sheet { provisional: true, ..support::sheet("李四", &payload, None) };
    let receipt = support::receipt("挂失", Standing::Registered);
    let papers = [
        render(&fonts, &[provisional], SheetLayout::A4).unwrap(),
        receipt::render(&fonts, &receipt, Media::Roll80).unwrap(),
    ];
    let said = ["已登记，待确认：可先用，联网后自动确认", "已登记，窗口联网后扫码核验时生效"];
    for (pdf, said) in papers.iter().zip(said) {
        let text = String::from_utf8(support::run("pdftotext", &["-", "-"], pdf).stdout).unwrap();
        assert!(text.contains(said), "{text}");
        assert!(!text.contains("已失效") && !text.contains("已生效"), "{text}");
    }
}

#[test]
fn case_numbers_stand_in_groups_on_every_paper() {
    let fonts = Fonts::open().unwrap();
    let case_number = "3101012026010100134182070";
    let receipt = support::receipt("挂失", Standing::Confirmed);
    let notice = Notice {
        kind: Kind::Missing,
        case_number,
        matter: "更正姓名",
        masked_name: "李*",
        masked_number: "310***********1234",
        missing: &[Missing {
            what: "居民身份证",
            remedy: "请携带原件。",
            documents: &["居民户口簿（原件）"],
        }],
        elsewhere: None,
        given_at: DAY.at(10, 5, 0, 0),
        site: "黄浦区社区事务受理服务中心",
        window: "3号窗口",
        practice: false,
    };
    let report = DayReport {
        day: DAY,
        site: "黄浦区社区事务受理服务中心",
        desk: "3号窗口",
        clerk: "310001",
        totals: &[],
        sheets_printed: 1,
        sheets_good: 0,
        spoilt: &[SpoiltSheet { case_number, at: DAY.at(14, 2, 0, 0), reason: "卡纸" }],
        open: &[OpenItem { case_number, waits_for: "更正：待主管审批", since: DAY.at(10, 5, 0, 0) }],
        remarks: "",
        made_at: DAY.at(17, 30, 0, 0),
        practice: false,
    };
    for media in Media::ALL {
        for (pdf, count) in [
            (receipt::render(&fonts, &receipt, media).unwrap(), 1),
            (notice::render(&fonts, &notice, media).unwrap(), 1),
            (day_report::render(&fonts, &report, media).unwrap(), 2),
        ] {
            let text =
                String::from_utf8(support::run("pdftotext", &["-raw", "-", "-"], &pdf).stdout).unwrap();
            let whole = text.replace("-\n", "-");
            assert_eq!(whole.matches("310101-20260101-001-341820-70").count(), count, "{media:?}: {text}");
        }
    }
}

#[test]
fn a_scanner_reads_the_case_number_from_a_receipt_on_every_medium() {
    let fonts = Fonts::open().unwrap();
    let receipt = support::receipt("挂失", Standing::Confirmed);
    for media in Media::ALL {
        let pdf = receipt::render(&fonts, &receipt, media).unwrap();
        let text = read_back::read(&support::draw_page(&pdf, 1, 200, None));
        assert_eq!(text, receipt.case_number, "{media:?}");
    }
}

#[test]
fn a_notice_says_what_to_do_and_never_asks_for_documents_that_change_nothing() {
    let fonts = Fonts::open().unwrap();
    let words = |kind, documents: &[&str]| {
        let notice = Notice {
            kind,
            case_number: "3101012026010100134182070",
            matter: "离线随申码（首次申领）",
            masked_name: "李*",
            masked_number: "310***********1234",
            missing: &[Missing { what: "首次申领", remedy: "不符合申领条件。", documents }],
            elsewhere: None,
            given_at: DAY.at(10, 5, 0, 0),
            site: "黄浦区社区事务受理服务中心",
            window: "3号窗口",
            practice: false,
        };
        let pdf = notice::render(&fonts, &notice, Media::A4).unwrap();
        String::from_utf8(support::run("pdftotext", &["-", "-"], &pdf).stdout).unwrap().replace('\n', "")
    };
    let declined = words(Kind::Declined, &[]);
    assert!(declined.contains("不予受理告知书") && declined.contains("有异议请拨打 12345"), "{declined}");
    assert!(!declined.contains("备齐") && !declined.contains("补正"), "{declined}");
    let missing = words(Kind::Missing, &["居民户口簿（原件）"]);
    assert!(missing.contains("一次性告知书") && missing.contains("备齐后"), "{missing}");
    let other = words(Kind::Missing, &[]);
    assert!(other.contains("再来办理时") && !other.contains("备齐"), "{other}");
}

#[test]
fn n3_an_unprintable_character_of_running_text_is_written_as_its_code_point() {
    let fonts = Fonts::open().unwrap();
    let receipt =
        Receipt { stage: Stage::Accepted, ..support::receipt("更正姓名 \u{E815}", Standing::NotNeeded) };
    let pdf = receipt::render(&fonts, &receipt, Media::A4).unwrap();
    let text = String::from_utf8(support::run("pdftotext", &["-", "-"], &pdf).stdout).unwrap();
    assert!(text.contains("更正姓名 〔U+E815〕"), "{text}");
}

#[test]
fn a_photo_is_embedded_unchanged() {
    let photo = support::portrait(5);
    let pdf = one_sheet(SheetLayout::A4);
    assert!(pdf.windows(photo.len()).any(|bytes| bytes == photo), "the JPEG is in the file byte for byte");
}

#[test]
fn one_sheet_is_printed_without_a_photo_that_cannot_print_and_the_reason_is_returned() {
    let fonts = Fonts::open().unwrap();
    let payload = support::payload(1);
    let made = |photo: Option<&[u8]>| {
        render_issued(&fonts, &mut [support::sheet("李四", &payload, photo)], SheetLayout::A4).unwrap()
    };
    let without = made(None);
    assert_eq!(without.1, None);
    assert_eq!(made(Some(b"BM not a JPEG")), (without.0, Some(PhotoError::NotJpeg)));
    let good = support::portrait(1);
    assert_eq!(made(Some(&good)).1, None);
}

#[test]
fn a_photo_that_cannot_print_is_refused_with_its_reason() {
    let fonts = Fonts::open().unwrap();
    let payload = support::payload(1);
    let good = support::portrait(1);
    let refused = |photo: &[u8]| match render(
        &fonts,
        &[support::sheet("李四", &payload, Some(photo))],
        SheetLayout::A4,
    ) {
        Err(PaperError::Photo(error)) => error,
        other => panic!("{:?} for {} bytes", other.map(|pdf| pdf.len()), photo.len()),
    };
    assert_eq!(refused(b"BM not a JPEG"), PhotoError::NotJpeg);
    assert_eq!(refused(&[]), PhotoError::NotJpeg);
    assert_eq!(refused(&good[..good.len() / 2]), PhotoError::NotJpeg, "cut off");
    let mut large = good.clone();
    large.resize(3 * 1024 * 1024, 0);
    assert!(matches!(refused(&large), PhotoError::TooManyBytes { .. }));

    let frame = good.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
    let mut altered = good.clone();
    altered[frame + 7..frame + 9].copy_from_slice(&9000_u16.to_be_bytes());
    assert!(matches!(refused(&altered), PhotoError::Pixels { width: 9000, .. }));
    let mut altered = good.clone();
    altered[frame + 9] = 4;
    assert_eq!(refused(&altered), PhotoError::UnsupportedCoding, "four inks");
    let mut altered = good;
    altered[frame + 1] = 0xC9;
    assert_eq!(refused(&altered), PhotoError::UnsupportedCoding, "arithmetic coding");
}

#[test]
fn modules_are_never_smaller_than_the_layout_allows() {
    let fonts = Fonts::open().unwrap();
    let long = |characters: usize| "A".repeat(characters);
    // Longest payloads that fit, by symbol version: 26 at 0.5 mm on A4, 15 on four-up, 13 at 0.4 mm
    // on a card.
    for (layout, fits) in [(SheetLayout::A4FourUp, 600), (SheetLayout::Card, 483)] {
        let payload = long(fits);
        render(&fonts, &[support::sheet("李四", &payload, None)], layout).unwrap();
        let payload = long(fits + 1);
        let refused = render(&fonts, &[support::sheet("李四", &payload, None)], layout).unwrap_err();
        assert!(matches!(refused, PaperError::PayloadTooLong { .. }), "{layout:?}: {refused}");
    }
    let refused = render(&fonts, &[support::sheet("李四", &long(8000), None)], SheetLayout::A4).unwrap_err();
    assert!(matches!(refused, PaperError::PayloadTooLong { characters: 8000, .. }));
}

#[test]
fn a_missing_font_package_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let refused = Fonts::open_in(&[empty.path()]).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "font opentype/noto/NotoSansCJK-Regular.ttc is not installed: install the Debian package fonts-noto-cjk"
    );

    // With Noto alone, the next package is named.
    let noto = empty.path().join("opentype/noto");
    std::fs::create_dir_all(&noto).unwrap();
    for weight in ["Regular", "Bold"] {
        let file = format!("NotoSansCJK-{weight}.ttc");
        let installed = Path::new("/usr/share/fonts/opentype/noto").join(&file);
        std::os::unix::fs::symlink(installed, noto.join(file)).unwrap();
    }
    let refused = Fonts::open_in(&[empty.path()]).err().unwrap();
    assert!(matches!(refused, PaperError::FontMissing { package: "fonts-hanazono", .. }), "{refused}");

    // BabelStone Han is optional: without it, the fonts open and name what could be added.
    let hanazono = Path::new("/usr/share/fonts/truetype/hanazono");
    std::fs::create_dir_all(empty.path().join("truetype")).unwrap();
    std::os::unix::fs::symlink(hanazono, empty.path().join("truetype/hanazono")).unwrap();
    let fonts = Fonts::open_in(&[empty.path()]).unwrap();
    assert_eq!(fonts.absent_packages(), ["fonts-babelstone-han"]);
}

#[test]
fn a_damaged_font_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let noto = folder.path().join("opentype/noto");
    std::fs::create_dir_all(&noto).unwrap();
    std::fs::write(noto.join("NotoSansCJK-Regular.ttc"), b"not a font").unwrap();
    let refused = Fonts::open_in(&[folder.path()]).err().unwrap();
    assert!(matches!(refused, PaperError::FontUnusable { package: "fonts-noto-cjk", .. }), "{refused}");
}

#[test]
fn nothing_to_print_is_an_error() {
    let fonts = Fonts::open().unwrap();
    assert!(matches!(render(&fonts, &[], SheetLayout::A4), Err(PaperError::Empty)));
}
