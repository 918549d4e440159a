//! The page's own failure. It is written into the page, because nobody answers there.

catalogue! {
    /// Failure of the page itself.
    PageFailure {
        /// The shell refused the call, or the program is ending.
        CallFailed = "page_call_failed":
            "程序没有应答，本次操作未执行。已保存的内容都在；请重试，再次出错请重新启动程序并联系系统管理员。",
            "The program did not answer and nothing was done. What was saved is safe. Try again; if it happens again, restart the program and tell the system administrator.";
    }
}
