//! Reads the agents.

use cynic::QueryBuilder;
use jiff::Timestamp;
use prefect_schema::{AgentId, Json, TenantId};

use super::document::{Document, Operation};
use super::filters::{TenantIs, tenant};
use super::{cynic, schema};
use crate::Agent;

#[derive(cynic::QueryVariables)]
pub(crate) struct AgentsVariables {
    filter: AgentWhere,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "agent_bool_exp", rename_all = "None")]
struct AgentWhere {
    #[cynic(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<TenantIs>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "AgentsVariables")]
pub(crate) struct Agents {
    #[arguments(where: $filter)]
    agent: Vec<AgentRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "agent", rename_all = "None")]
struct AgentRow {
    id: AgentId,
    name: Option<String>,
    labels: Json,
    last_queried: Option<Timestamp>,
}

impl Agents {
    pub(crate) fn into_agents(self) -> Vec<Agent> {
        self.agent.into_iter().map(Agent::from).collect()
    }
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        Self {
            id: row.id,
            name: row.name.filter(|name| !name.is_empty()),
            labels: row.labels.decode().unwrap_or_default(),
            last_queried: row.last_queried,
        }
    }
}

static DOCUMENT: Document<Agents> = Document::new();

pub(crate) fn build(tenant_id: Option<TenantId>) -> Operation<Agents, AgentsVariables> {
    DOCUMENT.with(AgentsVariables { filter: AgentWhere { tenant_id: tenant_id.map(tenant) } }, Agents::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, tenant_id};
    use super::*;

    #[test]
    fn of_a_tenant() {
        let operation = build(Some(tenant_id()));
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_the_server() {
        insta::assert_json_snapshot!(build(None).variables);
    }
}
