//! The program `desk-check`, with nothing attached and with everything attached.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use drivers::card::Layout;
use drivers::check::{DeskCheck, DeviceKind, Verdict};
use drivers::emulate::{
    EmulatedIdentity, EmulatedScanner, Faults, MemoryPageCard, SerialReader, VirtualReader,
};
use rig::RigFolder;
use rig::bus::{Bus, BusKind};
use rig::folder::workspace_program;
use rig::printer::Printer;
use rig::process::run;
use rig::smartcard::SmartCardDaemon;

/// Returns the program, which the crate `counter` builds.
fn desk_check() -> Command {
    Command::new(workspace_program("desk-check").unwrap())
}

fn verdicts(json: &[u8]) -> Vec<(DeviceKind, Verdict)> {
    let result: DeskCheck = serde_json::from_slice(json).unwrap();
    result.devices.iter().map(|device| (device.device, device.verdict)).collect()
}

#[test]
fn missing_devices_are_reported_as_not_found() {
    let mut command = desk_check();
    command.env("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm");
    // Half of them as the desk's own settings name them, half by option.
    let folder = RigFolder::new("desk-check-missing").unwrap();
    let settings =
        "[printer]\nuri = \"ipp://127.0.0.1:9/ipp/print\"\n[camera]\ndevice = \"/nonexistent/video0\"\n";
    std::fs::write(folder.path().join("desk.toml"), settings).unwrap();
    command.arg("--folder").arg(folder.path());
    command.args(["--serial-reader", "/nonexistent/ttyUSB0", "--scanner", "/nonexistent/ttyACM0"]);
    // Printed because the handbook shows this output.
    println!("{}", String::from_utf8(command.output().unwrap().stdout).unwrap());
    let json = command.arg("--json").output().unwrap();
    assert!(!json.status.success());
    let found = verdicts(&json.stdout);
    let expected = [
        (DeviceKind::CardReader, Verdict::Absent),
        (DeviceKind::CardReader, Verdict::Absent),
        (DeviceKind::ChipPhoto, Verdict::NotConfigured),
        (DeviceKind::Printer, Verdict::Absent),
        (DeviceKind::Camera, Verdict::Absent),
        (DeviceKind::Scanner, Verdict::Absent),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn attached_devices_are_reported_as_working() {
    let folder = RigFolder::new("desk-check").unwrap();
    let daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let bus = Bus::start(&folder, BusKind::System).await.unwrap();
    let printer = Printer::start(&folder, &bus).await.unwrap();
    let identity = EmulatedIdentity::synthetic(Layout::Mainland);
    let _card = VirtualReader::at_port(daemon.card_port(0))
        .insert(MemoryPageCard::new(&identity), Faults::none())
        .unwrap();
    let place = |name: &str| folder.path().join(name);
    let _reader = SerialReader::plug_in(&place("serial-reader")).unwrap();
    let _scanner = EmulatedScanner::plug_in(&place("scanner")).unwrap();
    std::fs::create_dir(place("camera")).unwrap();
    image::RgbImage::new(640, 480).save(place("camera/1.png")).unwrap();
    let library = place("libwlt.so");
    let devices = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let source = Path::new(&devices).join("../../drivers/tests/stand-in/wlt.c");
    run({
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source);
        compile
    })
    .await
    .unwrap();
    let with_everything = || {
        let mut command = desk_check();
        command.envs([daemon.variable()]).arg("--folder").arg(folder.path());
        command.arg("--serial-reader").arg(place("serial-reader")).arg("--scanner").arg(place("scanner"));
        command.arg("--camera").arg(place("camera")).args(["--printer", &printer.uri(), "--print"]);
        command.arg("--chip-photo-library").arg(&library);
        command.arg("--chip-photo-helper").arg(workspace_program("chip-photo").unwrap());
        command
    };
    let mut json = with_everything();
    json.arg("--json");
    // Two virtual readers, one of them with a card, and the serial reader.
    let found = verdicts(run(json).await.unwrap().as_bytes());
    assert_eq!(found.len(), 7);
    assert!(found.iter().all(|(_, verdict)| *verdict == Verdict::Works), "{found:?}");
    let text = run(with_everything()).await.unwrap();
    println!("{text}");
    assert!(text.contains("已读到卡片") && text.contains("测试页已打印"), "{text}");
    assert!(!text.contains(&identity.number) && !text.contains(&identity.name));
    assert_eq!(printer.printed().unwrap().len(), 2);
}
