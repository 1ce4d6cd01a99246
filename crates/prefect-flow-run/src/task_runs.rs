//! The task runs of a flow run.

use futures_util::Stream;
use jiff::Timestamp;
use prefect_schema::{FlowRunId, TaskId, TaskRunId};
use prefect_transport::Error;

use crate::operations::list_task_runs::{self, Filter};
use crate::paging::{self, Cursor, PAGE};
use crate::{Api, State, TaskRunResult};

/// The map index of a task run that is no child of a mapped one.
const NOT_MAPPED: i32 = -1;

/// A list of the task runs of one flow run; see [`Api::task_runs`].
#[derive(Debug, Clone)]
#[must_use = "a list does nothing until its stream is polled"]
pub struct TaskRuns {
    api: Api,
    filter: Filter,
}

/// A run of one task.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskRun {
    /// The task run's id.
    pub id: TaskRunId,
    /// The id of the task, within its flow version.
    pub task_id: TaskId,
    /// The task's slug, such as `add-1`; empty on a server that has none.
    pub slug: String,
    /// The task run's own name, if it was given one.
    pub name: Option<String>,
    /// Which child of a mapped task it is, from 0; `None` when it is none, but the parent of the
    /// children or not mapped at all.
    pub map_index: Option<u32>,
    /// The state.
    pub state: State,
    /// What the runner says of the state.
    pub state_message: Option<String>,
    /// How often it was tried, as the state tells; `None` when it does not.
    pub run_count: Option<u32>,
    /// What the state tells of the task's result. Of the parent of mapped children nothing:
    /// [`Api::task_run_result`] collects it.
    pub result: TaskRunResult,
    /// When the task run was made.
    pub created: Timestamp,
    /// When it started.
    pub start_time: Option<Timestamp>,
    /// When it ended. Prefect notes no time for some states that are final, such as Mapped.
    pub end_time: Option<Timestamp>,
}

impl Api {
    /// The task runs of a flow run, those of mapped tasks' children included. There are none when
    /// there is no such flow run.
    pub fn task_runs(&self, flow_run_id: FlowRunId) -> TaskRuns {
        let filter = Filter { flow_run_id, slug: None, map_index: None, states: Vec::new() };
        TaskRuns { api: self.clone(), filter }
    }
}

impl TaskRuns {
    /// Those of the task of this slug: one, and the children when it is mapped.
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.filter.slug = Some(slug.into());
        self
    }

    /// The children of this index; `None` is for all that are no children.
    pub fn map_index(mut self, index: Option<u32>) -> Self {
        // An index beyond what Prefect counts to is that of no child.
        self.filter.map_index = Some(index.map_or(NOT_MAPPED, |index| index.try_into().unwrap_or(i32::MAX)));
        self
    }

    /// Those in one of these states, or another one that was said.
    pub fn states(mut self, states: impl IntoIterator<Item = State>) -> Self {
        self.filter.states.extend(states);
        self
    }

    /// The task runs, the oldest first. They are asked for by the hundred, when those before them
    /// are taken. None comes twice and none is left out; those that are made meanwhile come last.
    /// The stream ends with its first error.
    pub fn stream(self) -> impl Stream<Item = Result<TaskRun, Error>> + Send + Unpin + use<> {
        paging::rows(cursor, move |after| {
            let list = self.clone();
            async move { list.page(after).await }
        })
    }

    async fn page(&self, after: Option<Cursor>) -> Result<Vec<TaskRun>, Error> {
        let operation = list_task_runs::build(&self.filter, after, PAGE as i32);
        Ok(self.api.query("list_task_runs", &operation).await?.into_task_runs())
    }
}

fn cursor(run: &TaskRun) -> Cursor {
    Cursor { created: run.created, id: run.id.0 }
}
