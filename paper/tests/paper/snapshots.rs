//! Compares the appearance of every paper with a stored picture.
//!
//! A visible change fails here. Look at both pictures; if the new one is intended, run the tests
//! once with `PAPER_SNAPSHOTS=update` and commit it.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::support::{self, DAY};
use image::GrayImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use jiff::civil::date;
use paper::collective::{Outcome, WrongRow};
use paper::day_report::{DayReport, OpenItem, SpoiltSheet, Total};
use paper::notice::{Kind, Missing, Notice};
use paper::receipt::{Receipt, Stage, Standing};
use paper::referral::Referral;
use paper::sheet::{Sheet, SheetLayout};
use paper::test_page::TestPage;
use paper::{
    Fonts, Media, collective, day_report, notice, receipt, referral, return_report, sheet, test_page,
};

/// Largest difference of two pixels: one step of [`coarse`], which rounding on another
/// processor may cause.
const TOLERANCE: u8 = 17;

/// Reduces a picture to 16 grey levels: enough to see any change, at half the size
/// in the repository.
fn coarse(mut picture: GrayImage) -> GrayImage {
    picture.pixels_mut().for_each(|pixel| pixel.0[0] = (pixel.0[0] / 16) * 17);
    picture
}

fn keep(picture: &GrayImage, path: &Path) {
    let file = BufWriter::new(File::create(path).unwrap());
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::NoFilter);
    picture.write_with_encoder(encoder).unwrap();
}

fn compare(name: &str, drawn: GrayImage) {
    let drawn = coarse(drawn);
    let path: PathBuf = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("tests/snapshots")
        .join(format!("{name}.png"));
    if std::env::var_os("PAPER_SNAPSHOTS").is_some_and(|wish| wish == "update") {
        keep(&drawn, &path);
        return;
    }
    let kept = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_luma8();
    let same_size = kept.dimensions() == drawn.dimensions();
    let differing =
        kept.pixels().zip(drawn.pixels()).filter(|(a, b)| a.0[0].abs_diff(b.0[0]) > TOLERANCE).count();
    if !same_size || differing > 0 {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        keep(&drawn, &new);
        panic!(
            "{name} looks different in {differing} pixels: compare {} with {}",
            path.display(),
            new.display()
        );
    }
}

/// Compares one sheet, cut out of its page at a resolution that keeps its text readable.
fn compare_sheet(fonts: &Fonts, name: &str, sheet: Sheet<'_>, layout: SheetLayout) {
    let pdf = sheet::render(fonts, &[sheet], layout).unwrap();
    let (resolution, clip) = match layout {
        SheetLayout::A4 => (60, None),
        SheetLayout::A4FourUp => (100, Some([0, 0, 414, 585])),
        SheetLayout::A4EightUp => (150, Some([0, 0, 620, 439])),
        SheetLayout::Card => (150, Some([114, 239, 507, 320])),
    };
    compare(&format!("sheet-{layout:?}-{name}"), support::draw_page(&pdf, 1, resolution, clip));
}

fn every_name(layout: SheetLayout) {
    let fonts = Fonts::open().unwrap();
    let (payload, photo) = (support::payload(1), support::portrait(1));
    for (word, name) in support::names() {
        compare_sheet(&fonts, word, support::sheet(&name, &payload, Some(&photo)), layout);
    }
}

#[test]
fn m5_an_a4_sheet_takes_every_kind_of_name() {
    every_name(SheetLayout::A4);
}

#[test]
fn m5_a_four_up_sheet_takes_every_kind_of_name() {
    every_name(SheetLayout::A4FourUp);
}

#[test]
fn m5_an_eight_up_sheet_takes_every_kind_of_name() {
    every_name(SheetLayout::A4EightUp);
}

#[test]
fn m5_a_card_takes_every_kind_of_name() {
    every_name(SheetLayout::Card);
}

#[test]
fn l9_provisional_practice_and_missing_photo_are_shown_on_every_layout() {
    let fonts = Fonts::open().unwrap();
    let (payload, photo) = (support::payload(2), support::portrait(2));
    for layout in SheetLayout::ALL {
        let plain = || support::sheet("李秀英", &payload, Some(&photo));
        compare_sheet(&fonts, "provisional", Sheet { provisional: true, ..plain() }, layout);
        compare_sheet(&fonts, "practice", Sheet { practice: true, ..plain() }, layout);
        compare_sheet(&fonts, "no-photo", Sheet { photo: None, ..plain() }, layout);
    }
}

#[test]
fn pages_of_several_sheets_show_cutting_lines() {
    let fonts = Fonts::open().unwrap();
    let payload = support::payload(3);
    let photo = support::portrait(3);
    let names = support::names();
    let sheets: Vec<_> = names.iter().map(|(_, name)| support::sheet(name, &payload, Some(&photo))).collect();
    for layout in [SheetLayout::A4FourUp, SheetLayout::A4EightUp, SheetLayout::Card] {
        let pdf = sheet::render(&fonts, &sheets, layout).unwrap();
        compare(&format!("page-{layout:?}"), support::draw_page(&pdf, 1, 60, None));
    }
}

fn compare_form(name: &str, media: Media, pdf: &[u8]) {
    let resolution = if media == Media::Roll80 { 90 } else { 60 };
    compare(&format!("{name}-{media:?}"), support::draw_page(pdf, 1, resolution, None));
}

#[test]
fn l9_receipts_say_registered_and_never_already_invalid() {
    let fonts = Fonts::open().unwrap();
    let receipt = |practice| Receipt {
        masked_name: "阿**·***",
        valid_through: Some(date(2026, 6, 30)),
        serial_short: Some("7K2M-09QX"),
        next_steps: &[
            "请当场核对离线随申码上的姓名、照片。",
            "旧码已登记换发，窗口联网后扫码核验时失效，请勿再用。",
        ],
        practice,
        ..support::receipt("补领", Standing::Registered)
    };
    for media in Media::ALL {
        compare_form("receipt", media, &receipt::render(&fonts, &receipt(false), media).unwrap());
    }
    let accepted = Receipt {
        stage: Stage::Accepted,
        next_steps: &[
            "更正由主管审批。请保留本回执，凭办件编号到窗口查询结果。",
            "更正生效后，请携带身份证到窗口办理离线码的换发或申领。",
        ],
        ..support::receipt("姓名更正", Standing::NotNeeded)
    };
    compare_form("receipt-accepted", Media::A5, &receipt::render(&fonts, &accepted, Media::A5).unwrap());
    compare_form("receipt-practice", Media::A5, &receipt::render(&fonts, &receipt(true), Media::A5).unwrap());
}

#[test]
fn a_notice_lists_everything_that_is_missing_at_once() {
    let fonts = Fonts::open().unwrap();
    let notice = Notice {
        kind: Kind::Missing,
        case_number: "3101012026010100136210437",
        matter: "更正姓名",
        masked_name: "张**",
        masked_number: "310***********1234",
        missing: &[
            Missing {
                what: "姓名更正",
                remedy: "材料缺失。请补齐所列材料后再来办理。",
                documents: &["新领取的居民身份证（原件）", "居民户口簿变更页（原件）"],
            },
            Missing {
                what: "居民身份证",
                remedy: "所持身份证已过有效期，请先到公安机关换领，再持新证办理。",
                documents: &[],
            },
        ],
        elsewhere: Some("身份证号、性别、出生日期有误的，请到户籍所在地公安派出所办理。"),
        given_at: DAY.at(10, 5, 0, 0),
        site: "黄浦区社区事务受理服务中心",
        window: "3号窗口",
        practice: false,
    };
    for media in [Media::A4, Media::A5] {
        compare_form("notice", media, &notice::render(&fonts, &notice, media).unwrap());
    }
    let declined = Notice {
        kind: Kind::Declined,
        matter: "离线随申码（首次申领）",
        missing: &[Missing {
            what: "首次申领",
            remedy: "不符合申领条件。未满18周岁、年满60周岁，或本市户籍并持有效残疾人证的可以申领；其他人员可以使用手机上的随申码。",
            documents: &[],
        }],
        ..notice
    };
    compare_form("notice-declined", Media::A4, &notice::render(&fonts, &declined, Media::A4).unwrap());
}

#[test]
fn a_kiosks_ticket_says_where_to_go_and_that_it_may_be_lost() {
    let fonts = Fonts::open().unwrap();
    let ticket = Referral {
        number: "0000-0001",
        wrong: "姓名",
        masked_name: "张**",
        masked_number: "310***********1234",
        given_at: DAY.at(10, 5, 0, 0),
        terminal: "黄浦区一号自助终端",
        practice: false,
    };
    compare_form("referral", Media::A4, &referral::render(&fonts, &ticket).unwrap());
}

#[test]
fn a_day_report_shows_totals_and_has_room_to_sign() {
    let fonts = Fonts::open().unwrap();
    let total = |action, confirmed, registered, refused| Total { action, confirmed, registered, refused };
    let open: Vec<_> = (0..40)
        .map(|_| OpenItem {
            case_number: "3101012026010100136210437",
            waits_for: "更正：待主管审批",
            since: DAY.at(10, 5, 0, 0),
        })
        .collect();
    let report = DayReport {
        day: DAY,
        site: "黄浦区社区事务受理服务中心",
        desk: "3号窗口",
        clerk: "310001",
        totals: &[
            total("首次申领", 41, 3, 0),
            total("补领", 12, 1, 1),
            total("挂失", 4, 2, 0),
            total("二次打印", 9, 0, 0),
        ],
        sheets_printed: 71,
        sheets_good: 69,
        spoilt: &[SpoiltSheet {
            case_number: "3101012026010100150500768",
            at: DAY.at(14, 2, 0, 0),
            reason: "卡纸",
        }],
        open: &open,
        remarks: "",
        made_at: DAY.at(17, 30, 0, 0),
        practice: false,
    };
    let pdf = day_report::render(&fonts, &report, Media::A4).unwrap();
    for page in [1, 2] {
        compare(&format!("day-report-{page}"), support::draw_page(&pdf, page, 60, None));
    }
    compare_form("day-report", Media::Roll80, &day_report::render(&fonts, &report, Media::Roll80).unwrap());
}

#[test]
fn a_return_report_shows_sheets_acts_and_room_to_sign() {
    let fonts = Fonts::open().unwrap();
    let done = support::return_report::acts();
    let report = support::return_report::report(&done);
    compare_form("return-report", Media::A4, &return_report::render(&fonts, &report, Media::A4).unwrap());
}

#[test]
fn lists_of_collective_service_show_names_reasons_and_room_to_sign() {
    let fonts = Fonts::open().unwrap();
    let (job, sheets) = (support::collective::job(), support::collective::hand_over(30));
    let people: Vec<_> = (1..=30)
        .map(|position| Outcome {
            position,
            name: "欧阳*",
            number: "310***********1234",
            outcome: if position % 7 == 0 { "未办" } else { "发码" },
            detail: if position % 7 == 0 {
                "不符合申领条件：18至59岁须为本市户籍且持有效残疾人证。请核对证件，并告知申请人办理条件。"
            } else {
                "7K2M-09QX"
            },
        })
        .collect();
    let wrong =
        [WrongRow { line: 7, why: "没有姓名，此行未读入。请补上后重新选择文件。" }];
    compare_form("hand-over", Media::A4, &collective::render_hand_over(&fonts, &job, &sheets).unwrap());
    compare_form("result", Media::A4, &collective::render_result(&fonts, &job, &people, &wrong).unwrap());
}

#[test]
fn a_test_page_shows_sizes_tones_and_a_symbol() {
    let fonts = Fonts::open().unwrap();
    let page = TestPage {
        site: "黄浦区社区事务受理服务中心",
        desk: "3号窗口",
        printer: "HP-LaserJet-M211dw",
        printed_at: DAY.at(8, 15, 0, 0),
        code: "SSM-TEST 2026-01-01 08:15:00",
    };
    for media in [Media::A4, Media::Roll80] {
        compare_form("test-page", media, &test_page::render(&fonts, &page, media).unwrap());
    }
}
