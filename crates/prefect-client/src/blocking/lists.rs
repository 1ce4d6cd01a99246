//! Lists of flow runs and of task runs. Both are iterated over; a page is asked for when the rows
//! before it are taken.

use jiff::Timestamp;

use super::iter::Iter;
use super::runtime::Runtime;
use super::{Client, Error};
use crate::{FlowId, FlowRunId, FlowRunSummary, State, TaskRun, transport};

/// A list of flow runs, the newest first; see [`crate::ListFlowRuns`].
#[derive(Debug, Clone)]
#[must_use = "a list does nothing until it is iterated over"]
pub struct ListFlowRuns {
    runtime: Runtime,
    list: crate::ListFlowRuns,
}

impl ListFlowRuns {
    /// Runs in this state; said again, in this one or another one that was said.
    pub fn state(self, state: State) -> Self {
        self.states([state])
    }

    /// Runs in one of these states, or another one that was said.
    pub fn states(self, states: impl IntoIterator<Item = State>) -> Self {
        Self { list: self.list.states(states), ..self }
    }

    /// Runs of flows of the project of this name.
    pub fn project(self, name: impl Into<String>) -> Self {
        Self { list: self.list.project(name), ..self }
    }

    /// Runs of all versions of the flow of this name.
    pub fn flow(self, name: impl Into<String>) -> Self {
        Self { list: self.list.flow(name), ..self }
    }

    /// Runs of this version of a flow.
    pub fn flow_id(self, id: FlowId) -> Self {
        Self { list: self.list.flow_id(id), ..self }
    }

    /// Runs that have this label; said again, all that were said.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { list: self.list.label(label), ..self }
    }

    /// Runs of this name.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { list: self.list.name(name), ..self }
    }

    /// Runs that were to start at this time or later.
    pub fn scheduled_after(self, time: Timestamp) -> Self {
        Self { list: self.list.scheduled_after(time), ..self }
    }

    /// Runs that were to start before this time.
    pub fn scheduled_before(self, time: Timestamp) -> Self {
        Self { list: self.list.scheduled_before(time), ..self }
    }

    /// No more than this many. Default: all.
    pub fn limit(self, runs: usize) -> Self {
        Self { list: self.list.limit(runs), ..self }
    }
}

/// See [`ListFlowRuns::stream`](crate::ListFlowRuns::stream). It ends after an error.
impl IntoIterator for ListFlowRuns {
    type Item = Result<FlowRunSummary, Error<transport::Error>>;
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(Iter::new(&self.runtime, self.list.stream()).map(Error::flatten))
    }
}

/// A list of the task runs of one flow run, the oldest first; see [`crate::TaskRuns`].
#[derive(Debug, Clone)]
#[must_use = "a list does nothing until it is iterated over"]
pub struct TaskRuns {
    runtime: Runtime,
    list: crate::TaskRuns,
}

impl TaskRuns {
    /// Those of the task of this slug: one, and the children when it is mapped.
    pub fn slug(self, slug: impl Into<String>) -> Self {
        Self { list: self.list.slug(slug), ..self }
    }

    /// The children of this index; `None` is for all that are no children.
    pub fn map_index(self, index: Option<u32>) -> Self {
        Self { list: self.list.map_index(index), ..self }
    }

    /// Those in one of these states, or another one that was said.
    pub fn states(self, states: impl IntoIterator<Item = State>) -> Self {
        Self { list: self.list.states(states), ..self }
    }
}

/// See [`TaskRuns::stream`](crate::TaskRuns::stream). It ends after an error.
impl IntoIterator for TaskRuns {
    type Item = Result<TaskRun, Error<transport::Error>>;
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(Iter::new(&self.runtime, self.list.stream()).map(Error::flatten))
    }
}

impl Client {
    /// Lists flow runs, the newest first. Narrow the list down, then iterate over it.
    ///
    /// ```no_run
    /// # use prefect_client::{State, blocking};
    /// # let client = blocking::Client::from_env()?;
    /// for run in client.list_flow_runs().project("Nightly").state(State::Failed).limit(500) {
    ///     let run = run?;
    ///     println!("{} {}", run.flow.name, run.name);
    /// }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn list_flow_runs(&self) -> ListFlowRuns {
        ListFlowRuns { runtime: self.runtime.clone(), list: self.api.list_flow_runs() }
    }

    /// The task runs of a flow run; see [`Api::task_runs`](crate::Api::task_runs).
    pub fn task_runs(&self, flow_run_id: FlowRunId) -> TaskRuns {
        TaskRuns { runtime: self.runtime.clone(), list: self.api.task_runs(flow_run_id) }
    }
}
