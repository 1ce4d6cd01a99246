//! The ids of Prefect's objects, one type each, so that a flow's id cannot stand for a run's.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::schema;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        ///
        /// On the wire a UUID: the scalar `uuid` of the tables and `UUID` of the mutations.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, cynic::Scalar)]
        #[cynic(graphql_type = "uuid")]
        pub struct $name(pub Uuid);

        cynic::impl_coercions!($name, schema::UUID);

        impl cynic::schema::IsScalar<schema::UUID> for $name {
            type SchemaType = schema::UUID;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    )+};
}

ids! {
    /// Identifies an agent.
    AgentId
    /// Identifies one version of a flow; every registration makes a new one.
    FlowId
    /// Identifies what all versions of a flow share: its labels, default parameters and schedule.
    FlowGroupId
    /// Identifies a flow run.
    FlowRunId
    /// Identifies a project.
    ProjectId
    /// Identifies a task of one version of a flow.
    TaskId
    /// Identifies a task run.
    TaskRunId
    /// Identifies an artifact of a task run.
    TaskRunArtifactId
    /// Identifies a tenant.
    TenantId
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "8fa789e3-c5bd-42ed-80a3-4f308772b006";

    #[test]
    fn text_and_json_are_the_bare_uuid() {
        let id: FlowId = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(format!("{id:?}"), format!("FlowId({TEXT})"));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("{TEXT:?}"));
        assert_eq!(serde_json::from_str::<FlowId>(&json).unwrap(), id);
    }

    #[test]
    fn other_text_is_refused() {
        assert!("8fa789e3".parse::<FlowRunId>().is_err());
        assert!(serde_json::from_str::<FlowRunId>("5").is_err());
    }
}
