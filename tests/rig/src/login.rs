//! The stand-in for the city's log-in service.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Result;
use crate::folder::{RigFolder, workspace_program};
use crate::process::{run, run_with_input};

/// Setting of the centre that names the services it believes.
const SETTING: &str = "SUISHEN_CENTRAL_LOGIN_KEYS";

/// A log-in service (随申办) with its own key, which no kiosk has.
#[derive(Clone, Debug)]
pub struct LoginService {
    program: PathBuf,
    key: PathBuf,
    public_key: String,
}

impl LoginService {
    /// Creates the service and its key.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if the program has not been built, or the folder has a
    /// service already.
    pub async fn create(folder: &RigFolder) -> Result<Self> {
        let program = workspace_program("login-service")?;
        let key = folder.below("login-service")?.join("key");
        let mut command = Command::new(&program);
        command.arg("init").arg(&key);
        let public_key = run(command).await?.trim().to_owned();
        Ok(Self { program, key, public_key })
    }

    /// Returns the centre's setting that names this service: variable and value.
    #[must_use]
    pub fn setting(&self) -> (&'static str, String) {
        (SETTING, format!("[\"{}\"]", self.public_key))
    }

    /// Returns the program.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Returns the file of its key.
    pub(crate) fn key(&self) -> &Path {
        &self.key
    }

    /// Returns a token of a person for a channel client. `holder` is the relative whose code they
    /// show.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if the program fails.
    pub async fn token(
        &self,
        client: &str,
        number: &str,
        holder: Option<&str>,
        seconds: i64,
    ) -> Result<String> {
        let mut command = Command::new(&self.program);
        let seconds = seconds.to_string();
        command.arg("token").arg(&self.key).args(["--client", client, "--seconds", &seconds]);
        let numbers: Vec<&str> = std::iter::once(number).chain(holder).collect();
        Ok(run_with_input(command, &numbers.join("\n")).await?.trim().to_owned())
    }
}
