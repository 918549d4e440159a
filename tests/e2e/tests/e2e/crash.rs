//! The program is killed at the worst moments.

use std::time::Duration;

use practice::citizen::{newcomer, today_in_shanghai};
use practice::clerk::Action;
use rig::process::until;

use crate::Counter;

const KILLS: u16 = 10;
/// Additional delay of each kill: from at once to well after the answer.
const LATER: Duration = Duration::from_millis(40);

/// Checks that an operation is one transaction: domain rows, audit row, outbox row. In the first
/// half the centre answers, so that some kills fall between push and verdict. In the second half
/// only the desk's database decides.
#[tokio::test]
async fn a_kill_after_the_issue_key_leaves_nothing_or_everything() {
    let mut counter = Counter::open("killed").await;
    let mut issued = 0;
    for kill in 0..KILLS {
        if kill == KILLS / 2 {
            everything_is_at_the_centre(&counter, issued).await;
            counter.site.central.stop();
        }
        let citizen = newcomer(today_in_shanghai(), kill);
        let card = counter.site.lay_card_of(&citizen).unwrap();
        counter.clerk().sees(&citizen).await.unwrap();
        counter.clerk().begins(Action::Apply).await.unwrap();
        counter.clerk().holder_agrees().await.unwrap();
        let clerk = counter.clerk();
        // The program may be gone before the key arrives.
        let _ = tokio::join!(clerk.does_it(), async {
            tokio::time::sleep(LATER * u32::from(kill)).await;
            counter.window().kill_program().unwrap();
        });
        drop(card);
        counter.open_window().await;
        let card = counter.site.lay_card_of(&citizen).unwrap();
        counter.clerk().sees(&citizen).await.unwrap();
        let happened = counter.window().shows("history-code").await;
        assert_ne!(happened, counter.window().shows("history-empty").await);
        issued += u64::from(happened);
        drop(card);
        counter.clerk().sends_away().await.unwrap();
    }
    counter.site.central.start_again(&counter.site.folder).await.unwrap();
    everything_is_at_the_centre(&counter, issued).await;
}

/// Waits until the centre has exactly the issued codes: one would be missing without its outbox
/// row, or extra without its code row.
async fn everything_is_at_the_centre(counter: &Counter, issued: u64) {
    until("every code of the desk at the centre", Duration::from_secs(60), async || {
        let words = counter.window().text("status-queue").await.ok()?;
        (words.contains("无待同步") && counter.codes_at_the_centre().await >= issued).then_some(())
    })
    .await
    .unwrap();
    assert_eq!(counter.codes_at_the_centre().await, issued);
    assert_eq!(counter.at_the_centre("SELECT count(DISTINCT citizen_ref) FROM current_code").await, issued);
}
