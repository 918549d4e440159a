//! Tests with real devices, all ignored by default. Run one with the variable that
//! names the device:
//!
//! ```text
//! SUISHEN_SERIAL_READER=/dev/ttyUSB0 \
//!     cargo nextest run -p devices --run-ignored only serial_reader
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it saw"
)]

use std::time::Duration;

use drivers::camera::{Camera, CameraSettings};
use drivers::card::{CardEvent, CardReaderSettings, Readers, SerialPortSettings};
use drivers::check::test_page;
use drivers::printer::{JobState, Media, PrintOptions, Printer};

/// Time to lay a card on the reader, or for a slow printer.
const PATIENCE: Duration = Duration::from_secs(60);

async fn reads_a_card(settings: CardReaderSettings) {
    let (_readers, mut events) = Readers::start(settings);
    let read = async {
        loop {
            match events.recv().await.unwrap() {
                CardEvent::Read { took, card, .. } => return (took, card),
                // Other events hold no personal data.
                other => println!("{other:?}"),
            }
        }
    };
    let (took, card) = tokio::time::timeout(PATIENCE, read).await.unwrap();
    println!("{card:?} in {took:?}");
}

#[tokio::test]
#[ignore = "needs SUISHEN_SERIAL_READER and a card"]
async fn serial_reader() {
    let path = std::env::var("SUISHEN_SERIAL_READER").unwrap();
    let port = SerialPortSettings { path, baud_rate: SerialPortSettings::FACTORY_BAUD_RATE };
    reads_a_card(CardReaderSettings {
        pcsc: false,
        serial_ports: vec![port],
        ..CardReaderSettings::default()
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a reader on USB bulk endpoints and a card"]
async fn usb_reader() {
    reads_a_card(CardReaderSettings { pcsc: false, usb: true, ..CardReaderSettings::default() }).await;
}

#[tokio::test]
#[ignore = "needs a PC/SC reader and a card"]
async fn pcsc_reader() {
    reads_a_card(CardReaderSettings::default()).await;
}

#[tokio::test]
#[ignore = "needs SUISHEN_CAMERA"]
async fn camera() {
    let (camera, _view) =
        Camera::start(CameraSettings::Device(std::env::var("SUISHEN_CAMERA").unwrap().into()));
    let picture = tokio::time::timeout(PATIENCE, async {
        loop {
            match camera.take_picture().await {
                Ok(picture) => return picture,
                Err(error) => println!("{error}"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    println!("{:?}", picture.await.unwrap());
}

#[tokio::test]
#[ignore = "needs SUISHEN_PRINTER, and prints a page"]
async fn printer() {
    let printer = Printer::connect(&std::env::var("SUISHEN_PRINTER").unwrap()).await.unwrap();
    let options = PrintOptions { job_name: "hardware-test".to_owned(), media: Media::a4(), copies: 1 };
    let mut changes = printer.print(test_page(), &options).await.unwrap().watch();
    let mut last = None;
    while let Ok(Some(status)) = tokio::time::timeout(PATIENCE, changes.recv()).await {
        println!("{status:?}");
        last = Some(status.state);
    }
    assert_eq!(last, Some(JobState::Completed));
}
