//! What a desk says of itself when it logs in.

use desk::clock::ManualClock;
use fixture::{Fixture, clerk, logged_in_once, record, senior, told_of, until, wish};
use rules::{
    At,
    keys::Class,
    permission::Role,
    program::ProgramVersion,
    window::{DeviceKind, KeyProtection},
    wire::{DeviceTrouble, Heartbeat},
};

async fn told(fixture: &Fixture) -> Heartbeat {
    let had = fixture.centre.mind().heartbeats.len();
    let task = tokio::spawn(fixture.desk.clone().run_sync());
    until(async || fixture.centre.mind().heartbeats.len() > had).await;
    task.abort();
    let _ = task.await;
    fixture.centre.mind().heartbeats.last().unwrap().clone()
}

#[tokio::test]
async fn a_desk_says_at_log_in_how_it_is_and_nothing_about_citizens() {
    let now = At(jiff::Timestamp::now().as_millisecond());
    let clock = ManualClock::new(now);
    let fixture = Fixture::with_clock(clock.clone()).await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(2)).await).await.unwrap();
    let failure = "printer_paper_out".to_owned().try_into().unwrap();
    let trouble = DeviceTrouble { device: DeviceKind::Printer, failure };
    desk.vitals.note_devices(vec![trouble.clone()]);

    let heartbeat = told(&fixture).await;
    assert_eq!(heartbeat.program, ProgramVersion::THIS);
    assert_eq!((heartbeat.class, heartbeat.protection), (Class::Practice, KeyProtection::KeyFile));
    assert_eq!(heartbeat.troubles.as_slice(), [trouble]);
    assert_eq!(heartbeat.waiting, 2);
    assert!(heartbeat.oldest_waiting.unwrap().since_ms(now).abs() < 60_000);
    assert!(heartbeat.clock_ahead_ms.abs() < 60_000, "{}", heartbeat.clock_ahead_ms);
    assert!(heartbeat.disk_free.unwrap() > 0);
    assert_eq!(heartbeat.keys_end, desk.keys_end());
    let text = serde_json::to_string(&heartbeat).unwrap();
    for secret in [senior(1).expose(), "张", request.case_number.as_str()] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn devices_that_are_well_again_and_an_empty_queue_are_said_at_the_next_log_in() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let failure = "no_camera".to_owned().try_into().unwrap();
    fixture.desk.vitals.note_devices(vec![DeviceTrouble { device: DeviceKind::Camera, failure }]);
    assert_eq!(told(&fixture).await.troubles.as_slice().len(), 1);
    fixture.desk.vitals.note_devices(Vec::new());
    // A desk logs in again when its token ends.
    clock.advance(60 * 60 * 1000);
    let heartbeat = told(&fixture).await;
    assert!(heartbeat.troubles.as_slice().is_empty());
    assert_eq!((heartbeat.waiting, heartbeat.oldest_waiting), (0, None));
}

#[tokio::test]
async fn who_comes_and_goes_and_a_device_in_trouble_are_told_before_the_token_ends() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    told_of(&fixture, vec![record("1001", &[Role::Clerk])]).await;
    let desk = &fixture.desk;
    assert!(fixture.centre.mind().heartbeats.last().unwrap().staff.is_none());
    logged_in_once(desk, &["1001"]).await;
    assert_eq!(told(&fixture).await.staff.unwrap().as_str(), "1001");
    let failure = "printer_paper_out".to_owned().try_into().unwrap();
    let trouble = DeviceTrouble { device: DeviceKind::Printer, failure };
    desk.vitals.note_devices(vec![trouble.clone()]);
    assert_eq!(told(&fixture).await.troubles.as_slice(), [trouble]);
    desk.session.log_out().await.unwrap();
    assert!(told(&fixture).await.staff.is_none());
}
