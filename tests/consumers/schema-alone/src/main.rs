//! Prints a query that no crate of the client has: which agents there are.

use prefect_schema::cynic::{self, QueryBuilder};
use prefect_schema::{AgentId, schema};

#[derive(cynic::QueryVariables)]
struct AgentsVariables {
    limit: i32,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "AgentsVariables")]
struct Agents {
    #[arguments(limit: $limit, order_by: [{ last_queried: "desc" }])]
    agent: Vec<Agent>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "agent", rename_all = "None")]
struct Agent {
    id: AgentId,
    name: Option<String>,
}

const QUERY: &str = "\
query Agents($limit: Int!) {
  agent(limit: $limit, order_by: [{last_queried: desc}]) {
    id
    name
  }
}
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let operation = Agents::build(AgentsVariables { limit: 3 });
    println!("{}", operation.query);
    assert_eq!(operation.query.trim(), QUERY.trim());

    let answer = r#"{"agent":[{"id":"8fa789e3-c5bd-42ed-80a3-4f308772b006","name":"docker"}]}"#;
    let agents: Agents = serde_json::from_str(answer)?;
    println!("{:?} is {:?}", agents.agent[0].id, agents.agent[0].name);
    assert_eq!(agents.agent[0].name.as_deref(), Some("docker"));
    Ok(())
}
