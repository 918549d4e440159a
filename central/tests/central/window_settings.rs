//! Settings that the centre decides for windows.

use crate::common::client::{Centre, ok};
use rules::{
    issuing::Trust,
    window::SheetLayout,
    wire::{CentralSettings, Change, ChangesResponse},
};

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_windows_reach_their_site_signed_and_the_last_ones_count() {
    let centre = Centre::start("central-window-settings").await;
    centre.staff("10001", "clerk").await;
    let (desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let site = desk.site.to_string();
    let command = async |arguments: &[&str]| centre.central.command(arguments).await;
    command(&["window-settings", "set", &site, "--lock-minutes", "3"]).await.unwrap();
    command(&["window-settings", "set", &site, "--lock-minutes", "5"]).await.unwrap();
    command(&[
        "window-settings",
        "set",
        &site,
        "--window",
        "1",
        "--sheet-layout",
        "card",
        "--signature",
        "true",
    ])
    .await
    .unwrap();

    let news: ChangesResponse = ok(centre.get("/v1/sync/changes?cursor=0", Some(&token)).await).await;
    let trust = Trust::of(enrolled.root.clone());
    let found: Vec<_> = news
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Settings(settings) => {
                let settings = settings.verify(&trust).unwrap();
                assert_eq!(settings.site, desk.site);
                Some((settings.window, settings.values))
            }
            _ => None,
        })
        .collect();
    let five = CentralSettings { lock_minutes: Some(5), ..CentralSettings::default() };
    let card = CentralSettings {
        sheet_layout: Some(SheetLayout::Card),
        signature: Some(true),
        ..CentralSettings::default()
    };
    assert_eq!(found, [(None, five), (Some(1), card)]);
    let shown = command(&["window-settings", "show", &site]).await.unwrap();
    assert!(shown.contains("all\tlock-minutes=5\t"), "{shown}");
    assert!(shown.contains("1\tsheet-layout=card signature=true\t"), "{shown}");

    assert!(command(&["window-settings", "set", &site, "--lock-minutes", "61"]).await.is_err());
    assert!(command(&["window-settings", "set", "310199"]).await.is_err(), "no such site");
}
