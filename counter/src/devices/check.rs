//! The Desk check screen: every device with what was found, and a test of each.

use super::Devices;
use crate::{
    failure::out_of_step,
    format::{short, time_text},
    printing::{PrintRequest, window_name},
    view::{DeviceCheckView, DeviceKind, Failure, Paper},
};
use drivers::{
    card::{ReaderState, Readers},
    printer::{Media as PrinterMedia, PrinterStatus},
};
use paper::{Media, test_page};
use rules::permission::Duty;
use std::sync::Arc;

impl Devices {
    /// Returns every device: found, working, last error.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn check(&self) -> Result<Vec<DeviceCheckView>, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::CheckDevices)?;
        let printer = self.ask_printer().await;
        let mut checks = Vec::new();
        for device in self.views().await {
            let (found_zh, found_en) = self.found(device.kind, printer.as_ref());
            let last = self.troubles().last_errors.get(&device.kind).cloned();
            checks.push(DeviceCheckView {
                kind: device.kind,
                name: device.name,
                state: device.state,
                found_zh,
                found_en,
                last_error_at: last.as_ref().map(|(_, at)| time_text(*at)),
                last_error: device.trouble.or_else(|| last.map(|(failure, _)| failure)),
            });
        }
        Ok(checks)
    }

    /// Tests one device: reads a card, prints a test page, takes a picture; the scanner shows its
    /// next symbol by itself.
    ///
    /// # Errors
    /// Not permitted, or what the device says.
    pub async fn test(self: &Arc<Self>, kind: DeviceKind) -> Result<DeviceCheckView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::CheckDevices)?;
        match kind {
            DeviceKind::CardReader => self.read_card_again(),
            DeviceKind::Printer => self.print_test_page().await?,
            DeviceKind::Camera => {
                self.take_frame().await?;
            }
            DeviceKind::Scanner => {}
        }
        let checks = self.check().await?;
        checks.into_iter().find(|check| check.kind == kind).ok_or_else(out_of_step)
    }

    async fn print_test_page(self: &Arc<Self>) -> Result<(), Failure> {
        let desk = self.core.desk()?;
        let identity = desk.identity();
        let page = test_page::TestPage {
            site: &identity.site_name,
            desk: &window_name(identity.desk_number),
            printer: &self.core.config().printer.uri,
            printed_at: desk.read_clock().at.civil(),
            code: &format!("SUISHEN-TEST {}", short(&uuid::Uuid::now_v7().simple().to_string())),
        };
        let pdf = test_page::render(self.core.fonts()?, &page, Media::A4)?;
        self.printing
            .start(PrintRequest {
                paper: Paper::TestPage,
                pdf,
                media: PrinterMedia::a4(),
                case_number: None,
                serial: None,
            })
            .await
    }

    fn found(
        &self,
        kind: DeviceKind,
        printer: Option<&Result<PrinterStatus, Failure>>,
    ) -> (Vec<String>, Vec<String>) {
        match kind {
            DeviceKind::CardReader => {
                let readers = self.readers();
                let all = readers.as_ref().map(Readers::status).unwrap_or_default();
                let word = |state| match state {
                    ReaderState::Absent => ("未找到", "not found"),
                    ReaderState::Empty => ("就绪，无证件", "ready, no card"),
                    ReaderState::Reading => ("正在读取", "reading"),
                    ReaderState::CardPresent => ("已放证件", "card present"),
                };
                (
                    all.iter().map(|reader| format!("{}：{}", reader.reader, word(reader.state).0)).collect(),
                    all.iter().map(|reader| format!("{}: {}", reader.reader, word(reader.state).1)).collect(),
                )
            }
            DeviceKind::Printer => match printer {
                Some(Ok(status)) => {
                    let model = status.model.clone().unwrap_or_else(|| status.name.clone());
                    let media = status.media_ready.join(", ");
                    let reasons: Vec<Failure> =
                        status.reasons.iter().map(|reason| reason.problem.into()).collect();
                    (
                        vec![
                            model.clone(),
                            format!("纸张：{media}"),
                            format!("排队任务：{}", status.queued_jobs),
                            reasons.iter().map(|reason| reason.zh.as_str()).collect(),
                        ],
                        vec![
                            model,
                            format!("Media: {media}"),
                            format!("Jobs waiting: {}", status.queued_jobs),
                            reasons.iter().map(|reason| reason.en.as_str()).collect(),
                        ],
                    )
                }
                Some(Err(failure)) => (vec![failure.zh.clone()], vec![failure.en.clone()]),
                None => (vec!["尚未设置打印机".to_owned()], vec!["No printer is set up".to_owned()]),
            },
            DeviceKind::Camera => {
                let cameras = drivers::camera::list_cameras();
                if cameras.is_empty() {
                    (vec!["系统中没有视频设备".to_owned()], vec!["The system has no video device".to_owned()])
                } else {
                    let names: Vec<_> = cameras.into_iter().map(|camera| camera.name).collect();
                    (names.clone(), names)
                }
            }
            DeviceKind::Scanner => (
                vec!["键盘式扫码枪随时可用；串口扫码枪按设置连接".to_owned()],
                vec!["Keyboard-wedge scanners always work; a serial one is used as set up".to_owned()],
            ),
        }
    }
}
