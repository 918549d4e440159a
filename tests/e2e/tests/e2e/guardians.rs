//! A guardian acts for a child (E8, E9), bound in the registry or by scanned proof, up to
//! the printed sheet.

use std::time::Duration;

use drivers::emulate::InsertedCard;
use practice::citizen::Citizen;
use practice::clerk::{Action, Confirmation};
use practice::correcting::Wrong;
use practice::site::FIRST_DESK;
use practice::{portrait, sheet};
use rig::process::until;
use rig::window::{Key, Window};
use rules::person::IdNumber;

use crate::Counter;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Script that returns the agent's name on the form.
const TYPED_NAME: &str =
    "arguments[arguments.length - 1](document.querySelector('[data-testid=agent-name]')?.value ?? null);";

/// Presses F2 until the agent's card has been read.
pub(crate) async fn reads_the_card_of(window: &Window, agent: &Citizen) {
    let read = until("the card of who acts", PATIENCE, async || {
        window.press(Key::F2.into()).await.ok()?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let name = window.run_script(TYPED_NAME).await.ok()?;
        (name.as_str() == Some(agent.name)).then_some(())
    });
    read.await.unwrap();
    let masked = IdNumber::parse(&agent.number).unwrap().masked();
    window.has_property("agent-number", "value", &masked).await.unwrap();
}

/// Lifts a card and waits. The card service polls every 400 ms, and a test must not be faster
/// than a hand.
pub(crate) async fn lift(card: InsertedCard) {
    drop(card);
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// Ticks a checkbox by keyboard.
pub(crate) async fn ticks(window: &Window, testid: &str) {
    window.tab_to(testid).await.unwrap();
    window.press(' ').await.unwrap();
    window.has_property(testid, "checked", "true").await.unwrap();
}

pub(crate) async fn sheet_of(counter: &Counter, citizen: &Citizen) {
    counter.clerk().sees_sheet_printed().await.unwrap();
    let printed = counter.site.printer.printed().unwrap().pop().unwrap();
    assert!(sheet::text(&printed).await.unwrap().contains(citizen.name));
    sheet::symbol(&printed).await.unwrap();
}

#[tokio::test]
async fn e8_a_registered_guardian_applies_for_a_child() {
    let counter = Counter::open("guardian-bound").await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let [child, mother] = ["child", "mother"].map(|key| counter.site.citizen(key).unwrap());
    let card = counter.site.lay("child").unwrap();
    clerk.sees(child).await.unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    lift(card).await;
    let _card = counter.site.lay("mother").unwrap();
    reads_the_card_of(window, mother).await;
    clerk.holder_agrees().await.unwrap();
    clerk.does_it().await.unwrap();
    window.has("failure", "data-code", "guardian_needed").await.unwrap();
    ticks(window, "agent-consent").await;
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    sheet_of(&counter, child).await;
    assert_eq!(counter.codes_at_the_centre().await, 1);
}

#[tokio::test]
async fn e9_scanned_proof_replaces_the_binding_offline() {
    let mut counter = Counter::open("guardian-proof").await;
    counter.site.central.stop();
    let (clerk, window) = (counter.clerk(), counter.window());
    let [child, mother] = ["child", "mother"].map(|key| counter.site.citizen(key).unwrap().clone());
    let _card = counter.site.lay("child").unwrap();
    clerk.sees(&child).await.unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    clerk.holder_agrees().await.unwrap();
    window.type_into("agent-name", mother.name).await.unwrap();
    window.type_into("agent-number", &mother.number).await.unwrap();
    ticks(window, "agent-consent").await;
    clerk.does_it().await.unwrap();
    window.has("failure", "data-code", "agent_not_bound").await.unwrap();

    // Six pages are more than the program keeps as pictures.
    for page in 1..=6_u8 {
        let paper = portrait::document(&counter.site.population[usize::from(page)]);
        counter.site.camera_sees(FIRST_DESK, &portrait::jpeg(&paper).unwrap()).unwrap();
        window.press(Key::F5.into()).await.unwrap();
        window.find("capture-frame").await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await; // the camera polls its folder
        window.press(Key::F8.into()).await.unwrap();
        window.gone("capture").await.unwrap();
        window.find(&format!("agent-proof-remove-{page}")).await.unwrap();
    }
    window.tab_to("agent-proof-remove-6").await.unwrap();
    window.press(Key::Enter.into()).await.unwrap();
    window.gone("agent-proof-remove-6").await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Provisional).await.unwrap();
    sheet_of(&counter, &child).await;

    counter.site.central.start_again(&counter.site.folder).await.unwrap();
    counter.clerk().sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    assert_eq!(counter.codes_at_the_centre().await, 1);
}

#[tokio::test]
async fn e8_the_guardians_card_is_read_during_the_childs_correction() {
    let counter = Counter::open("guardian-correction").await;
    let (clerk, window) = (counter.clerk(), counter.window());
    let [child, mother] = ["child", "mother"].map(|key| counter.site.citizen(key).unwrap());
    let card = counter.site.lay("child").unwrap();
    clerk.sees(child).await.unwrap();
    clerk.opens_correction(Wrong::Name).await.unwrap();
    lift(card).await;
    let card = counter.site.lay("mother").unwrap();
    reads_the_card_of(window, mother).await;
    window.has("draft-saved", "data-saved", "saved").await.unwrap();
    window.find("correction").await.unwrap();
    // Without the child's card, the case cannot continue.
    lift(card).await;
    window.press(Key::Escape.into()).await.unwrap();
    window.has("failure", "data-code", "holder_card_away").await.unwrap();
    let _card = counter.site.lay("child").unwrap();
    clerk.sees(child).await.unwrap();
    clerk.opens_correction(Wrong::Name).await.unwrap();
    window.has_property("agent-name", "value", mother.name).await.unwrap();
}
