//! The queue is carried by hand: to another desk, to the centre itself, and then the desk has its line back.

use outage::{
    books::{agree, nobody_has_two},
    centre::Centre,
    window::{Window, senior, supervisor},
};
use rules::Sensitive;
use std::time::Duration;

const PASSPHRASE: &str = "carried in a pocket";
const VISITS: u16 = 120;

/// An offline desk with a queue of more than one batch, and its file.
async fn carried(centre: &Centre, number: u16) -> (Window, std::path::PathBuf) {
    let window = Window::enrol(centre, number, &centre.central.url()).await.unwrap();
    for visit in 0..VISITS {
        window.serve(&senior(number * 1_000 + visit).unwrap()).await.unwrap();
    }
    let out = centre.folder.below("stick").unwrap();
    let phrase = Sensitive::new(PASSPHRASE.to_owned());
    let file = window.desk.export_queue(&supervisor(), &out, &phrase).await.unwrap();
    (window, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_carried_to_the_centre_counts_once_however_often_it_comes() {
    let centre = Centre::start("outage-carried-centre").await.unwrap();
    let (mut window, file) = carried(&centre, 1).await;
    let file = file.display().to_string();
    let wrong = centre.central.command_with_input(&["import", &file], "another passphrase\n").await;
    assert!(wrong.is_err());
    assert_eq!(centre.count("SELECT count(*) FROM op_log").await.unwrap(), 0);
    for _ in 0..2 {
        let told = centre.central.command_with_input(&["import", &file], &format!("{PASSPHRASE}\n")).await;
        assert!(told.unwrap().contains(&format!("through operation {}", 2 * VISITS)));
    }
    let decided = centre.count("SELECT count(*) FROM op_result").await.unwrap();
    assert_eq!(decided, u64::from(2 * VISITS), "decided at once");
    // The desk goes on, and later comes back itself.
    window.serve(&senior(1_900).unwrap()).await.unwrap();
    window.online();
    window.drained().await.unwrap();
    assert_eq!(agree(&centre, &window).await.unwrap().len(), usize::from(2 * VISITS + 2));
    nobody_has_two(&centre).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_carried_to_another_desk_counts_once_also_when_its_own_desk_comes_back() {
    let centre = Centre::start("outage-carried-desk").await.unwrap();
    let (mut window, file) = carried(&centre, 1).await;
    let mut bearer = Window::enrol(&centre, 2, &centre.central.url()).await.unwrap();
    let phrase = Sensitive::new(PASSPHRASE.to_owned());
    for _ in 0..2 {
        let taken = bearer.desk.import_queue(&supervisor(), &file, &phrase).await.unwrap();
        assert_eq!(taken, u32::from(2 * VISITS));
    }
    // The bearer has work of its own, and both desks are there at the same time.
    bearer.serve(&senior(2_000).unwrap()).await.unwrap();
    bearer.online();
    let arrived = async || {
        bearer.desk.sync().now();
        let count = centre.count("SELECT count(*) FROM op_log WHERE device = 1").await.ok()?;
        (count > 0).then_some(())
    };
    rig::process::until("the carried queue", Duration::from_secs(60), arrived).await.unwrap();
    window.serve(&senior(1_900).unwrap()).await.unwrap();
    window.online();
    window.drained().await.unwrap();
    bearer.drained().await.unwrap();
    assert_eq!(agree(&centre, &window).await.unwrap().len(), usize::from(2 * VISITS + 2));
    assert_eq!(agree(&centre, &bearer).await.unwrap().len(), 2);
    nobody_has_two(&centre).await.unwrap();
}
