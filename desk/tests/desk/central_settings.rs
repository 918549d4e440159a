//! Settings that the centre decides for this window.

use desk::sync::SyncEvent;
use fixture::{
    Fixture,
    centre::{ROOT, issuers},
    until,
};
use rules::{
    At, SiteCode,
    issuing::Issued,
    window::{ReceiptLayout, SheetLayout},
    wire::{CentralSettings, Change, WindowSettings},
};

const NONE: CentralSettings =
    CentralSettings { lock_minutes: None, sheet_layout: None, receipt_layout: None, signature: None };

fn settings(of: SiteCode, window: Option<u16>, values: CentralSettings, at: i64) -> Issued<WindowSettings> {
    issuers(ROOT).sign(WindowSettings { site: of, window, values }, At(at)).unwrap()
}

fn news(fixture: &Fixture, settings: Issued<WindowSettings>) {
    fixture.centre.mind().changes.push(Change::Settings(Box::new(settings)));
    fixture.desk.sync().now();
}

#[tokio::test]
async fn what_the_centre_decides_for_a_window_counts_before_what_it_decides_for_its_site() {
    let mut fixture = Fixture::new().await;
    let (site, own) = (*fixture.desk.identity().site(), fixture.desk.identity().desk_number);
    let task = tokio::spawn(fixture.desk.clone().run_sync());
    let of_site =
        CentralSettings { lock_minutes: Some(5), receipt_layout: Some(ReceiptLayout::Roll80), ..NONE };
    news(&fixture, settings(site, None, of_site, 10));
    until(async || fixture.desk.central_settings() == of_site).await;
    let of_window = CentralSettings { lock_minutes: Some(3), sheet_layout: Some(SheetLayout::Card), ..NONE };
    news(&fixture, settings(site, Some(own), of_window, 10));
    news(&fixture, settings(site, Some(own + 1), CentralSettings { lock_minutes: Some(60), ..NONE }, 10));
    let both = of_window.or(of_site);
    until(async || fixture.desk.central_settings() == both).await;

    // A centre that was restored tells its old ones again.
    news(&fixture, settings(site, Some(own), NONE, 9));
    news(&fixture, settings(site, None, CentralSettings { signature: Some(true), ..of_site }, 11));
    let signed = CentralSettings { signature: Some(true), ..both };
    until(async || fixture.desk.central_settings() == signed).await;
    task.abort();
    let _ = task.await;
    fixture.restart().await;
    assert_eq!(fixture.desk.central_settings(), signed);
}

#[tokio::test]
async fn settings_that_the_centre_did_not_sign_for_this_site_are_not_taken() {
    let five = CentralSettings { lock_minutes: Some(5), ..NONE };
    let fixture = Fixture::new().await;
    let site = *fixture.desk.identity().site();
    let mut altered = settings(site, None, five, 10);
    altered.value.values.lock_minutes = Some(60);
    let elsewhere = settings("310199".parse().unwrap(), None, five, 10);
    for bad in [altered, elsewhere] {
        let task = tokio::spawn(fixture.desk.clone().run_sync());
        let mut events = fixture.desk.sync().subscribe();
        fixture.centre.mind().changes.clear();
        news(&fixture, bad);
        while !matches!(events.recv().await.unwrap(), SyncEvent::StoreFailed { .. }) {}
        assert_eq!(fixture.desk.central_settings(), NONE);
        task.abort();
        let _ = task.await;
    }
}
