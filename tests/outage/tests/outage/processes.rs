//! Three server processes on one database: desks use any of them, and one is killed.

use outage::{
    books::{agree, nobody_has_two},
    centre::{Centre, address},
    proxy::{Proxy, Weather},
    window::{Window, senior},
};
use rules::wire::Verdict;

const VISITS: u16 = 60;
/// Number of citizens who go to every desk on the same day.
const EVERYWHERE: u16 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_on_one_database_decide_each_operation_once() {
    let centre = Centre::start("outage-processes").await.unwrap();
    let second = centre.central.another("central-2", &centre.folder, &[]).await.unwrap();
    let mut third = centre.central.another("central-3", &centre.folder, &[]).await.unwrap();
    let urls = [centre.central.url(), second.url(), third.url()];
    let mut windows = Vec::new();
    for (number, url) in (1..).zip(&urls) {
        windows.push(Window::enrol(&centre, number, url).await.unwrap());
    }
    // The line of a fourth desk is moved from a killed process to another.
    let line = Proxy::to(address(&third).unwrap(), 9).await.unwrap();
    windows.push(Window::enrol(&centre, 4, &line.url()).await.unwrap());
    windows.iter_mut().for_each(Window::online);
    for visit in 0..VISITS {
        for (index, window) in (1..).zip(&windows) {
            let citizen = if visit < EVERYWHERE { visit } else { index * 1_000 + visit };
            window.serve(&senior(citizen).unwrap()).await.unwrap();
        }
        if visit == VISITS / 2 {
            third.kill();
            line.turns(Weather::Down);
            line.leads_to(address(&second).unwrap());
            line.turns(Weather::Calm);
        }
    }
    third.start_again(&centre.folder).await.unwrap();
    let mut winners = 0;
    for window in &windows {
        window.drained().await.unwrap();
        let settled = agree(&centre, window).await.unwrap();
        assert_eq!(settled.len(), usize::from(VISITS) * 2);
        let issued = |verdict: &Verdict| matches!(verdict, Verdict::Applied { action: Some(_) });
        winners += settled.iter().filter(|(_, verdict)| issued(verdict)).count();
    }
    let own = usize::from(VISITS - EVERYWHERE) * windows.len();
    assert_eq!(winners, usize::from(EVERYWHERE) + own, "one winner for each holder and day");
    nobody_has_two(&centre).await.unwrap();
}
