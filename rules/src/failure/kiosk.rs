//! What a citizen reads at a self-service kiosk: nobody stands behind it who could explain.

catalogue! {
    /// Failure at a self-service kiosk.
    KioskFailure {
        /// Nothing reached the centre.
        CentreAway = "kiosk_centre_away":
            "现在联系不上中心，没有办理任何业务。请稍后再来，或到窗口办理。",
            "The centre cannot be reached, and nothing was done. Come back later or go to a window.";
        /// The centre was asked to act, and its answer did not come.
        OutcomeUnknown = "kiosk_outcome_unknown":
            "没有收到中心的答复，不能确定是否办成。请重新登录查看：如已办成，可以直接打印，不会重复办理。",
            "The centre's answer did not come, so it is not known whether this was done. Log in again: what was done can be printed, and nothing is done twice.";
        /// The centre asks for patience.
        CentreBusy = "kiosk_centre_busy":
            "现在办理的人较多，没有办理任何业务。请一分钟后再试。",
            "Many people are being served, and nothing was done. Try again in a minute.";
        /// The centre does not take this kiosk, or it was set up wrongly.
        OutOfService = "kiosk_out_of_service":
            "本自助终端已停用，没有办理任何业务。请换一台终端，或到窗口办理。",
            "This kiosk is out of service, and nothing was done. Use another kiosk or go to a window.";
        /// No card reader works.
        ReaderAway = "kiosk_reader_away":
            "读卡器没有连接，暂时不能用身份证登录。请联系工作人员，或改用手机上的随申码。",
            "The card reader is not connected, so ID cards cannot be used now. Tell the staff, or use the code on your phone.";
        /// The scanner does not work.
        ScannerAway = "kiosk_scanner_away":
            "扫码器没有连接，暂时不能扫手机上的码。请联系工作人员，或改用身份证登录。",
            "The scanner is not connected, so codes on phones cannot be read now. Tell the staff, or use your ID card.";
        /// The printer has no paper.
        NoPaper = "kiosk_no_paper":
            "打印机缺纸，暂时不能申领、补领和打印；挂失照常办理。请联系工作人员加纸。",
            "The printer is out of paper, so nothing can be issued or printed now. A loss can still be reported. Ask the staff for paper.";
        /// The printer does not print for another reason.
        PrinterAway = "kiosk_printer_away":
            "打印机暂时不能用，不能申领、补领和打印；挂失照常办理。请联系工作人员。",
            "The printer does not work, so nothing can be issued or printed now. A loss can still be reported. Tell the staff.";
        /// A code was issued and its sheet waits in the printer.
        PrintWaits = "kiosk_print_waits":
            "已经办好，打印机缺纸或有故障，正在等待打印。请联系工作人员；现在离开也不会丢失，登录后可以再打印。",
            "It is done, and the sheet waits for the printer. Tell the staff. Nothing is lost if you leave now: log in again to print it.";
        /// A code was issued and its sheet was not printed.
        NotPrinted = "kiosk_not_printed":
            "已经办好，但没有打印出来。请再打印一次；以后登录任一自助终端也可以打印。",
            "It is done, but the sheet was not printed. Print it again, here or later at any kiosk.";
        /// The card on the reader was not read.
        CardNotRead = "kiosk_card_not_read":
            "没有读出证件。请把身份证平放在读卡区，读完前不要移动。",
            "The card was not read. Lay your ID card flat on the reader and leave it there.";
        /// The card is no identity document.
        CardOther = "kiosk_card_other":
            "这张卡不能在这里登录。请使用居民身份证、居住证或外国人永久居留身份证。",
            "This card cannot be used here. Use a resident identity card, a residence permit or a permanent resident card.";
        /// A card of somebody who has left lies on the reader.
        CardLeft = "kiosk_card_left":
            "读卡区上有一张身份证。是您的请取走；不是您的请交给工作人员。",
            "An ID card lies on the reader. Take it if it is yours; otherwise hand it to the staff.";
        /// A scanned code was not accepted as a log-in.
        CodeNotAccepted = "kiosk_code_not_accepted":
            "这个码没有通过核验，可能已过期或用过。请在手机上刷新后再出示。",
            "This code was not accepted. It may have ended or been used before. Refresh it on the phone and show it again.";
        /// Who logged in may not handle the code asked for.
        NotBound = "kiosk_not_bound":
            "没有查到亲属绑定关系，不能代办。请先在“随申办”绑定，或由本人持身份证办理。",
            "You are not bound to this person, so you cannot act for them. Bind them in the Suishenban app first, or let them come with their own ID card.";
        /// The registry does not have the person on the card, or under another name (N-3).
        GoToWindow = "kiosk_go_to_window":
            "证件上的信息与登记信息不一致，这里不能办理。请带身份证到窗口，由工作人员核对。",
            "The card does not agree with the records, so nothing can be done here. Take your ID card to a window.";
        /// The session at the centre has ended.
        SessionEnded = "kiosk_session_ended":
            "登录时间已过，没有办理任何业务。请重新登录。",
            "Your session has ended, and nothing was done. Log in again.";
    }
}
