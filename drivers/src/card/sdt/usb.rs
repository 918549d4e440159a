//! Readers with a security module on USB (0400:C35A), with two bulk endpoints for each direction.
//!
//! Only one public source describes this. The framing is tested on bytes; no such
//! reader was available.

use std::time::Duration;

use nusb::transfer::{Buffer, Bulk, In, Out, TransferError};
use nusb::{Endpoint, MaybeFuture as _};

use super::{Line, LineError};

const VENDOR: u16 = 0x0400;
const PRODUCT: u16 = 0xC35A;
const INTERFACE: u8 = 0;

/// Length of the first transfer: preamble and length travel separately from the rest.
const HEAD_LENGTH: usize = 7;
const HEAD_OUT: u8 = 0x02;
const BODY_OUT: u8 = 0x06;
const HEAD_IN: u8 = 0x81;
const BODY_IN: u8 = 0x85;

const SEND_LIMIT: Duration = Duration::from_secs(1);
/// Size of one transfer; a multiple of every packet size.
const TRANSFER_LENGTH: usize = 4096;

/// Splits a request into the parts for the first and second endpoint; `None` if it is too short.
#[must_use]
pub fn split_request(request: &[u8]) -> Option<(&[u8; HEAD_LENGTH], &[u8])> {
    request.split_first_chunk::<HEAD_LENGTH>().filter(|(_, body)| !body.is_empty())
}

/// A USB connection to a security module.
pub struct UsbLine {
    head_out: Endpoint<Bulk, Out>,
    body_out: Endpoint<Bulk, Out>,
    head_in: Endpoint<Bulk, In>,
    body_in: Endpoint<Bulk, In>,
    /// Whether the first transfer of a reply arrived. It comes from one endpoint, and the rest
    /// from the other.
    head_received: bool,
}

impl UsbLine {
    /// Opens the first such reader.
    ///
    /// # Errors
    /// [`LineError::NotFound`] if there is none, [`LineError::Busy`] if it is in use
    /// or not permitted.
    pub fn open() -> Result<Self, LineError> {
        let device = nusb::list_devices()
            .wait()
            .map_err(|_| LineError::NotFound)?
            .find(|device| device.vendor_id() == VENDOR && device.product_id() == PRODUCT)
            .ok_or(LineError::NotFound)?;
        let interface = device
            .open()
            .wait()
            .and_then(|device| device.detach_and_claim_interface(INTERFACE).wait())
            .map_err(|_| LineError::Busy)?;
        let out = |address| interface.endpoint::<Bulk, Out>(address).map_err(|_| LineError::NotFound);
        let input = |address| interface.endpoint::<Bulk, In>(address).map_err(|_| LineError::NotFound);
        Ok(Self {
            head_out: out(HEAD_OUT)?,
            body_out: out(BODY_OUT)?,
            head_in: input(HEAD_IN)?,
            body_in: input(BODY_IN)?,
            head_received: false,
        })
    }
}

fn send(endpoint: &mut Endpoint<Bulk, Out>, bytes: &[u8]) -> Result<(), LineError> {
    let sent = endpoint.transfer_blocking(Buffer::from(bytes), SEND_LIMIT);
    sent.status.map_err(|_| LineError::Lost)
}

impl Line for UsbLine {
    fn send(&mut self, bytes: &[u8]) -> Result<(), LineError> {
        let (head, body) = split_request(bytes).ok_or(LineError::Lost)?;
        self.head_received = false;
        send(&mut self.head_out, head)?;
        send(&mut self.body_out, body)
    }

    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, LineError> {
        let endpoint = if self.head_received { &mut self.body_in } else { &mut self.head_in };
        let length =
            buffer.len().min(TRANSFER_LENGTH) / endpoint.max_packet_size() * endpoint.max_packet_size();
        let received = endpoint.transfer_blocking(Buffer::new(length), limit);
        match received.status {
            Ok(()) => {}
            // The wait was cancelled at its limit.
            Err(TransferError::Cancelled) => return Ok(0),
            Err(_) => return Err(LineError::Lost),
        }
        let bytes = &received.buffer[..received.actual_len];
        buffer[..bytes.len()].copy_from_slice(bytes);
        self.head_received |= !bytes.is_empty();
        Ok(bytes.len())
    }

    fn discard(&mut self) -> Result<(), LineError> {
        // Every reply is fetched by its own transfer, so nothing arrives without a request.
        Ok(())
    }
}
