//! Commands and answers of cards in PC/SC readers, written by hand.

use crate::common::Script;
use drivers::card::{Card, CardError, CardField, Layout, read_card};

/// Answer to reset of 16 bytes, with the mark `90 00` at 13 and 14.
const MEMORY_PAGE_ATR: [u8; 16] =
    [0x3B, 0x8B, 0x80, 0x01, 0x50, 0x00, 0x00, 0x00, 0x00, 0xD1, 0x03, 0x86, 0x07, 0x90, 0x00, 0x3C];
const CONTACT_ATR: [u8; 4] = [0x3B, 0x60, 0x00, 0x00];

/// SELECT by the name `sx1.sh.社会保障`.
const SELECT_APPLICATION: [u8; 20] = [
    0x00, 0xA4, 0x04, 0x00, 0x0F, 0x73, 0x78, 0x31, 0x2E, 0x73, 0x68, 0x2E, 0xC9, 0xE7, 0xBB, 0xE1, 0xB1,
    0xA3, 0xD5, 0xCF,
];

/// Returns header, mainland text block and a portrait of `57` bytes, cut into pages.
fn pages() -> Vec<Vec<u8>> {
    let mut memory = vec![0x01, 0x00, 0x04, 0x00];
    memory.extend([0x20, 0x00].repeat(128));
    memory.extend([0x57; 1024]);
    let mut put =
        |offset: usize, bytes: &[u8]| memory[4 + offset..4 + offset + bytes.len()].copy_from_slice(bytes);
    put(0, &[0x20, 0x5F, 0x09, 0x4E]);
    put(30, &[0x31, 0x00]);
    let mut wide = |offset: usize, ascii: &str| {
        put(offset, &ascii.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>());
    };
    wide(36, "19491231");
    wide(122, "11010519491231002X");
    wide(188, "20200229");
    wide(204, "20400229");
    assert_eq!(memory.len(), 1284);
    memory.chunks(256).map(|page| [page, &[0x90, 0x00]].concat()).collect()
}

fn page_commands() -> [[u8; 5]; 6] {
    [
        [0xFF, 0xB0, 0x00, 0x00, 0x00],
        [0xFF, 0xB0, 0x01, 0x00, 0x00],
        [0xFF, 0xB0, 0x02, 0x00, 0x00],
        [0xFF, 0xB0, 0x03, 0x00, 0x00],
        [0xFF, 0xB0, 0x04, 0x00, 0x00],
        [0xFF, 0xB0, 0x05, 0x00, 0x00],
    ]
}

#[test]
fn an_identity_document_is_read_in_six_pages() {
    let mut card = Script::new(page_commands().into_iter().zip(pages()));
    let Card::Identity(identity) = read_card(&mut card, &MEMORY_PAGE_ATR).unwrap() else {
        panic!("expected an identity document")
    };
    card.assert_finished();
    assert_eq!(identity.layout, Layout::Mainland);
    assert_eq!(identity.name, "张三");
    assert_eq!(identity.number, "11010519491231002X");
    assert_eq!(identity.photo.bytes(), [0x57; 1024]);
}

#[test]
fn a_last_page_padded_to_its_full_length_is_accepted() {
    let mut pages = pages();
    pages[5] = [&pages[5][..4], &[0; 252], &[0x90, 0x00]].concat();
    let mut card = Script::new(page_commands().into_iter().zip(pages));
    assert!(matches!(read_card(&mut card, &MEMORY_PAGE_ATR), Ok(Card::Identity(_))));
}

#[test]
fn malformed_pages_are_refused() {
    let cases: [(usize, Vec<u8>, CardError); 5] = [
        (2, vec![], CardError::Removed),
        (2, vec![0x90], CardError::Removed),
        (2, vec![0x6B, 0x00], CardError::Protocol),
        (3, [&[0x57; 100][..], &[0x90, 0x00]].concat(), CardError::Protocol),
        (0, [&[0xFF; 256][..], &[0x90, 0x00]].concat(), CardError::Protocol),
    ];
    for (page, reply, error) in cases {
        let mut pages = pages();
        pages[page] = reply;
        let mut card = Script::new(page_commands().into_iter().zip(pages));
        assert_eq!(read_card(&mut card, &MEMORY_PAGE_ATR), Err(error), "page {page}");
    }
}

/// Returns both files of a 3.0 card, with `name` in record 09 and the extension, if any, in 4E.
fn social_security(name: &[u8], extension: Option<&[u8]>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let ok = [0x90, 0x00];
    let record = |tag: u8, value: &[u8]| {
        let length = value.len() as u8;
        (vec![0x00, 0xB2, tag, 0x00, length + 2], [&[tag, length][..], value, &ok].concat())
    };
    let mut card_id = vec![0x31, 0x00, 0x00];
    card_id.extend([0xD1; 13]);
    let mut padded_name = name.to_vec();
    padded_name.resize(30, 0x00);
    vec![
        (SELECT_APPLICATION.to_vec(), vec![0x61, 0x1E]),
        (vec![0x00, 0xC0, 0x00, 0x00, 0x1E], [&[0x6F; 30][..], &ok].concat()),
        (vec![0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, 0x05], ok.to_vec()),
        record(0x01, &card_id),
        record(0x02, b"3"),
        record(0x03, b"3.00"),
        record(0x04, &[0x91; 12]),
        record(0x05, &[0x20, 0x20, 0x02, 0x29]),
        record(0x06, &[0x20, 0x40, 0x02, 0x28]),
        record(0x07, b"A1234567 "),
        (vec![0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, 0x06], ok.to_vec()),
        record(0x08, b"11010519491231002X"),
        record(0x09, &padded_name),
        match extension {
            Some(extension) => record(0x4E, extension),
            None => (vec![0x00, 0xB2, 0x4E, 0x00, 22], vec![0x6A, 0x83]),
        },
        record(0x0A, b"2"),
        record(0x0B, &[0x01]),
        record(0x0C, &[0x11, 0x01, 0x05]),
        record(0x0D, &[0x19, 0x49, 0x12, 0x31]),
    ]
}

#[test]
fn a_social_security_card_is_read_by_tag() {
    let mut script = Script::new(social_security(&[0xD5, 0xC5, 0xC8, 0xFD], None)); // 张三
    let Card::SocialSecurity(card) = read_card(&mut script, &CONTACT_ATR).unwrap() else {
        panic!("expected a social security card")
    };
    script.assert_finished();
    assert_eq!(card.card_id, "310000D1D1D1D1D1D1D1D1D1D1D1D1D1");
    assert_eq!((card.class.as_str(), card.version.as_str()), ("3", "3.00"));
    assert_eq!(card.initialiser, "91".repeat(12));
    assert_eq!((card.issued.as_str(), card.expires.as_str()), ("20200229", "20400228"));
    assert_eq!(card.card_number, "A1234567");
    assert_eq!(card.number, "11010519491231002X");
    assert_eq!((card.name.as_str(), card.name_fills_field), ("张三", false));
    assert_eq!(card.sex, "2");
    assert_eq!(card.ethnic_group, "01");
    assert_eq!(card.birthplace.as_deref(), Some("110105"));
    assert_eq!(card.birth, "19491231");
    assert_eq!(format!("{card:?}"), "SocialSecurityCard { version: \"3.00\", .. }");
}

#[test]
fn a_long_name_continues_in_the_extension_even_inside_a_character() {
    // 29 letters and the first byte of 张; its second byte is in the extension.
    let mut head = vec![b'A'; 29];
    head.push(0xD5);
    let mut tail = vec![0xC5];
    tail.resize(20, 0x00);
    let mut script = Script::new(social_security(&head, Some(&tail)));
    let Card::SocialSecurity(card) = read_card(&mut script, &CONTACT_ATR).unwrap() else {
        panic!("expected a social security card")
    };
    assert_eq!(card.name, format!("{}张", "A".repeat(29)));
}

#[test]
fn a_name_that_fills_its_field_is_reported() {
    let mut script = Script::new(social_security(&[0xD5, 0xC5].repeat(15), None));
    let Card::SocialSecurity(card) = read_card(&mut script, &CONTACT_ATR).unwrap() else {
        panic!("expected a social security card")
    };
    assert_eq!((card.name.chars().count(), card.name_fills_field), (15, true));
}

/// The field has no room for the rest of the character: what stands before it is the name, and it
/// may be cut off.
#[test]
fn n4_a_name_cut_inside_a_character_is_what_stands_before_the_cut() {
    let name = |head: &[u8], tail: Option<&[u8]>| {
        let mut script = Script::new(social_security(head, tail));
        let Ok(Card::SocialSecurity(card)) = read_card(&mut script, &CONTACT_ATR) else {
            panic!("unreadable")
        };
        (card.name, card.name_fills_field)
    };
    let letters = |count: usize| vec![b'A'; count];
    // 张 is D5 C5, 𠮷 is 95 34 B2 35.
    let rare = [0x95, 0x34, 0xB2, 0x35];
    assert_eq!(name(&[&letters(29)[..], &[0xD5]].concat(), None), ("A".repeat(29), true));
    for left in 1..4 {
        let head = [&letters(30 - left)[..], &rare[..left]].concat();
        assert_eq!(name(&head, None), ("A".repeat(30 - left), true), "{left} bytes of four");
        // The extension is there and nobody wrote into it.
        assert_eq!(name(&head, Some(&[0x00; 20])), ("A".repeat(30 - left), true), "{left} bytes of four");
        let tail = [&letters(20 - left)[..], &rare[..left]].concat();
        assert_eq!(name(&letters(30), Some(&tail)), ("A".repeat(50 - left), true), "{left} bytes of four");
    }
    assert_eq!(
        name(&[&letters(28)[..], &[0xD5, 0xC5]].concat(), None),
        (format!("{}张", "A".repeat(28)), true)
    );
}

#[test]
fn half_a_character_where_there_was_room_for_all_of_it_is_refused() {
    for (head, tail) in [
        (&[0xD5][..], None),
        (&[0xD5, 0xC5, 0x82, 0x35], None),
        // In the middle of a name, and in an extension that has room.
        (&[0xD5, 0x00, 0xD5, 0xC5], None),
        (&[0xC5; 30], Some(&[&[0xC5, 0xC5, 0xD5][..], &[0x00; 17]].concat()[..])),
        (&[[0xFF, 0xD5].repeat(14), vec![0xD5, 0xC5]].concat(), None),
        // Nothing but half a character is no name.
        (&[0x82; 1], None),
    ] {
        let mut script = Script::new(social_security(head, tail));
        let error = read_card(&mut script, &CONTACT_ATR);
        assert_eq!(error, Err(CardError::Garbled { field: CardField::Name }), "{head:02X?}");
    }
}

#[test]
fn a_wrong_length_is_requested_again() {
    let mut exchanges = social_security(&[0xD5, 0xC5], None);
    let class = exchanges.iter().position(|(command, _)| command == &[0x00, 0xB2, 0x02, 0x00, 0x03]).unwrap();
    exchanges.insert(class, (vec![0x00, 0xB2, 0x02, 0x00, 0x03], vec![0x6C, 0x07]));
    exchanges[class + 1] =
        (vec![0x00, 0xB2, 0x02, 0x00, 0x07], vec![0x02, 0x01, b'3', 0xFF, 0xFF, 0xFF, 0xFF, 0x90, 0x00]);
    let mut script = Script::new(exchanges);
    let Card::SocialSecurity(card) = read_card(&mut script, &CONTACT_ATR).unwrap() else {
        panic!("expected a social security card")
    };
    assert_eq!(card.class, "3");
}

#[test]
fn selecting_a_file_falls_back_to_the_other_parameter() {
    let mut exchanges = social_security(&[0xD5, 0xC5], None);
    exchanges[2].1 = vec![0x6A, 0x86];
    exchanges.insert(3, (vec![0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05], vec![0x90, 0x00]));
    let mut script = Script::new(exchanges);
    assert!(matches!(read_card(&mut script, &CONTACT_ATR), Ok(Card::SocialSecurity(_))));
}

#[test]
fn a_protected_holder_file_has_its_own_error() {
    let holder_file = 10;
    let mut refused_selection = social_security(&[0xD5, 0xC5], None);
    refused_selection[holder_file].1 = vec![0x69, 0x82];
    refused_selection.truncate(holder_file + 1);
    let mut refused_record = social_security(&[0xD5, 0xC5], None);
    refused_record[holder_file + 1].1 = vec![0x69, 0x82];
    refused_record.truncate(holder_file + 2);
    for exchanges in [refused_selection, refused_record] {
        let mut script = Script::new(exchanges);
        assert_eq!(read_card(&mut script, &CONTACT_ATR), Err(CardError::HolderProtected));
        script.assert_finished();
    }
}

#[test]
fn a_record_with_another_tag_is_refused() {
    let mut exchanges = social_security(&[0xD5, 0xC5], None);
    exchanges[4].1[0] = 0x05;
    assert_eq!(read_card(&mut Script::new(exchanges), &CONTACT_ATR), Err(CardError::Protocol));
}

#[test]
fn a_plain_type_b_card_gives_only_an_identifier() {
    let mut script = Script::new([
        (SELECT_APPLICATION.to_vec(), vec![0x6A, 0x82]),
        (vec![0x00, 0x36, 0x00, 0x00, 0x08], vec![1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0x00]),
    ]);
    let Card::Identifier(identifier) = read_card(&mut script, &CONTACT_ATR).unwrap() else {
        panic!("expected an identifier")
    };
    assert_eq!(identifier.0, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn any_other_card_is_unknown() {
    for answer in [vec![0x6D, 0x00], vec![1, 2, 3, 0x90, 0x00]] {
        let mut script = Script::new([
            (SELECT_APPLICATION.to_vec(), vec![0x6A, 0x82]),
            (vec![0x00, 0x36, 0x00, 0x00, 0x08], answer),
        ]);
        assert_eq!(read_card(&mut script, &CONTACT_ATR), Err(CardError::UnknownCard));
    }
}

#[test]
fn a_card_that_keeps_asking_is_refused() {
    let asking = [0x61, 0x05];
    let get_response = [0x00, 0xC0, 0x00, 0x00, 0x05];
    let mut exchanges = vec![(SELECT_APPLICATION.to_vec(), asking)];
    exchanges.extend(std::iter::repeat_n((get_response.to_vec(), asking), 3));
    let mut script = Script::new(exchanges);
    assert_eq!(read_card(&mut script, &CONTACT_ATR), Err(CardError::Protocol));
    script.assert_finished();
}
