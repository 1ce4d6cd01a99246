//! Runs the program as its users do, in a home folder of its own.

#![allow(unreachable_pub)]

pub mod batch;
pub mod driver;
pub mod echo;
pub mod python;
#[cfg(unix)]
pub mod terminal;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use prefect_sandbox::Sandbox;
use tempfile::TempDir;

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Session {
    pub arguments: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The program, with nothing of this machine's configuration.
pub fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowrun"));
    command.env_clear().env("HOME", home).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn flowrun(arguments: &[&str]) -> Session {
    flowrun_with(&[], arguments)
}

/// Runs the program to its end, with environment variables.
pub fn flowrun_with(environment: &[(&str, &str)], arguments: &[&str]) -> Session {
    let home = TempDir::new().unwrap();
    let output = program(home.path()).envs(environment.iter().copied()).args(arguments).output().unwrap();
    Session::new(arguments, output)
}

impl Session {
    pub fn new(arguments: &[&str], output: Output) -> Self {
        Self {
            arguments: arguments.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" "),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The session with a text of this machine's left out.
    pub fn without(self, text: &str, placeholder: &str) -> Self {
        let replaced = |shown: &str| shown.replace(text, placeholder);
        Self {
            arguments: replaced(&self.arguments),
            code: self.code,
            stdout: replaced(&self.stdout),
            stderr: replaced(&self.stderr),
        }
    }
}

/// For a client in the test's own process, as the program does it for its own. Without the workspace's other
/// packages there is none.
pub fn install_crypto_provider() {
    // Refused if there is one already, which does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Blocking work, off the sandbox's runtime.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Runs the program off the runtime, to its end.
pub async fn flowrun_aside(arguments: &[&str]) -> Session {
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    let run = move || flowrun(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    blocking(run).await
}

/// Runs the program to its end against a sandbox of this process.
pub async fn flowrun_at(sandbox: &Sandbox, arguments: &[&str]) -> Session {
    flowrun_aside(&at(&sandbox.url(), arguments)).await
}

/// The arguments of `command` at a sandbox of this process.
pub fn at<'a>(url: &'a str, command: &[&'a str]) -> Vec<&'a str> {
    [&["--backend", "server", "--api", url], command].concat()
}

/// Schedules a run of the sample flow; its id.
pub async fn scheduled(sandbox: &Sandbox, more: &[&str]) -> String {
    let start = ["start", "My Cloud Flow", "--param", "name=Ada", "--output", "id", "-q"];
    let session = flowrun_at(sandbox, &[&start[..], more].concat()).await;
    assert_eq!(session.code, Some(0), "{session:?}");
    session.stdout.trim().to_owned()
}

/// An argument as it is typed into a shell.
fn quoted(argument: &str) -> String {
    if argument.contains([' ', '{']) { format!("'{argument}'") } else { argument.to_owned() }
}

/// Asserts all that a session shows, with ids, keys, ports and times left out.
pub fn assert_session(name: &str, session: &Session) {
    let text = format!(
        "$ flowrun {}\nexit code: {}\n--- standard output\n{}--- standard error\n{}",
        session.arguments,
        session.code.map_or_else(|| "none".to_owned(), |code| code.to_string()),
        session.stdout,
        session.stderr,
    );
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, filters => vec![
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[UUID]"),
        (r"[0-9a-f]{32}", "[KEY]"),
        (r"(127\.0\.0\.1|localhost):\d{2,5}", "$1:[PORT]"),
        (r"in \d+\.\d s", "in [TIME] s"),
        (r"\d+-\d+-\d+T[0-9:.]+Z", "[NOW]"),
    ]}, { insta::assert_snapshot!(name, text); });
}

/// A `flowrun sandbox` in a process of its own; killed when dropped.
pub struct SandboxProcess {
    child: Child,
    pub url: String,
    /// Kept as long as the process.
    _home: TempDir,
}

impl SandboxProcess {
    pub fn start(arguments: &[&str]) -> Self {
        Self::listening("127.0.0.1:0", arguments)
    }

    pub fn listening(address: &str, arguments: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let mut command = program(home.path());
        command.args(["sandbox", "--listen", address]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned(), _home: home }
    }

    /// Ends the process at once, as `kill -9` does. What it wrote to standard error.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        stderr
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
