//! N1 and E6: ID numbers and certificate numbers, codes of sex and ethnic group.

use crate::support::{day, number, number_text, today, with_check_digit};
use proptest::prelude::*;
use rules::{
    Language, Refusal,
    person::{
        CertificateError, CertificateNumber, DisabilityCategory, DisabilityGrade, EthnicGroup, IdNumber,
        IdNumberError, NumberForm, Sex, province_name,
    },
};

fn parse(text: &str) -> Result<IdNumber, IdNumberError> {
    IdNumber::parse(text)
}

#[test]
fn n1_published_numbers_are_valid() {
    for text in ["11010519491231002X", "810000199001010019", "911031199001010018"] {
        assert_eq!(parse(text).unwrap().expose(), text);
    }
}

#[test]
fn n1_a_lower_case_x_and_white_space_are_accepted() {
    assert_eq!(parse(" 11010519491231002x\n").unwrap().expose(), "11010519491231002X");
}

#[test]
fn n1_each_form_is_recognised() {
    let form = |text: &str| parse(text).unwrap().form();
    assert_eq!(form("11010519491231002X"), NumberForm::Resident);
    assert_eq!(form("810000199001010019"), NumberForm::HongKongMacaoTaiwan);
    assert_eq!(form(&with_check_digit("82000019900101001")), NumberForm::HongKongMacaoTaiwan);
    assert_eq!(form(&with_check_digit("83000019900101001")), NumberForm::HongKongMacaoTaiwan);
    assert_eq!(form("911031199001010018"), NumberForm::ForeignPermanentResident);
    assert_eq!(form("310105491231002"), NumberForm::ResidentShort);
    assert_eq!(form("FRA310175032001"), NumberForm::ForeignPermanentResidentShort);
}

#[test]
fn n1_every_form_gives_birth_date_and_sex() {
    for (text, birth, sex) in [
        ("11010519491231002X", day(1949, 12, 31), Sex::Female),
        ("810000199001010019", day(1990, 1, 1), Sex::Male),
        ("911031199001010018", day(1990, 1, 1), Sex::Male),
        ("310105491231002", day(1949, 12, 31), Sex::Female),
        ("310105001231003", day(1900, 12, 31), Sex::Male),
        ("FRA310175032001", day(1975, 3, 20), Sex::Unknown),
        ("FRA310124032001", day(1924, 3, 20), Sex::Unknown),
        ("FRA310123032001", day(2023, 3, 20), Sex::Unknown),
    ] {
        let number = parse(text).unwrap();
        assert_eq!((number.birth(), number.sex()), (birth, sex), "{text}");
    }
}

#[test]
fn n1_each_fault_has_its_own_error_with_its_position() {
    for (text, error) in [
        ("", IdNumberError::Length(0)),
        ("1101051949123100", IdNumberError::Length(16)),
        ("1101051949123100021", IdNumberError::Length(19)),
        ("11010519491231002Y", IdNumberError::Character { position: 18 }),
        ("1101O519491231002X", IdNumberError::Character { position: 5 }),
        ("1101051949123100２X", IdNumberError::Character { position: 17 }),
        ("31010549123100X", IdNumberError::Character { position: 15 }),
        ("FR5310175032001", IdNumberError::Character { position: 3 }),
        ("FRA31017503200A", IdNumberError::Character { position: 15 }),
        ("19010519491231002X", IdNumberError::Region { position: 1 }),
        ("190105491231002", IdNumberError::Region { position: 1 }),
        ("810001199001010019", IdNumberError::Region { position: 1 }),
        ("840000199001010019", IdNumberError::Region { position: 1 }),
        ("919031199001010018", IdNumberError::Region { position: 2 }),
        ("911000199001010018", IdNumberError::Country { position: 4 }),
        ("FRA190175032001", IdNumberError::Region { position: 4 }),
        ("11010519490231002X", IdNumberError::BirthDate { position: 7 }),
        ("11010517991231002X", IdNumberError::BirthDate { position: 7 }),
        ("310105491331002", IdNumberError::BirthDate { position: 7 }),
        ("FRA310175133101", IdNumberError::BirthDate { position: 8 }),
        ("110105194912310020", IdNumberError::CheckDigit { position: 18 }),
    ] {
        assert_eq!(parse(text), Err(error), "{text}");
    }
}

#[test]
fn n1_a_birth_date_is_refused_until_its_day() {
    let tomorrow = number_text("310000", day(2026, 1, 2), 1);
    let in_future = Err(IdNumberError::BirthInFuture { position: 7 });
    assert_eq!(IdNumber::read_on(&tomorrow, today()), in_future);
    assert!(IdNumber::read_on(&tomorrow, day(2026, 1, 2)).is_ok());
    let foreign = IdNumber::read_on("FRA310123032001", day(2023, 3, 19));
    assert_eq!(foreign, Err(IdNumberError::BirthInFuture { position: 8 }));
    assert_eq!(IdNumber::read_on("1", today()), Err(IdNumberError::Length(1)));
}

#[test]
fn n1_province_codes_match_gb_t_2260() {
    let assigned: Vec<u8> = (0..=99).filter(|code| province_name(*code).is_some()).collect();
    let expected = [
        11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53,
        54, 61, 62, 63, 64, 65, 71, 81, 82,
    ];
    assert_eq!(assigned, expected);
    assert_eq!(province_name(31), Some("上海市"));
    let mut names: Vec<_> = assigned.iter().filter_map(|code| province_name(*code)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), assigned.len());
}

#[test]
fn n1_an_old_number_and_its_modern_form_are_one_person() {
    let old = parse("310105491231002").unwrap();
    assert_eq!(old.modern(), number_text("310105", day(1949, 12, 31), 2));
    for text in ["11010519491231002X", "FRA310175032001", "911031199001010018"] {
        assert_eq!(parse(text).unwrap().modern(), text);
    }
}

#[test]
fn n1_numbers_are_serialised_as_text_and_checked_when_parsed() {
    let valid: IdNumber = serde_json::from_str("\"11010519491231002X\"").unwrap();
    assert_eq!(serde_json::to_string(&valid).unwrap(), "\"11010519491231002X\"");
    assert!(serde_json::from_str::<IdNumber>("\"110105194912310020\"").is_err());
}

#[test]
fn n1_every_fault_has_a_sentence_for_the_clerk() {
    for (error, refusal) in [
        (IdNumberError::Length(3), Refusal::NumberLength),
        (IdNumberError::Character { position: 1 }, Refusal::NumberCharacter),
        (IdNumberError::Region { position: 1 }, Refusal::NumberRegion),
        (IdNumberError::Country { position: 4 }, Refusal::NumberRegion),
        (IdNumberError::BirthDate { position: 7 }, Refusal::NumberBirthDate),
        (IdNumberError::BirthInFuture { position: 7 }, Refusal::NumberBirthDate),
        (IdNumberError::CheckDigit { position: 18 }, Refusal::NumberCheckDigit),
    ] {
        assert_eq!(Refusal::from(error), refusal);
        assert!(refusal.message(Language::Chinese).contains("号码"));
    }
}

#[test]
fn n1_sex_codes_match_gb_t_2261() {
    for (code, sex) in [(0, Sex::Unknown), (1, Sex::Male), (2, Sex::Female), (9, Sex::NotStated)] {
        assert_eq!(Sex::from_code(code), Some(sex));
        assert_eq!(sex.code(), code);
    }
    assert!((3..9).chain(10..=255).all(|code| Sex::from_code(code).is_none()));
}

#[test]
fn n1_ethnic_groups_match_gb_t_3304() {
    let assigned: Vec<u8> = (0..=255).filter(|code| EthnicGroup::from_code(*code).is_some()).collect();
    assert_eq!(assigned, (1..=56).chain([97, 98]).collect::<Vec<u8>>());
    let name = |code| EthnicGroup::from_code(code).unwrap().name();
    assert_eq!((name(1), name(5), name(17), name(56)), ("汉", "维吾尔", "哈萨克", "基诺"));
    assert_eq!((name(97), name(98)), ("其他", "外国血统中国籍人士"));
    let mut names: Vec<_> = assigned.iter().map(|code| name(*code)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), assigned.len());
    assert_eq!(EthnicGroup::from_digits("05").map(EthnicGroup::code), Some(5));
    for digits in ["5", "00", "57", "+5", "055", ""] {
        assert_eq!(EthnicGroup::from_digits(digits), None, "{digits}");
    }
    assert_eq!(serde_json::from_str::<EthnicGroup>("97").unwrap().code(), 97);
    assert_eq!(serde_json::to_string(&EthnicGroup::from_code(97)).unwrap(), "97");
    assert!(serde_json::from_str::<EthnicGroup>("57").is_err());
}

#[test]
fn e6_certificate_numbers_of_both_lengths_are_parsed() {
    let id = number(day(1990, 5, 17));
    let first = CertificateNumber::parse(&format!("{}43", id.expose())).unwrap();
    assert_eq!((first.category(), first.grade()), (DisabilityCategory::Physical, DisabilityGrade::Third));
    assert_eq!((first.holder(), first.reissue()), (&id, None));
    let again = CertificateNumber::parse(&format!(" {}71b2 ", id.expose())).unwrap();
    assert_eq!((again.category(), again.grade()), (DisabilityCategory::Multiple, DisabilityGrade::First));
    assert_eq!(again.reissue(), Some(2));
    assert_eq!(format!("{again:?}"), "***");
}

#[test]
fn e6_all_categories_and_grades_are_parsed() {
    use DisabilityCategory::{Hearing, Intellectual, Mental, Multiple, Physical, Speech, Visual};
    use DisabilityGrade::{First, Fourth, Second, Third};
    let id = number(day(1990, 5, 17));
    let categories = [Visual, Hearing, Speech, Physical, Intellectual, Mental, Multiple];
    let grades = [First, Second, Third, Fourth];
    for (category, expected_category) in (1..).zip(categories) {
        for (grade, expected_grade) in (1..).zip(grades) {
            let read = CertificateNumber::parse(&format!("{}{category}{grade}", id.expose())).unwrap();
            assert_eq!((read.category(), read.grade()), (expected_category, expected_grade));
        }
    }
}

#[test]
fn e6_each_fault_of_a_certificate_number_has_its_own_error() {
    let id = number(day(1990, 5, 17));
    let id = id.expose();
    for (text, error) in [
        (String::new(), CertificateError::Length(0)),
        (id.to_owned(), CertificateError::Length(18)),
        (format!("{id}4"), CertificateError::Length(19)),
        (format!("{id}43B"), CertificateError::Length(21)),
        (format!("{id}43B12"), CertificateError::Length(23)),
        (format!("{id}03"), CertificateError::Category),
        (format!("{id}83"), CertificateError::Category),
        (format!("{id}40"), CertificateError::Grade),
        (format!("{id}45"), CertificateError::Grade),
        (format!("{id}43C1"), CertificateError::Reissue),
        (format!("{id}43BX"), CertificateError::Reissue),
        (
            format!("11010519491231002Y{}", 43),
            CertificateError::Holder(IdNumberError::Character { position: 18 }),
        ),
    ] {
        assert_eq!(CertificateNumber::parse(&text), Err(error), "{text}");
    }
}

#[test]
fn e6_a_certificate_belongs_to_the_number_it_begins_with() {
    let old = parse("310105491231002").unwrap();
    let certificate = CertificateNumber::parse(&format!("{}11", old.modern())).unwrap();
    assert!(certificate.belongs_to(&old));
    assert!(certificate.belongs_to(&parse(&old.modern()).unwrap()));
    assert!(!certificate.belongs_to(&number(day(1949, 12, 31))));
}

proptest! {
    #[test]
    fn n1_a_number_built_to_the_standard_is_parsed(days in 0_i32..80_000, sequence in 0_u16..1000) {
        let birth = day(1800, 1, 1).saturating_add(jiff::ToSpan::days(days));
        let text = number_text("310000", birth, sequence);
        let number = parse(&text).unwrap();
        prop_assert_eq!(number.birth(), birth);
        prop_assert_eq!(number.sex(), if sequence % 2 == 1 { Sex::Male } else { Sex::Female });
        prop_assert!(number.first_registered_in_shanghai());
    }

    #[test]
    fn n1_one_wrong_digit_or_two_swapped_neighbours_are_always_detected(sequence in 0_u16..1000, at in 0_usize..17, by in 1_u8..10) {
        let text = number_text("310000", day(1987, 6, 25), sequence);
        let mut wrong = text.clone().into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        prop_assert!(parse(&String::from_utf8(wrong).unwrap()).is_err());
        let mut swapped = text.into_bytes();
        swapped.swap(at, at + 1);
        let differs = swapped[at] != swapped[at + 1];
        prop_assert_eq!(parse(&String::from_utf8(swapped).unwrap()).is_err(), differs);
    }

    #[test]
    fn n1_no_text_makes_the_parser_panic(text in "\\PC{0,24}", digits in "[0-9A-Zx]{15}|[0-9]{17}[0-9X]") {
        let _ = parse(&text);
        let _ = parse(&digits).map(|number| (number.birth(), number.sex(), number.masked()));
        let _ = CertificateNumber::parse(&text);
        let _ = CertificateNumber::parse(&format!("{digits}11"));
    }
}
