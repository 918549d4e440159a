//! Settings as a service manager passes them.

use rig::{RigFolder, central::Central, folder::workspace_program, postgres::Postgres};
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_file_may_be_named_by_a_variable() {
    let folder = RigFolder::new("central-settings").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let central = Central::start(&folder, &postgres).await.unwrap();
    central.command(&["site", "add", "--site", "310101", "--name", "演练大厅"]).await.unwrap();
    let run = |variable: &str, value: &str| {
        let mut command = Command::new(workspace_program("suishen-central").unwrap());
        let file = folder.path().join("central").join("central.toml");
        command.args(["check"]).env("SUISHEN_CENTRAL_CONFIG_FILE", file).env(variable, value);
        command.output().unwrap()
    };
    let listed = run("SUISHEN_CENTRAL_APPLY_DESKS", "3");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    // A misspelt variable is still refused.
    assert!(!run("SUISHEN_CENTRAL_APPLY_DESK", "3").status.success());
}
