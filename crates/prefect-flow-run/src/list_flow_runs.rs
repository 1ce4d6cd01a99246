//! Listing flow runs. How the pages follow each other is in `operations::list_flow_runs`.

use futures_util::Stream;
use futures_util::stream::StreamExt;
use jiff::Timestamp;
use prefect_schema::{FlowId, FlowRunId};
use prefect_transport::Error;

use crate::operations::list_flow_runs::{self, Filter};
use crate::paging::{self, Cursor, PAGE};
use crate::{Api, FlowOfRun, State};

/// A list of flow runs, the newest first; see [`Api::list_flow_runs`].
///
/// A run is listed if it is as every filter wants it; without a filter, all of them are.
#[derive(Debug, Clone)]
#[must_use = "a list does nothing until its stream is polled"]
pub struct ListFlowRuns {
    api: Api,
    filter: Filter,
    limit: Option<usize>,
}

/// A flow run as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowRunSummary {
    /// The run's id.
    pub id: FlowRunId,
    /// The run's name.
    pub name: String,
    /// The state.
    pub state: State,
    /// What the server or the runner says of the state.
    pub state_message: Option<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// When the run was made.
    pub created: Timestamp,
    /// When it is, or was, to start.
    pub scheduled_start_time: Timestamp,
    /// When it started.
    pub start_time: Option<Timestamp>,
    /// When it ended. Prefect notes no time for some states that are final, such as Skipped.
    pub end_time: Option<Timestamp>,
    /// The flow version it is a run of.
    pub flow: FlowOfRun,
}

impl Api {
    /// Lists flow runs, the newest first. Narrow the list down, then take its
    /// [`stream`](ListFlowRuns::stream).
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    /// use prefect_flow_run::{Api, State};
    ///
    /// async fn failures(api: &Api) -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut runs = api.list_flow_runs().project("Nightly").state(State::Failed).limit(500).stream();
    ///     while let Some(run) = runs.try_next().await? {
    ///         println!("{} {}", run.flow.name, run.name);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn list_flow_runs(&self) -> ListFlowRuns {
        let filter = Filter { tenant_id: self.tenant_filter(), ..Filter::default() };
        ListFlowRuns { api: self.clone(), filter, limit: None }
    }
}

impl ListFlowRuns {
    /// Runs in this state; said again, in this one or another one that was said.
    pub fn state(self, state: State) -> Self {
        self.states([state])
    }

    /// Runs in one of these states, or another one that was said.
    pub fn states(mut self, states: impl IntoIterator<Item = State>) -> Self {
        self.filter.states.extend(states);
        self
    }

    /// Runs of flows of the project of this name.
    pub fn project(mut self, name: impl Into<String>) -> Self {
        self.filter.project_name = Some(name.into());
        self
    }

    /// Runs of all versions of the flow of this name.
    pub fn flow(mut self, name: impl Into<String>) -> Self {
        self.filter.flow_name = Some(name.into());
        self
    }

    /// Runs of this version of a flow.
    pub fn flow_id(mut self, id: FlowId) -> Self {
        self.filter.flow_id = Some(id);
        self
    }

    /// Runs that have this label; said again, all that were said.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.filter.labels.push(label.into());
        self
    }

    /// Runs of this name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.filter.name = Some(name.into());
        self
    }

    /// Runs that were to start at this time or later.
    pub fn scheduled_after(mut self, time: Timestamp) -> Self {
        self.filter.scheduled_from = Some(time);
        self
    }

    /// Runs that were to start before this time.
    pub fn scheduled_before(mut self, time: Timestamp) -> Self {
        self.filter.scheduled_before = Some(time);
        self
    }

    /// No more than this many. Default: all.
    pub fn limit(mut self, runs: usize) -> Self {
        self.limit = Some(runs);
        self
    }

    /// The runs. They are asked for by the hundred, when those before them are taken.
    ///
    /// None comes twice, and none is left out that was there at the beginning, whatever is scheduled
    /// meanwhile; a run whose state changes meanwhile may or may not be seen by a filter on states.
    /// The stream ends with its first error.
    pub fn stream(self) -> impl Stream<Item = Result<FlowRunSummary, Error>> + Send + Unpin + use<> {
        let limit = self.limit.unwrap_or(usize::MAX);
        let rows = paging::rows(cursor, move |after| {
            let list = self.clone();
            async move { list.page(after).await }
        });
        rows.take(limit)
    }

    async fn page(&self, after: Option<Cursor>) -> Result<Vec<FlowRunSummary>, Error> {
        let size = self.limit.map_or(PAGE, |limit| limit.min(PAGE));
        let operation = list_flow_runs::build(&self.filter, after, size as i32);
        Ok(self.api.query("list_flow_runs", &operation).await?.into_runs())
    }
}

fn cursor(run: &FlowRunSummary) -> Cursor {
    Cursor { created: run.created, id: run.id.0 }
}
