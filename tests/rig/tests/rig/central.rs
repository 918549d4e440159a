//! The central server on its private database.

use rig::RigFolder;
use rig::central::Central;
use rig::postgres::Postgres;

#[tokio::test]
async fn the_centre_stops_and_returns_at_the_same_address() {
    let folder = RigFolder::new("centre").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let mut central = Central::start(&folder, &postgres).await.unwrap();
    let url = central.url();
    assert!(central.is_ready().await);
    central.stop();
    assert!(central.get("/healthz").await.is_err());
    central.start_again(&folder).await.unwrap();
    assert!(central.is_ready().await);
    assert_eq!(central.url(), url);
}

#[tokio::test]
async fn the_centre_is_not_ready_without_its_database() {
    let folder = RigFolder::new("centre-without-database").unwrap();
    let mut postgres = Postgres::start(&folder).await.unwrap();
    let central = Central::start(&folder, &postgres).await.unwrap();
    postgres.stop();
    assert!(central.get("/healthz").await.is_ok());
    assert!(!central.is_ready().await);
    postgres.start_again(&folder).await.unwrap();
    let ready = async || central.is_ready().await.then_some(());
    rig::process::until("readiness", std::time::Duration::from_secs(60), ready).await.unwrap();
}
