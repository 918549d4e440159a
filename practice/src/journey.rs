//! A morning at the counter, driven through the real window for machines without a screen.

use anyhow::Context as _;
use rig::printer::Printer;
use rig::window::Window;

use crate::clerk::{Action, Clerk, Confirmation};
use crate::correcting::{Supervisor, Wrong};
use crate::record::Record;
use crate::sheet;
use crate::site::Site;

/// Serves the morning's citizens and records every step.
///
/// # Errors
/// Any failure of the first step that goes wrong.
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
    wrong_name(site, window, record).await?;
    loss(site, window, record).await
}

/// Does the main job: from the card on the reader to the sheet in hand.
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

/// Keeps the sheet as the printer received it, after zbar has read it and OpenSSL has checked it.
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

/// Shows citizens who may not hold a code, or who need a guardian.
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

/// Empties the tray: the job waits, nothing is issued twice, and the sheet comes once
/// there is paper.
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

/// Stops the centre: the same steps issue a provisional code, confirmed when the centre is back.
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

/// Kills and restarts the card service.
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

/// Corrects a wrong name that a kiosk escalated; clerk and supervisor share the desk.
async fn wrong_name(site: &Site, window: &Window, record: &mut Record) -> anyhow::Result<()> {
    let (clerk, citizen) = (Clerk::at(window), site.citizen("wrong-character")?);
    let kiosk = site.install_kiosk("演练自助终端").await?;
    kiosk.sends_to_the_window(&site.central, citizen, "name", "名字里的字不对").await?;
    record.plain_step(
        "自助机上发现姓名有误，转到窗口 · the kiosk shows a wrong name and sends its citizen here",
    )?;
    let card = site.lay("wrong-character")?;
    clerk.sees(citizen).await?;
    record.step("读卡：登记姓名与芯片不一致 · the registry's name is not the chip's", window).await?;
    clerk.opens_correction(Wrong::Name).await?;
    clerk.chooses_reason("N1").await?;
    clerk.adds_evidence("card_scan").await?;
    record
        .step("姓名更正：逐字对照、拍材料 · the correction, character by character, with evidence", window)
        .await?;
    clerk.hands_in().await?;
    record.step("提交，等待另一人审批 · handed in, for another person to approve", window).await?;

    let approver = site.staff_with("supervisor")?;
    clerk.gives_place_to(approver).await?;
    let supervisor = Supervisor::at(window, approver);
    supervisor.opens_first().await?;
    supervisor.looks_at_evidence(&["chip_read", "card_scan"]).await?;
    record.step("主管逐件查看材料 · the supervisor has looked at every piece of evidence", window).await?;
    supervisor.approves().await?;
    window.has("approval", "data-state", "applied").await?;
    record.step("主管批准，中心已生效 · approved, and applied at the centre", window).await?;

    clerk.gives_place_to(site.staff_with("clerk")?).await?;
    clerk.sees_named(citizen.name).await?;
    clerk.replaces(Confirmation::Confirmed).await?;
    record.step("更正换发：新码打印完成 · replaced, and the right sheet is printed", window).await?;
    keep_sheet(site, &site.printer, record).await?;
    drop(card);
    clerk.hands_over().await?;
    Ok(clerk.waits().await?)
}

/// Reports a lost sheet.
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
