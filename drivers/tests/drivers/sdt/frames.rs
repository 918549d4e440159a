//! Frames of the security module, byte for byte, written by hand from the published tables.

use drivers::card::sdt::{Decoder, FrameError, Request, SdtError, Status};
use drivers::card::{CardError, ChipPhoto, IdentityCard};

use super::support::{
    FIND_OK, NO_ADDED_ADDRESS, NOT_FOUND, PREAMBLE, READ, READ_ADDED_ADDRESS, READ_WITH_FINGERPRINTS,
    SELECT_OK, STATUS, STATUS_OK, frame, module, reply, status_only, text,
};

#[test]
fn requests_have_the_published_bytes() {
    let cases: [(Request, [u8; 5]); 8] = [
        (Request::RESET, [0x00, 0x03, 0x10, 0xFF, 0xEC]),
        (Request::STATUS, [0x00, 0x03, 0x11, 0xFF, 0xED]),
        (Request::IDENTIFIER, [0x00, 0x03, 0x12, 0xFF, 0xEE]),
        (Request::FIND, [0x00, 0x03, 0x20, 0x01, 0x22]),
        (Request::SELECT, [0x00, 0x03, 0x20, 0x02, 0x21]),
        (Request::READ, [0x00, 0x03, 0x30, 0x01, 0x32]),
        (Request::READ_WITH_FINGERPRINTS, [0x00, 0x03, 0x30, 0x10, 0x23]),
        (Request::READ_ADDED_ADDRESS, [0x00, 0x03, 0x30, 0x03, 0x30]),
    ];
    for (request, bytes) in cases {
        assert_eq!(request.encode(), [&PREAMBLE[..], &bytes].concat()[..], "{request:?}");
    }
}

#[test]
fn published_replies_are_decoded() {
    let cases: [(&[u8], Status, usize); 5] = [
        (&FIND_OK, Status::Found, 4),
        (&SELECT_OK, Status::Ok, 8),
        (&STATUS_OK, Status::Ok, 0),
        (&NOT_FOUND, Status::FindFailed, 0),
        (&NO_ADDED_ADDRESS, Status::Empty, 0),
    ];
    for (body, status, data_length) in cases {
        let mut decoder = Decoder::default();
        decoder.push(&frame(body));
        let reply = decoder.next_reply().unwrap().unwrap();
        assert_eq!((reply.status, reply.data().len()), (status, data_length));
        assert!(decoder.next_reply().is_none());
    }
}

#[test]
fn every_status_of_the_table_has_a_variant() {
    let table = [
        (0x90, Status::Ok),
        (0x91, Status::Empty),
        (0x9F, Status::Found),
        (0x10, Status::BadChecksum),
        (0x11, Status::BadLength),
        (0x21, Status::BadCommand),
        (0x24, Status::Unknown),
        (0x31, Status::CardRejectedModule),
        (0x32, Status::ModuleRejectedCard),
        (0x33, Status::VerificationFailed),
        (0x40, Status::WrongCard),
        (0x41, Status::ReadFailed),
        (0x47, Status::RandomFailed),
        (0x60, Status::SelfTestFailed),
        (0x66, Status::NotAuthorised),
        (0x80, Status::FindFailed),
        (0x81, Status::SelectFailed),
        (0x77, Status::Other([0x00, 0x00, 0x77])),
    ];
    for (byte, status) in table {
        let mut decoder = Decoder::default();
        decoder.push(&frame(&[0x00, 0x04, 0x00, 0x00, byte, 0x04 ^ byte]));
        assert_eq!(decoder.next_reply().unwrap().unwrap().status, status);
    }
}

#[test]
fn a_success_that_comes_with_a_complaint_of_the_card_is_none() {
    for sw3 in [0x90, 0x91, 0x9F] {
        for (sw1, sw2) in [(0x69, 0x82), (0x01, 0x00), (0x00, 0x01)] {
            let mut decoder = Decoder::default();
            decoder.push(&status_only([sw1, sw2, sw3]));
            assert_eq!(decoder.next_reply().unwrap().unwrap().status, Status::Other([sw1, sw2, sw3]));
        }
    }
    let refused = SdtError::Refused(Status::Other([0x69, 0x82, 0x90]));
    assert_eq!(module(&[(STATUS, status_only([0x69, 0x82, 0x90]))]).status(), Err(refused));
    assert_eq!(CardError::from(refused), CardError::Protocol);
    let mut content = reply([0x05, 0x08], &[&[0x01, 0x00, 0x04, 0x00][..], &text(), &[0x57; 1024]].concat());
    // SW1, and the XOR that goes with it.
    content[7] = 0x6F;
    *content.last_mut().unwrap() ^= 0x6F;
    assert!(matches!(module(&[(READ, content)]).read(), Err(SdtError::Refused(Status::Other(_)))));
}

#[test]
fn a_refusal_keeps_its_meaning_whatever_the_card_complained_of() {
    for (sw3, status) in [
        (0x31, Status::CardRejectedModule),
        (0x41, Status::ReadFailed),
        (0x47, Status::RandomFailed),
        (0x81, Status::SelectFailed),
    ] {
        let refusal = module(&[(STATUS, status_only([0x6A, 0x82, sw3]))]).status();
        assert_eq!(refusal, Err(SdtError::Refused(status)));
    }
}

#[test]
fn a_reply_is_found_in_pieces_and_after_noise() {
    let mut stream = vec![0xAA, 0xAA, 0x00, 0xFF, 0x96, 0x69, 0xAA];
    stream.extend(frame(&STATUS_OK));
    stream.extend([0x11, 0xAA, 0xAA, 0xAA, 0x96]);
    stream.extend(frame(&NOT_FOUND));
    let mut decoder = Decoder::default();
    let mut statuses = Vec::new();
    for byte in stream {
        decoder.push(&[byte]);
        while let Some(reply) = decoder.next_reply() {
            statuses.push(reply.unwrap().status);
        }
    }
    assert_eq!(statuses, [Status::Ok, Status::FindFailed]);
}

#[test]
fn damage_is_reported_and_the_next_frame_is_found() {
    let mut decoder = Decoder::default();
    decoder.push(&frame(&[0x00, 0x04, 0x00, 0x00, 0x90, 0x95]));
    decoder.push(&frame(&[0xFF, 0xFF, 0x00, 0x00]));
    decoder.push(&frame(&[0x00, 0x03, 0x00, 0x00]));
    decoder.push(&frame(&STATUS_OK));
    assert_eq!(decoder.next_reply(), Some(Err(FrameError::Checksum)));
    assert_eq!(decoder.next_reply(), Some(Err(FrameError::Length)));
    assert_eq!(decoder.next_reply(), Some(Err(FrameError::Length)));
    assert_eq!(decoder.next_reply().unwrap().unwrap().status, Status::Ok);
    assert_eq!(decoder.next_reply(), None);
}

#[test]
fn text_and_portrait_are_at_the_published_positions() {
    let reply = reply([0x05, 0x08], &[&[0x01, 0x00, 0x04, 0x00][..], &text(), &[0x57; 1024]].concat());
    assert_eq!(reply.len(), 1295);
    assert_eq!(
        (&reply[10..14], &reply[14..18]),
        (&[0x01, 0x00, 0x04, 0x00][..], &[0x20, 0x5F, 0x09, 0x4E][..])
    );
    assert_eq!(reply[270], 0x57);
    let content = module(&[(READ, reply)]).read().unwrap();
    assert_eq!(content.photo, ChipPhoto::new(&[0x57; 1024]).unwrap());
    let card = IdentityCard::parse(&content.text, content.photo).unwrap();
    assert_eq!((card.name.as_str(), card.number.as_str()), ("张三", "11010519491231002X"));
}

#[test]
fn fingerprints_are_skipped_if_the_module_can_only_send_everything() {
    let unknown_command = frame(&[0x00, 0x04, 0x00, 0x00, 0x21, 0x25]);
    for (fingerprints, length, total) in
        [(1024_u16, [0x09, 0x0A], 2321), (512, [0x07, 0x0A], 1809), (0, [0x05, 0x0A], 1297)]
    {
        let content = [
            &[0x01, 0x00, 0x04, 0x00][..],
            &fingerprints.to_be_bytes(),
            &text(),
            &[0x57; 1024],
            &vec![0xF1; usize::from(fingerprints)],
        ]
        .concat();
        let everything = reply(length, &content);
        assert_eq!(everything.len(), total);
        assert_eq!((&everything[16..18], everything[272]), (&[0x20, 0x5F][..], 0x57));
        let content =
            module(&[(READ, unknown_command.clone()), (READ_WITH_FINGERPRINTS, everything)]).read().unwrap();
        assert_eq!(content.text[..], text()[..]);
        assert_eq!(content.photo.bytes(), [0x57; 1024]);
    }
}

#[test]
fn the_module_number_is_little_endian() {
    let number =
        [0x05, 0x00, 0x03, 0x00, 0x88, 0x39, 0x34, 0x01, 0x40, 0xE2, 0x01, 0x00, 0xB1, 0x68, 0xDE, 0x3A];
    let reply = reply([0x00, 0x14], &number);
    assert_eq!(reply.len(), 5 + 2 + 0x14);
    let identifier = module(&[([0x00, 0x03, 0x12, 0xFF, 0xEE], reply)]).identifier().unwrap();
    assert_eq!(identifier, "05.03-20199816-0000123456-0987654321");
}

#[test]
fn an_added_address_is_read_with_and_without_a_length_prefix() {
    let mut address = vec![0x0A, 0x4E, 0x77, 0x6D];
    address.resize(70, 0x20);
    let plain = reply([0x00, 0x4A], &address);
    let prefixed = reply([0x00, 0x4C], &[&[0x00, 70][..], &address].concat());
    for bytes in [plain, prefixed] {
        let read = module(&[(READ_ADDED_ADDRESS, bytes)]).read_added_address().unwrap();
        assert_eq!(read.unwrap()[..], address[..]);
    }
    assert!(
        module(&[(READ_ADDED_ADDRESS, frame(&NO_ADDED_ADDRESS))]).read_added_address().unwrap().is_none()
    );
}

#[test]
fn replies_of_another_shape_are_refused() {
    for content in [
        vec![],
        vec![0x01, 0x00, 0x04, 0x00],
        vec![0xFF; 1284],
        [&[0x01, 0x00, 0x03, 0xFF][..], &[0; 1280]].concat(),
    ] {
        let length = u16::try_from(content.len() + 4).unwrap().to_be_bytes();
        let outcome = module(&[(READ, reply(length, &content))]).read();
        assert_eq!(outcome.err(), Some(SdtError::Malformed));
    }
}

#[test]
fn each_refusal_becomes_the_right_card_error() {
    let cases = [
        (0x31, CardError::NotGenuine),
        (0x32, CardError::NotGenuine),
        (0x33, CardError::NotGenuine),
        (0x40, CardError::UnknownCard),
        (0x41, CardError::Mute),
        (0x47, CardError::Mute),
        (0x60, CardError::ModuleFailed),
        (0x66, CardError::ModuleFailed),
        (0x80, CardError::Removed),
        (0x81, CardError::Mute),
        (0x11, CardError::Protocol),
        (0x24, CardError::Protocol),
    ];
    for (status, error) in cases {
        let refusal = frame(&[0x00, 0x04, 0x00, 0x00, status, 0x04 ^ status]);
        let outcome = module(&[(READ, refusal)]).read().map(drop).map_err(CardError::from);
        assert_eq!(outcome, Err(error), "{status:02X}");
    }
}

#[cfg(feature = "usb")]
#[test]
fn usb_requests_are_split_after_the_length() {
    let request = Request::READ.encode();
    let (head, body) = drivers::card::sdt::split_request(&request).unwrap();
    assert_eq!(head, &[0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03]);
    assert_eq!(body, [0x30, 0x01, 0x32]);
    assert_eq!(drivers::card::sdt::split_request(&request[..7]), None);
}
