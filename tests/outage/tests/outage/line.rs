//! The line breaks in the middle of requests while operations flow.

use outage::{
    books::{agree, nobody_has_two},
    centre::Centre,
    proxy::{Proxy, Struck, Weather},
    window::{Window, senior},
};
use rules::wire::Verdict;
use std::time::Duration;

const DESKS: u16 = 3;
/// Visits before the line first works, so that batches are large enough to be cut in the middle.
const QUEUED: u16 = 120;

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_arrives_exactly_once_over_a_breaking_line() {
    let centre = Centre::start("outage-line").await.unwrap();
    let mut lines = Vec::new();
    let mut windows = Vec::new();
    for number in 1..=DESKS {
        let line = Proxy::to(centre.address().unwrap(), u64::from(number)).await.unwrap();
        windows.push(Window::enrol(&centre, number, &line.url()).await.unwrap());
        lines.push(line);
    }
    for (index, window) in (0..).zip(&windows) {
        for visit in 0..QUEUED {
            window.serve(&senior(index * 1_000 + visit).unwrap()).await.unwrap();
        }
    }
    lines.iter().for_each(|line| line.turns(Weather::Stormy));
    windows.iter_mut().for_each(Window::online);
    // Work goes on until every kind of fault has hit one of the lines.
    let mut visit = QUEUED;
    while !struck(&lines).all_kinds() || visit < QUEUED + 40 {
        for (index, window) in (0..).zip(&windows) {
            window.serve(&senior(index * 1_000 + visit).unwrap()).await.unwrap();
            // A test is short, so the desk syncs sooner than it would by itself.
            window.desk.sync().now();
        }
        if visit.is_multiple_of(10) {
            // From time to time the line is down completely.
            lines.iter().for_each(|line| line.turns(Weather::Down));
            tokio::time::sleep(Duration::from_millis(50)).await;
            lines.iter().for_each(|line| line.turns(Weather::Stormy));
        }
        visit += 1;
        assert!(visit < 900, "the weather is too good: {:?}", struck(&lines));
    }
    lines.iter().for_each(|line| line.turns(Weather::Calm));
    for window in &windows {
        window.drained().await.unwrap();
        let settled = agree(&centre, window).await.unwrap();
        assert_eq!(settled.len(), usize::from(visit) * 2);
        assert!(settled.iter().all(|(_, verdict)| matches!(verdict, Verdict::Applied { .. })));
        assert!(window.desk.sync().stopped().is_none(), "no desk is stopped for a bad line");
    }
    nobody_has_two(&centre).await.unwrap();
}

fn struck(lines: &[Proxy]) -> Struck {
    lines.iter().map(Proxy::struck).fold(Struck::default(), |sum, one| Struck {
        refused: sum.refused + one.refused,
        cut: sum.cut + one.cut,
        half_closed: sum.half_closed + one.half_closed,
        dropped: sum.dropped + one.dropped,
        delayed: sum.delayed + one.delayed,
    })
}
