//! The states of a run, by the names that Prefect's state classes have.

use std::fmt;

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident)+) => {
        /// The state of a flow run, as in Prefect 1.4.1.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum State {
            $($(#[$doc])* $name,)+
            /// A state that this version of the library does not know.
            Other(String),
        }

        impl State {
            /// The name as the server has it.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$name => stringify!($name),)+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<String> for State {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $(stringify!($name) => Self::$name,)+
                    _ => Self::Other(name),
                }
            }
        }
    };
}

states! {
    /// Finished: it was cancelled.
    Cancelled
    /// Running, and asked to stop.
    Cancelling
    /// Finished well, with a result from a cache.
    Cached
    /// The client failed before the run could report anything.
    ClientFailed
    /// Finished badly.
    Failed
    /// Finished, neither well nor badly.
    Finished
    /// Finished: one pass of a loop.
    Looped
    /// Finished well: it was mapped into other runs.
    Mapped
    /// Waiting for a person.
    Paused
    /// Not yet scheduled.
    Pending
    /// Waiting for a free place.
    Queued
    /// Scheduled to go on after a pause.
    Resume
    /// Scheduled to be tried again.
    Retrying
    /// Running.
    Running
    /// Waiting for its start time, or for an agent.
    Scheduled
    /// Finished well: it had nothing to do.
    Skipped
    /// Taken by an agent.
    Submitted
    /// Finished well.
    Success
    /// Finished badly: it took too long.
    TimedOut
    /// Finished badly: its trigger did not allow it to run.
    TriggerFailed
    /// Finished badly: its result is not valid.
    ValidationFailed
}

impl State {
    /// Whether nothing more will happen by itself.
    pub fn is_finished(&self) -> bool {
        self.is_successful()
            || self.is_failed()
            || matches!(self, Self::Cancelled | Self::Finished | Self::Looped)
    }

    /// Whether the run finished well.
    pub fn is_successful(&self) -> bool {
        matches!(self, Self::Success | Self::Cached | Self::Mapped | Self::Skipped)
    }

    /// Whether the run finished badly. As in Prefect, a cancelled run did not.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::TriggerFailed | Self::ValidationFailed)
    }

    /// Whether the run is under way.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running | Self::Cancelling)
    }

    /// Whether the run has a time at which it is to start, again or for the first time.
    pub fn is_scheduled(&self) -> bool {
        matches!(self, Self::Scheduled | Self::Paused | Self::Queued | Self::Resume | Self::Retrying)
    }

    /// Whether the run is still to start. As in Prefect 1.4.1, a queued run, though scheduled, is not
    /// pending, and neither is a submitted one.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending | Self::Scheduled | Self::Paused | Self::Resume | Self::Retrying)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prefect 1.4.1: the subclasses of `Finished`.
    const FINISHED: [&str; 11] = [
        "Finished",
        "Success",
        "Cached",
        "Mapped",
        "Skipped",
        "Looped",
        "Failed",
        "TimedOut",
        "TriggerFailed",
        "ValidationFailed",
        "Cancelled",
    ];

    #[test]
    fn finished_states_are_prefects() {
        for name in FINISHED {
            assert!(State::from(name.to_owned()).is_finished(), "{name}");
        }
        for name in ["Pending", "Scheduled", "Submitted", "Running", "Cancelling", "Retrying", "Brand New"] {
            let state = State::from(name.to_owned());
            assert!(!state.is_finished(), "{name}");
            assert_eq!(state.to_string(), name);
        }
        assert!(!State::Cancelled.is_failed() && !State::Cancelled.is_successful());
        assert_eq!(State::from("Brand New".to_owned()), State::Other("Brand New".to_owned()));
    }
}
