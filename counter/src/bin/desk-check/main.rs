//! Tests each device of the desk and prints what was found, what works and what is wrong.

mod text;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use counter::DeskConfig;
use drivers::DeviceSettings;
use drivers::camera::CameraSettings;
use drivers::card::{CardReaderSettings, ReaderChoice, SerialPortSettings};
use drivers::check::check;
use drivers::chip_photo::ChipPhotoSettings;
use drivers::scanner::ScannerSettings;
use rules::Language;

/// 设备检查：逐个测试窗口的设备，显示找到了什么、是否正常、哪里有问题。
///
/// Takes the devices for itself: close the counter program first.
#[derive(Parser)]
#[command(name = "desk-check", version)]
struct Arguments {
    /// Folder of the desk, whose desk.toml names its devices; the options below replace some.
    /// Without it: the folder that the window uses.
    #[arg(long, env = "SUISHEN_DESK_DIR")]
    folder: Option<PathBuf>,
    /// Serial identity-card reader, such as /dev/ttyUSB0; may be given more than once.
    #[arg(long, value_name = "DEVICE")]
    serial_reader: Vec<String>,
    /// Use only the reader whose name begins so.
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Address of the printer, such as ipp://localhost:631/printers/desk.
    #[arg(long, value_name = "ADDRESS")]
    printer: Option<String>,
    /// Certificate authority of an encrypted printer (PEM); without it, whom the system trusts.
    #[arg(long, value_name = "FILE")]
    printer_authority: Option<PathBuf>,
    /// Camera, such as /dev/video0, or a folder of pictures.
    #[arg(long, value_name = "DEVICE")]
    camera: Option<PathBuf>,
    /// Serial 2D scanner, such as /dev/ttyACM0.
    #[arg(long, value_name = "DEVICE")]
    scanner: Option<String>,
    /// Library that decodes the chip's portrait.
    #[arg(long, value_name = "FILE", requires = "chip_photo_helper")]
    chip_photo_library: Option<PathBuf>,
    /// The helper program that runs that library.
    #[arg(long, value_name = "FILE")]
    chip_photo_helper: Option<PathBuf>,
    /// How many seconds to wait for a card to be put on and a code to be scanned.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
    /// Print a test page.
    #[arg(long)]
    print: bool,
    /// Print in English.
    #[arg(long)]
    english: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Write the manual page into a folder and end.
    #[arg(long, value_name = "FOLDER", exclusive = true)]
    man: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(folder) = arguments.man {
        clap_mangen::generate_to(<Arguments as clap::CommandFactory>::command(), folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = settings(&arguments)?;
    let result = check(&settings, Duration::from_secs(arguments.wait), arguments.print).await;
    let language = if arguments.english { Language::English } else { Language::Chinese };
    let text = if arguments.json {
        serde_json::to_string_pretty(&result)? + "\n"
    } else {
        text::text(&result, language)
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if result.all_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn settings(arguments: &Arguments) -> anyhow::Result<DeviceSettings> {
    let folder = arguments.folder.clone().or_else(DeskConfig::default_folder).unwrap_or_default();
    let config = DeskConfig::load(&folder)
        .map_err(|failure| anyhow::anyhow!(if arguments.english { failure.en } else { failure.zh }))?;
    let mut settings = config.devices(&folder);
    let CardReaderSettings { serial_ports, reader, .. } = &mut settings.card_readers;
    serial_ports.extend(arguments.serial_reader.iter().map(|path| SerialPortSettings {
        path: path.clone(),
        baud_rate: SerialPortSettings::FACTORY_BAUD_RATE,
    }));
    if let Some(name) = &arguments.reader {
        *reader = ReaderChoice::Named(name.clone());
    }
    if let Some(address) = &arguments.printer {
        settings.printer = Some(address.clone());
    }
    if let Some(file) = &arguments.printer_authority {
        settings.printer_authority = Some(file.clone());
    }
    if let Some(path) = &arguments.camera {
        let is_folder = path.is_dir();
        let path = path.clone();
        settings.camera =
            Some(if is_folder { CameraSettings::Folder(path) } else { CameraSettings::Device(path) });
    }
    if let Some(path) = &arguments.scanner {
        settings.scanner =
            Some(ScannerSettings { path: path.clone(), baud_rate: ScannerSettings::FACTORY_BAUD_RATE });
    }
    if let (Some(library), Some(helper)) = (&arguments.chip_photo_library, &arguments.chip_photo_helper) {
        settings.chip_photo = Some(ChipPhotoSettings {
            helper: helper.clone(),
            library: library.clone(),
            entry: "wlt2bmp".to_owned(),
        });
    }
    Ok(settings)
}
