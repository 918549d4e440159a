//! Checks every kind of paper against the clauses of PDF/UA-1 (ISO 14289-1:2014) that a program can
//! check and that concern what papers contain.
//!
//! No validator is at hand: veraPDF is written in Java and in none of the package sources. Objects
//! are read with qpdf, which shares no code with this project.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::pdf::Pdf;
use crate::support::{self, DAY};
use paper::day_report::{DayReport, OpenItem, Total};
use paper::notice::{Missing, Notice};
use paper::receipt::{Receipt, Standing};
use paper::referral::{self, Referral};
use paper::sheet::{Sheet, SheetLayout};
use paper::test_page::TestPage;
use paper::{Fonts, Media, day_report, notice, receipt, sheet, test_page};
use serde_json::Value;

const SITE: &str = "黄浦区社区事务受理服务中心";
const CASE: &str = "3101012026010100134182070";

fn every_paper() -> Vec<(String, Pdf)> {
    let fonts = Fonts::open().unwrap();
    let (payload, photo) = (support::payload(4), support::portrait(4));
    let mut papers = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| papers.push((name, Pdf::new(&bytes)));
    for layout in SheetLayout::ALL {
        // The radical ⼀ shares a glyph with 一, so its text has to be spelt out.
        let plain = || support::sheet("㛃𠮷𪜶一⼀", &payload, Some(&photo));
        let sheets = [plain(), Sheet { practice: true, ..plain() }, Sheet { photo: None, ..plain() }];
        add(format!("sheet {layout:?}"), sheet::render(&fonts, &sheets, layout).unwrap());
    }
    let receipt = Receipt {
        masked_name: "李**",
        serial_short: Some("7K2M-09QX"),
        next_steps: &["请当场核对离线随申码上的姓名、照片。"],
        practice: true,
        ..support::receipt("补领", Standing::Registered)
    };
    let notice = Notice {
        kind: notice::Kind::Missing,
        case_number: CASE,
        matter: "更正姓名",
        masked_name: "李**",
        masked_number: "310***********1234",
        missing: &[Missing {
            what: "居民身份证",
            remedy: "请携带原件。",
            documents: &["居民户口簿（原件）"],
        }],
        elsewhere: None,
        given_at: DAY.at(10, 5, 0, 0),
        site: SITE,
        window: "3号窗口",
        practice: false,
    };
    let open: Vec<_> = (0..40)
        .map(|_| OpenItem {
            case_number: CASE, waits_for: "更正：待主管审批", since: DAY.at(10, 5, 0, 0)
        })
        .collect();
    let report = DayReport {
        day: DAY,
        site: SITE,
        desk: "3号窗口",
        clerk: "310001",
        totals: &[Total { action: "首次申领", confirmed: 41, registered: 3, refused: 0 }],
        sheets_printed: 44,
        sheets_good: 44,
        spoilt: &[],
        open: &open,
        remarks: "",
        made_at: DAY.at(17, 30, 0, 0),
        practice: false,
    };
    let test = TestPage {
        site: SITE,
        desk: "3号窗口",
        printer: "HP-LaserJet-M211dw",
        printed_at: DAY.at(8, 15, 0, 0),
        code: "SSM-TEST 2026-01-01 08:15:00",
    };
    for media in Media::ALL {
        add(format!("receipt {media:?}"), receipt::render(&fonts, &receipt, media).unwrap());
        add(format!("notice {media:?}"), notice::render(&fonts, &notice, media).unwrap());
        add(format!("day report {media:?}"), day_report::render(&fonts, &report, media).unwrap());
        add(format!("test page {media:?}"), test_page::render(&fonts, &test, media).unwrap());
    }
    let ticket = Referral {
        number: "1A2B-3C4D",
        wrong: "照片",
        masked_name: "沈**",
        masked_number: "310***********1427",
        given_at: DAY.at(9, 5, 0, 0),
        terminal: "一号自助终端",
        practice: true,
    };
    add("ticket".to_owned(), referral::render(&fonts, &ticket).unwrap());
    papers
}

/// Returns all elements below the document element, in reading order.
fn elements(pdf: &Pdf) -> Vec<&Value> {
    fn collect<'v>(pdf: &'v Pdf, element: &'v Value, all: &mut Vec<&'v Value>) {
        for kid in element["/K"].as_array().unwrap() {
            if kid.is_string() {
                let child = pdf.get(kid);
                assert!(std::ptr::eq(pdf.get(&child["/P"]), element), "the parent of {child}");
                all.push(child);
                collect(pdf, child, all);
            }
        }
    }
    let root = pdf.get(&pdf.catalog()["/StructTreeRoot"]);
    let document = pdf.get(&root["/K"]);
    assert_eq!(document["/S"], "/Document");
    let mut all = Vec::new();
    collect(pdf, document, &mut all);
    all
}

#[test]
fn clauses_5_and_7_1_identify_the_standard_and_show_the_title() {
    for (name, pdf) in every_paper() {
        let catalog = pdf.catalog();
        let xmp = String::from_utf8(pdf.stream(&catalog["/Metadata"])).unwrap();
        assert!(xmp.contains("<pdfuaid:part>1</pdfuaid:part>"), "{name}: {xmp}");
        let title = pdf.get(&pdf.trailer()["/Info"])["/Title"].as_str().unwrap().strip_prefix("u:").unwrap();
        assert!(xmp.contains(&format!("<rdf:li xml:lang=\"x-default\">{title}</rdf:li>")), "{name}: {xmp}");
        assert_eq!(catalog["/ViewerPreferences"]["/DisplayDocTitle"], true, "{name}");
        assert_eq!(catalog["/MarkInfo"]["/Marked"], true, "{name}");
        assert_eq!(catalog["/MarkInfo"]["/Suspects"], Value::Null, "{name}");
        assert_eq!(catalog["/Lang"], "u:zh-CN", "{name}: clause 7.2");
    }
}

/// Walks a page. Returns the marked pieces in order, each with its tag.
fn marked_content(name: &str, pdf: &Pdf, page: &Value) -> Vec<(i64, String)> {
    const PAINTS: [&str; 12] = ["Tj", "TJ", "f", "f*", "F", "S", "s", "B", "B*", "b", "Do", "sh"];
    let mut open: Vec<String> = Vec::new();
    let mut pieces = Vec::new();
    for operation in pdf.operations(page) {
        let tag = operation.operands.first().cloned().unwrap_or_default();
        match operation.operator.as_str() {
            "BMC" | "BDC" => {
                let nested_properly = match tag.as_str() {
                    "/Span" => open.len() == 1 && open[0] != "/Artifact",
                    _ => open.is_empty(),
                };
                assert!(nested_properly, "{name}: {tag} inside {open:?}");
                if let Some(at) = operation.operands.iter().position(|word| word.ends_with("/MCID")) {
                    let id = operation.operands[at + 1].trim_end_matches('>').parse().unwrap();
                    pieces.push((id, tag.clone()));
                } else {
                    assert!(matches!(tag.as_str(), "/Artifact" | "/Span"), "{name}: {tag} has no MCID");
                }
                open.push(tag);
            }
            "EMC" => assert!(open.pop().is_some(), "{name}: EMC without a begin"),
            operator if PAINTS.contains(&operator) => {
                assert!(!open.is_empty(), "{name}: {operator} is neither tagged nor an artifact");
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{name}: {open:?} is not closed");
    pieces
}

#[test]
fn clause_7_1_all_content_is_tagged_or_an_artifact_and_leads_to_its_element() {
    for (name, pdf) in every_paper() {
        let root = pdf.get(&pdf.catalog()["/StructTreeRoot"]);
        let lists = pdf.get(&root["/ParentTree"])["/Nums"].as_array().unwrap();
        let mut reached = 0;
        for (index, (reference, page)) in pdf.pages().into_iter().enumerate() {
            assert_eq!(page["/StructParents"], index, "{name}");
            assert_eq!(lists[2 * index], index, "{name}");
            let owners = pdf.get(&lists[2 * index + 1]).as_array().unwrap();
            let pieces = marked_content(&name, &pdf, page);
            assert_eq!(pieces.len(), owners.len(), "{name}");
            for (position, (id, tag)) in pieces.into_iter().enumerate() {
                assert_eq!(usize::try_from(id).unwrap(), position, "{name}: reading order is drawing order");
                let owner = pdf.get(&owners[position]);
                assert_eq!(owner["/S"], *tag, "{name}");
                assert_eq!(&owner["/Pg"], reference, "{name}");
                assert!(owner["/K"].as_array().unwrap().contains(&id.into()), "{name}: {owner}");
                reached += 1;
            }
        }
        let elements = elements(&pdf);
        let kids = elements.iter().flat_map(|element| element["/K"].as_array().unwrap());
        assert_eq!(kids.filter(|kid| kid.is_number()).count(), reached, "{name}");
    }
}

#[test]
fn clauses_7_1_and_7_4_use_standard_roles_and_begin_with_the_heading() {
    let standard = BTreeSet::from(["/H1", "/P", "/Figure", "/Table", "/TR", "/TH", "/TD"]);
    for (name, pdf) in every_paper() {
        let roles: Vec<&str> = elements(&pdf).iter().map(|element| element["/S"].as_str().unwrap()).collect();
        assert!(roles.iter().all(|role| standard.contains(role)), "{name}: {roles:?}");
        assert!(roles.iter().take(2).any(|&role| role == "/H1"), "{name}: {roles:?}");
    }
}

#[test]
fn clause_7_3_figures_have_an_alternative_text_and_an_area_on_the_page() {
    let mut figures = 0;
    for (name, pdf) in every_paper() {
        for figure in elements(&pdf).into_iter().filter(|element| element["/S"] == "/Figure") {
            assert!(figure["/Alt"].as_str().unwrap().starts_with("u:"), "{name}: {figure}");
            let area: Vec<f64> =
                figure["/A"]["/BBox"].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
            assert!(area[0] < area[2] && area[1] < area[3] && area[0] >= 0.0, "{name}: {area:?}");
            figures += 1;
        }
    }
    assert!(figures >= 3 * 5 + 3, "photos and symbols: {figures}");
}

#[test]
fn clause_7_5_tables_are_regular_and_header_cells_have_a_scope() {
    let mut tables = 0;
    for (name, pdf) in every_paper() {
        for table in elements(&pdf).into_iter().filter(|element| element["/S"] == "/Table") {
            let rows =
                table["/K"].as_array().unwrap().iter().map(|row| pdf.get(row)["/K"].as_array().unwrap());
            let columns: BTreeSet<usize> = rows.clone().map(Vec::len).collect();
            assert_eq!(columns.len(), 1, "{name}: rows of different lengths");
            for header in rows.flatten().map(|cell| pdf.get(cell)).filter(|cell| cell["/S"] == "/TH") {
                assert_eq!(header["/A"]["/Scope"], "/Column", "{name}");
            }
            tables += 1;
        }
    }
    assert!(tables >= 6, "two tables in each day report: {tables}");
}

#[test]
fn clauses_7_18_and_7_20_tab_order_follows_the_structure_and_drawings_hide_no_tags() {
    for (name, pdf) in every_paper() {
        for (_, page) in pdf.pages() {
            assert_eq!(page["/Tabs"], "/S", "{name}");
            assert_eq!(page["/Annots"], Value::Null, "{name}");
            for drawing in page["/Resources"]["/XObject"].as_object().unwrap().values() {
                if pdf.get(drawing)["/Subtype"] == "/Form" {
                    let path = pdf.stream(drawing);
                    assert!(!path.windows(3).any(|bytes| matches!(bytes, b"BDC" | b"BMC")), "{name}");
                }
            }
        }
    }
}

/// Returns the text of each code, as a ToUnicode map tells it in UTF-16.
fn texts(map: &str) -> BTreeMap<String, Vec<u16>> {
    map.lines()
        .filter_map(|line| line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <"))
        .map(|(code, text)| {
            let units = text.as_bytes().chunks(4);
            let units = units.map(|unit| u16::from_str_radix(str::from_utf8(unit).unwrap(), 16).unwrap());
            (code.to_owned(), units.collect())
        })
        .collect()
}

#[test]
fn clause_7_21_fonts_are_embedded_and_every_shown_code_has_a_text() {
    for (name, pdf) in every_paper() {
        let mut fonts = BTreeMap::new();
        let mut shown = 0;
        for (_, page) in pdf.pages() {
            for (resource, font) in pdf.get(&page["/Resources"]["/Font"]).as_object().unwrap() {
                let font = pdf.get(font);
                assert_eq!(
                    (&font["/Subtype"], &font["/Encoding"]),
                    (&"/Type0".into(), &"/Identity-H".into())
                );
                let descendant = pdf.get(&font["/DescendantFonts"][0]);
                let descriptor = pdf.get(&descendant["/FontDescriptor"]);
                assert_eq!(descendant["/CIDSystemInfo"]["/Ordering"], "u:Identity", "{name}");
                let program = match descendant["/Subtype"].as_str().unwrap() {
                    "/CIDFontType0" => &descriptor["/FontFile3"],
                    "/CIDFontType2" => {
                        assert_eq!(descendant["/CIDToGIDMap"], "/Identity", "{name}");
                        &descriptor["/FontFile2"]
                    }
                    other => panic!("{name}: {other}"),
                };
                assert!(!pdf.stream(program).is_empty(), "{name}: {resource} is embedded");
                let map = String::from_utf8(pdf.stream(&font["/ToUnicode"])).unwrap();
                fonts.insert(resource.clone(), texts(&map));
            }
            let mut font = "";
            let operations = pdf.operations(page);
            for operation in &operations {
                match operation.operator.as_str() {
                    "Tf" => font = &operation.operands[0],
                    "TJ" | "Tj" => {
                        let codes = operation.operands[0].split(['<', '>']);
                        for code in codes.filter(|code| code.len() == 4) {
                            assert_ne!(code, "0000", "{name}: clause 7.21.8, a missing glyph is shown");
                            let text = &fonts[font][code];
                            assert!(!text.is_empty(), "{name}: {code}");
                            assert!(!text.iter().any(|unit| matches!(unit, 0 | 0xFEFF | 0xFFFE)), "{name}");
                            shown += 1;
                        }
                    }
                    _ => {}
                }
            }
        }
        assert!(shown > 20, "{name}: {shown} glyphs");
    }
}
