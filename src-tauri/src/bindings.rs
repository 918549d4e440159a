//! The only list of commands and events; the page's `bindings.ts` is generated from it.

use crate::commands::{
    accounts, audit, board, citizen_window, collective, correction, counter, devices, journal, paper,
    practice, queue, session, settings, verify, visit,
};
use ::counter::view::{CitizenWindowView, CounterView, StatusView, VerifyView};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri_specta::{Builder, Event, collect_commands, collect_events};

/// The status line changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct StatusChanged(pub(crate) StatusView);
/// The current case changed: a card came or went, a verdict arrived, the printer reported …
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct CounterChanged(pub(crate) CounterView);
/// The view of the citizen window changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct CitizenWindowChanged(pub(crate) CitizenWindowView);
/// The desk's 2D scanner read a symbol; this is the result of verifying it.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct Scanned(pub(crate) VerifyView);
/// The desk's 2D scanner read the case number on a paper.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct CaseScanned(pub(crate) String);
/// Corrections or the queue changed; lists on screen must be loaded again.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub(crate) struct ListsChanged;

/// Returns the commands and events for the page.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .commands(collect_commands![
            session::status,
            session::login,
            session::logout,
            session::lock,
            session::unlock,
            session::change_password,
            session::offer_second_factor,
            session::set_second_factor,
            counter::counter,
            counter::read_card,
            counter::begin,
            counter::confirm,
            counter::cancel_action,
            counter::next_citizen,
            counter::suspend_case,
            counter::resume_case,
            counter::find_cases,
            counter::suspended_cases,
            counter::unmask,
            counter::leave_phone,
            counter::citizen_unsigned,
            counter::ask_citizen_again,
            counter::attend_correction,
            counter::keep_proof,
            counter::check_number,
            counter::serve_on_document,
            counter::serve_on_code,
            counter::relatives,
            counter::serve_relative,
            counter::read_agent_card,
            paper::print,
            paper::print_accepted,
            paper::print_missing,
            paper::print_outcome,
            paper::cancel_print,
            verify::verify,
            verify::verify_picture,
            collective::collective,
            collective::take_institution_agent,
            collective::begin_job,
            collective::open_job,
            collective::leave_job,
            collective::job_people,
            collective::keep_consent_list,
            collective::run_job,
            collective::pause_job,
            collective::cancel_job,
            collective::print_job,
            collective::reprint_of_job,
            collective::sheet_of_job,
            collective::rest_of_job_good,
            collective::export_job,
            visit::visit,
            visit::add_to_visit,
            visit::remove_from_visit,
            visit::take_kit,
            visit::return_kit,
            visit::print_return_report,
            correction::escalations,
            correction::dismiss_escalation,
            correction::corrections,
            correction::approvals,
            correction::open_correction,
            correction::correction,
            correction::save_correction,
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
            queue::calls,
            queue::call_phone,
            queue::call_outcome,
            queue::conflicts,
            queue::close_conflict,
            queue::print_conflict_notice,
            journal::journal,
            journal::print_journal,
            board::board,
            board::figures,
            board::board_cases,
            board::export_figures,
            journal::export_journal,
            devices::check_devices,
            devices::test_device,
            devices::make_report,
            devices::save_report,
            settings::settings,
            settings::save_settings,
            settings::enrol,
            accounts::accounts,
            accounts::unlock_account,
            accounts::read_account_list,
            accounts::account_act,
            accounts::save_activation_codes,
            audit::audit,
            audit::check_audit,
            audit::export_audit,
            citizen_window::citizen_window,
            citizen_window::citizen_answer,
            citizen_window::citizen_sign,
            practice::practice,
            practice::practice_order,
        ])
        .events(collect_events![
            StatusChanged,
            CounterChanged,
            CitizenWindowChanged,
            Scanned,
            CaseScanned,
            ListsChanged
        ])
        .constant("PHOTO", rules::photo::GUIDES)
        .constant("PAD", rules::handwriting::PAD)
}

#[cfg(test)]
mod tests {
    use super::builder;
    use specta_typescript::Typescript;
    use std::{
        collections::BTreeSet,
        path::{Path, PathBuf},
    };

    /// Returns a path relative to this crate's folder.
    fn file(path: &str) -> PathBuf {
        Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join(path)
    }

    fn committed() -> PathBuf {
        file("../ui/src/bindings.ts")
    }

    /// Compares the generated file; `UPDATE_BINDINGS=1 cargo test -p suishen-counter` rewrites it.
    #[test]
    fn the_committed_bindings_are_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("bindings.ts");
        // One shape per type in both directions: options stay `T | null`.
        builder().disable_serde_phases().export(Typescript::default(), &fresh).unwrap();
        let fresh = std::fs::read_to_string(fresh).unwrap();
        if std::env::var_os("UPDATE_BINDINGS").is_some() {
            std::fs::write(committed(), &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(committed()).unwrap();
        assert!(
            committed == fresh,
            "run UPDATE_BINDINGS=1 cargo test -p suishen-counter and commit ui/src/bindings.ts"
        );
    }

    #[test]
    fn s1_each_command_is_allowed_only_to_the_window_that_needs_it() {
        let bindings = std::fs::read_to_string(committed()).unwrap();
        let called: BTreeSet<_> = bindings
            .split("__TAURI_INVOKE(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(|name| format!("allow-{}", name.replace('_', "-")))
            .collect();
        let allowed = |window: &str| -> BTreeSet<String> {
            let text = std::fs::read_to_string(file(&format!("capabilities/{window}.json"))).unwrap();
            let capability: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(capability["windows"], serde_json::json!([window]));
            let permissions = capability["permissions"].as_array().unwrap();
            permissions.iter().map(|permission| permission.as_str().unwrap().to_owned()).collect()
        };
        let events: BTreeSet<_> =
            ["core:event:allow-listen", "core:event:allow-unlisten"].map(str::to_owned).into();
        // The only permission beside the program's commands: the page's zoom.
        let zoom = BTreeSet::from(["core:webview:allow-set-webview-zoom".to_owned()]);
        let answers = ["allow-citizen-answer", "allow-citizen-sign"].map(str::to_owned).into();
        assert_eq!(allowed("counter"), &(&(&called - &answers) | &events) | &zoom, "nobody answers for them");
        let own_view = BTreeSet::from(["allow-citizen-window".to_owned()]);
        assert_eq!(allowed("citizen"), &(&own_view | &answers) | &events);
    }
}
