//! What went wrong, as an exit code, a message and a hint.

use std::error::Error;
use std::process::ExitCode;

use prefect_client::transport;
use prefect_client::{CancelError, ClientError, FindFlowError, ScheduleError, WaitError, WatchError};
use prefect_sandbox::StartError;

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

    /// What cannot be read or written, and why.
    pub(crate) fn io(what: &str, error: &std::io::Error) -> Self {
        Self { code: Code::Server, message: format!("{what}: {error}"), causes: Vec::new(), hint: None }
    }

    /// Writes the message to standard error.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {}", self.message);
        let mut told = self.message.as_str();
        for cause in &self.causes {
            // Some errors repeat their cause.
            if !told.contains(cause.as_str()) {
                eprintln!("  because: {cause}");
            }
            told = cause;
        }
        if let Some(hint) = &self.hint {
            eprintln!("  hint: {hint}");
        }
        self.code.into()
    }
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
            ScheduleError::NotScheduled(cause) => Self::new(transport_code(cause), &error),
            ScheduleError::OutcomeUnknown { key, .. } => {
                let hint = format!(
                    "with --idempotency-key {key} the same command makes no second run, \
                     unless a newer version of the flow was registered meanwhile"
                );
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

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match &error {
            StartError::NotLoopback { .. } => Self::new(Code::Usage, &error).hint("or give --allow-remote"),
            StartError::Database(_) => Self::new(Code::Usage, &error),
            _ => Self::new(Code::Server, &error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Code::Server, &error)
    }
}
