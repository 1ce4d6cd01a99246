//! A sandbox with something of everything, asked by plain HTTP on a connection that is kept.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use prefect_sandbox::{FlowSpec, ParameterSpec, Sandbox};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::verdict::{self, Reply};

/// In a body they stand for a tenant, project, flow, flow group, version group, flow run, task and task run.
pub const PLACEHOLDERS: [&str; 8] = [
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
    "00000000-0000-4000-8000-000000000003",
    "00000000-0000-4000-8000-000000000004",
    "00000000-0000-4000-8000-000000000005",
    "00000000-0000-4000-8000-000000000006",
    "00000000-0000-4000-8000-000000000007",
    "00000000-0000-4000-8000-000000000008",
];
/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Scene {
    runtime: Runtime,
    sandbox: Option<Sandbox>,
    address: SocketAddr,
    connection: BufReader<TcpStream>,
    ids: [String; 8],
}

impl Scene {
    pub fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start()).unwrap();
        let address = sandbox.address();
        let mut scene = Self {
            connection: connect(address).unwrap(),
            runtime,
            sandbox: Some(sandbox),
            address,
            ids: Default::default(),
        };
        scene.set_up();
        scene
    }

    fn set_up(&mut self) {
        let sandbox = self.sandbox.as_ref().unwrap();
        let tenant = sandbox.default_tenant();
        let (project, flow) = self.runtime.block_on(async {
            let project = sandbox.create_project(tenant, "P").await.unwrap();
            let flow = FlowSpec::new(project, "F").task("add").task("say");
            let flow = flow.parameter(ParameterSpec::optional("x", json!(1)));
            (project, sandbox.register_flow(flow).await.unwrap())
        });
        let create =
            format!(r#"mutation {{ create_flow_run(input: {{ flow_id: "{}" }}) {{ id }} }}"#, flow.flow_id);
        let reply = self.exchange("POST /", json!({ "query": create }).to_string().as_bytes()).unwrap();
        let answer: Value = serde_json::from_str(&reply.text).unwrap();
        let run = answer["data"]["create_flow_run"]["id"].as_str().unwrap().to_owned();
        let sandbox = self.sandbox.as_ref().unwrap();
        let tasks = self.runtime.block_on(sandbox.task_runs(run.parse().unwrap())).unwrap();
        self.ids = [
            tenant.to_string(),
            project.to_string(),
            flow.flow_id.to_string(),
            flow.flow_group_id.to_string(),
            flow.version_group_id,
            run,
            tasks[0].task_id.to_string(),
            tasks[0].id.to_string(),
        ];
    }

    /// Posts a body and judges the answer; then the sandbox must still answer what is easy.
    ///
    /// # Errors
    /// What is wrong, with the answer.
    pub fn check(&mut self, body: &[u8]) -> Result<(), String> {
        let body = self.filled(body);
        let reply = self.ask("POST /", &body)?;
        verdict::check(&body, &reply).map_err(|problem| {
            let body = String::from_utf8_lossy(&body);
            format!("{problem}\nasked: {body}\nanswered {}: {}", reply.status, reply.text)
        })?;
        for (target, body, expected) in [
            ("GET /.well-known/apollo/server-health", "", "{\"status\":\"pass\"}"),
            ("POST /", "{\"query\":\"{hello}\"}", "{\"data\":{\"hello\":\"👋\"}}\n"),
        ] {
            let reply = self.ask(target, body.as_bytes())?;
            if reply.status != 200 || reply.text != expected {
                return Err(format!("after it, {target} answers {}: {}", reply.status, reply.text));
            }
        }
        Ok(())
    }

    /// The body with the ids that stand for themselves put in.
    fn filled(&self, body: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
        let filled = PLACEHOLDERS
            .iter()
            .zip(&self.ids)
            .fold(text.to_owned(), |text, (placeholder, id)| text.replace(placeholder, id));
        filled.into_bytes()
    }

    /// A connection that has been idle for 5 s is closed by the server, so a second one is tried.
    fn ask(&mut self, target: &str, body: &[u8]) -> Result<Reply, String> {
        let first = self.exchange(target, body);
        let reply = match first {
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                connect(self.address).and_then(|connection| {
                    self.connection = connection;
                    self.exchange(target, body)
                })
            }
            first => first,
        };
        reply.map_err(|error| format!("no answer: {error}\nasked: {}", String::from_utf8_lossy(body)))
    }

    fn exchange(&mut self, target: &str, body: &[u8]) -> io::Result<Reply> {
        let length = body.len();
        let head = format!(
            "{target} HTTP/1.1\r\nhost: sandbox\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        self.connection.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        read(&mut self.connection)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            self.runtime.block_on(sandbox.shutdown());
        }
    }
}

fn connect(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}

fn read(connection: &mut BufReader<TcpStream>) -> io::Result<Reply> {
    let status = line(connection)?;
    let status =
        status.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(ErrorKind::InvalidData)?;
    let (mut length, mut content_type) = (0, String::new());
    loop {
        let line = line(connection)?;
        match line.trim_end().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().map_err(|_| ErrorKind::InvalidData)?,
            Some(("content-type", value)) => value.clone_into(&mut content_type),
            Some(_) => {}
            None => break,
        }
    }
    let mut text = vec![0; length];
    connection.read_exact(&mut text)?;
    let text = String::from_utf8(text).map_err(|_| ErrorKind::InvalidData)?;
    Ok(Reply { status, content_type, text })
}

fn line(connection: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line)
}
