//! What fails at a device: card readers and cards, printers and their jobs, cameras, scanners.

catalogue! {
    /// Failure of a device.
    DeviceFailure {
        /// The card left the reader before it was read.
        CardRemoved = "card_removed":
            "卡片在读取过程中被拿开。请把卡片放回读卡器，读完前不要移动。",
            "The card was taken away while it was being read. Put it back and leave it until it is read.";
        /// The card is in the reader, but does not answer.
        CardMute = "card_mute":
            "卡片没有应答。请取下卡片，擦净后重新放好；仍不行请换一台读卡器。",
            "The card does not answer. Take it off, wipe it and put it back; if that fails, try another reader.";
        /// The card is neither an identity document nor a social security card.
        CardUnknown = "card_unknown":
            "这不是身份证件或社会保障卡。请放上居民身份证、居住证、永久居留身份证或社会保障卡。",
            "This is neither an identity document nor a social security card. Use one of those.";
        /// The identity document has an unknown type flag.
        CardUnknownLayout = "card_unknown_layout":
            "证件类型无法识别。请换一种证件，或按“无证件”（F5）凭证明办理，并报告系统管理员。",
            "The kind of document is not known here. Use another card or F5 (no card), and tell the administrator.";
        /// A value on the card is malformed.
        CardGarbled = "card_garbled":
            "卡内数据不完整，未采用。请重新读卡（F2）；多次失败的，按“无证件”（F5）凭证明办理。",
            "The data on the card is damaged and was not used. Read it again (F2); if it keeps failing, use F5 (no card).";
        /// A reply of card or reader breaks its protocol (length, checksum or tag).
        CardProtocol = "card_protocol":
            "读卡器返回的数据有误，未采用。请重新读卡（F2）；多次失败请重新插拔读卡器。",
            "The reply was damaged and was not used. Read again (F2); if it keeps failing, replug the reader.";
        /// The social security card shows its holder only to authorised terminals (`6982`).
        CardHolderProtected = "card_holder_protected":
            "这张社会保障卡不允许读取持卡人信息。请改用居民身份证。",
            "This social security card does not show its holder here. Ask for the identity card.";
        /// The reader's security module rejected the card, or the card rejected the module.
        CardNotGenuine = "card_not_genuine":
            "证件与读卡器互相验证失败，可能不是真证。请换一台读卡器再读一次；仍失败请按可疑证件处理。",
            "Card and reader refused each other; the card may not be genuine. Try another reader once, then treat it as suspicious.";
        /// The security module is not authorised, or failed its self-test.
        ReaderModuleFailed = "reader_module_failed":
            "读卡器的安全模块不工作。请断电后重新插上读卡器；仍不行请更换读卡器。",
            "The reader's security module is not working. Unplug and replug the reader; if that fails, replace it.";
        /// The reader was disconnected.
        ReaderLost = "reader_lost":
            "读卡器已断开。请检查连接线，插好后会自动恢复。",
            "The reader is disconnected. Check its cable; it is used again as soon as it is back.";
        /// The reader is connected, but does not answer.
        ReaderMute = "reader_mute":
            "读卡器没有应答。请检查电源和连接线。",
            "The reader does not answer. Check its power and cable.";
        /// The reader cannot be opened: permission is missing, or another program uses it.
        ReaderBusy = "reader_busy":
            "读卡器无法打开：可能被其他程序占用，或没有权限。请关闭其他读卡程序，或联系系统管理员。",
            "The reader cannot be opened: another program holds it, or permission is missing. Close other card programs or ask the administrator.";
        /// The system's card service (pcscd) is not running.
        ReaderServiceLost = "reader_service_lost":
            "系统读卡服务未运行。服务恢复后会自动继续；超过一分钟请联系系统管理员。",
            "The system's card service is not running. It is used again as soon as it is back; after a minute call the administrator.";
        /// The configured address is not `ipp://`, `ipps://`, `http://` or `https://` with a host.
        PrinterBadAddress = "printer_bad_address":
            "打印机地址无效。请系统管理员在设置中选择打印机。",
            "The printer address is not valid. Ask the administrator to choose a printer in the settings.";
        /// The authority for an encrypted printer is no PEM certificate.
        PrinterBadAuthority = "printer_bad_authority":
            "本机设置 desk.toml 指定的打印机根证书无法读取，或不是 PEM 证书，没有打印。请系统管理员更正。",
            "The printer's certificate authority named in desk.toml cannot be read or is no PEM certificate, so nothing was printed. Ask the administrator to correct it.";
        /// The printer cannot show that it is the one at the address.
        PrinterCertificateRefused = "printer_certificate_refused":
            "打印机的证书不可信：不是由指定的机构签发，或名称、有效期不符，没有打印。请系统管理员检查打印机证书和设置。",
            "The printer's certificate is not trusted: another authority signed it, or its name or dates do not fit. Nothing was printed. Ask the administrator to check the printer's certificate and the settings.";
        /// Nothing answers at the address.
        PrinterUnreachable = "printer_unreachable":
            "打印机没有连接。请检查电源和网线；接好后，没有打出的纸请按 F8 再打印。",
            "The printer is not reachable. Check its power and cable; once it is back, press F8 for what was not printed.";
        /// The printer answers too slowly, or is busy.
        PrinterTimedOut = "printer_timed_out":
            "打印机响应太慢。请稍后再试；仍不行请重启打印机。",
            "The printer answers too slowly. Wait and try again; if that fails, restart it.";
        /// The reply is not IPP, or is broken.
        PrinterProtocol = "printer_protocol":
            "该地址的设备不是打印机，或应答有误。请系统管理员检查设置。",
            "What answers at the address is not a printer or answers wrongly. Ask the administrator to check the settings.";
        /// The queue does not exist.
        PrinterNotFound = "printer_not_found":
            "找不到所选打印队列。请在设置中重新选择打印机。",
            "The chosen print queue does not exist. Choose the printer again in the settings.";
        /// The printer or CUPS requires a permission that this desk does not have.
        PrinterNotAuthorised = "printer_not_authorised":
            "打印机拒绝本窗口使用。请联系系统管理员授权。",
            "The printer does not let this desk print. Ask the administrator for permission.";
        /// The queue accepts no jobs now.
        PrinterNotAccepting = "printer_not_accepting":
            "打印队列暂停接收任务。请系统管理员恢复队列，或换一台打印机。",
            "The queue accepts no jobs. Ask the administrator to resume it, or use another printer.";
        /// The printer does not support this paper size.
        PrinterMediaNotSupported = "printer_media_not_supported":
            "打印机不支持这种纸张。请换一台打印机，或改用其他版式。",
            "The printer cannot take this paper size. Use another printer or another layout.";
        /// The printer supports this paper size, but has none loaded.
        PrinterMediaNotLoaded = "printer_media_not_loaded":
            "纸盒中没有这种纸张。请装入后重试，尚未打印。",
            "This paper size is not loaded. Load it and try again; nothing was printed.";
        /// The printer does not accept PDF.
        PrinterFormatNotSupported = "printer_format_not_supported":
            "打印机不能直接打印 PDF。请系统管理员经 CUPS 添加该打印机。",
            "The printer does not take PDF. Ask the administrator to add it through CUPS.";
        /// The job no longer exists, or its state does not allow the request.
        PrinterJobOver = "printer_job_over":
            "打印任务已经结束，不能再更改。请检查出纸口。",
            "The job has ended and cannot be changed. Look at the output tray.";
        /// The printer refused for another reason.
        PrinterRejected = "printer_rejected":
            "打印机拒绝了任务，没有打印。请重试；仍不行请换一台打印机。",
            "The printer rejected the job; nothing was printed. Try again or use another printer.";
        /// The paper is used up, or not the paper that the job needs.
        PrinterPaperOut = "printer_paper_out":
            "打印机缺纸。请装入任务所需的纸张，任务会自动继续。",
            "The printer is out of paper. Load the paper the job needs; the job goes on by itself.";
        /// Paper is running low.
        PrinterPaperLow = "printer_paper_low":
            "打印机纸张不多了。请及时添纸。",
            "Paper is running low. Add some soon.";
        /// Paper is stuck.
        PrinterPaperJam = "printer_paper_jam":
            "打印机卡纸。请打开机盖取出纸张；取出的纸如已印上内容，请按“印坏了”，会取消原任务、重新打印。",
            "Paper is stuck. Open the printer and take it out; if it was printed on, choose \"Spoilt\": its job is then cancelled and printed again.";
        /// A cover or door is open.
        PrinterCoverOpen = "printer_cover_open":
            "打印机盖没有关好。请合上机盖。",
            "A cover of the printer is open. Close it.";
        /// A tray is missing.
        PrinterTrayMissing = "printer_tray_missing":
            "打印机纸盒没有装好。请推入纸盒。",
            "A tray is missing. Push it in.";
        /// The output tray is full or almost full.
        PrinterOutputFull = "printer_output_full":
            "出纸口已满。请取走纸张。",
            "The output tray is full. Take the paper out.";
        /// Toner, ink or another supply is used up.
        PrinterSupplyOut = "printer_supply_out":
            "打印机墨粉（耗材）用尽。请更换耗材。",
            "Toner or another supply is used up. Replace it.";
        /// Toner, ink or another supply is running low.
        PrinterSupplyLow = "printer_supply_low":
            "打印机墨粉（耗材）不多了。请准备更换。",
            "Toner or another supply is running low. Have a new one ready.";
        /// Somebody paused the printer or its queue.
        PrinterPaused = "printer_paused":
            "打印机已暂停。请在打印机面板上恢复；不行请联系系统管理员。",
            "The printer is paused. Resume it at the printer; if that fails, ask the administrator.";
        /// The spooler cannot reach the printer, or the printer is off.
        PrinterOffline = "printer_offline":
            "打印机脱机。请检查电源和网线，恢复后任务会自动继续。",
            "The printer is offline. Check its power and cable; the job goes on when it is back.";
        /// The printer's memory or the spool area is full.
        PrinterSpoolFull = "printer_spool_full":
            "打印机存储已满。请等待其他任务完成，或重启打印机。",
            "The printer's memory is full. Wait for other jobs or restart it.";
        /// Another reason; the printer gives its keyword.
        PrinterOther = "printer_other":
            "打印机报告了其他问题。请查看打印机面板上的提示。",
            "The printer reports another problem. Look at its own display.";
        /// The printer or its queue holds the job back.
        PrintHeld = "print_held":
            "打印任务被暂缓。请在打印机面板上继续，或取消打印；不行请联系系统管理员。",
            "The job is held. Release it at the printer or cancel it; if that fails, ask the administrator.";
        /// The printer stopped in the middle of the job.
        PrintStopped = "print_stopped":
            "打印中断。请查看打印机，处理后任务会继续，也可以取消。",
            "Printing stopped. See to the printer; the job goes on then, or cancel it.";
        /// The job was cancelled, here or at the printer.
        PrintCancelled = "print_cancelled":
            "任务已取消。请检查出纸口；如已印出，请按“印坏了”。",
            "The job was cancelled. Look at the output tray; if it was printed, choose \"Spoilt\".";
        /// The printer gave the job up.
        PrintAborted = "print_aborted":
            "打印机放弃了任务。请检查出纸口；如有残页，请按“印坏了”，会重新打印。",
            "The printer gave the job up. Look at the output tray; if part of a page came out, choose \"Spoilt\" and it is printed again.";
        /// The printer does not know the job any more.
        PrintForgotten = "print_forgotten":
            "打印机已没有这个任务的记录。请检查出纸口，再决定是否重新打印。",
            "The printer does not know this job any more. Look at the output tray before printing again.";
        /// The configured device or folder does not exist.
        CameraNotFound = "camera_not_found":
            "没有找到摄像头。请检查连接线，插好后会自动恢复。",
            "No camera found. Check its cable; it is used as soon as it is there.";
        /// Another program uses the camera, or permission is missing.
        CameraBusy = "camera_busy":
            "摄像头无法打开：可能被其他程序占用，或没有权限。请关闭其他拍照程序。",
            "The camera cannot be opened: another program uses it, or permission is missing. Close other programs.";
        /// The camera offers none of the supported formats.
        CameraFormat = "camera_format":
            "摄像头的图像格式不受支持。请更换摄像头。",
            "The camera gives no picture format known here. Use another camera.";
        /// The camera was disconnected while in use.
        CameraLost = "camera_lost":
            "摄像头已断开。请检查连接线，插好后会自动恢复。",
            "The camera is disconnected. Check its cable; it is used again as soon as it is back.";
        /// The camera is connected, but sends no pictures.
        CameraMute = "camera_mute":
            "摄像头没有图像。请重新插拔摄像头。",
            "The camera sends no pictures. Unplug it and plug it in again.";
        /// The camera sent bytes that are not a picture.
        CameraGarbled = "camera_garbled":
            "摄像头图像损坏，未采用。请重拍；仍不行请更换摄像头。",
            "The picture was damaged and was not used. Take it again or use another camera.";
        /// The configured device does not exist.
        ScannerNotFound = "scanner_not_found":
            "没有找到扫码枪。请检查连接线，插好后会自动恢复。",
            "No scanner found. Check its cable; it is used as soon as it is there.";
        /// Another program uses the scanner, or permission is missing.
        ScannerBusy = "scanner_busy":
            "扫码枪无法打开：可能被其他程序占用，或没有权限。请关闭其他扫码程序，或联系系统管理员。",
            "The scanner cannot be opened: another program holds it, or permission is missing. Close it or ask the administrator.";
        /// The scanner was disconnected while in use.
        ScannerLost = "scanner_lost":
            "扫码枪已断开。请检查连接线，插好后会自动恢复。",
            "The scanner is disconnected. Check its cable; it is used again as soon as it is back.";
        /// The scanned bytes are not text, or longer than any code.
        ScannerGarbled = "scanner_garbled":
            "扫到的内容损坏，未采用。请重新扫描；仍不行请改用图片核验。",
            "What was scanned is damaged and was not used. Scan again or verify from a picture.";
        /// The site has configured no library.
        ChipPhotoNotConfigured = "chip_photo_not_configured":
            "本机没有安装芯片照片解码库，改为显示登记照片。需要新照片时请用摄像头拍摄，或联系系统管理员安装。",
            "The library that decodes chip photos is not installed on this desk; the registry's photo is shown. Take a live photo where a new one is needed, or ask the system administrator to install it.";
        /// The helper program is not installed.
        ChipPhotoHelperMissing = "chip_photo_helper_missing":
            "芯片照片解码程序未安装，显示登记照片。请告知系统管理员。",
            "The chip photo program is not installed; the registry's photo is shown. Tell the administrator.";
        /// The library is missing, cannot be loaded or has no such function.
        ChipPhotoLibraryUnusable = "chip_photo_library_unusable":
            "芯片照片解码库无法使用，显示登记照片。请告知系统管理员。",
            "The chip photo library cannot be used; the registry's photo is shown. Tell the administrator.";
        /// The library crashed or exceeded a limit.
        ChipPhotoCrashed = "chip_photo_crashed":
            "芯片照片解码库出错，显示登记照片。可以继续办理。",
            "The chip photo library failed; the registry's photo is shown. Go on with the case.";
        /// The library did not finish in time.
        ChipPhotoTimedOut = "chip_photo_timed_out":
            "芯片照片解码超时，显示登记照片。可以继续办理。",
            "Decoding the chip photo took too long; the registry's photo is shown. Go on with the case.";
        /// The result of the library is not a picture of the right size.
        ChipPhotoNotAPicture = "chip_photo_not_a_picture":
            "芯片照片解码结果无效，显示登记照片。可以继续办理。",
            "What the library made is no portrait; the registry's photo is shown. Go on with the case.";
    }
}
