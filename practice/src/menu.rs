//! Practice for people: the window is theirs, and a menu moves everything else: cards,
//! paper, the line.

use std::time::Duration;

use anyhow::Context as _;
use drivers::emulate::InsertedCard;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::guard;
use crate::portal;
use crate::say;
use crate::site::Site;

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
    let mut window = site.open_window_for_people()?;
    let mut menu = Menu { card: None, has_paper: true };
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
         c  中心断开 / 恢复 · centre away, centre back\n   q  结束 · quit\n\n打印的 PDF · printed sheets: {}\n",
        site.printer.printed_folder().display()
    ))
}

struct Menu {
    card: Option<InsertedCard>,
    has_paper: bool,
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
            number => {
                let index: usize = number.parse().context("这不是菜单上的选择 · not on the menu")?;
                let citizen =
                    site.population.get(index.wrapping_sub(1)).context("没有这张卡 · no such card")?;
                let key = citizen.key;
                self.card = None; // one card at a time
                self.card = Some(site.lay(key)?);
                say(format_args!("已放上 · laid on the reader: {}", site.citizen(key)?.name))
            }
        }
    }
}
