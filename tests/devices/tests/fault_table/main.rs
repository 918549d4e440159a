//! Every device under every fault, as one test that prints a table.
//!
//! The table shows the message to the clerk, the time until it, the time until the device works
//! again, and leaked handles or threads. A virtual PC/SC reader cannot be unplugged, so its rows
//! pull the card instead. It is alone in its program, because handles and threads are counted.

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
fn every_device_reports_and_survives_every_fault() {
    let mut table = Table::default();
    // Threads that waited for a printer end soon after its answer, so that leaks show.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_keep_alive(Duration::from_millis(10))
        .build()
        .unwrap();
    runtime.block_on(async {
        // These run first: what the runtime and the libraries allocate once is not a leak.
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
