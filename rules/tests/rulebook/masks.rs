//! M1–M4: masking of personal values.

use crate::support::{day, name, number};
use proptest::prelude::*;
use rules::{
    Sensitive,
    person::{
        DisabilityCertificate, IdNumber, Name, mask_certificate_number, mask_id_number, mask_name, mask_phone,
    },
};

#[test]
fn m1_numbers_show_the_first_three_and_last_four_characters() {
    for (number, masked) in [
        ("310000199001011234", "310***********1234"),
        ("11010519491231002X", "110***********002X"),
        ("310105491231002", "310********1002"),
        ("", ""),
        ("3101", "****"),
        ("3100001990010112345", "*******************"),
        ("31010119900101123", "*****************"),
        ("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未", "甲乙丙***********辰巳午未"),
    ] {
        assert_eq!(mask_id_number(number), masked, "{number}");
    }
    assert_eq!(number(day(1990, 1, 1)).masked().chars().filter(|c| *c == '*').count(), 11);
}

#[test]
fn m2_names_show_only_the_surname() {
    for (name, masked) in [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳锋", "欧阳*"),
        ("歐陽修文", "歐陽**"),
        ("欧阳", "欧*"),
        ("淳于意", "淳于*"),
        ("张简宁", "张**"),
        ("張簡寧", "張簡*"),
        ("司马相如", "司马**"),
        ("张", "*"),
        ("", ""),
        ("阿卜杜·买买提", "阿**·***"),
        ("阿依古·热合曼", "阿**·***"),
        ("阿依古•热合曼", "阿**•***"),
        ("JOHN SMITH", "J*** *****"),
        ("𠮷野家", "𠮷**"),
        ("𠮷𠮷", "𠮷*"),
        ("葛\u{E0100}城", "葛\u{E0100}*"),
        ("葛城\u{E0100}", "葛*"),
        ("葛\u{E0100}", "*"),
        ("SAMPLE, TESTINA", "S*****, *******"),
    ] {
        assert_eq!(mask_name(name), masked, "{name}");
    }
    assert_eq!(name("张三").masked(), "张*");
}

#[test]
fn m2_separators_and_spaces_do_not_count_as_characters() {
    for (name, masked) in [
        ("张·", "*·"),
        ("·张", "·*"),
        ("张 ", "* "),
        ("A.", "*."),
        ("A,", "*,"),
        ("·", "·"),
        ("欧阳·", "欧*·"),
        ("张·三", "张·*"),
        ("·张三", "·张*"),
        ("欧阳·锋", "欧阳·*"),
        ("A. B.", "A. *."),
    ] {
        assert_eq!(mask_name(name), masked, "{name}");
    }
}

#[test]
fn m3_phones_and_certificates_are_masked() {
    assert_eq!(mask_phone("13812345678"), "138****5678");
    for phone in ["1381234567", "138123456789", "+8613812345", "1381234567a", "１３８１２３４５６７８", ""]
    {
        assert!(mask_phone(phone).chars().all(|c| c == '*'), "{phone}");
        assert_eq!(mask_phone(phone).chars().count(), phone.chars().count());
    }
    assert_eq!(mask_certificate_number("31000019900101123443"), "310***********1234**");
    assert_eq!(mask_certificate_number("31000019900101123443B1"), "310***********1234****");
    assert_eq!(mask_certificate_number("310000199001011234"), "******************");
    let number = Sensitive::new("31000019900101123443".to_owned());
    let certificate = DisabilityCertificate { number, valid_through: day(2030, 1, 1) };
    assert_eq!(certificate.masked_number(), "310***********1234**");
}

#[test]
fn m4_debug_and_display_never_show_personal_values() {
    let number = number(day(1990, 1, 1));
    let wanted = name("张三丰");
    let reading = Name::read("张三丰").unwrap();
    let certificate = DisabilityCertificate {
        number: Sensitive::new("31010119900101".into()),
        valid_through: day(2030, 1, 1),
    };
    let agent = rules::op::Agent {
        role: rules::op::AgentRole::Relative,
        number: number.clone(),
        name: wanted.clone(),
        binding_verified: true,
        proof: Vec::new(),
        consent: false,
    };
    let shown = format!(
        "{number:?} {wanted:?} {reading:?} {certificate:?} {agent:?} {}",
        Sensitive::new("13812345678".to_owned())
    );
    for secret in ["3101", "310000", "19900101", "张", "三", "丰", "138"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert_eq!(format!("{number:?} {wanted:?}"), "*** Name(***)");
    let differences = wanted.differences(&name("张三峰"));
    assert_eq!(format!("{differences:?}"), "[difference at 3]");
}

#[test]
fn m4_a_sensitive_value_is_reached_only_through_expose() {
    let value = Sensitive::from("secret".to_owned());
    assert_eq!(value.expose(), "secret");
    assert_eq!(serde_json::to_string(&value).unwrap(), "\"secret\"");
    assert_eq!(value.into_exposed(), "secret");
}

#[test]
fn c4_a_sensitive_value_is_wiped_when_it_is_dropped() {
    struct Noting<'a>(&'a std::cell::Cell<u32>);
    impl zeroize::Zeroize for Noting<'_> {
        fn zeroize(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let wiped = std::cell::Cell::new(0);
    drop(Sensitive::new(Noting(&wiped)));
    assert_eq!(wiped.get(), 1);
}

proptest! {
    #[test]
    fn m1_at_most_seven_characters_are_shown(text in "\\PC{0,30}") {
        let masked = mask_id_number(&text);
        prop_assert_eq!(masked.chars().count(), text.chars().count());
        let shown = masked.chars().zip(text.chars()).filter(|(m, _)| *m != '*').count();
        prop_assert!(shown <= 7);
        if ![15, 18].contains(&text.chars().count()) {
            prop_assert_eq!(shown, 0);
        }
        for (masked, real) in masked.chars().zip(text.chars()) {
            prop_assert!(masked == '*' || masked == real);
        }
    }

    #[test]
    fn m2_at_most_a_surname_is_shown(text in "[\\u{4E00}-\\u{9FFF}\\u{20000}-\\u{2A6DF}·]{0,50}") {
        let masked = mask_name(&text);
        let shown = masked.chars().filter(|c| *c != '*' && *c != '·').count();
        prop_assert!(shown <= 2);
        prop_assert_eq!(masked.chars().count(), text.chars().count());
        let counted = text.chars().filter(|c| *c != '·').count();
        prop_assert!(shown < counted || counted == 0);
    }

    #[test]
    fn m3_at_most_seven_digits_of_a_phone_are_shown(text in "[0-9+ -]{0,16}") {
        prop_assert!(mask_phone(&text).chars().filter(|c| *c != '*').count() <= 7);
    }

    #[test]
    fn m3_a_certificate_shows_no_more_than_the_number_inside(text in "[0-9XB]{0,26}") {
        let masked = mask_certificate_number(&text);
        prop_assert_eq!(masked.chars().count(), text.chars().count());
        let shown: Vec<usize> = masked.char_indices().filter(|(_, c)| *c != '*').map(|(at, _)| at).collect();
        prop_assert!(shown.iter().all(|at| *at < 3 || (14..18).contains(at)), "{}", masked);
        prop_assert!(shown.is_empty() || text.chars().count() > 18);
    }

    #[test]
    fn m1_masked_numbers_keep_a_final_x(sequence in 0_u16..1000) {
        let text = crate::support::number_text("310000", day(1987, 6, 25), sequence);
        let masked = IdNumber::parse(&text).unwrap().masked();
        prop_assert_eq!(&masked[..3], "310");
        prop_assert_eq!(&masked[14..], &text[14..]);
    }
}
