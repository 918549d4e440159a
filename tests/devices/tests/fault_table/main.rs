//! Every device under every fault, as one test that prints a table: what the clerk is told, after how long, how long
//! until the device is used again once the fault is gone, and whether file handles or threads stayed behind.
//!
//! A virtual PC/SC reader cannot be unplugged, so its rows pull the card instead.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod camera;
mod pcsc;
mod printer;
mod scanner;
mod serial;
mod table;

use std::time::Duration;

use table::{Held, Table};

#[test]
fn every_device_under_every_fault() {
    let mut table = Table::default();
    // Threads that waited for a printer's answer end soon after it, so that leaks show.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_keep_alive(Duration::from_millis(10))
        .build()
        .unwrap();
    runtime.block_on(async {
        // What a runtime and the loaded libraries hold once is no leak.
        pcsc::rows(&mut table).await;
        serial::rows(&mut table).await;
        for (device, rows) in [("printer", 0), ("camera", 1), ("scanner", 2)] {
            let before = Held::now();
            match rows {
                0 => printer::rows(&mut table).await,
                1 => camera::rows(&mut table).await,
                _ => scanner::rows(&mut table).await,
            }
            table.held(device, &before, &Held::settled(&before).await);
        }
    });
    println!("{table}");
    table.assert_nothing_leaked();
}
