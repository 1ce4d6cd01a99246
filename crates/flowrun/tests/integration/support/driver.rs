//! The real Python client as a process that does what it is told; see `python/driver.py`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A running client. It ends when it is dropped.
pub struct Driver {
    process: Child,
    calls: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Driver {
    pub(super) fn start(mut command: Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (calls, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, calls, answers: BufReader::new(answers) }
    }

    /// Makes a call; `{"data": …}`, `{"errors": [message, …]}`, or `{"raised": "Type: message"}`.
    ///
    /// It blocks, so the sandbox must not need this thread.
    pub fn call(&mut self, call: &str, arguments: &Value) -> Value {
        writeln!(self.calls, "{}", json!({ "call": call, "arguments": arguments })).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{call} {arguments}: {error}"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
