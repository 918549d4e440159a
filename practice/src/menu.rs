//! Practice for people: the window is theirs, and a menu moves everything else: cards,
//! paper, the line.

use std::time::Duration;

use anyhow::Context as _;
use drivers::emulate::InsertedCard;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::bridge::{Bridge, KIOSK_READER};
use crate::guard;
use crate::portal;
use crate::say;
use crate::site::Site;

/// Name of the kiosk at the centre.
const KIOSK: &str = "演练自助终端";
/// Seconds without a touch after which a visit at the kiosk ends.
const IDLE_SECONDS: u32 = 60;

/// Opens the window and serves the menu until the window closes or the person quits.
///
/// # Errors
/// Any failure to open the window or use the terminal.
pub async fn serve_people(site: &mut Site) -> anyhow::Result<()> {
    introduce(site)?;
    let (address, key_id) = guard::link(&site.central).await?;
    say(format_args!(
        "核验页 · the guard's page, key {key_id}:\n{address}\n摄像头看不到纸时，可从图片识别 · without a camera it reads a picture\n"
    ))?;
    let portal = portal::open(site).await?;
    say(format_args!(
        "一网通办专栏 · the portal's page, where citizens apply by themselves:\n{}\n",
        portal.url()
    ))?;
    let kiosk = site.open_kiosk(KIOSK, IDLE_SECONDS).await?;
    say(format_args!(
        "自助终端 · the kiosk's page:\n{}\n自助终端打印的 PDF · its sheets: {}\n",
        kiosk.address(),
        kiosk.printer.printed_folder().display()
    ))?;
    let mut window = site.open_window_for_people()?;
    let mut menu = Menu { card: None, has_paper: true, kiosk, card_at_kiosk: None };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut terminal_open = true;
    let mut looks = tokio::time::interval(Duration::from_millis(300));
    loop {
        tokio::select! {
            line = lines.next_line(), if terminal_open => match line? {
                Some(line) if line.trim() == "q" => return Ok(()),
                Some(line) => {
                    if let Err(error) = menu.choose(line.trim(), site).await {
                        say(format_args!("{error:#}"))?;
                    }
                }
                // Without a terminal, the window alone decides when to end.
                None => terminal_open = false,
            },
            _ = looks.tick() => if window.ended()?.is_some() {
                return say(format_args!("窗口已关闭 · the window is closed"));
            },
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
        }
    }
}

fn introduce(site: &Site) -> anyhow::Result<()> {
    say(format_args!("\n工号 · staff\n"))?;
    for staff in &site.staff {
        say(format_args!("  {}  {}  {}  密码 {}", staff.number, staff.name, staff.duty, staff.password))?;
    }
    say(format_args!("\n卡片 · cards: type a number and press Enter\n"))?;
    for (index, citizen) in site.population.iter().enumerate() {
        say(format_args!("  {:>2}  {}  {}", index + 1, citizen.name, citizen.shows))?;
    }
    say(format_args!(
        "\n   0  把卡取走 · lift the card\n   p  取纸 / 加纸 · paper out, paper in\n   k  读卡服务中断并恢复 · card service fails and comes back\n   \
         c  中心断开 / 恢复 · centre away, centre back\n   \
         t 卡号  在自助终端放卡，t 0 取走 · lay a card at the kiosk, 0 lifts it\n   \
         s 人 [亲属]  在自助终端出示随申码或亲属码 · show a phone's code at the kiosk\n   q  结束 · quit\n\n打印的 PDF · printed sheets: {}\n",
        site.printer.printed_folder().display()
    ))
}

struct Menu {
    card: Option<InsertedCard>,
    has_paper: bool,
    card_at_kiosk: Option<InsertedCard>,
    kiosk: Bridge,
}

/// Returns the citizen with this number on the menu.
fn chosen(number: &str, site: &Site) -> anyhow::Result<&'static str> {
    let index: usize = number.parse().context("这不是菜单上的选择 · not on the menu")?;
    let citizen = site.population.get(index.wrapping_sub(1)).context("没有这个人 · no such person")?;
    Ok(citizen.key)
}

impl Menu {
    async fn choose(&mut self, choice: &str, site: &mut Site) -> anyhow::Result<()> {
        match choice {
            "" => Ok(()),
            "0" => {
                self.card = None;
                say(format_args!("卡已取走 · card lifted"))
            }
            "p" if self.has_paper => {
                site.printer.take_paper_out().await?;
                self.has_paper = false;
                say(format_args!("缺纸 · out of paper"))
            }
            "p" => {
                site.printer.refill().await?;
                self.has_paper = true;
                say(format_args!("已加纸 · paper in"))
            }
            "k" => {
                site.smart_cards.kill();
                tokio::time::sleep(Duration::from_secs(2)).await; // long enough to see on screen
                site.smart_cards.start_again(&site.folder).await?;
                say(format_args!("读卡服务已恢复 · card service back"))
            }
            "c" if site.central.pid().is_some() => {
                site.central.stop();
                say(format_args!("中心已断开 · centre away"))
            }
            "c" => {
                site.central.start_again(&site.folder).await?;
                say(format_args!("中心已恢复 · centre back"))
            }
            other => match other.split_whitespace().collect::<Vec<_>>()[..] {
                ["t", "0"] => {
                    self.card_at_kiosk = None;
                    say(format_args!("自助终端的卡已取走 · card lifted at the kiosk"))
                }
                ["t", number] => {
                    let key = chosen(number, site)?;
                    self.card_at_kiosk = None; // one card at a time
                    self.card_at_kiosk = Some(site.lay_at(KIOSK_READER, key)?);
                    say(format_args!("已放在自助终端 · laid at the kiosk: {}", site.citizen(key)?.name))
                }
                ["s", number, ref relative @ ..] if relative.len() < 2 => {
                    let holder = relative.first().map(|number| chosen(number, site)).transpose()?;
                    let code = site.code_on_phone(&self.kiosk, chosen(number, site)?, holder).await?;
                    self.kiosk.scanner.scan(&code)?;
                    say(format_args!("已在自助终端扫码 · shown at the kiosk's scanner"))
                }
                [number] => {
                    let key = chosen(number, site)?;
                    self.card = None; // one card at a time
                    self.card = Some(site.lay(key)?);
                    say(format_args!("已放上 · laid on the reader: {}", site.citizen(key)?.name))
                }
                _ => anyhow::bail!("这不是菜单上的选择 · not on the menu"),
            },
        }
    }
}
