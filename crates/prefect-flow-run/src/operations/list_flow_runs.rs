//! One page of flow runs, the newest first.
//!
//! A page begins after the last run of the page before it, by the time of its creation and its id,
//! neither of which ever changes. Counting rows instead would give a run twice whenever one is
//! scheduled meanwhile, and lose one whenever one is deleted.

use cynic::QueryBuilder;
use jiff::Timestamp;
use prefect_schema::{FlowId, FlowRunId, TenantId};

use super::document::{Document, Operation};
use super::filters::{
    FlowIs, FlowWhere, ProjectWhere, TenantIs, TextIn, TextIs, Time, flow, states, tenant, text,
};
use super::fragments::{FlowOfRunRow, Labels};
use super::{cynic, schema};
use crate::paging::Cursor;
use crate::{FlowRunSummary, State};

/// What the runs are to have in common; what is `None` or empty is not asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) tenant_id: Option<TenantId>,
    pub(crate) project_name: Option<String>,
    pub(crate) flow_name: Option<String>,
    pub(crate) flow_id: Option<FlowId>,
    pub(crate) name: Option<String>,
    pub(crate) states: Vec<State>,
    pub(crate) labels: Vec<String>,
    pub(crate) scheduled_from: Option<Timestamp>,
    pub(crate) scheduled_before: Option<Timestamp>,
}

#[derive(cynic::QueryVariables)]
pub(crate) struct ListFlowRunsVariables<'a> {
    filter: FlowRunWhere<'a>,
    limit: i32,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "flow_run_bool_exp", rename_all = "None")]
struct FlowRunWhere<'a> {
    #[cynic(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<TenantIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    flow: Option<FlowWhere<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    flow_id: Option<FlowIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    name: Option<TextIs<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    state: Option<TextIn<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    labels: Option<LabelsContain>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    scheduled_start_time: Option<Within>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    created: Option<NotAfter>,
    #[cynic(rename = "_or", skip_serializing_if = "Option::is_none")]
    either: Option<Vec<Older>>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "jsonb_comparison_exp")]
struct LabelsContain {
    #[cynic(rename = "_contains")]
    all_of: Labels,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "timestamptz_comparison_exp")]
struct Within {
    #[cynic(rename = "_gte", skip_serializing_if = "Option::is_none")]
    from: Option<Time>,
    #[cynic(rename = "_lt", skip_serializing_if = "Option::is_none")]
    before: Option<Time>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "timestamptz_comparison_exp")]
struct NotAfter {
    #[cynic(rename = "_lte")]
    time: Time,
}

/// One of the two ways to come after a run of a time and an id.
#[derive(cynic::InputObject)]
#[cynic(graphql_type = "flow_run_bool_exp")]
enum Older {
    #[cynic(rename = "created")]
    Created(Before),
    #[cynic(rename = "id")]
    Id(IdBelow),
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "timestamptz_comparison_exp")]
struct Before {
    #[cynic(rename = "_lt")]
    time: Time,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "uuid_comparison_exp")]
struct IdBelow {
    #[cynic(rename = "_lt")]
    id: FlowRunId,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "ListFlowRunsVariables", rename_all = "None")]
pub(crate) struct ListFlowRuns {
    #[arguments(where: $filter, order_by: [{ created: "desc" }, { id: "desc" }], limit: $limit)]
    flow_run: Vec<FlowRunRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run", rename_all = "None")]
struct FlowRunRow {
    id: FlowRunId,
    name: Option<String>,
    state: Option<String>,
    state_message: Option<String>,
    labels: Labels,
    created: Timestamp,
    scheduled_start_time: Timestamp,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    flow: FlowOfRunRow,
}

impl ListFlowRuns {
    pub(crate) fn into_runs(self) -> Vec<FlowRunSummary> {
        self.flow_run.into_iter().map(FlowRunSummary::from).collect()
    }
}

impl From<FlowRunRow> for FlowRunSummary {
    fn from(row: FlowRunRow) -> Self {
        Self {
            id: row.id,
            name: row.name.unwrap_or_default(),
            state: row.state.map_or(State::Pending, State::from),
            state_message: row.state_message,
            labels: row.labels.0,
            created: row.created,
            scheduled_start_time: row.scheduled_start_time,
            start_time: row.start_time,
            end_time: row.end_time,
            flow: row.flow.into(),
        }
    }
}

impl<'a> FlowRunWhere<'a> {
    fn new(filter: &'a Filter, after: Option<Cursor>) -> Self {
        let Filter { tenant_id, project_name, flow_name, flow_id, name, states: wanted, labels, .. } = filter;
        let project = ProjectWhere::of(project_name.as_deref(), None);
        let flow_name = flow_name.as_deref().map(text);
        let has_flow = flow_name.is_some() || project.is_some();
        Self {
            tenant_id: tenant_id.map(tenant),
            flow: has_flow.then_some(FlowWhere { name: flow_name, project, ..FlowWhere::default() }),
            flow_id: flow_id.map(flow),
            name: name.as_deref().map(text),
            state: states(wanted),
            labels: (!labels.is_empty()).then(|| LabelsContain { all_of: Labels(labels.clone()) }),
            scheduled_start_time: Within::of(filter.scheduled_from, filter.scheduled_before),
            created: after.map(|after| NotAfter { time: Time(after.created) }),
            either: after.map(|after| {
                let created = Before { time: Time(after.created) };
                vec![Older::Created(created), Older::Id(IdBelow { id: FlowRunId(after.id) })]
            }),
        }
    }
}

impl Within {
    fn of(from: Option<Timestamp>, before: Option<Timestamp>) -> Option<Self> {
        (from.is_some() || before.is_some()).then(|| Self { from: from.map(Time), before: before.map(Time) })
    }
}

static DOCUMENT: Document<ListFlowRuns> = Document::new();

pub(crate) fn build(
    filter: &Filter,
    after: Option<Cursor>,
    limit: i32,
) -> Operation<ListFlowRuns, ListFlowRunsVariables<'_>> {
    DOCUMENT
        .with(ListFlowRunsVariables { filter: FlowRunWhere::new(filter, after), limit }, ListFlowRuns::build)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::testing::{body, document, flow_id, flow_run_id, tenant_id};
    use super::*;

    fn time(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn cursor() -> Cursor {
        Cursor { created: "2026-11-22T20:29:08.341659Z".parse().unwrap(), id: flow_run_id().0 }
    }

    #[test]
    fn of_everything() {
        let filter = Filter::default();
        let operation = build(&filter, None, 100);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_all_that_can_be_asked_for() {
        let filter = Filter {
            tenant_id: Some(tenant_id()),
            project_name: Some("P".to_owned()),
            flow_name: Some("F".to_owned()),
            flow_id: Some(flow_id()),
            name: Some("nightly".to_owned()),
            states: vec![State::Failed, State::Other("Odd".to_owned())],
            labels: vec!["gpu".to_owned()],
            scheduled_from: Some(time(0)),
            scheduled_before: Some(time(1)),
        };
        insta::assert_json_snapshot!(build(&filter, Some(cursor()), 7).variables);
    }

    /// How often each name stands in `value` as a key, and whether anything in it is null.
    fn survey(value: &Value, keys: &mut Vec<String>, nulls: &mut usize) {
        match value {
            Value::Null => *nulls += 1,
            Value::Array(values) => values.iter().for_each(|value| survey(value, keys, nulls)),
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                keys.push(key.clone());
                survey(value, keys, nulls);
            }),
            _ => {}
        }
    }

    fn filters() -> impl Strategy<Value = Filter> {
        let name = || prop::option::of(any::<String>());
        let names = || prop::collection::vec(any::<String>(), 0..3);
        let moment = || prop::option::of((0..4_000_000_000_i64).prop_map(time));
        let ids = (any::<bool>(), any::<bool>());
        (ids, name(), name(), name(), names(), names(), moment(), moment()).prop_map(
            |((tenant, flow), project_name, flow_name, name, states, labels, from, before)| Filter {
                tenant_id: tenant.then(tenant_id),
                flow_id: flow.then(flow_id),
                project_name,
                flow_name,
                name,
                states: states.into_iter().map(State::from).collect(),
                labels,
                scheduled_from: from,
                scheduled_before: before,
            },
        )
    }

    proptest! {
        #[test]
        fn each_filter_stands_once_and_nothing_is_null(filter in filters(), later: bool) {
            let operation = build(&filter, later.then(cursor), 100);
            let variables = serde_json::to_value(&operation.variables).unwrap();
            let wanted = &variables["filter"];
            let (mut keys, mut nulls) = (Vec::new(), 0);
            survey(wanted, &mut keys, &mut nulls);
            prop_assert_eq!(nulls, 0, "{}", wanted);
            let count = |key: &str| keys.iter().filter(|known| *known == key).count();
            let names = [&filter.name, &filter.flow_name, &filter.project_name];
            prop_assert_eq!(count("name"), names.iter().filter(|name| name.is_some()).count());
            let times = usize::from(filter.scheduled_before.is_some()) + 2 * usize::from(later);
            for (key, expected) in [
                ("tenant_id", usize::from(filter.tenant_id.is_some())),
                ("flow_id", usize::from(filter.flow_id.is_some())),
                ("project", usize::from(filter.project_name.is_some())),
                ("_in", usize::from(!filter.states.is_empty())),
                ("_contains", usize::from(!filter.labels.is_empty())),
                ("_gte", usize::from(filter.scheduled_from.is_some())),
                ("_lt", times),
                ("_lte", usize::from(later)),
                ("_or", usize::from(later)),
            ] {
                prop_assert_eq!(count(key), expected, "{} in {}", key, wanted);
            }
        }
    }
}
