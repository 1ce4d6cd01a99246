//! A line of a run's log.

use std::fmt;

use jiff::Timestamp;
use prefect_schema::TaskRunId;
use uuid::Uuid;

use crate::operations::flow_run_logs::LogRow;

/// A line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine {
    /// The line's id.
    pub id: Uuid,
    /// When it was written, by its writer's clock.
    pub timestamp: Timestamp,
    /// How grave it is.
    pub level: LogLevel,
    /// The logger's name.
    pub logger: String,
    /// The text; it may have several lines itself.
    pub message: String,
    /// The task run that wrote it; `None` for the flow run itself and its agent.
    pub task_run_id: Option<TaskRunId>,
}

/// How grave a line is, by Python's names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LogLevel {
    /// For those who look for a fault.
    Debug,
    /// The usual.
    Info,
    /// Something to look at.
    Warning,
    /// Something went wrong.
    Error,
    /// Nothing goes on.
    Critical,
    /// A level that this version of the library does not know.
    Other(String),
}

impl LogLevel {
    /// The name as the server has it.
    pub fn name(&self) -> &str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for LogLevel {
    fn from(name: String) -> Self {
        match name.as_str() {
            "DEBUG" => Self::Debug,
            "INFO" => Self::Info,
            "WARNING" => Self::Warning,
            "ERROR" => Self::Error,
            "CRITICAL" => Self::Critical,
            _ => Self::Other(name),
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<LogRow> for LogLine {
    fn from(row: LogRow) -> Self {
        Self {
            id: row.id,
            timestamp: row.timestamp,
            // The servers take INFO for a line without a level.
            level: row.level.map_or(LogLevel::Info, LogLevel::from),
            logger: row.name.unwrap_or_default(),
            message: row.message.unwrap_or_default(),
            task_run_id: row.task_run_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_keep_their_names() {
        for name in ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "TRACE"] {
            assert_eq!(LogLevel::from(name.to_owned()).to_string(), name);
        }
        assert!(LogLevel::Debug < LogLevel::Warning && LogLevel::Warning < LogLevel::Critical);
    }
}
