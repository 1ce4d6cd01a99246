//! One page of a flow run's task runs, the oldest first; the pages follow each other as those of
//! `list_flow_runs` do.
//!
//! Of a state only its result and the number of tries are read: inputs that it caches can be large.

use cynic::QueryBuilder;
use jiff::Timestamp;
use prefect_schema::{FlowRunId, Json, TaskId, TaskRunId};

use super::document::{Document, Operation};
use super::filters::{FlowRunIs, Since, TextIn, TextIs, Time, flow_run, since, states, text};
use super::{cynic, schema};
use crate::paging::Cursor;
use crate::{State, TaskRun, TaskRunResult};

/// Which task runs; what is `None` or empty is not asked for.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) flow_run_id: FlowRunId,
    pub(crate) slug: Option<String>,
    pub(crate) map_index: Option<i32>,
    pub(crate) states: Vec<State>,
}

#[derive(cynic::QueryVariables)]
pub(crate) struct ListTaskRunsVariables<'a> {
    filter: TaskRunWhere<'a>,
    limit: i32,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "task_run_bool_exp", rename_all = "None")]
struct TaskRunWhere<'a> {
    flow_run_id: FlowRunIs,
    #[cynic(skip_serializing_if = "Option::is_none")]
    task: Option<TaskWhere<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    map_index: Option<NumberIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    state: Option<TextIn<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    created: Option<Since>,
    #[cynic(rename = "_or", skip_serializing_if = "Option::is_none")]
    either: Option<Vec<Newer>>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "task_bool_exp")]
struct TaskWhere<'a> {
    slug: TextIs<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "Int_comparison_exp")]
struct NumberIs {
    #[cynic(rename = "_eq")]
    number: i32,
}

/// One of the two ways to come after a task run of a time and an id.
#[derive(cynic::InputObject)]
#[cynic(graphql_type = "task_run_bool_exp")]
enum Newer {
    #[cynic(rename = "created")]
    Created(After),
    #[cynic(rename = "id")]
    Id(IdAbove),
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "timestamptz_comparison_exp")]
struct After {
    #[cynic(rename = "_gt")]
    time: Time,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "uuid_comparison_exp")]
struct IdAbove {
    #[cynic(rename = "_gt")]
    id: TaskRunId,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "ListTaskRunsVariables", rename_all = "None")]
pub(crate) struct ListTaskRuns {
    #[arguments(where: $filter, order_by: [{ created: "asc" }, { id: "asc" }], limit: $limit)]
    task_run: Vec<TaskRunRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "task_run", rename_all = "None")]
struct TaskRunRow {
    id: TaskRunId,
    name: Option<String>,
    map_index: i32,
    state: Option<String>,
    state_message: Option<String>,
    created: Timestamp,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    task: TaskRow,
    #[cynic(rename = "serialized_state", alias)]
    #[arguments(path: "$.context.task_run_count")]
    run_count: Option<Json>,
    #[cynic(rename = "serialized_state", alias)]
    #[arguments(path: "$._result")]
    result: Option<Json>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "task")]
struct TaskRow {
    id: TaskId,
    slug: Option<String>,
}

impl ListTaskRuns {
    pub(crate) fn into_task_runs(self) -> Vec<TaskRun> {
        self.task_run.into_iter().map(TaskRun::from).collect()
    }
}

impl From<TaskRunRow> for TaskRun {
    fn from(row: TaskRunRow) -> Self {
        Self {
            id: row.id,
            task_id: row.task.id,
            slug: row.task.slug.unwrap_or_default(),
            name: row.name,
            map_index: row.map_index.try_into().ok(),
            state: row.state.map_or(State::Pending, State::from),
            state_message: row.state_message,
            // A context may hold anything.
            run_count: row.run_count.and_then(|count| count.decode().ok()),
            result: TaskRunResult::read(row.result),
            created: row.created,
            start_time: row.start_time,
            end_time: row.end_time,
        }
    }
}

impl<'a> TaskRunWhere<'a> {
    fn new(filter: &'a Filter, after: Option<Cursor>) -> Self {
        Self {
            flow_run_id: flow_run(filter.flow_run_id),
            task: filter.slug.as_deref().map(|slug| TaskWhere { slug: text(slug) }),
            map_index: filter.map_index.map(|number| NumberIs { number }),
            state: states(&filter.states),
            created: after.map(|after| since(after.created)),
            either: after.map(|after| {
                let created = After { time: Time(after.created) };
                vec![Newer::Created(created), Newer::Id(IdAbove { id: TaskRunId(after.id) })]
            }),
        }
    }
}

static DOCUMENT: Document<ListTaskRuns> = Document::new();

pub(crate) fn build(
    filter: &Filter,
    after: Option<Cursor>,
    limit: i32,
) -> Operation<ListTaskRuns, ListTaskRunsVariables<'_>> {
    DOCUMENT
        .with(ListTaskRunsVariables { filter: TaskRunWhere::new(filter, after), limit }, ListTaskRuns::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    fn filter() -> Filter {
        Filter { flow_run_id: flow_run_id(), slug: None, map_index: None, states: Vec::new() }
    }

    #[test]
    fn of_a_flow_run() {
        let filter = filter();
        let operation = build(&filter, None, 100);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_all_that_can_be_asked_for() {
        let filter = Filter {
            slug: Some("add-1".to_owned()),
            map_index: Some(-1),
            states: vec![State::Mapped],
            ..filter()
        };
        let after = Cursor { created: Timestamp::UNIX_EPOCH, id: flow_run_id().0 };
        insta::assert_json_snapshot!(build(&filter, Some(after), 7).variables);
    }
}
