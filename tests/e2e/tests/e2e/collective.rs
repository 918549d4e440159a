//! Collective service (集体代办) through the window: a list with wrong rows, the program killed in
//! the middle, and the papers of the job.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fixture::institution_list::{WRONG, people, registry_and_roster, spreadsheet};
use practice::sheet;
use rig::process::until;
use rig::window::{Key, Window};

use crate::{Counter, wait_for_papers};

/// Time for everything on the list, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Registers everybody, and a nursing home that has them on its roster. Returns the list it brings.
async fn prepared(counter: &Counter) -> PathBuf {
    let (registry, roster) = registry_and_roster();
    let site = &counter.site;
    let file = |name: &str| site.folder.path().join(name);
    std::fs::write(file("seniors.csv"), registry).unwrap();
    std::fs::write(file("roster.csv"), roster).unwrap();
    let command = async |words: &[&str]| site.central.command(words).await.unwrap().trim().to_owned();
    command(&["import-population", &file("seniors.csv").display().to_string()]).await;
    let add =
        ["institution", "add", "--kind", "nursing-home", "--name", "阳光养老院", "--address", "某路1号"];
    let id = command(&add).await;
    command(&["institution", "roster", "import", &id, &file("roster.csv").display().to_string()]).await;
    let mother = site.citizen("mother").unwrap();
    let agent = format!("{} {}\n", mother.number, mother.name);
    site.central.command_with_input(&["institution", "agent", "add", &id], &agent).await.unwrap();
    let list = file("list.xlsx");
    std::fs::write(&list, spreadsheet()).unwrap();
    list
}

/// Returns how many pages a paper has.
async fn pages(paper: &Path) -> usize {
    let mut pdfinfo = Command::new("pdfinfo");
    pdfinfo.arg(paper);
    let said = rig::process::run(pdfinfo).await.unwrap();
    said.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap().trim().parse().unwrap()
}

/// Returns the masked numbers on a paper, in the order in which they were drawn.
async fn numbers_on(paper: &Path) -> Vec<String> {
    let mut pdftotext = Command::new("pdftotext");
    pdftotext.arg("-raw").arg(paper).arg("-");
    let text = rig::process::run(pdftotext).await.unwrap();
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '*'));
    words.filter(|word| word.len() == 18 && word.starts_with("310***********")).map(str::to_owned).collect()
}

/// Waits until nothing of the job is under way.
async fn rests(window: &Window) {
    until("the job at rest", PATIENCE, async || window.has("job", "data-work", "idle").await.ok())
        .await
        .unwrap();
}

/// Waits until the desk has issued `count` codes or more.
async fn issued(window: &Window, count: usize) {
    let counted = async || {
        let counts = window.text("job-counts").await.ok()?;
        let (_, after) = counts.split_once("发码 ")?;
        let number = after.split(|letter: char| !letter.is_ascii_digit()).next()?;
        (number.parse::<usize>().ok()? >= count).then_some(())
    };
    until("the codes at the desk", PATIENCE, counted).await.unwrap();
}

/// Starts the program again after a crash, and opens the job that was under way.
async fn goes_on(counter: &mut Counter) {
    counter.open_window().await;
    let window = counter.window();
    window.click("place-collective").await.unwrap();
    window.text_with("jobs", "阳光养老院").await.unwrap();
    window.tab_into("job-").await.unwrap();
    window.press(Key::Enter.into()).await.unwrap();
    rests(window).await;
    if window.shows("run-job").await {
        window.press(Key::F9.into()).await.unwrap();
    }
}

#[tokio::test]
async fn i5_an_institutions_list_is_served_across_crashes_and_printed_in_its_order() {
    let mut counter = Counter::open("collective").await;
    let list = prepared(&counter).await;
    let card = counter.site.lay("mother").unwrap();
    counter.clerk().sees(counter.site.citizen("mother").unwrap()).await.unwrap();
    let window = counter.window();
    window.click("place-collective").await.unwrap();
    window.find("collective").await.unwrap();
    window.press(Key::F2.into()).await.unwrap();
    window.text_with("institution-agent", "阳光养老院").await.unwrap();
    window.choose_file("begin-file", &list).await.unwrap();

    // The preview names each wrong row, and everybody who may not have a code.
    let preview = window.text_with("job-wrong", "101").await.unwrap();
    for (line, why) in WRONG {
        let row = preview.lines().find(|row| row.contains(&format!("第 {line} 行 ")));
        assert!(row.is_some_and(|row| row.contains(why)), "line {line}: {preview}");
    }
    rests(window).await;
    window.text_with("job-counts", "共 93 人，发码 0，未办 12，待办 81").await.unwrap();
    window.press(Key::F5.into()).await.unwrap();
    window.find("capture-frame").await.unwrap();
    window.press(Key::F8.into()).await.unwrap();
    window.gone("capture").await.unwrap();
    window.text_with("scan-consent", "已有 1 页").await.unwrap();
    window.press(Key::F9.into()).await.unwrap();
    issued(window, 5).await;
    counter.window().kill_program().unwrap();
    drop(card);

    // Killed again, and the centre away from there to the next start.
    goes_on(&mut counter).await;
    issued(counter.window(), 20).await;
    counter.site.central.stop();
    issued(counter.window(), 40).await;
    counter.window().kill_program().unwrap();
    goes_on(&mut counter).await;
    issued(counter.window(), 60).await;
    counter.site.central.start_again(&counter.site.folder).await.unwrap();

    let window = counter.window();
    until("the job done", PATIENCE, async || window.has("job", "data-state", "done").await.ok())
        .await
        .unwrap();
    rests(window).await;
    let everybody = async || counter.at_the_centre("SELECT count(DISTINCT citizen_ref) FROM code").await;
    until("everybody at the centre", PATIENCE, async || (everybody().await == 81).then_some(()))
        .await
        .unwrap();
    assert_eq!(counter.codes_at_the_centre().await, 81, "one code each");

    window.press(Key::F8.into()).await.unwrap();
    let sheets = wait_for_papers(&counter, 1).await.remove(0);
    assert_eq!(pages(&sheets).await, 21, "four to the page");
    let in_order: Vec<_> =
        people().into_iter().filter(|(_, may)| *may).map(|(person, _)| person.masked()).collect();
    assert_eq!(numbers_on(&sheets).await, in_order);
    rests(window).await;
    window.click("print-hand-over").await.unwrap();
    let to_sign = wait_for_papers(&counter, 2).await.remove(1);
    let words = sheet::text(&to_sign).await.unwrap();
    assert!(words.contains("签收表") && words.contains("81 份"), "{words}");
    window.click("print-result").await.unwrap();
    let result = wait_for_papers(&counter, 3).await.remove(2);
    let words = sheet::text(&result).await.unwrap();
    assert_eq!(words.split_whitespace().filter(|word| *word == "未办").count(), 12, "{words}");
    assert!(words.contains("与第 2 行是同一人"), "{words}");
    assert!(people().iter().all(|(person, _)| !words.contains(person.expose())), "M1");
}
