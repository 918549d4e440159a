use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::Language;
use crate::camera::CameraError;
use crate::card::CardError;
use crate::chip_photo::ChipPhotoError;
use crate::printer::{PrinterError, PrinterProblem};
use crate::scanner::ScannerError;

/// Kinds of devices a desk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// Card reader (读卡器).
    CardReader,
    /// Decoding of the chip's portrait (芯片照片).
    ChipPhoto,
    /// Printer (打印机).
    Printer,
    /// Camera (摄像头).
    Camera,
    /// 2D scanner (扫码枪).
    Scanner,
}

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Found and working.
    Works,
    /// Found and not working, or not working as it should.
    Trouble,
    /// Configured or looked for, and not found.
    Absent,
    /// Not configured at this desk.
    NotConfigured,
}

/// What is wrong with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceProblem {
    /// A card reader or a card.
    Card(CardError),
    /// The printer cannot be asked or refuses.
    Printer(PrinterError),
    /// The printer says what is wrong with it.
    PrinterState(PrinterProblem),
    /// The camera.
    Camera(CameraError),
    /// The scanner.
    Scanner(ScannerError),
    /// The decoding of the chip's portrait.
    ChipPhoto(ChipPhotoError),
}

impl DeviceProblem {
    /// The stable code.
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

    /// What to do.
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

/// Something worth knowing about a device. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Number of a reader's security module.
    Module(String),
    /// A card lies on the reader and was read.
    CardRead,
    /// A card lies on the reader.
    CardPresent,
    /// Make and model.
    Model(String),
    /// Paper loaded, by standard names.
    PaperLoaded(Vec<String>),
    /// Jobs waiting.
    QueuedJobs(u32),
    /// Size of the picture taken, in pixels.
    Picture(u32, u32),
    /// A code was scanned; its length in bytes.
    Scanned(usize),
    /// A test page was handed to the printer.
    TestPageSent,
    /// The device's own words.
    OwnWords(String),
}

impl Detail {
    /// As shown to the clerk.
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

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCheck {
    /// What it is.
    pub device: DeviceKind,
    /// Its name, address or device file; empty when there is none.
    pub name: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What is, or was last, wrong.
    pub problem: Option<DeviceProblem>,
    /// What else is known.
    pub details: Vec<Detail>,
}

/// Every device of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeskCheck {
    /// In the order of the screen.
    pub devices: Vec<DeviceCheck>,
}

impl DeskCheck {
    /// Whether every configured device works.
    #[must_use]
    pub fn all_well(&self) -> bool {
        self.devices.iter().all(|device| matches!(device.verdict, Verdict::Works | Verdict::NotConfigured))
    }

    /// As printed by the command line: one device a paragraph.
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
