//! A card that follows a script of commands and answers.

use std::collections::VecDeque;

use drivers::card::{ApduChannel, ChannelError};

/// Answers each command as scripted, and fails the test on any other command.
pub(crate) struct Script {
    exchanges: VecDeque<(Vec<u8>, Vec<u8>)>,
}

impl Script {
    pub(crate) fn new<C: AsRef<[u8]>, R: AsRef<[u8]>>(exchanges: impl IntoIterator<Item = (C, R)>) -> Self {
        let exchanges =
            exchanges.into_iter().map(|(c, r)| (c.as_ref().to_vec(), r.as_ref().to_vec())).collect();
        Self { exchanges }
    }

    pub(crate) fn assert_finished(&self) {
        assert!(self.exchanges.is_empty(), "commands never sent: {:02X?}", self.exchanges);
    }
}

impl ApduChannel for Script {
    #[expect(clippy::expect_used, reason = "a test fails by panicking")]
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let (expected, reply) =
            self.exchanges.pop_front().expect("the script has an answer for every command");
        assert_eq!(command, expected, "sent {command:02X?}, expected {expected:02X?}");
        Ok(reply)
    }
}
