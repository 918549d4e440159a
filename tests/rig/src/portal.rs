//! The portal's server (一网通办), with the log-in service's page beside it.

use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::central::Central;
use crate::error::Result;
use crate::folder::{RigFolder, workspace_program};
use crate::http::{self, Answer};
use crate::login::LoginService;
use crate::port::Ports;
use crate::process::{Daemon, bound_to_rig, run_with_input};

const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// Name of the portal at the centre.
const CLIENT: &str = "portal";

/// What a portal is started with.
#[derive(Clone, Copy, Debug)]
pub struct PortalSetting<'a> {
    /// Site whose desks see the portal's escalations.
    pub site: &'a str,
    /// Folder of the built pages.
    pub pages: &'a Path,
    /// Number and label of everybody who can log in.
    pub people: &'a [(String, String)],
}

/// A portal that is enrolled at the centre. Its page and that of the log-in service are of two
/// sites, as in a city.
#[derive(Debug)]
pub struct Portal {
    server: Daemon,
    log_in: Daemon,
    ports: Ports,
}

impl Portal {
    /// Enrols a portal and starts both servers.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if a program was not built or does not start, or the centre
    /// refuses.
    pub async fn start(
        folder: &RigFolder,
        central: &Central,
        login: &LoginService,
        setting: &PortalSetting<'_>,
    ) -> Result<Self> {
        let place = folder.below("portal")?;
        let ports = Ports::take(2)?;
        let page = format!("http://127.0.0.1:{}/portal/", ports.first());
        let log_in_port = ports.first() + 1;
        let settings = place.join("portal.toml");
        let text = format!(
            "address = \"{page}\"\nlisten = \"127.0.0.1:{}\"\ncentre = \"{}\"\n\
             folder = \"{}\"\npages = \"{}\"\n\n[log_in]\npage = \"http://localhost:{log_in_port}/log-in\"\n\
             token = \"http://127.0.0.1:{log_in_port}/token\"\n",
            ports.first(),
            central.url(),
            place.display(),
            setting.pages.display(),
        );
        std::fs::write(&settings, text)?;
        let arguments = ["channel", "add", "--channel", "portal", "--name", CLIENT, "--site", setting.site];
        let code = central.command(&arguments).await?;
        let program = workspace_program("suishen-portal")?;
        let command = |name: &str| {
            let mut command = bound_to_rig(&program);
            command.arg(name).arg("--config").arg(&settings);
            command
        };
        run_with_input(command("enrol"), &code).await?;

        let people = place.join("people");
        let lines = setting.people.iter().map(|(number, label)| format!("{number} {label}\n"));
        std::fs::write(&people, lines.collect::<String>())?;
        let log_in = login.serve(folder, log_in_port, &people, CLIENT, &page).await?;
        let mut server = Daemon::start("portal", command("serve"), folder)?;
        let port = ports.first();
        server.ready(STARTS_WITHIN, async || http::get(port, "/healthz").await.is_ok()).await?;
        Ok(Self { server, log_in, ports })
    }

    /// Returns the address of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/portal/", self.ports.first())
    }

    /// Returns what the servers of portal and log-in service wrote.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if a log cannot be read.
    pub fn logs(&self) -> Result<String> {
        let logs = [self.server.log(), self.log_in.log()].map(std::fs::read_to_string);
        Ok(logs.into_iter().collect::<std::io::Result<String>>()?)
    }

    /// Sends a request of the page with other headers than a browser's, as a thief does.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if the server is down.
    pub async fn post(&self, call: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
        let path = format!("/portal/api/{call}");
        http::send(self.ports.first(), "POST", &path, headers, body.as_bytes().to_vec()).await
    }
}

impl LoginService {
    /// Serves the page of the service on a port of this machine.
    async fn serve(
        &self,
        folder: &RigFolder,
        port: u16,
        people: &Path,
        client: &str,
        back: &str,
    ) -> Result<Daemon> {
        let mut command = bound_to_rig(self.program());
        command.arg("serve").arg(self.key()).arg("--people").arg(people);
        command.args(["--client", client, "--back", back, "--listen", &format!("127.0.0.1:{port}")]);
        let mut daemon = Daemon::start("login-service", command, folder)?;
        let listens = async || TcpStream::connect(("127.0.0.1", port)).await.is_ok();
        daemon.ready(STARTS_WITHIN, listens).await?;
        Ok(daemon)
    }
}
