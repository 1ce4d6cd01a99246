//! The real Python client of Prefect 1.4.1.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use prefect_python::Environment;
use tempfile::TempDir;

use super::driver::Driver;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python");

/// The client's programs, with a home and flows of their own.
pub struct Python {
    home: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Python {
    /// The client, set up to use the Prefect Server at `url`.
    pub fn with_api(url: &str) -> Self {
        let (backend, url) = ("server".to_owned(), url.to_owned());
        Self::new(vec![("PREFECT__BACKEND", backend), ("PREFECT__SERVER__ENDPOINT", url)])
    }

    /// The client, set up to use the Prefect Cloud at `url` with an API key.
    pub fn with_cloud(url: &str, key: &str) -> Self {
        let (backend, url, key) = ("cloud".to_owned(), url.to_owned(), key.to_owned());
        let address = ("PREFECT__CLOUD__ENDPOINT", url);
        Self::new(vec![("PREFECT__BACKEND", backend), address, ("PREFECT__CLOUD__API_KEY", key)])
    }

    fn new(settings: Vec<(&'static str, String)>) -> Self {
        LazyLock::force(&ENVIRONMENT);
        let python = Self { home: TempDir::new().unwrap(), settings };
        for flow in std::fs::read_dir(Path::new(SOURCES).join("flows")).unwrap() {
            let flow = flow.unwrap();
            std::fs::copy(flow.path(), python.home.path().join(flow.file_name())).unwrap();
        }
        python
    }

    /// The folder with the flows.
    pub fn flows(&self) -> &Path {
        self.home.path()
    }

    /// `prefect` with arguments, to its end. It must succeed; what it wrote.
    pub fn prefect(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command("prefect", arguments).output().unwrap();
        let text = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
        assert!(status.success(), "prefect {}\n{text}", arguments.join(" "));
        text
    }

    /// Starts the real agent; it is killed when dropped.
    pub fn agent(&self) -> Agent {
        let mut command = self.command("prefect", &["agent", "local", "start", "--name", "agent"]);
        Agent(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Starts the real client, to be told what to do.
    pub fn driver(&self) -> Driver {
        Driver::start(self.script("driver.py", &[]))
    }

    /// A script of `tests/python`, to be started; its standard output is piped.
    pub fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.command("python", &[&[&*format!("{SOURCES}/{name}")], arguments].concat());
        command.env("PREFECT__LOGGING__LEVEL", "CRITICAL").stdout(Stdio::piped());
        command
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = ENVIRONMENT.command(program, self.home.path());
        command.args(arguments).stdin(Stdio::null());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        // Instead of 15 s.
        command.env("PREFECT__CLOUD__CHECK_CANCELLATION_INTERVAL", "1");
        command
    }
}

/// A running agent.
pub struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

static ENVIRONMENT: LazyLock<Environment> =
    LazyLock::new(|| Environment::below(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap());
