//! The accounts of a site, by its security administrator at the window; and what people set
//! themselves.

use practice::{clerk::Clerk, site::Staff};
use rig::window::{Key, Window};

use crate::Counter;

const NEWCOMER: &str = "320001";
/// A second security administrator.
const COLLEAGUE: &str = "310009";
const PASSWORD: &str = "a pear in the snow";

/// Locks the screen and goes to the log-in.
async fn gives_up_the_place(window: &Window) {
    window.press_with(Key::Control, 'l').await.unwrap();
    window.click("lock-other").await.unwrap();
    window.find("login").await.unwrap();
}

/// Logs the security administrator in and opens the accounts.
async fn administers(window: &Window, staff: &Staff) {
    Clerk::at(window).sits_down(staff, "queue").await.unwrap();
    window.click("place-accounts").await.unwrap();
    window.find("accounts-list").await.unwrap();
}

async fn sign(window: &Window, staff: &Staff, submit: &str) {
    window.type_into("sign-password", &staff.password).await.unwrap();
    window.click(submit).await.unwrap();
}

/// Opens the dialog of an account and chooses a change.
async fn changes(window: &Window, of: &str, change: &str) {
    window.click(&format!("account-manage-{of}")).await.unwrap();
    window.click(&format!("change-{change}")).await.unwrap();
}

async fn activates(window: &Window, code: &str, password: &str) {
    window.click("login-change-password").await.unwrap();
    window.type_into("password-staff", NEWCOMER).await.unwrap();
    window.click("password-activation").await.unwrap();
    window.type_into("password-code", code).await.unwrap();
    for field in ["password-new", "password-again"] {
        window.type_into(field, password).await.unwrap();
    }
    window.click("password-submit").await.unwrap();
}

/// Five hundred rows, of which every twenty-fifth is wrong.
fn list() -> String {
    let row = |at: usize| match at % 25 {
        7 if at.is_multiple_of(2) => format!("A{at:03},,窗口人员\n"),
        7 => format!("A{at:03},王{at},局长\n"),
        _ => format!("A{at:03},王{at},窗口人员\n"),
    };
    std::iter::once("工号,姓名,角色\n".to_owned()).chain((0..500).map(row)).collect()
}

#[tokio::test]
async fn a_site_looks_after_its_accounts_and_nobody_else_knows_a_password() {
    let mut counter = Counter::closed("accounts").await;
    let site = &counter.site;
    let administrator = site.staff_with("security-admin").unwrap().clone();
    let add = ["staff", "add", "--number", COLLEAGUE, "--name", "演练员己", "--site", "310000"];
    let add = [&add[..], &["--role", "security-admin", "--password-stdin"]].concat();
    site.central.command_with_input(&add, PASSWORD).await.unwrap();
    let file = site.folder.path().join("staff.csv");
    std::fs::write(&file, list()).unwrap();
    counter.open_window_for(&administrator).await;
    let window = counter.window();
    window.click("place-accounts").await.unwrap();

    // One account, with a code that its person uses once.
    window.find(&format!("account-{COLLEAGUE}")).await.unwrap();
    window.press(Key::F4.into()).await.unwrap();
    window.type_into("account-staff", NEWCOMER).await.unwrap();
    window.type_into("account-name", "演练员庚").await.unwrap();
    window.click("role-clerk").await.unwrap();
    sign(window, &administrator, "account-submit").await;
    let code = window.text(&format!("code-{NEWCOMER}")).await.unwrap();
    window.click("codes-close").await.unwrap();
    gives_up_the_place(window).await;
    activates(window, &code, PASSWORD).await;
    window.find("window").await.unwrap();

    // Their own password, by themselves.
    window.press_with(Key::Control, 'p').await.unwrap();
    window.type_into("password-old", PASSWORD).await.unwrap();
    for field in ["password-new", "password-again"] {
        window.type_into(field, "a plum in the rain").await.unwrap();
    }
    window.click("password-submit").await.unwrap();
    window.gone("password").await.unwrap();
    gives_up_the_place(window).await;

    // A list: each wrong line is named, and nobody is added before that is agreed to.
    administers(window, &administrator).await;
    window.press(Key::F6.into()).await.unwrap();
    window.choose_file("account-list-file", &file).await.unwrap();
    window.text_with("account-list-count", "480 行可以新增，20 行不对").await.unwrap();
    window.text_with("wrong-9", "角色").await.unwrap();
    window.text_with("wrong-34", "姓名").await.unwrap();
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM staff WHERE number LIKE 'A%'").await, 0);
    window.click("account-list-agree").await.unwrap();
    sign(window, &administrator, "account-list-submit").await;
    window.find("code-A000").await.unwrap();
    window.click("codes-save").await.unwrap();
    let saved = window.text("codes-saved").await.unwrap();
    let path = saved.split_whitespace().find(|word| word.contains(".csv")).unwrap();
    let path = path.trim_start_matches("已保存到").split('，').next().unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 481);
    window.click("codes-close").await.unwrap();
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM staff WHERE number LIKE 'A%'").await, 480);

    // A reset ends the password, and disabling ends everything.
    changes(window, NEWCOMER, "reset_password").await;
    sign(window, &administrator, "account-submit").await;
    let code = window.text(&format!("code-{NEWCOMER}")).await.unwrap();
    window.click("codes-close").await.unwrap();
    gives_up_the_place(window).await;
    window.type_into("login-staff", NEWCOMER).await.unwrap();
    window.type_into("login-password", "a plum in the rain").await.unwrap();
    window.press(Key::Enter.into()).await.unwrap();
    window.find("failure").await.unwrap();
    activates(window, &code, PASSWORD).await;
    window.find("window").await.unwrap();
    gives_up_the_place(window).await;
    administers(window, &administrator).await;
    changes(window, NEWCOMER, "disable").await;
    sign(window, &administrator, "account-submit").await;
    window.text_with(&format!("account-state-{NEWCOMER}"), "已停用").await.unwrap();

    // An auditor is made by two.
    changes(window, "310001", "roles").await;
    window.click("role-clerk").await.unwrap();
    window.click("role-auditor").await.unwrap();
    sign(window, &administrator, "account-submit").await;
    window.find("sign-second").await.unwrap();
    window.type_into("second-staff", COLLEAGUE).await.unwrap();
    window.type_into("second-password", PASSWORD).await.unwrap();
    window.click("account-submit").await.unwrap();
    window.gone("account").await.unwrap();
    window.text_with("account-310001", "审计员").await.unwrap();

    assert_eq!(counter.at_the_centre("SELECT count(*) FROM account_act").await, 5);
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM account_act WHERE second IS NOT NULL").await, 1);
    counter.site.central.command(&["audit", "verify"]).await.unwrap();
}
