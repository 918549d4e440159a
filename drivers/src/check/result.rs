//! Results of the desk check, and their text for people.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::Language;
use crate::camera::CameraError;
use crate::card::CardError;
use crate::chip_photo::ChipPhotoError;
use crate::printer::{PrinterError, PrinterProblem};
use crate::scanner::ScannerError;

/// Kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// Card reader of the desk (读卡器).
    CardReader,
    /// Decoder of the chip's portrait (芯片照片).
    ChipPhoto,
    /// Printer for sheets and receipts (打印机).
    Printer,
    /// Camera for photos (摄像头).
    Camera,
    /// 2D scanner for codes (扫码枪).
    Scanner,
}

/// Result of checking a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The device was found and works.
    Works,
    /// The device was found, but does not work properly.
    Trouble,
    /// The device is configured or searched for, but was not found.
    Absent,
    /// The device is not configured at this desk.
    NotConfigured,
}

/// Problem of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceProblem {
    /// Problem of a card reader or a card.
    Card(CardError),
    /// The printer does not answer, or refuses.
    Printer(PrinterError),
    /// The printer reports this problem itself.
    PrinterState(PrinterProblem),
    /// Problem of the camera.
    Camera(CameraError),
    /// Problem of the scanner.
    Scanner(ScannerError),
    /// Problem of the decoder for the chip's portrait.
    ChipPhoto(ChipPhotoError),
}

impl DeviceProblem {
    /// Returns the stable code of the problem.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Printer(error) => error.code(),
            Self::PrinterState(problem) => problem.code(),
            Self::Camera(error) => error.code(),
            Self::Scanner(error) => error.code(),
            Self::ChipPhoto(error) => error.code(),
        }
    }

    /// Returns what the clerk should do.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::Card(error) => error.message(language),
            Self::Printer(error) => error.message(language),
            Self::PrinterState(problem) => problem.message(language),
            Self::Camera(error) => error.message(language),
            Self::Scanner(error) => error.message(language),
            Self::ChipPhoto(error) => error.message(language),
        }
    }
}

/// Fact about a device, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Number of the reader's security module.
    Module(String),
    /// A card lies on the reader and was read.
    CardRead,
    /// A card lies on the reader, but has not been read.
    CardPresent,
    /// Make and model of the device.
    Model(String),
    /// Paper sizes that are loaded, by standard name.
    PaperLoaded(Vec<String>),
    /// Number of jobs that are waiting.
    QueuedJobs(u32),
    /// Width and height of the picture taken, in pixels.
    Picture(u32, u32),
    /// Length of the scanned code, in bytes.
    Scanned(usize),
    /// A test page was sent to the printer.
    TestPageSent,
    /// Message of the device in its own words.
    OwnWords(String),
}

impl Detail {
    /// Returns the text that is shown to the clerk.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let chinese = language == Language::Chinese;
        match self {
            Self::Module(number) if chinese => format!("安全模块 {number}"),
            Self::Module(number) => format!("security module {number}"),
            Self::CardRead => language.pick("已读到卡片", "a card was read").to_owned(),
            Self::CardPresent => language.pick("有卡片", "a card lies on it").to_owned(),
            Self::Model(model) if chinese => format!("型号 {model}"),
            Self::Model(model) => format!("model {model}"),
            Self::PaperLoaded(names) if chinese => format!("已装纸张 {}", names.join("、")),
            Self::PaperLoaded(names) => format!("paper loaded: {}", names.join(", ")),
            Self::QueuedJobs(count) if chinese => format!("排队任务 {count}"),
            Self::QueuedJobs(count) => format!("jobs waiting: {count}"),
            Self::Picture(width, height) if chinese => format!("图像 {width} × {height} 像素"),
            Self::Picture(width, height) => format!("picture of {width} × {height} pixels"),
            Self::Scanned(length) if chinese => format!("已扫到一个码（{length} 字节）"),
            Self::Scanned(length) => format!("a code of {length} bytes was scanned"),
            Self::TestPageSent => language.pick("测试页已打印", "the test page was printed").to_owned(),
            Self::OwnWords(words) => words.clone(),
        }
    }
}

/// Result for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCheck {
    /// Kind of the device.
    pub device: DeviceKind,
    /// Name, address or device file; empty if there is none.
    pub name: String,
    /// Result of the check.
    pub verdict: Verdict,
    /// Current or latest problem, if any.
    pub problem: Option<DeviceProblem>,
    /// Further facts about the device.
    pub details: Vec<Detail>,
}

/// Results for all devices of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeskCheck {
    /// Devices in display order.
    pub devices: Vec<DeviceCheck>,
}

impl DeskCheck {
    /// Returns whether every configured device works.
    #[must_use]
    pub fn all_well(&self) -> bool {
        self.devices.iter().all(|device| matches!(device.verdict, Verdict::Works | Verdict::NotConfigured))
    }

    /// Returns the text for the command line, one paragraph for each device.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        self.devices.iter().fold(String::new(), |mut text, device| {
            let kind = device_name(device.device, language);
            let verdict = verdict_name(device.verdict, language);
            let mark = if device.verdict == Verdict::Works { "✓" } else { "✗" };
            let mark = if device.verdict == Verdict::NotConfigured { "–" } else { mark };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", format!("{mark} {kind}  {verdict}  {}", device.name).trim_end());
            for detail in &device.details {
                let _ = writeln!(text, "    {}", detail.text(language));
            }
            if let Some(problem) = device.problem {
                let _ = writeln!(text, "    {} [{}]", problem.message(language), problem.code());
            }
            text
        })
    }
}

fn device_name(device: DeviceKind, language: Language) -> &'static str {
    match device {
        DeviceKind::CardReader => language.pick("读卡器　", "card reader"),
        DeviceKind::ChipPhoto => language.pick("芯片照片", "chip photo "),
        DeviceKind::Printer => language.pick("打印机　", "printer    "),
        DeviceKind::Camera => language.pick("摄像头　", "camera     "),
        DeviceKind::Scanner => language.pick("扫码枪　", "scanner    "),
    }
}

fn verdict_name(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Works => language.pick("正常　", "works         "),
        Verdict::Trouble => language.pick("有问题", "trouble       "),
        Verdict::Absent => language.pick("未找到", "not found     "),
        Verdict::NotConfigured => language.pick("未配置", "not configured"),
    }
}
