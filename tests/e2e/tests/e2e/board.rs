//! The site's board: a supervisor sees two windows, follows a number to its cases, and exports.

use std::time::Duration;

use calamine::{Reader as _, Xlsx, open_workbook};
use practice::clerk::{Action, Confirmation};
use practice::site::FIRST_DESK;
use rig::process::until;
use rig::window::{Key, Window};

use crate::{Counter, SECOND_DESK};

const PATIENCE: Duration = Duration::from_secs(60);
const HOUR_MS: i64 = 60 * 60 * 1000;

/// Asks for the board again until a window's row says this.
async fn board_says(window: &Window, row: &str, words: &str) {
    let script = format!(
        "const row = document.querySelector('[data-testid=\"{row}\"]');
         arguments[0](row === null ? '' : `${{row.dataset.state}} ${{row.textContent}}`)"
    );
    until(&format!("{row} with {words}"), PATIENCE, async || {
        window.press(Key::F5.into()).await.ok()?;
        let said = window.run_script(&script).await.ok()?;
        said.as_str()?.contains(words).then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_supervisor_sees_the_windows_follows_a_number_to_its_cases_and_exports() {
    let mut counter = Counter::open("board").await;
    let citizen = counter.site.citizen("senior").unwrap().clone();
    let card = counter.site.lay("senior").unwrap();
    counter.clerk().issues(&citizen, Action::Apply, Confirmation::Confirmed).await.unwrap();
    counter.clerk().sees_sheet_printed().await.unwrap();
    counter.window().click("print-spoilt").await.unwrap();
    until("the spoilt sheet at the centre", PATIENCE, async || {
        let spoilt = "SELECT count(*) FROM op_log WHERE operation LIKE '%\"good\":false%'";
        (counter.at_the_centre(spoilt).await == 1).then_some(())
    })
    .await
    .unwrap();
    // A clerk has no board.
    assert!(!counter.window().shows("place-board").await);

    let second = counter.open_second_desk("supervisor").await;
    let window = &second.window;
    window.click("place-board").await.unwrap();
    let (first_row, second_row) = (format!("board-desk-{FIRST_DESK}"), format!("board-desk-{SECOND_DESK}"));
    let clerk = counter.site.staff_with("clerk").unwrap().number;
    board_says(window, &first_row, "reached").await;
    board_says(window, &first_row, clerk).await;
    board_says(window, &second_row, second.staff.number).await;
    window.text_with("board-spoilt", "1").await.unwrap();

    // The first desk is switched off, an hour ago by the centre's clock.
    drop(card);
    counter.window = None;
    let old = format!(
        "UPDATE desk_heartbeat SET told_at = told_at - {HOUR_MS} WHERE device = (SELECT device FROM device WHERE desk_number = {FIRST_DESK});
         UPDATE desk_audit SET issued_at = issued_at - {HOUR_MS} WHERE device = (SELECT device FROM device WHERE desk_number = {FIRST_DESK})"
    );
    counter.site.postgres.query(&old).await.unwrap();
    board_says(window, &first_row, "silent").await;
    window.find(&format!("attention-desk-{FIRST_DESK}-silent")).await.unwrap();

    // A number leads to its case, which the desk printed on the citizen's papers.
    window.click("board-figures").await.unwrap();
    window.text_with("figure-act-done", "1").await.unwrap();
    window.click("figure-act-done").await.unwrap();
    window.find("board-cases-list-row").await.unwrap();
    let row = "arguments[0](document.querySelector('[data-testid=\"board-cases-list-row\"]').textContent)";
    let row = window.run_script(row).await.unwrap().to_string();
    assert!(row.contains(clerk), "{row}");
    assert!(!row.contains(citizen.name) && !row.contains(&citizen.number), "{row}");
    window.press(Key::Escape.into()).await.unwrap();
    window.find("figures").await.unwrap();
    window.click("figure-all-spoilt").await.unwrap();
    window.find("board-cases-list-row").await.unwrap();
    window.press(Key::Escape.into()).await.unwrap();

    // Both files are in the folder of this desk, readable by its user alone.
    window.find("figures-total").await.unwrap();
    window.press(Key::F8.into()).await.unwrap();
    window.text_with("figures-exported", ".xlsx").await.unwrap();
    window.click("export-csv").await.unwrap();
    window.text_with("figures-exported", ".csv").await.unwrap();
    let folder = counter.site.desk_folder(SECOND_DESK).unwrap().join("board");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let [csv, xlsx] = &files[..] else { panic!("{files:?}") };
    let text = std::fs::read_to_string(csv).unwrap();
    assert!(text.contains(&format!("\"{clerk}\"")) && !text.contains(citizen.name), "{text}");
    let mut book: Xlsx<_> = open_workbook(xlsx).unwrap();
    let staff = book.worksheet_range("按工号").unwrap();
    assert_eq!(staff.get_value((1, 0)).unwrap().to_string(), clerk);
    for file in &files {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    // Without the centre the board is as it was, and says so.
    counter.site.central.stop();
    window.click("board-now").await.unwrap();
    window.find("board-old").await.unwrap();
    window.has(&first_row, "data-state", "silent").await.unwrap();
}
