//! Properties of the parsers: no input makes one panic, and results keep their promises.
//!
//! `DRIVERS_PROPERTY_CASES` sets the number of inputs for each parser (1000000 for a long run).

use std::collections::VecDeque;

use drivers::camera::Frame;
use drivers::card::sdt::Decoder;
use drivers::card::{ApduChannel, ChannelError, ChipPhoto, IdentityCard, TEXT_LENGTH, read_card};
use drivers::printer::{JobStatus, PrinterReason, PrinterStatus};
use drivers::scanner::ScanLines;
use proptest::prelude::*;

const CASES_IN_CI: u32 = 2_000;

fn config() -> ProptestConfig {
    let cases = std::env::var("DRIVERS_PROPERTY_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(CASES_IN_CI),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Generates text blocks that are often nearly right: digits, letters, spaces and any code units.
fn text_block() -> impl Strategy<Value = Vec<u8>> {
    let unit = prop_oneof![
        4 => (b'0'..=b'9').prop_map(u16::from),
        3 => Just(0x20_u16),
        1 => Just(0_u16),
        1 => prop_oneof![Just(0x49_u16), Just(0x4A), Just(0x59), Just(0x58)],
        2 => any::<u16>(),
    ];
    prop::collection::vec(unit, TEXT_LENGTH / 2)
        .prop_map(|units| units.into_iter().flat_map(u16::to_le_bytes).collect())
}

/// Generates a frame of the security module between noise, perhaps with a flipped byte.
fn sdt_stream() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(prop_oneof![Just(0xAA_u8), Just(0x96), Just(0x69), any::<u8>()], 0..20);
    let frame =
        (prop::collection::vec(any::<u8>(), 0..40), any::<Option<(u8, u8)>>()).prop_map(|(data, flip)| {
            let length = (data.len() + 4) as u16;
            let mut body = [&length.to_be_bytes()[..], &[0, 0, 0x90], &data].concat();
            body.push(body.iter().fold(0, |sum, byte| sum ^ byte));
            if let Some((at, bits)) = flip {
                let at = usize::from(at) % body.len();
                body[at] ^= bits;
            }
            [&[0xAA, 0xAA, 0xAA, 0x96, 0x69][..], &body].concat()
        });
    prop::collection::vec(prop_oneof![noise.boxed(), frame.boxed()], 1..6).prop_map(|parts| parts.concat())
}

/// Generates replies of a card, mostly well formed, with any content.
fn card_replies() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let status = prop_oneof![
        5 => Just([0x90, 0x00]),
        1 => any::<u8>().prop_map(|more| [0x61, more]),
        1 => any::<u8>().prop_map(|exact| [0x6C, exact]),
        1 => any::<[u8; 2]>(),
    ];
    let record = (0x01_u8..0x0E, prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(tag, value)| [&[tag, value.len() as u8][..], &value].concat());
    let page = prop::collection::vec(any::<u8>(), 256);
    let content =
        prop_oneof![record.boxed(), page.boxed(), prop::collection::vec(any::<u8>(), 0..300).boxed()];
    let reply = (content, status).prop_map(|(content, status)| [&content[..], &status].concat());
    prop::collection::vec(
        prop_oneof![8 => reply.boxed(), 1 => Just(vec![]).boxed(), 1 => Just(vec![0x90]).boxed()],
        0..30,
    )
}

#[expect(clippy::unwrap_used, reason = "the array has the length of a portrait")]
fn photo() -> ChipPhoto {
    ChipPhoto::new(&[0; 1024]).unwrap()
}

/// Gives prepared replies to any commands, and then reports the card as removed.
struct Answers(VecDeque<Vec<u8>>);

impl Answers {
    fn new(replies: Vec<Vec<u8>>) -> Self {
        Self(replies.into())
    }
}

impl ApduChannel for Answers {
    fn transmit(&mut self, _command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        self.0.pop_front().ok_or(ChannelError::Removed)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_text_block_panics_and_values_keep_their_format(block in prop_oneof![text_block().boxed(), prop::collection::vec(any::<u8>(), TEXT_LENGTH).boxed()]) {
        let block: [u8; TEXT_LENGTH] = block.try_into().map_err(|_| TestCaseError::reject("length"))?;
        if let Ok(card) = IdentityCard::parse(&block, photo()) {
            prop_assert!(card.name_units <= 15 && card.birth.len() == 8);
            prop_assert!(!card.name.ends_with([' ', '\0']));
        }
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut(stream in sdt_stream(), cut in 1_usize..50) {
        let (mut whole, mut pieces) = (Decoder::default(), Decoder::default());
        whole.push(&stream);
        let at_once: Vec<_> = std::iter::from_fn(|| whole.next_reply()).collect();
        let mut one_by_one = Vec::new();
        for piece in stream.chunks(cut) {
            pieces.push(piece);
            one_by_one.extend(std::iter::from_fn(|| pieces.next_reply()));
        }
        // The way the bytes are cut must not matter.
        prop_assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn no_card_makes_the_reader_panic(replies in card_replies(), answer_to_reset in prop_oneof![
        Just(vec![0x3B, 0x8B, 0x80, 0x01, 0x50, 0, 0, 0, 0, 0xD1, 3, 0x86, 7, 0x90, 0]),
        prop::collection::vec(any::<u8>(), 0..33),
    ]) {
        // Any result is fine; the test only checks that there is one.
        let _ = read_card(&mut Answers::new(replies), &answer_to_reset);
    }

    #[test]
    fn codes_are_found_however_the_bytes_are_cut(stream in prop::collection::vec(prop_oneof![3 => 0x20_u8..0x7F, 1 => Just(b'\r'), 1 => any::<u8>()], 0..200), cut in 1_usize..50) {
        let (mut whole, mut pieces) = (ScanLines::default(), ScanLines::default());
        let at_once = whole.push(&stream);
        let one_by_one: Vec<_> = stream.chunks(cut).flat_map(|piece| pieces.push(piece)).collect();
        prop_assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn no_ipp_reply_panics_and_finished_jobs_have_no_reasons(bytes in ipp_reply()) {
        let _ = PrinterStatus::from_reply(&bytes);
        if let Ok(status) = JobStatus::from_replies(&bytes, Some(&bytes)) {
            prop_assert!(!status.state.is_final() || status.reasons.is_empty());
        }
    }

    #[test]
    fn a_printer_reason_keeps_its_keyword(keyword in "[a-z-]{0,40}(-error|-warning|-report)?") {
        if let Some(reason) = PrinterReason::parse(&keyword) {
            prop_assert_eq!(reason.keyword, keyword);
        }
    }

    #[test]
    fn no_picture_makes_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), width in 0_u32..10, height in 0_u32..6) {
        let _ = Frame::from_yuyv(width, height, &bytes);
        let _ = Frame::from_encoded([&[0xFF, 0xD8, 0xFF][..], &bytes].concat());
        let _ = Frame::from_encoded(bytes);
    }
}

/// Generates replies to attribute requests: header, groups and attributes of any type and length,
/// sometimes cut off.
fn ipp_reply() -> impl Strategy<Value = Vec<u8>> {
    const NAMES: [&str; 9] = [
        "printer-state",
        "printer-state-reasons",
        "printer-state-message",
        "media-ready",
        "media-supported",
        "job-id",
        "job-state",
        "job-state-reasons",
        "queued-job-count",
    ];
    let tag =
        prop_oneof![Just(0x21_u8), Just(0x23), Just(0x44), Just(0x42), Just(0x41), Just(0x22), any::<u8>()];
    let value = prop_oneof![
        (0_i32..12).prop_map(|number| number.to_be_bytes().to_vec()),
        "[a-z_0-9.]{0,20}(mm|in)?".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    let attribute = (tag, prop::sample::select(&NAMES[..]), value).prop_map(|(tag, name, value)| {
        let length = |bytes: &[u8]| (bytes.len() as u16).to_be_bytes();
        [&[tag][..], &length(name.as_bytes()), name.as_bytes(), &length(&value), &value].concat()
    });
    let group = (prop_oneof![Just(0x01_u8), Just(0x02), Just(0x04)], prop::collection::vec(attribute, 0..8))
        .prop_map(|(tag, attributes)| [&[tag][..], &attributes.concat()].concat());
    let whole = prop::collection::vec(group, 0..4)
        .prop_map(|groups| [&[1, 1, 0, 0, 0, 0, 0, 1][..], &groups.concat(), &[0x03]].concat());
    (whole, any::<Option<u16>>()).prop_map(|(mut bytes, cut)| {
        if let Some(cut) = cut {
            bytes.truncate(usize::from(cut) % (bytes.len() + 1));
        }
        bytes
    })
}
