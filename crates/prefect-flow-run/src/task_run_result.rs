//! The results of task runs: the values that are stored in the state itself, and where others are.

use futures_util::stream::TryStreamExt;
use prefect_schema::{FlowRunId, Json};
use prefect_transport::Error;
use serde::Deserialize;

use crate::{Api, State, TaskRun};

/// What a task returned, as far as Prefect's database tells.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TaskRunResult {
    /// Nothing is stored: the task has no result type, or its result has no location.
    None,
    /// The value itself, which Prefect's `PrefectResult` keeps in the state.
    Value(Json),
    /// The value is elsewhere, as in a file or in S3. It is not fetched.
    Stored(StoredResult),
    /// The results of the children of a mapped task, by their index.
    Mapped(Vec<TaskRunResult>),
}

/// Where a result is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredResult {
    /// Prefect's class of the result, such as `S3Result`.
    pub kind: String,
    /// The place in words of that class: a path, a key.
    pub location: String,
    /// All that the state says of it, such as the bucket: an object.
    pub json: Json,
}

/// Why a task's result cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskRunResultError {
    /// The slug is empty. Nothing was sent.
    #[error("a task's slug must be given; it is like \"add-1\"")]
    NoSlug,
    /// The flow run has no such task run.
    #[error("the flow run {flow_run_id} has no task run {}", shown(slug, *map_index))]
    NotFound {
        /// The flow run, which may not exist either.
        flow_run_id: FlowRunId,
        /// The slug that was asked for.
        slug: String,
        /// The index that was asked for.
        map_index: Option<u32>,
    },
    /// The task run, or one of its children, is not finished.
    #[error("the task run {} is {state}, so it has no result yet; wait for the flow run's end first", shown(slug, *map_index))]
    NotFinished {
        /// The slug that was asked for.
        slug: String,
        /// The index of the run that is not finished.
        map_index: Option<u32>,
        /// Its state.
        state: State,
    },
    /// The task is mapped, and none of its children is there yet.
    #[error("the mapped task {slug:?} has no children yet; wait for the flow run's end first")]
    NoChildren {
        /// The slug that was asked for.
        slug: String,
    },
    /// The server could not be asked.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl Api {
    /// The result of a task of a flow run, as `get_task_run_result` of Prefect 1.4.1 gives it, apart
    /// from its waiting: [wait](Self::wait) for the flow run first. `map_index` picks one child of a
    /// mapped task; without it, all of them are collected.
    ///
    /// # Errors
    /// See [`TaskRunResultError`].
    pub async fn task_run_result(
        &self,
        flow_run_id: FlowRunId,
        task_slug: &str,
        map_index: Option<u32>,
    ) -> Result<TaskRunResult, TaskRunResultError> {
        if task_slug.is_empty() {
            return Err(TaskRunResultError::NoSlug);
        }
        let call = self.for_one_call();
        let parent = call.task_runs(flow_run_id).slug(task_slug).map_index(map_index);
        let task_run = parent.stream().try_next().await?.ok_or_else(|| TaskRunResultError::NotFound {
            flow_run_id,
            slug: task_slug.to_owned(),
            map_index,
        })?;
        if task_run.state == State::Mapped {
            return call.mapped_results(flow_run_id, task_slug).await;
        }
        finished(task_run)
    }

    async fn mapped_results(
        &self,
        flow_run_id: FlowRunId,
        slug: &str,
    ) -> Result<TaskRunResult, TaskRunResultError> {
        let all = self.task_runs(flow_run_id).slug(slug).stream().try_collect::<Vec<_>>().await?;
        let mut children: Vec<_> = all.into_iter().filter(|run| run.map_index.is_some()).collect();
        if children.is_empty() {
            return Err(TaskRunResultError::NoChildren { slug: slug.to_owned() });
        }
        children.sort_by_key(|run| run.map_index);
        children.into_iter().map(finished).collect::<Result<_, _>>().map(TaskRunResult::Mapped)
    }
}

fn finished(run: TaskRun) -> Result<TaskRunResult, TaskRunResultError> {
    let TaskRun { slug, map_index, state, result, .. } = run;
    if state.is_finished() {
        return Ok(result);
    }
    Err(TaskRunResultError::NotFinished { slug, map_index, state })
}

fn shown(slug: &str, map_index: Option<u32>) -> String {
    match map_index {
        Some(index) => format!("\"{slug}[{index}]\""),
        None => format!("{slug:?}"),
    }
}

impl TaskRunResult {
    /// Reads `_result` of a serialized state. A `PrefectResult` whose text is not JSON was written
    /// in another way than Prefect's default, and is told like any other.
    pub(crate) fn read(json: Option<Json>) -> Self {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(rename = "type")]
            kind: String,
            location: Option<String>,
        }
        let Some(json) = json else { return Self::None };
        let Ok(Fields { kind, location: Some(location) }) = json.decode() else { return Self::None };
        if kind == "PrefectResult"
            && let Ok(value) = Json::from_text(location.as_str())
        {
            return Self::Value(value);
        }
        Self::Stored(StoredResult { kind, location, json })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match TaskRunResult::read(Some(Json::from_text(text).unwrap())) {
            TaskRunResult::None => "none".to_owned(),
            TaskRunResult::Value(json) => format!("value {json}"),
            TaskRunResult::Stored(stored) => format!("{} at {}", stored.kind, stored.location),
            TaskRunResult::Mapped(_) => "mapped".to_owned(),
        }
    }

    #[test]
    fn results_are_read_by_their_type() {
        for (text, expected) in [
            (r#"{"type":"PrefectResult","location":"{\"a\": 1.10}"}"#, r#"value {"a": 1.10}"#),
            (r#"{"type":"PrefectResult","location":"null"}"#, "value null"),
            (r#"{"type":"PrefectResult","location":null}"#, "none"),
            (
                r#"{"type":"PrefectResult","location":"2026-01-01T00:00:00"}"#,
                "PrefectResult at 2026-01-01T00:00:00",
            ),
            (r#"{"type":"LocalResult","dir":"/r","location":"/r/x"}"#, "LocalResult at /r/x"),
            (r#"{"type":"S3Result","bucket":"b","location":"x"}"#, "S3Result at x"),
            (r#"{"type":"NoResultType","__version__":"1.4.1"}"#, "none"),
            (r#"{"type":"Result","location":null}"#, "none"),
            ("null", "none"),
            ("[]", "none"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(matches!(TaskRunResult::read(None), TaskRunResult::None));
    }
}
