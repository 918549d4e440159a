//! A morning at the counter, driven through the real window when nobody is there to look at it.

use anyhow::Context as _;
use rig::printer::Printer;
use rig::window::Window;

use crate::clerk::{Action, Clerk, Confirmation};
use crate::record::Record;
use crate::sheet;
use crate::site::Site;

/// Serves the morning's citizens and records every step.
///
/// # Errors
/// At the first step that does not go as it should.
pub async fn run(site: &mut Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let clerk = Clerk::at(window);
    window.find("login").await?;
    record.step("窗口打开，等待登录 · the window is open", window).await?;
    clerk.log_in(site.staff_with("clerk")?).await?;
    record.step("窗口人员登录 · the clerk logs in", window).await?;
    first_issue(site, window, record).await?;
    refusals(site, window, record).await?;
    paper_runs_out(site, window, record).await?;
    centre_goes_away(site, window, record).await?;
    readers_fail(site, window, record).await?;
    loss(site, window, record).await
}

/// The main job: from the card on the reader to the sheet in hand.
async fn first_issue(site: &Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let clerk = Clerk::at(window);
    let citizen = site.citizen("senior")?;
    let card = site.lay("senior")?;
    clerk.sees(citizen).await?;
    record.step("社会保障卡读出，显示本人与资格 · a social security card is read", window).await?;
    clerk.begins(Action::Apply).await?;
    record.step("首次申领：与本人核对 · name and photo are checked with the holder", window).await?;
    clerk.holder_agrees().await?;
    clerk.does_it().await?;
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await?;
    record.step("中心已确认 · issued, and confirmed by the centre", window).await?;
    clerk.sees_sheet_printed().await?;
    record.step("离线码打印完成 · the sheet is printed", window).await?;
    keep_sheet(site, &site.printer, record).await?;
    drop(card);
    clerk.hands_over().await?;
    clerk.waits().await?;
    record.step("下一位 · next citizen", window).await
}

/// The sheet as the printer received it, read back by zbar and checked by OpenSSL.
async fn keep_sheet(site: &Site, printer: &Printer, record: &mut Record) -> anyhow::Result<()> {
    let printed = printer.printed()?.pop().context("nothing was printed")?;
    let symbol = sheet::symbol(&printed).await?;
    sheet::verify_with_openssl(&symbol, &site.desk_public_key().await?).await?;
    record.sheet(
        &printed,
        &format!(
            "symbol of {} characters read by zbar at 200 dpi, signature verified by OpenSSL",
            symbol.len()
        ),
    )?;
    record.plain_step("扫描并验签 · the sheet is read back and its signature verified")
}

/// Who may not hold a code, and who needs somebody beside them.
async fn refusals(site: &Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let clerk = Clerk::at(window);
    for key in
        ["mother", "lapsed", "from-elsewhere", "almost-sixty", "child", "pupil", "rare-name", "unknown"]
    {
        let citizen = site.citizen(key)?;
        let card = site.lay(key)?;
        clerk.sees(citizen).await?;
        record.step(citizen.shows, window).await?;
        drop(card);
        clerk.sends_away().await?;
    }
    Ok(())
}

/// The tray is empty: the job waits, nothing is issued twice, and the sheet comes when there is paper.
async fn paper_runs_out(site: &Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let clerk = Clerk::at(window);
    site.printer.take_paper_out().await?;
    let card = site.lay("disabled")?;
    clerk.issues(site.citizen("disabled")?, Action::Apply, Confirmation::Confirmed).await?;
    window.find("failure").await?;
    record.step("打印机缺纸，作业等待 · out of paper, the job waits", window).await?;
    site.printer.refill().await?;
    window.has("print-state", "data-state", "completed").await?;
    record.step("加纸后打印完成 · paper again, the sheet is printed", window).await?;
    keep_sheet(site, &site.printer, record).await?;
    drop(card);
    clerk.hands_over().await?;
    Ok(clerk.waits().await?)
}

/// No line: the same steps, a provisional code, confirmed when the centre is back.
async fn centre_goes_away(site: &mut Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let clerk = Clerk::at(window);
    site.central.stop();
    let card = site.lay("sixty-today")?;
    clerk.issues(site.citizen("sixty-today")?, Action::Apply, Confirmation::Provisional).await?;
    record.step("中心不可达：暂定 · without the centre the code is provisional", window).await?;
    site.central.start_again(&site.folder).await?;
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await?;
    record.step("中心恢复：已确认 · the centre is back and confirms", window).await?;
    drop(card);
    window.click("done-next").await?;
    Ok(clerk.waits().await?)
}

/// The card service is killed and comes back.
async fn readers_fail(site: &mut Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let clerk = Clerk::at(window);
    site.smart_cards.kill();
    site.smart_cards.start_again(&site.folder).await?;
    let card = site.lay("rare-character")?;
    clerk.sees(site.citizen("rare-character")?).await?;
    record
        .step("读卡服务中断后恢复，生僻字姓名 · after the card service failed, the next card is read", window)
        .await?;
    drop(card);
    clerk.sends_away().await?;
    Ok(())
}

/// Somebody lost the sheet.
async fn loss(site: &Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let clerk = Clerk::at(window);
    let card = site.lay("senior")?;
    clerk.sees(site.citizen("senior")?).await?;
    record.step("已有有效码 · the same citizen again, with a live code", window).await?;
    clerk.begins(Action::ReportLoss).await?;
    record.step("挂失：确认后果 · the consequence of a loss report is named", window).await?;
    clerk.does_it().await?;
    clerk.sees_done(Action::ReportLoss, Confirmation::Confirmed).await?;
    record.step("挂失完成 · the code is lost at once", window).await?;
    drop(card);
    window.click("done-next").await?;
    Ok(clerk.waits().await?)
}
