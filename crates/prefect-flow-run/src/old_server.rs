//! Servers older than those that this crate speaks to by itself: how one is noticed, what it lacks, and the
//! error that says so.
//!
//! A server of the present costs nothing for it: only when one refuses a query because its schema lacks
//! something is it asked what it has, once.

use prefect_transport::{Error, Kind, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::operations::Operation;
use crate::operations::server_schema::{self, ServerSchema};
use crate::rarely::rarely;
use crate::{Api, Backend};

/// How a server words that its schema lacks something: graphql-js 14 in the gateway (of documents, then of
/// variables), and Hasura behind it.
const LACKS: [&str; 5] = [
    "Cannot query field \"",
    "Unknown argument \"",
    "Unknown type \"",
    "is not defined by type ",
    "not found in type: '",
];

/// The options of a run that older servers do not take: the server's name, ours, and the first that does.
const OPTIONS: [NewerOption; 3] = [
    NewerOption { field: "idempotency_key", what: "an idempotency key", needs: "0.14" },
    NewerOption { field: "labels", what: "the labels of a run", needs: "0.14" },
    NewerOption { field: "run_config", what: "the run config of a run", needs: "0.14.1" },
];

#[derive(Debug)]
struct NewerOption {
    field: &'static str,
    what: &'static str,
    needs: &'static str,
}

/// The server is too old for what was asked of it. Nothing was changed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server is too old for {what}: this needs Prefect Server {needs}")]
#[non_exhaustive]
pub struct ServerTooOld {
    /// What it lacks.
    pub what: &'static str,
    /// The version of Prefect Server that has it, or a later one.
    pub needs: &'static str,
}

/// A server that lacks something that the usual operations ask for.
#[derive(Debug)]
pub(crate) struct OldServer {
    has_projects: bool,
    /// Of [`OPTIONS`], those that it does not take.
    lacks: Vec<&'static NewerOption>,
}

/// What came of a question.
pub(crate) enum Answer<'a, D> {
    Data(D),
    TooOld(&'a OldServer),
}

impl OldServer {
    /// `None` for a server that has everything, and for one that does not tell of its schema: to take a key for
    /// unknown where it is known would give up what makes a request safe to repeat.
    fn of(schema: &ServerSchema) -> Option<Self> {
        if !schema.flow_has("id") || !schema.create_flow_run_takes("flow_id") {
            return None;
        }
        let lacks: Vec<_> =
            OPTIONS.iter().filter(|option| !schema.create_flow_run_takes(option.field)).collect();
        let has_projects = schema.flow_has("project");
        let has_all = has_projects && schema.flow_group_has("run_config") && lacks.is_empty();
        (!has_all).then_some(Self { has_projects, lacks })
    }

    /// Whether flows are in projects, and with them in groups, and projects in tenants.
    pub(crate) fn has_projects(&self) -> bool {
        self.has_projects
    }

    /// Whether a request for a run may bring a key.
    pub(crate) fn knows_keys(&self) -> bool {
        self.takes("idempotency_key").is_ok()
    }

    /// Whether it takes a field of `create_flow_run_input`.
    pub(crate) fn takes(&self, field: &str) -> Result<(), ServerTooOld> {
        match self.lacks.iter().find(|option| option.field == field) {
            Some(option) => Err(ServerTooOld { what: option.what, needs: option.needs }),
            None => Ok(()),
        }
    }

    /// Refuses to look in a project, a tenant or a group where there are none.
    pub(crate) fn needs_projects_for(&self, what: &'static str) -> Result<(), ServerTooOld> {
        if self.has_projects { Ok(()) } else { Err(ServerTooOld { what, needs: "0.14" }) }
    }
}

impl Api {
    /// Sends a query, unless the server is known to be too old for it or turns out to be.
    pub(crate) async fn query_unless_old<D: DeserializeOwned + Send + 'static, V: Serialize>(
        &self,
        name: &'static str,
        operation: &Operation<D, V>,
        is_too_old: fn(&OldServer) -> bool,
    ) -> Result<Answer<'_, D>, Error> {
        if let Some(old) = self.old_server().filter(|old| is_too_old(old)) {
            return Ok(Answer::TooOld(old));
        }
        match self.query(name, operation).await {
            Ok(data) => Ok(Answer::Data(data)),
            // Boxed, since the future of every query would be as large as that of this one.
            Err(refusal) => rarely(|| self.too_old(refusal, is_too_old)).await.map(Answer::TooOld),
        }
    }

    /// The server that refused a query, if it turns out to be too old for it; else the `refusal`.
    pub(crate) async fn too_old(
        &self,
        refusal: Error,
        is_too_old: fn(&OldServer) -> bool,
    ) -> Result<&OldServer, Error> {
        if !says_that_something_is_lacking(&refusal) {
            return Err(refusal);
        }
        self.ask_what_it_lacks().await?.filter(|old| is_too_old(old)).ok_or(refusal)
    }

    /// `None` for a server that has everything, or does not say. Prefect Cloud has everything.
    async fn ask_what_it_lacks(&self) -> Result<Option<&OldServer>, Error> {
        if self.backend() == Backend::Cloud {
            return Ok(None);
        }
        let transport = self.transport();
        let request = transport.request("server_schema", &server_schema::build())?.idempotent(true);
        match transport.execute::<ServerSchema>(&request).await.and_then(Response::into_result) {
            Ok(schema) => Ok(OldServer::of(&schema).map(|old| self.remember(old))),
            Err(error) if error.kind() == Kind::GraphQl => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn says_that_something_is_lacking(error: &Error) -> bool {
    let says = |message: &str| LACKS.iter().any(|words| message.contains(words));
    error.kind() == Kind::GraphQl && error.graphql_errors().iter().any(|error| says(&error.message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn old_server(flow: &Value, input: &Value) -> Option<OldServer> {
        let schema = json!({ "flow": flow, "flow_group": null, "create_flow_run_input": input });
        OldServer::of(&serde_json::from_value(schema).unwrap())
    }

    #[test]
    fn a_server_that_does_not_tell_of_its_schema_is_not_taken_for_an_old_one() {
        let flow = json!({ "fields": [{ "name": "id" }] });
        let input = json!({ "inputFields": [{ "name": "flow_id" }] });
        assert!(!old_server(&flow, &input).unwrap().knows_keys());
        for (flow, input) in [(&flow, &Value::Null), (&Value::Null, &input), (&Value::Null, &Value::Null)] {
            assert!(old_server(flow, input).is_none());
        }
    }
}
