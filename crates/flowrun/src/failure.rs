//! What went wrong, as an exit code, a message and a hint.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use prefect_client::transport;
use prefect_client::{
    CancelError, ClientError, FindFlowError, FlowId, FlowRun, FlowRunId, IdempotencyKey, JsonObjectError,
    RenameError, ScheduleError, StartTime, WaitError, WatchError,
};
use prefect_sandbox::StartError;

use crate::args::Global;
use crate::style::{ERROR, Stream};

/// The exit codes, as `--help` tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Done = 0,
    RunFailed = 1,
    Usage = 2,
    NotFound = 3,
    NotAuthorised = 4,
    Server = 5,
    TimedOut = 6,
    OutcomeUnknown = 7,
    /// As of a program that SIGINT ended.
    Interrupted = 130,
    /// As of a program that SIGPIPE ended.
    NobodyReads = 141,
}

/// Why the program ends without having done what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

impl Code {
    /// Of a run that was waited for.
    pub(crate) fn of_ended(run: &FlowRun) -> Self {
        if run.state.is_successful() { Self::Done } else { Self::RunFailed }
    }

    /// Of output that could not be written.
    fn of_unwritten(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Server,
        }
    }
}

impl Failure {
    fn new(code: Code, error: &dyn Error) -> Self {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        Self {
            code,
            message: error.to_string(),
            causes: causes.map(ToString::to_string).collect(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn usage(message: String) -> Self {
        Self { code: Code::Usage, message, causes: Vec::new(), hint: None }
    }

    pub(crate) fn setup(error: &dyn Error) -> Self {
        Self::new(Code::Server, error)
    }

    /// A file of the user's that cannot be used.
    pub(crate) fn file(file: &Path, error: &dyn Error) -> Self {
        let message = format!("the file {} cannot be used: {error}", file.display());
        Self::usage(message)
    }

    /// What cannot be read or written on the way, and why.
    pub(crate) fn io(what: &str, error: &io::Error) -> Self {
        Self { code: Code::Server, message: format!("{what}: {error}"), causes: Vec::new(), hint: None }
    }

    /// Results that cannot be written to standard output.
    pub(crate) fn results(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => error.into(),
            _ => Self::io("the results cannot be written", &error),
        }
    }

    /// A run that was scheduled, and whose id may not be on standard output.
    pub(crate) fn untold(id: FlowRunId, error: &io::Error) -> Self {
        let message =
            format!("the flow run {id} was scheduled, and standard output cannot be written: {error}");
        Self { code: Code::of_unwritten(error), message, causes: Vec::new(), hint: None }
    }

    pub(crate) fn no_flow_run(id: FlowRunId) -> Self {
        Self::new(Code::NotFound, &WaitError::NotFound { id })
    }

    /// Ctrl-C, while a run was waited for, or while more of the log of a `finished` one was.
    pub(crate) fn interrupted(global: &Global, id: FlowRunId, finished: bool) -> Self {
        let (message, hint) = match (global.sandbox, finished) {
            (true, _) => (format!("interrupted; the flow run {id} is gone with its sandbox"), None),
            (false, true) => (
                format!("interrupted; the flow run {id} is finished"),
                Some(format!("`flowrun show {id}` tells how, `flowrun logs {id}` has its whole log")),
            ),
            (false, false) => (
                format!("interrupted; the flow run {id} goes on"),
                Some(format!("`flowrun wait {id}` waits for it, `flowrun cancel {id}` ends it")),
            ),
        };
        Self { code: Code::Interrupted, message, causes: Vec::new(), hint }
    }

    /// Ctrl-C, while a run was being cancelled.
    pub(crate) fn interrupted_cancelling(id: FlowRunId) -> Self {
        let message =
            format!("interrupted; the flow run {id} is cancelled all the same, if the server was reached");
        let hint = Some(format!("`flowrun show {id}` tells"));
        Self { code: Code::Interrupted, message, causes: Vec::new(), hint }
    }

    /// Ctrl-C, while a run was being scheduled.
    pub(crate) fn interrupted_scheduling(
        flow_id: FlowId,
        key: &IdempotencyKey,
        start: Option<&StartTime>,
    ) -> Self {
        let message = "interrupted; the run may or may not have been scheduled".to_owned();
        let hint = Some(no_second_run(flow_id, key, start));
        Self { code: Code::Interrupted, message, causes: Vec::new(), hint }
    }

    /// Writes the message to standard error, if there is one.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            // Nobody is left to be told that standard error is closed.
            let _ = self.write(&mut io::stderr().lock());
        }
        self.code.into()
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let style = Stream::Stderr.style(ERROR);
        writeln!(out, "{style}error:{style:#} {}", self.message)?;
        let mut told = self.message.as_str();
        for cause in &self.causes {
            // Some errors repeat their cause.
            if !told.contains(cause.as_str()) {
                writeln!(out, "  because: {cause}")?;
            }
            told = cause;
        }
        match &self.hint {
            Some(hint) => writeln!(out, "  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// How to ask again for a run that may exist. How the flow and the start were asked for is not known here.
fn no_second_run(flow_id: FlowId, key: &IdempotencyKey, start: Option<&StartTime>) -> String {
    let at = start.map(|start| format!(" and --at {} in place of --in", start.as_str())).unwrap_or_default();
    format!(
        "with --flow-id {flow_id} in place of the flow's name and --project, and with \
         --idempotency-key {key}{at}, the same command makes no second run"
    )
}

fn transport_code(error: &transport::Error) -> Code {
    match error.kind() {
        _ if error.is_unauthorized() => Code::NotAuthorised,
        // Nothing was sent, for the way it was asked for.
        transport::Kind::InsecureCredentials | transport::Kind::Request => Code::Usage,
        _ => Code::Server,
    }
}

impl From<transport::Error> for Failure {
    fn from(error: transport::Error) -> Self {
        Self::new(transport_code(&error), &error)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::new(Code::Usage, &error)
    }
}

impl From<FindFlowError> for Failure {
    fn from(error: FindFlowError) -> Self {
        match error {
            FindFlowError::Transport(error) => error.into(),
            FindFlowError::ServerTooOld(_) => Self::new(Code::Server, &error),
            FindFlowError::NoFlowName => Self::new(Code::Usage, &error),
            FindFlowError::NoProjectName => Self::new(Code::Usage, &error)
                .hint("name it with --project; on a Prefect Server, say --backend server"),
            FindFlowError::Ambiguous { .. } => {
                Self::new(Code::NotFound, &error).hint("choose with --project or --tenant-id")
            }
            _ => Self::new(Code::NotFound, &error),
        }
    }
}

impl From<ScheduleError> for Failure {
    fn from(error: ScheduleError) -> Self {
        match &error {
            ScheduleError::Parameters(_) => {
                Self::new(Code::Usage, &error).hint("give parameters with --param NAME=JSON")
            }
            ScheduleError::NotScheduled(cause)
            | ScheduleError::NoNewerVersion(FindFlowError::Transport(cause)) => {
                Self::new(transport_code(cause), &error)
            }
            ScheduleError::OutcomeUnknown { resumable: false, .. } => Self::new(Code::OutcomeUnknown, &error),
            ScheduleError::OutcomeUnknown { flow_id, key, start, .. } => {
                let hint = no_second_run(*flow_id, key, start.as_ref());
                Self::new(Code::OutcomeUnknown, &error).hint(hint)
            }
            ScheduleError::Archived { .. } | ScheduleError::NoNewerVersion(_) => {
                Self::new(Code::NotFound, &error)
            }
            _ => Self::new(Code::Server, &error),
        }
    }
}

impl From<WaitError> for Failure {
    fn from(error: WaitError) -> Self {
        match &error {
            WaitError::TimedOut { .. } => Self::new(Code::TimedOut, &error),
            WaitError::NotFound { .. } => Self::new(Code::NotFound, &error),
            WaitError::Transport(cause) => Self::new(transport_code(cause), &error),
            _ => Self::new(Code::Server, &error),
        }
    }
}

impl From<WatchError> for Failure {
    fn from(error: WatchError) -> Self {
        match &error {
            WatchError::NotFound { .. } => Self::new(Code::NotFound, &error),
            WatchError::Transport(cause) => Self::new(transport_code(cause), &error),
            _ => Self::new(Code::Server, &error),
        }
    }
}

impl From<CancelError> for Failure {
    fn from(error: CancelError) -> Self {
        match &error {
            CancelError::NotFound { .. } => Self::new(Code::NotFound, &error),
            CancelError::Transport(cause) => Self::new(transport_code(cause), &error),
            _ => Self::new(Code::Server, &error),
        }
    }
}

impl From<RenameError> for Failure {
    fn from(error: RenameError) -> Self {
        match &error {
            RenameError::EmptyName => Self::new(Code::Usage, &error),
            RenameError::NotFound { .. } => Self::new(Code::NotFound, &error),
            RenameError::Transport(cause) => Self::new(transport_code(cause), &error),
            _ => Self::new(Code::Server, &error),
        }
    }
}

impl From<JsonObjectError> for Failure {
    fn from(error: JsonObjectError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match &error {
            StartError::NotLoopback { .. } => Self::new(Code::Usage, &error).hint("or give --allow-remote"),
            StartError::Database(_) => Self::new(Code::Usage, &error),
            _ => Self::new(Code::Server, &error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match Code::of_unwritten(&error) {
            // They who went know that they did.
            code @ Code::NobodyReads => Self { code, message: String::new(), causes: Vec::new(), hint: None },
            code => Self::new(code, &error),
        }
    }
}
