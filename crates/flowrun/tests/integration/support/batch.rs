//! Runs `flowrun batch` in a folder of its own, against a sandbox of this process.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use prefect_sandbox::{FlowSpec, ParameterSpec, RegisteredFlow, Sandbox};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use super::{Session, program};

/// A folder with the input in it, and a sandbox with the sample flow.
pub struct Scene {
    pub folder: TempDir,
    pub sandbox: Sandbox,
}

impl Scene {
    pub async fn new(input: &str) -> Self {
        Self::at(Sandbox::builder().sample_flow(true).start().await.unwrap(), input)
    }

    pub fn at(sandbox: Sandbox, input: &str) -> Self {
        let scene = Self { folder: TempDir::new().unwrap(), sandbox };
        std::fs::write(scene.file("runs.jsonl"), input).unwrap();
        scene
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn journal(&self) -> String {
        std::fs::read_to_string(self.file("journal")).unwrap_or_default()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path());
        command.current_dir(self.folder.path());
        command.arg("batch").args(arguments).args(["--backend", "server", "--api", &self.sandbox.url()]);
        command
    }

    /// Runs the program to its end.
    pub async fn batch(&self, arguments: &[&str]) -> Session {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        session(arguments, output)
    }

    /// Starts the program; its output is collected when it ends.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub async fn runs(&self) -> usize {
        self.sandbox.flow_runs().await.unwrap().len()
    }

    /// Waits until the sandbox has so many runs.
    pub async fn until_there_are(&self, runs: usize) {
        while self.runs().await < runs {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the journal has so many lines that begin so.
    pub async fn until_journal_has(&self, count: usize, start: &str) {
        while self.journal().lines().filter(|line| line.starts_with(start)).count() < count {
            tokio::task::yield_now().await;
        }
    }
}

pub fn session(arguments: &[&str], output: Output) -> Session {
    Session {
        arguments: format!("batch {}", arguments.join(" ")),
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn results(session: &Session) -> Vec<Value> {
    session.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A scene with an empty project in place of the sample flow.
pub async fn with_project(input: &str) -> (Scene, Uuid) {
    let sandbox = Sandbox::start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    (Scene::at(sandbox, input), project)
}

/// Registers the next version of the flow that the lines are of.
pub async fn register(scene: &Scene, project: Uuid) -> RegisteredFlow {
    let spec = FlowSpec::new(project, "My Cloud Flow")
        .parameter(ParameterSpec::required("name"))
        .parameter(ParameterSpec::optional("greeting", serde_json::json!("hello")));
    scene.sandbox.register_flow(spec).await.unwrap()
}
