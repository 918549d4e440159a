//! Commands of the security module, with waiting and repeating.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Decoder, Line, Reply, Request, SdtError, Status};
use crate::card::{ChipPhoto, TEXT_LENGTH};

/// Longest wait for a short reply.
const SHORT_LIMIT: Duration = Duration::from_millis(1500);
/// Longest wait for text and portrait: the exchange with the card, plus 112 ms of transfer
/// at 115200 baud.
const READ_LIMIT: Duration = Duration::from_secs(5);
/// Longest wait for bytes before checking whether the program is ending.
const SLICE: Duration = Duration::from_millis(100);
/// Longest pause within a reply. A module sends it in one piece; converters on the way hold bytes
/// back for some ten milliseconds.
const PAUSE_LIMIT: Duration = Duration::from_millis(200);
/// A damaged exchange is repeated once: every command used here may be.
const ATTEMPTS: usize = 2;

const IDENTIFIER_LENGTH: usize = 16;
/// Bytes of the length field that some modules put before the added address.
const LENGTH_PREFIX: usize = 2;

/// Text block and portrait of a card.
pub struct TextAndPhoto {
    /// Text block: 256 bytes of UTF-16LE.
    pub text: Zeroizing<[u8; TEXT_LENGTH]>,
    /// Portrait as stored on the chip.
    pub photo: ChipPhoto,
}

/// A security module at the end of a line.
pub struct SecurityModule<L> {
    line: L,
    decoder: Decoder,
    is_stopped: Box<dyn Fn() -> bool + Send>,
}

impl<L: Line> SecurityModule<L> {
    /// Creates a module on a line. `is_stopped` ends any wait within a tenth of a second.
    pub fn new(line: L, is_stopped: impl Fn() -> bool + Send + 'static) -> Self {
        Self { line, decoder: Decoder::default(), is_stopped: Box::new(is_stopped) }
    }

    /// Restarts the module.
    ///
    /// # Errors
    /// [`SdtError`] if the module refuses or does not answer.
    pub fn reset(&mut self) -> Result<(), SdtError> {
        self.expect(Request::RESET, SHORT_LIMIT, Status::Ok).map(drop)
    }

    /// Asks whether the module works.
    ///
    /// # Errors
    /// [`SdtError::Refused`] with the result of its self-test, or the error of the exchange.
    pub fn status(&mut self) -> Result<(), SdtError> {
        self.expect(Request::STATUS, SHORT_LIMIT, Status::Ok).map(drop)
    }

    /// Returns the module's number as printed on it: `05.03-20200101-0000123456-0987654321`.
    ///
    /// # Errors
    /// [`SdtError::Malformed`] for a number of another length, or the error of the exchange.
    pub fn identifier(&mut self) -> Result<String, SdtError> {
        let reply = self.expect(Request::IDENTIFIER, SHORT_LIMIT, Status::Ok)?;
        let bytes: [u8; IDENTIFIER_LENGTH] = reply.data().try_into().map_err(|_| SdtError::Malformed)?;
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Ok(format!("{:02}.{:02}-{}-{:010}-{:010}", short(0), short(2), long(4), long(8), long(12)))
    }

    /// Returns whether a card was put on since the last one was lifted.
    ///
    /// # Errors
    /// [`SdtError`] if the exchange fails. The absence of a card is not an error.
    pub fn find(&mut self) -> Result<bool, SdtError> {
        let (reply, attempt) = self.exchange_in(Request::FIND, SHORT_LIMIT)?;
        match reply.status {
            Status::Found | Status::Ok => Ok(true),
            // A card is not found twice until it is lifted, and the lost reply may have said that
            // there is one.
            Status::FindFailed if attempt > 1 => match self.select() {
                Err(SdtError::Refused(_)) => Ok(false),
                outcome => outcome.map(|()| true),
            },
            Status::FindFailed => Ok(false),
            status => Err(SdtError::Refused(status)),
        }
    }

    /// Selects the card that was found.
    ///
    /// # Errors
    /// [`SdtError`] if the module refuses or does not answer.
    pub fn select(&mut self) -> Result<(), SdtError> {
        self.expect(Request::SELECT, SHORT_LIMIT, Status::Ok).map(drop)
    }

    /// Reads text and portrait.
    ///
    /// Fingerprints are not requested. A module that can only send all three is asked for all
    /// three; the fingerprints are skipped and wiped with the reply.
    ///
    /// # Errors
    /// [`SdtError`] if the exchange fails, or [`SdtError::Malformed`] for unexpected lengths.
    pub fn read(&mut self) -> Result<TextAndPhoto, SdtError> {
        match self.expect(Request::READ, READ_LIMIT, Status::Ok) {
            Ok(reply) => split_text_and_photo(reply.data(), 2),
            Err(SdtError::Refused(Status::BadCommand)) => {
                let reply = self.expect(Request::READ_WITH_FINGERPRINTS, READ_LIMIT, Status::Ok)?;
                split_text_and_photo(reply.data(), 3)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads the address added after issue, in UTF-16LE; `None` if there is none.
    ///
    /// # Errors
    /// [`SdtError::Refused`] if the card was lifted, so this call also tells whether it is still
    /// there. Otherwise the error of the exchange.
    pub fn read_added_address(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, SdtError> {
        let reply = self.exchange(Request::READ_ADDED_ADDRESS, SHORT_LIMIT)?;
        match reply.status {
            Status::Ok => Ok(Some(Zeroizing::new(without_length(reply.data()).to_vec()))),
            Status::Empty => Ok(None),
            status => Err(SdtError::Refused(status)),
        }
    }

    fn expect(&mut self, request: Request, limit: Duration, status: Status) -> Result<Reply, SdtError> {
        let reply = self.exchange(request, limit)?;
        if reply.status == status { Ok(reply) } else { Err(SdtError::Refused(reply.status)) }
    }

    /// Sends a request and waits for its reply. Repeats both once if one of them arrived damaged.
    fn exchange(&mut self, request: Request, limit: Duration) -> Result<Reply, SdtError> {
        self.exchange_in(request, limit).map(|(reply, _)| reply)
    }

    /// Sends a request and waits for its reply; repeats both when one of the two arrived damaged.
    /// Also tells in which attempt it arrived.
    fn exchange_in(&mut self, request: Request, limit: Duration) -> Result<(Reply, usize), SdtError> {
        let mut outcome = Err(SdtError::Silent);
        for attempt in 1..=ATTEMPTS {
            self.decoder.clear();
            self.line.discard()?;
            self.line.send(&request.encode())?;
            outcome = self.receive(limit).map(|reply| (reply, attempt));
            match &outcome {
                Err(SdtError::Damaged) => {}
                Ok((reply, _)) if reply.status == Status::BadChecksum => {}
                _ => return outcome,
            }
        }
        outcome
    }

    fn receive(&mut self, limit: Duration) -> Result<Reply, SdtError> {
        let deadline = Instant::now() + limit;
        let mut heard = Instant::now();
        let mut damaged = false;
        let mut buffer = Zeroizing::new([0_u8; 512]);
        loop {
            if let Some(reply) = self.next_good(&mut damaged) {
                return Ok(reply);
            }
            if (self.is_stopped)() {
                return Err(SdtError::Stopped);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let count =
                if left.is_zero() { 0 } else { self.line.receive(buffer.as_mut(), left.min(SLICE))? };
            if count > 0 {
                heard = Instant::now();
                self.decoder.push(&buffer[..count]);
                continue;
            }
            // After damage a good frame may still follow, but not after a pause.
            let is_over = damaged || left.is_zero() || heard.elapsed() >= PAUSE_LIMIT;
            if is_over && let Some(reply) = self.give_up_begun(&mut damaged) {
                return Ok(reply);
            }
            if damaged {
                return Err(SdtError::Damaged);
            }
            if left.is_zero() {
                return Err(SdtError::Silent);
            }
        }
    }

    /// Takes what has begun for noise, because a length that arrived wrong announces bytes that
    /// never come. Returns a good reply that stands behind it.
    fn give_up_begun(&mut self, damaged: &mut bool) -> Option<Reply> {
        while self.decoder.has_begun() {
            *damaged = true;
            self.decoder.give_up();
            if let Some(reply) = self.next_good(damaged) {
                return Some(reply);
            }
        }
        None
    }

    /// Returns the next good reply in what has arrived; notes damage before it.
    fn next_good(&mut self, damaged: &mut bool) -> Option<Reply> {
        while let Some(next) = self.decoder.next_reply() {
            match next {
                Ok(reply) => return Some(reply),
                Err(_) => *damaged = true,
            }
        }
        None
    }
}

/// Splits a reply that begins with `lengths` big-endian lengths, the first two for
/// text and portrait.
fn split_text_and_photo(data: &[u8], lengths: usize) -> Result<TextAndPhoto, SdtError> {
    let length = |index: usize| {
        let bytes = data.get(2 * index..2 * index + 2)?;
        Some(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
    };
    let begin = 2 * lengths;
    let photo_begin = begin + TEXT_LENGTH;
    let end = photo_begin + ChipPhoto::LENGTH;
    let announced = length(0) == Some(TEXT_LENGTH) && length(1) == Some(ChipPhoto::LENGTH);
    if !announced || data.len() < end {
        return Err(SdtError::Malformed);
    }
    let mut text = Zeroizing::new([0; TEXT_LENGTH]);
    text.copy_from_slice(&data[begin..photo_begin]);
    let photo = ChipPhoto::new(&data[photo_begin..end]).ok_or(SdtError::Malformed)?;
    Ok(TextAndPhoto { text, photo })
}

/// Removes a length field before the added address. Sources disagree on whether there is one, so a
/// value that fits counts as one.
fn without_length(data: &[u8]) -> &[u8] {
    match data.split_first_chunk::<LENGTH_PREFIX>() {
        Some((prefix, rest)) if usize::from(u16::from_be_bytes(*prefix)) == rest.len() => rest,
        _ => data,
    }
}
