//! Text of a desk check for people.

use counter::device_failure;
use drivers::check::{DeskCheck, Detail, DeviceKind, Verdict};
use rules::{
    Language,
    correction::EvidenceKind,
    window::{self, DeviceState},
};
use std::fmt::Write as _;

/// Returns the text for the command line, one paragraph for each device.
pub(crate) fn text(result: &DeskCheck, language: Language) -> String {
    result.devices.iter().fold(String::new(), |mut text, device| {
        let (kind, verdict) = (device_name(device.device, language), verdict_name(device.verdict, language));
        let columns = columns(kind, verdict, language);
        let mark = if device.verdict == Verdict::Works { "✓" } else { "✗" };
        let mark = if device.verdict == Verdict::NotConfigured { "–" } else { mark };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", format!("{mark} {columns}  {}", device.name).trim_end());
        for detail in &device.details {
            let _ = writeln!(text, "    {}", detail_text(detail, language));
        }
        if let Some(problem) = device.problem {
            let failure = device_failure(problem);
            let _ = writeln!(text, "    {} [{}]", failure.message(language), failure.code());
        }
        text
    })
}

fn detail_text(detail: &Detail, language: Language) -> String {
    let chinese = language == Language::Chinese;
    match detail {
        Detail::Module(number) if chinese => format!("安全模块 {number}"),
        Detail::Module(number) => format!("security module {number}"),
        Detail::CardRead => language.pick("已读到卡片", "a card was read").to_owned(),
        Detail::CardPresent => language.pick("有卡片", "a card lies on it").to_owned(),
        Detail::Model(model) if chinese => format!("型号 {model}"),
        Detail::Model(model) => format!("model {model}"),
        Detail::PaperLoaded(names) if chinese => format!("已装纸张 {}", names.join("、")),
        Detail::PaperLoaded(names) => format!("paper loaded: {}", names.join(", ")),
        Detail::QueuedJobs(count) if chinese => format!("排队任务 {count}"),
        Detail::QueuedJobs(count) => format!("jobs waiting: {count}"),
        Detail::Picture(width, height) if chinese => format!("图像 {width} × {height} 像素"),
        Detail::Picture(width, height) => format!("picture of {width} × {height} pixels"),
        Detail::Scanned(length) if chinese => format!("已扫到一个码（{length} 字节）"),
        Detail::Scanned(length) => format!("a code of {length} bytes was scanned"),
        Detail::TestPageSent => language.pick("测试页已打印", "the test page was printed").to_owned(),
        Detail::OwnWords(words) => words.clone(),
    }
}

fn device_name(device: DeviceKind, language: Language) -> &'static str {
    match device {
        DeviceKind::CardReader => window::DeviceKind::CardReader.label(language),
        DeviceKind::ChipPhoto => EvidenceKind::ChipPhoto.label(language),
        DeviceKind::Printer => window::DeviceKind::Printer.label(language),
        DeviceKind::Camera => window::DeviceKind::Camera.label(language),
        DeviceKind::Scanner => window::DeviceKind::Scanner.label(language),
    }
}

fn verdict_name(verdict: Verdict, language: Language) -> &'static str {
    let state = match verdict {
        Verdict::Works => DeviceState::Ready,
        Verdict::Trouble => DeviceState::Trouble,
        Verdict::Absent => DeviceState::Absent,
        Verdict::NotConfigured => DeviceState::NotConfigured,
    };
    state.label(language)
}

/// Returns kind and verdict in columns of equal width.
fn columns(kind: &str, verdict: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!("{kind:　<4}  {verdict:　<3}"),
        Language::English => format!("{kind:<11}  {verdict:<10}"),
    }
}
