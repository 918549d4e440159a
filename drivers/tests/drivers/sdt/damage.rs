//! Exchanges that go wrong on the line.

use std::thread;
use std::time::{Duration, Instant};

use drivers::card::sdt::{Line, LineError, SdtError, SecurityModule};

use super::support::{
    FIND_OK, NOT_FOUND, READ, SELECT_OK, STATUS, STATUS_OK, Script, frame, module, reply, status_only, text,
};

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
fn silence_is_an_error_and_stopping_ends_the_wait() {
    let mut module = SecurityModule::new(Script::new(&[(STATUS, vec![])]), || true);
    assert_eq!(module.status(), Err(SdtError::Stopped));
}
