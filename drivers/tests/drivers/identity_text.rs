//! The four layouts of the text block, byte for byte.
//!
//! The blocks are written here by hand from the tables of offsets, without an encoder.

use drivers::card::{CardEnd, CardError, CardField, ChipPhoto, IdentityCard, Layout, TEXT_LENGTH};

/// Returns 256 bytes of spaces in UTF-16LE.
fn blank() -> [u8; TEXT_LENGTH] {
    let mut block = [0; TEXT_LENGTH];
    for pair in block.chunks_exact_mut(2) {
        pair[0] = 0x20;
    }
    block
}

fn put(block: &mut [u8; TEXT_LENGTH], offset: usize, bytes: &[u8]) {
    block[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// Encodes ASCII as UTF-16LE.
fn wide(ascii: &[u8]) -> Vec<u8> {
    ascii.iter().flat_map(|byte| [*byte, 0x00]).collect()
}

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn photo() -> ChipPhoto {
    ChipPhoto::new(&[0x57; 1024]).unwrap()
}

fn mainland() -> [u8; TEXT_LENGTH] {
    let mut block = blank();
    put(&mut block, 0, &[0x20, 0x5F, 0x09, 0x4E]); // 张 U+5F20, 三 U+4E09
    put(&mut block, 30, &[0x31, 0x00]); // 1
    put(&mut block, 32, &[0x30, 0x00, 0x31, 0x00]); // 01
    put(&mut block, 36, &wide(b"19491231"));
    put(&mut block, 52, &[0x0A, 0x4E, 0x77, 0x6D, 0x02, 0x5E]); // 上海市
    put(&mut block, 122, &wide(b"11010519491231002X"));
    put(&mut block, 158, &[0x6C, 0x51, 0x89, 0x5B, 0x40, 0x5C]); // 公安局
    put(&mut block, 188, &wide(b"20200229"));
    put(&mut block, 204, &wide(b"20400229"));
    block
}

#[test]
fn the_mainland_layout_is_parsed() {
    let card = IdentityCard::parse(&mainland(), photo()).unwrap();
    assert_eq!(card.layout, Layout::Mainland);
    assert_eq!((card.name.as_str(), card.name_units), ("张三", 2));
    assert_eq!(card.english_name, None);
    assert_eq!(card.sex, "1");
    assert_eq!(card.ethnic_group.as_deref(), Some("01"));
    assert_eq!(card.birth, "19491231");
    assert_eq!(card.address.as_deref(), Some("上海市"));
    assert_eq!(card.number, "11010519491231002X");
    assert_eq!(card.issuer.as_deref(), Some("公安局"));
    assert_eq!(card.valid_from, "20200229");
    assert_eq!(card.valid_to, CardEnd::Date("20400229".to_owned()));
    assert_eq!(
        (card.pass_number, card.issue_count, card.country, card.added_address),
        (None, None, None, None)
    );
    assert_eq!(card.photo.bytes(), [0x57; 1024]);
}

#[test]
fn the_end_of_validity_may_be_long_term() {
    let mut block = mainland();
    put(&mut block, 204, &wide(b"        "));
    put(&mut block, 204, &[0x7F, 0x95, 0x1F, 0x67]); // 长期
    assert_eq!(IdentityCard::parse(&block, photo()).unwrap().valid_to, CardEnd::LongTerm);
}

#[test]
fn the_residence_permit_layout_is_parsed() {
    let mut block = mainland();
    put(&mut block, 32, &wide(b"  "));
    put(&mut block, 122, &wide(b"810000199001010019"));
    put(&mut block, 36, &wide(b"19900101"));
    put(&mut block, 220, &wide(b"H01234567"));
    put(&mut block, 238, &wide(b"02"));
    put(&mut block, 248, &[0x4A, 0x00]); // J
    let card = IdentityCard::parse(&block, photo()).unwrap();
    assert_eq!(card.layout, Layout::HongKongMacaoTaiwan);
    assert_eq!(card.number, "810000199001010019");
    assert_eq!(card.ethnic_group, None);
    assert_eq!(card.address.as_deref(), Some("上海市"));
    assert_eq!(card.issuer.as_deref(), Some("公安局"));
    assert_eq!(card.pass_number.as_deref(), Some("H01234567"));
    assert_eq!(card.issue_count.as_deref(), Some("02"));
    assert_eq!(card.country, None);
}

#[test]
fn the_foreign_layout_of_2023_joins_the_name_from_two_fields() {
    let mut block = blank();
    put(&mut block, 0, &[0x20, 0x5F, 0x09, 0x4E]);
    put(&mut block, 30, &wide(b"2"));
    put(&mut block, 32, &wide(b"01"));
    put(&mut block, 36, &wide(b"19900101"));
    // These are 35 characters; the last one is the space before the next word.
    put(&mut block, 52, &wide(b"ABCDEFGHIJ, KLMNOPQRSTUVWXYZ ABCDE "));
    put(&mut block, 122, &wide(b"911031199001010018"));
    put(&mut block, 188, &wide(b"20230915"));
    put(&mut block, 204, &wide(b"20330914"));
    put(&mut block, 220, &wide(b"FGHIJ"));
    put(&mut block, 242, &wide(b"GBR"));
    put(&mut block, 248, &[0x59, 0x00]); // Y
    let card = IdentityCard::parse(&block, photo()).unwrap();
    assert_eq!(card.layout, Layout::ForeignPermanentResident2023);
    assert_eq!(card.name, "张三");
    assert_eq!(card.english_name.as_deref(), Some("ABCDEFGHIJ, KLMNOPQRSTUVWXYZ ABCDE FGHIJ"));
    assert_eq!(card.sex, "2");
    assert_eq!(card.issue_count.as_deref(), Some("01"));
    assert_eq!(card.number, "911031199001010018");
    assert_eq!(card.country.as_deref(), Some("GBR"));
    assert_eq!((card.address, card.issuer, card.ethnic_group), (None, None, None));
}

#[test]
fn the_foreign_layout_of_2017_has_its_own_positions() {
    let mut block = blank();
    put(&mut block, 0, &wide(b"DOE, JANE"));
    put(&mut block, 120, &wide(b"2"));
    put(&mut block, 122, &wide(b"GBR310090010101"));
    put(&mut block, 152, &wide(b"GBR"));
    put(&mut block, 158, &[0x0E, 0x67, 0x1B, 0x56]); // 朎 U+670E, 嘛 U+561B
    put(&mut block, 188, &wide(b"20170616"));
    put(&mut block, 204, &wide(b"20270615"));
    put(&mut block, 220, &wide(b"19900101"));
    put(&mut block, 236, &wide(b"01"));
    put(&mut block, 240, &wide(b"1500"));
    put(&mut block, 248, &[0x49, 0x00]); // I
    let card = IdentityCard::parse(&block, photo()).unwrap();
    assert_eq!(card.layout, Layout::ForeignPermanentResident2017);
    assert_eq!(card.english_name.as_deref(), Some("DOE, JANE"));
    assert_eq!((card.name.as_str(), card.name_units), ("\u{670E}\u{561B}", 2));
    assert_eq!(card.sex, "2");
    assert_eq!(card.number, "GBR310090010101");
    assert_eq!(card.country.as_deref(), Some("GBR"));
    assert_eq!(card.birth, "19900101");
    assert_eq!(card.issuer.as_deref(), Some("1500"));
    assert_eq!(card.valid_from, "20170616");
    assert_eq!(card.valid_to, CardEnd::Date("20270615".to_owned()));
}

#[test]
fn private_use_and_supplementary_characters_are_kept_as_stored() {
    let mut block = mainland();
    // U+E863, then U+20087 as a surrogate pair: two characters, three code units.
    put(&mut block, 0, &[0x63, 0xE8, 0x40, 0xD8, 0x87, 0xDC]);
    let card = IdentityCard::parse(&block, photo()).unwrap();
    assert_eq!((card.name.as_str(), card.name_units), ("\u{E863}\u{20087}", 3));
}

#[test]
fn a_full_name_field_shows_in_its_units() {
    let mut block = mainland();
    put(&mut block, 0, &[0x20, 0x5F].repeat(15));
    assert_eq!(IdentityCard::parse(&block, photo()).unwrap().name_units, 15);
}

#[test]
fn spaces_inside_a_field_stay_and_nul_padding_is_dropped() {
    let mut block = mainland();
    put(&mut block, 52, &wide(b"A B"));
    put(&mut block, 58, &[0; 64]);
    assert_eq!(IdentityCard::parse(&block, photo()).unwrap().address.as_deref(), Some("A B"));
}

#[test]
fn malformed_content_is_refused_with_its_field() {
    let cases: [(usize, Vec<u8>, CardField); 7] = [
        (0, vec![0x40, 0xD8], CardField::Name), // half a surrogate pair
        (36, wide(b"1949123A"), CardField::Birth),
        (36, wide(b"1949    "), CardField::Birth),
        (122, wide(b"1101051949123100"), CardField::Number),
        (156, wide(b"Z"), CardField::Number), // in place of the check digit
        (188, wide(b"        "), CardField::ValidFrom),
        (204, wide(b"LONGTERM"), CardField::ValidTo),
    ];
    for (offset, bytes, field) in cases {
        let mut block = mainland();
        if field == CardField::Number && offset == 122 {
            put(&mut block, 122, &wide(&[b' '; 18]));
        }
        put(&mut block, offset, &bytes);
        assert_eq!(IdentityCard::parse(&block, photo()), Err(CardError::Garbled { field }), "at {offset}");
    }
}

#[test]
fn an_unknown_type_flag_is_refused() {
    for flag in [b'K', b'i', 0x00] {
        let mut block = mainland();
        put(&mut block, 248, &[flag, 0x00]);
        assert_eq!(IdentityCard::parse(&block, photo()), Err(CardError::UnknownLayout));
    }
}

#[test]
fn debug_output_shows_no_personal_data() {
    let card = IdentityCard::parse(&mainland(), photo()).unwrap();
    assert_eq!(format!("{card:?}"), "IdentityCard { layout: Mainland, .. }");
    assert_eq!(format!("{:?}", card.photo), "ChipPhoto(redacted)");
}
