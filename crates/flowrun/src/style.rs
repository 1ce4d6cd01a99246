//! Colours: on a terminal alone, and nowhere when the environment says so (`NO_COLOR`).

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use prefect_client::{LogLevel, State};

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Where something is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub(crate) fn has_colours(self) -> bool {
        let choice = match self {
            Self::Stdout => AutoStream::choice(&std::io::stdout()),
            Self::Stderr => AutoStream::choice(&std::io::stderr()),
        };
        choice != ColorChoice::Never
    }

    /// `style` where there are colours, and no style elsewhere.
    pub(crate) fn style(self, style: Style) -> Style {
        if self.has_colours() { style } else { Style::new() }
    }
}

pub(crate) fn of_state(state: &State) -> Style {
    if state.is_successful() {
        AnsiColor::Green.on_default()
    } else if state.is_failed() || *state == State::Cancelled {
        AnsiColor::Red.on_default()
    } else {
        AnsiColor::Cyan.on_default()
    }
}

pub(crate) fn of_level(level: &LogLevel) -> Style {
    match level {
        LogLevel::Warning => AnsiColor::Yellow.on_default(),
        LogLevel::Error | LogLevel::Critical => AnsiColor::Red.on_default(),
        _ => Style::new(),
    }
}
