//! Frames of the security module, byte for byte, written by hand from the published tables.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use drivers::card::sdt::{Decoder, FrameError, Line, LineError, Request, SdtError, SecurityModule, Status};
use drivers::card::{CardError, ChipPhoto, IdentityCard};

const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];

#[test]
fn requests_have_the_published_bytes() {
    let cases: [(Request, [u8; 5]); 9] = [
        (Request::RESET, [0x00, 0x03, 0x10, 0xFF, 0xEC]),
        (Request::STATUS, [0x00, 0x03, 0x11, 0xFF, 0xED]),
        (Request::IDENTIFIER, [0x00, 0x03, 0x12, 0xFF, 0xEE]),
        (Request::FIND, [0x00, 0x03, 0x20, 0x01, 0x22]),
        (Request::SELECT, [0x00, 0x03, 0x20, 0x02, 0x21]),
        (Request::READ, [0x00, 0x03, 0x30, 0x01, 0x32]),
        (Request::READ_WITH_FINGERPRINTS, [0x00, 0x03, 0x30, 0x10, 0x23]),
        (Request::READ_ADDED_ADDRESS, [0x00, 0x03, 0x30, 0x03, 0x30]),
        (Request::baud_rate(9600).unwrap(), [0x00, 0x03, 0x60, 0x04, 0x67]),
    ];
    for (request, bytes) in cases {
        assert_eq!(request.encode(), [&PREAMBLE[..], &bytes].concat()[..], "{request:?}");
    }
    assert_eq!(Request::baud_rate(115_200).unwrap().encode()[8], 0x00);
    assert_eq!(Request::baud_rate(57_600).unwrap().encode()[8], 0x01);
    assert_eq!(Request::baud_rate(38_400).unwrap().encode()[8], 0x02);
    assert_eq!(Request::baud_rate(19_200).unwrap().encode()[8], 0x03);
    assert_eq!(Request::baud_rate(300), None);
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&PREAMBLE, body].concat()
}

const FIND_OK: [u8; 10] = [0x00, 0x08, 0x00, 0x00, 0x9F, 0x00, 0x00, 0x00, 0x00, 0x97];
const SELECT_OK: [u8; 14] = [0x00, 0x0C, 0x00, 0x00, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0x9C];
const STATUS_OK: [u8; 6] = [0x00, 0x04, 0x00, 0x00, 0x90, 0x94];
const NOT_FOUND: [u8; 6] = [0x00, 0x04, 0x00, 0x00, 0x80, 0x84];
const NO_ADDED_ADDRESS: [u8; 6] = [0x00, 0x04, 0x00, 0x00, 0x91, 0x95];

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

/// A reply with these status bytes and no data.
fn status_only(status: [u8; 3]) -> Vec<u8> {
    let [sw1, sw2, sw3] = status;
    frame(&[0x00, 0x04, sw1, sw2, sw3, 0x04 ^ sw1 ^ sw2 ^ sw3])
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

/// A line whose other end answers each request with prepared bytes.
#[derive(Default)]
struct Script {
    exchanges: VecDeque<(Vec<u8>, Vec<u8>)>,
    pending: Vec<u8>,
}

impl Script {
    fn new(exchanges: &[([u8; 5], Vec<u8>)]) -> Self {
        let exchanges = exchanges.iter().map(|(request, reply)| (frame(request), reply.clone())).collect();
        Self { exchanges, pending: Vec::new() }
    }
}

impl Line for Script {
    fn send(&mut self, bytes: &[u8]) -> Result<(), LineError> {
        let (expected, reply) = self.exchanges.pop_front().expect("the script has a reply for every request");
        assert_eq!(bytes, expected);
        self.pending = reply;
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, LineError> {
        if self.pending.is_empty() {
            thread::sleep(limit);
        }
        // In pieces, as a serial line does.
        let count = self.pending.len().min(buffer.len()).min(200);
        buffer[..count].copy_from_slice(&self.pending[..count]);
        self.pending.drain(..count);
        Ok(count)
    }

    fn discard(&mut self) -> Result<(), LineError> {
        self.pending.clear();
        Ok(())
    }
}

fn module(exchanges: &[([u8; 5], Vec<u8>)]) -> SecurityModule<Script> {
    SecurityModule::new(Script::new(exchanges), || false)
}

const READ: [u8; 5] = [0x00, 0x03, 0x30, 0x01, 0x32];
const READ_WITH_FINGERPRINTS: [u8; 5] = [0x00, 0x03, 0x30, 0x10, 0x23];
const READ_ADDED_ADDRESS: [u8; 5] = [0x00, 0x03, 0x30, 0x03, 0x30];
const STATUS: [u8; 5] = [0x00, 0x03, 0x11, 0xFF, 0xED];

/// Returns a mainland text block for the name 张三.
fn text() -> Vec<u8> {
    let mut text = [0x20, 0x00].repeat(128);
    let mut put = |offset: usize, bytes: &[u8]| text[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(0, &[0x20, 0x5F, 0x09, 0x4E]);
    let mut wide = |offset: usize, ascii: &str| {
        put(offset, &ascii.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>());
    };
    wide(30, "1");
    wide(36, "19491231");
    wide(122, "11010519491231002X");
    wide(188, "20200229");
    wide(204, "20400229");
    text
}

/// Returns a reply with status `90`: length, status, content and XOR, after the preamble.
fn reply(length: [u8; 2], content: &[u8]) -> Vec<u8> {
    let mut body = [&length[..], &[0x00, 0x00, 0x90], content].concat();
    body.push(body.iter().fold(0, |sum, byte| sum ^ byte));
    frame(&body)
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
fn a_damaged_exchange_is_repeated_once() {
    let damaged = frame(&[0x00, 0x04, 0x00, 0x00, 0x90, 0x00]);
    let not_understood = frame(&[0x00, 0x04, 0x00, 0x00, 0x10, 0x14]);
    for first in [damaged.clone(), not_understood] {
        assert_eq!(module(&[(STATUS, first), (STATUS, frame(&STATUS_OK))]).status(), Ok(()));
    }
    let twice = [(STATUS, damaged.clone()), (STATUS, damaged)];
    assert_eq!(module(&twice).status(), Err(SdtError::Damaged));
}

/// A length that arrived wrong announces bytes that never come.
const FALSE_LENGTH: [u8; 6] = [0x09, 0x0A, 0x00, 0x00, 0x90, 0x94];

#[test]
fn a_false_length_costs_a_short_pause_and_the_exchange_is_repeated_once() {
    let begin = Instant::now();
    let (false_length, good) = (frame(&FALSE_LENGTH), frame(&STATUS_OK));
    assert_eq!(module(&[(STATUS, false_length.clone()), (STATUS, good)]).status(), Ok(()));
    assert!(begin.elapsed() < Duration::from_millis(1_500), "{:?}", begin.elapsed());
    let twice = [(STATUS, false_length.clone()), (STATUS, false_length)];
    assert_eq!(module(&twice).status(), Err(SdtError::Damaged));
    assert!(begin.elapsed() < Duration::from_millis(3_000), "{:?}", begin.elapsed());
}

#[test]
fn a_reply_that_stops_in_its_middle_is_asked_for_again() {
    let whole = reply([0x05, 0x08], &[&[0x01, 0x00, 0x04, 0x00][..], &text(), &[0x57; 1024]].concat());
    let begin = Instant::now();
    let content = module(&[(READ, whole[..700].to_vec()), (READ, whole)]).read().unwrap();
    assert_eq!(content.text[..], text()[..]);
    assert!(begin.elapsed() < Duration::from_millis(1_500), "{:?}", begin.elapsed());
}

#[test]
fn a_good_reply_behind_a_false_length_is_found_without_a_repetition() {
    for noise in [frame(&FALSE_LENGTH), frame(&[0x09, 0x0A]), [frame(&[0x08, 0x00]), frame(&[0x09])].concat()]
    {
        let bytes = [noise, frame(&STATUS_OK)].concat();
        let begin = Instant::now();
        assert_eq!(module(&[(STATUS, bytes)]).status(), Ok(()));
        assert!(begin.elapsed() < Duration::from_millis(1_500), "{:?}", begin.elapsed());
    }
}

/// What looks like the beginning of a preamble may be noise before a reply that takes its time.
#[test]
fn noise_that_begins_no_reply_cuts_no_wait_short() {
    let outcome = module(&[(STATUS, vec![0x13, 0xAA, 0xAA, 0xAA])]).status();
    assert_eq!(outcome, Err(SdtError::Silent));
}

/// The module found the card, its reply was lost, and a card is not found twice until it is lifted.
#[test]
fn a_card_whose_finding_was_lost_on_the_line_is_there_all_the_same() {
    const FIND: [u8; 5] = [0x00, 0x03, 0x20, 0x01, 0x22];
    const SELECT: [u8; 5] = [0x00, 0x03, 0x20, 0x02, 0x21];
    let mut lost = frame(&FIND_OK);
    *lost.last_mut().unwrap() ^= 0xFF;
    let again = |selected: Vec<u8>| {
        module(&[(FIND, lost.clone()), (FIND, frame(&NOT_FOUND)), (SELECT, selected)]).find()
    };
    assert_eq!(again(frame(&SELECT_OK)), Ok(true));
    assert_eq!(again(status_only([0x00, 0x00, 0x81])), Ok(false), "there is none");
    assert_eq!(module(&[(FIND, frame(&NOT_FOUND))]).find(), Ok(false), "nothing was lost");
}

/// A line that never stops talking.
struct Babble;

impl Line for Babble {
    fn send(&mut self, _bytes: &[u8]) -> Result<(), LineError> {
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _limit: Duration) -> Result<usize, LineError> {
        thread::sleep(Duration::from_millis(1));
        buffer[..4].copy_from_slice(&[0xAA, 0x96, 0x69, 0x00]);
        Ok(4)
    }

    fn discard(&mut self) -> Result<(), LineError> {
        Ok(())
    }
}

#[test]
fn a_line_that_never_stops_talking_is_given_up() {
    assert_eq!(SecurityModule::new(Babble, || false).status(), Err(SdtError::Silent));
}

#[test]
fn stopping_ends_the_wait_for_a_reply() {
    let mut module = SecurityModule::new(Script::new(&[(STATUS, vec![])]), || true);
    assert_eq!(module.status(), Err(SdtError::Stopped));
}

#[test]
fn malformed_replies_are_refused() {
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
