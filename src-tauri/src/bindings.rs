//! The one list of commands and events; the page's `bindings.ts` is written from it.

use crate::commands::{
    accounts, audit, citizen_window, correction, counter, devices, journal, paper, queue, session, settings, verify,
};
use desk::view::{CitizenWindowView, CounterView, StatusView, VerifyView};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri_specta::{Builder, Event, collect_commands, collect_events};

/// The status line changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct StatusChanged(pub(crate) StatusView);
/// The case in front changed (card laid or lifted, verdict came, printer spoke …).
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct CounterChanged(pub(crate) CounterView);
/// The citizen window changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct CitizenWindowChanged(pub(crate) CitizenWindowView);
/// The desk's 2D scanner read a symbol, and this is what it is.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct Scanned(pub(crate) VerifyView);
/// Corrections or the queue changed: lists on screen should be asked for again.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct ListsChanged;

/// Commands and events as the page may use them.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .commands(collect_commands![
            session::status,
            session::login,
            session::logout,
            session::lock,
            session::unlock,
            counter::counter,
            counter::read_card,
            counter::begin,
            counter::confirm,
            counter::cancel_action,
            counter::next_citizen,
            counter::suspend_case,
            counter::resume_case,
            counter::suspended_cases,
            counter::unmask,
            counter::read_agent_card,
            paper::print,
            paper::print_outcome,
            paper::cancel_print,
            verify::verify,
            verify::verify_picture,
            correction::escalations,
            correction::corrections,
            correction::approvals,
            correction::open_correction,
            correction::correction,
            correction::save_correction,
            correction::inspect_name,
            correction::find_characters,
            correction::camera_frame,
            correction::take_picture,
            correction::load_picture,
            correction::chip_picture,
            correction::crop,
            correction::add_evidence,
            correction::remove_evidence,
            correction::evidence,
            correction::submit_correction,
            correction::withdraw_correction,
            correction::approve_correction,
            correction::reject_correction,
            queue::queue,
            queue::sync_now,
            queue::export_queue,
            queue::import_queue,
            queue::conflicts,
            queue::close_conflict,
            journal::journal,
            journal::print_journal,
            devices::check_devices,
            devices::test_device,
            settings::settings,
            settings::save_settings,
            settings::enrol,
            accounts::accounts,
            accounts::unlock_account,
            audit::audit,
            audit::check_audit,
            audit::export_audit,
            citizen_window::citizen_window,
        ])
        .events(collect_events![StatusChanged, CounterChanged, CitizenWindowChanged, Scanned, ListsChanged])
}
