//! The first issue as somebody does it who hears the window: log in, card, citizen, issue, done.
//!
//! Everything is read from the accessibility tree of the real window, as a screen reader gets it,
//! and nothing from the page.

use rig::screen_reader::{Role, ScreenReader, Spoken};
use rig::window::Key;

use crate::Counter;

/// Title of the clerk's window.
const TITLE: &str = "离线随申码 · 窗口";

#[tokio::test]
async fn the_first_issue_is_done_by_ear_and_by_keyboard() {
    let mut counter = Counter::closed("screen-reader").await;
    let reader = counter.open_window_read_aloud().await;
    let window = counter.window();
    let staff = counter.site.staff_with("clerk").unwrap().clone();
    let citizen = counter.site.citizen("senior").unwrap();

    let screen = hears(&reader, "登录", "工号").await;
    assert_eq!(screen.focused().unwrap().role, Role::ENTRY);
    window.type_keys(staff.number).await.unwrap();
    window.press(Key::Tab.into()).await.unwrap();
    window.type_keys("not the password").await.unwrap();
    window.press(Key::Enter.into()).await.unwrap();
    reader.says("动态码不正确").await.unwrap();
    hears(&reader, "登录", "密码").await;
    window.type_keys(&staff.password).await.unwrap();
    window.press(Key::Enter.into()).await.unwrap();

    hears(&reader, "受理", "请将证件放在读卡器上").await;
    let _card = counter.site.lay("senior").unwrap();
    let screen = hears(&reader, "受理", citizen.name).await;
    let heading = screen.focused().unwrap();
    assert_eq!(heading.role, Role::HEADING);
    assert!(heading.name.contains("可以申领"), "who, and what they may do: {}", heading.name);

    window.press(Key::F4.into()).await.unwrap();
    hears(&reader, "受理", "核对：首次申领").await;
    window.press(Key::F9.into()).await.unwrap();
    hears(&reader, "受理", "首次申领：办结").await;
    reader.says("打印机报告已打出").await.unwrap();
    assert_eq!(counter.codes_at_the_centre().await, 1);
    window.press(Key::F9.into()).await.unwrap();
    window.press(Key::F2.into()).await.unwrap();
    hears(&reader, "受理", "读卡器上还有证件").await;

    window.click("place-queue").await.unwrap();
    let has_table =
        |screen: &Spoken| screen.all().into_iter().any(|one| one.role == Role::TABLE && one.is_showing());
    let shown = |screen: &Spoken| (is_titled(screen, "同步") && has_table(screen)).then(|| screen.clone());
    all_is_named(&reader.find("the table of the queue", shown).await.unwrap());
}

/// Waits until the focus is at something with these words on a screen with this title. Returns what
/// can then be read, all of it with names.
async fn hears(reader: &ScreenReader, title: &str, words: &str) -> Spoken {
    let wanted = |screen: &Spoken| {
        let is_there = is_titled(screen, title) && screen.focused()?.words().contains(words);
        is_there.then(|| screen.clone())
    };
    let screen = reader.find(&format!("the focus at “{words}” of {title}"), wanted).await.unwrap();
    all_is_named(&screen);
    screen
}

/// Returns whether window and page have their titles.
fn is_titled(screen: &Spoken, title: &str) -> bool {
    let named =
        |role| screen.all().into_iter().filter(move |one| one.role == role).map(|one| one.name.clone());
    named(Role::FRAME).eq([TITLE]) && named(Role::DOCUMENT).eq([format!("{title} · 离线随申码")])
}

/// Checks that each thing that can have the focus has a role and a Chinese name, that pictures have
/// one too, and that tables have headings.
fn all_is_named(screen: &Spoken) {
    let shown: Vec<&Spoken> = screen.all().into_iter().filter(|one| one.is_showing()).collect();
    let controls: Vec<_> = shown.iter().filter(|one| one.is_focusable() || one.role == Role::IMAGE).collect();
    assert!(controls.len() > 5, "there is hardly anything to read: {controls:?}");
    for one in controls {
        let words = one.words();
        assert!(words.chars().any(is_chinese), "no Chinese name: {one:?}");
        assert!(!is_key(&words), "the key of a word instead of the word: {words}");
        assert_ne!(one.role, Role::UNKNOWN, "{words} has no role");
    }
    for table in shown.iter().filter(|one| one.role == Role::TABLE) {
        let headings = table.all().into_iter().filter(|one| one.role == Role::COLUMN_HEADER);
        let headings: Vec<String> = headings.map(Spoken::words).collect();
        assert!(!headings.is_empty() && headings.iter().all(|words| !words.is_empty()), "{headings:?}");
    }
}

fn is_chinese(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// Returns whether a word of the page's catalogue stands there by its key, such as `window.title`.
fn is_key(words: &str) -> bool {
    words.split(|character: char| !character.is_ascii_alphanumeric() && character != '.').any(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() > 1
            && parts.iter().all(|part| part.chars().next().is_some_and(|first| first.is_ascii_lowercase()))
    })
}
