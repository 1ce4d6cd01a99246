//! The run configs of Prefect 1.4.1, each with the fields that its class there writes.
//!
//! They are written as Prefect's `RunConfigSchema` writes them: every field, null when it is not
//! set, with `type` and `__version__`. Prefect 1 is complete, so these structs are exhaustive.
//!
//! Nothing here reads a file: a path means what it means to the agent, so that a local file that
//! the Python classes would read here must be read by the caller and given as a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::JsonObject;

/// The version of Prefect whose classes these are.
const VERSION: &str = "1.4.1";

/// Environment variables. `Debug` shows the names and no values.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Env(BTreeMap<String, String>);

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Env {
    fn from(variables: [(K, V); N]) -> Self {
        variables.into_iter().collect()
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Env").field(&self.0.keys()).finish()
    }
}

macro_rules! run_configs {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Environment variables for the run.
            pub env: Option<Env>,
            /// The run's labels, unless the request has some. None here means a run without labels.
            pub labels: BTreeSet<String>,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("type", stringify!($name))?;
                map.serialize_entry("__version__", VERSION)?;
                map.serialize_entry("env", &self.env)?;
                map.serialize_entry("labels", &self.labels)?;
                $(map.serialize_entry(stringify!($field), &self.$field)?;)*
                map.end()
            }
        }
    )+};
}

run_configs! {
    /// On an agent of any kind.
    #[derive(Default)]
    UniversalRun {}

    /// As a process beside the agent.
    #[derive(Default)]
    LocalRun {
        /// The folder on the agent's machine that the process starts in. It is sent as it is, where
        /// Python makes a relative path absolute on the caller's machine.
        working_dir: Option<String>,
    }

    /// In a Docker container.
    #[derive(Default)]
    DockerRun {
        /// The image.
        image: Option<String>,
        /// Ports that are exposed.
        ports: Option<Vec<u16>>,
        /// What docker-py takes as the host config.
        host_config: Option<JsonObject>,
    }

    /// As a job in Kubernetes.
    #[derive(Default)]
    KubernetesRun {
        /// Where the agent finds the job template: an `s3`, `gcs` or `agent` URL. Not together with
        /// `job_template`.
        job_template_path: Option<String>,
        /// The job template itself.
        job_template: Option<JsonObject>,
        /// The image.
        image: Option<String>,
        /// The limit of CPU, in Kubernetes' units: `2`, `500m`.
        cpu_limit: Option<String>,
        /// The CPU that is asked for, in Kubernetes' units.
        cpu_request: Option<String>,
        /// The limit of memory, in Kubernetes' units: `4Gi`.
        memory_limit: Option<String>,
        /// The memory that is asked for, in Kubernetes' units.
        memory_request: Option<String>,
        /// The service account.
        service_account_name: Option<String>,
        /// Names of the secrets that the image is pulled with.
        image_pull_secrets: Option<Vec<String>>,
        /// `Always`, `IfNotPresent` or `Never`.
        image_pull_policy: Option<String>,
    }

    /// As a task in AWS ECS.
    #[derive(Default)]
    ECSRun {
        /// Where the agent finds the task definition: an `s3`, `gcs` or `agent` URL. Only one of
        /// this, `task_definition` and `task_definition_arn`.
        task_definition_path: Option<String>,
        /// The task definition itself.
        task_definition: Option<JsonObject>,
        /// A registered task definition: `family:revision` or an ARN. Not together with `image`.
        task_definition_arn: Option<String>,
        /// The image.
        image: Option<String>,
        /// CPU, in ECS' units: `1024`, `1 vcpu`.
        cpu: Option<String>,
        /// Memory, in ECS' units: `1024`, `1 GB`.
        memory: Option<String>,
        /// ARN of the role that the task has.
        task_role_arn: Option<String>,
        /// ARN of the role that starts the task.
        execution_role_arn: Option<String>,
        /// More arguments of ECS' `run_task`.
        run_task_kwargs: Option<JsonObject>,
    }

    /// As a custom job in Google Vertex AI.
    VertexRun {
        /// The image.
        image: Option<String>,
        /// The machine type. Default: `e2-standard-4`.
        machine_type: Option<String>,
        /// The scheduling of the custom job, such as its timeout.
        scheduling: Option<JsonObject>,
        /// The service account that the job runs as.
        service_account: Option<String>,
        /// The full name of the network that the job is peered with.
        network: Option<String>,
        /// The worker pools, in place of one made from `machine_type`.
        worker_pool_specs: Option<Vec<JsonObject>>,
    }
}

impl Default for VertexRun {
    fn default() -> Self {
        Self {
            env: None,
            labels: BTreeSet::new(),
            image: None,
            machine_type: Some("e2-standard-4".to_owned()),
            scheduling: None,
            service_account: None,
            network: None,
            worker_pool_specs: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn object(value: &Value) -> Option<JsonObject> {
        Some(JsonObject::new(value).unwrap())
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn env() -> Option<Env> {
        Some(Env::from([("A", "1")]))
    }

    fn labels<const N: usize>(labels: [&str; N]) -> BTreeSet<String> {
        labels.into_iter().map(str::to_owned).collect()
    }

    /// Asserts that it is written as the class of Prefect 1.4.1 was, given the same. The file is
    /// what the Python classes' `serialize` gave.
    fn assert_written(name: &str, run_config: &impl Serialize) {
        let expected: Value = serde_json::from_str(include_str!("run_config_1.4.1.json")).unwrap();
        assert_eq!(serde_json::to_value(run_config).unwrap(), expected[name], "{name}");
    }

    #[test]
    fn defaults_are_those_of_prefect() {
        assert_written("universal_default", &UniversalRun::default());
        assert_written("local_default", &LocalRun::default());
        assert_written("docker_default", &DockerRun::default());
        assert_written("kubernetes_default", &KubernetesRun::default());
        assert_written("ecs_default", &ECSRun::default());
        assert_written("vertex_default", &VertexRun::default());
    }

    #[test]
    fn universal_local_and_docker() {
        let local =
            LocalRun { env: Some(Env::default()), working_dir: text("/srv/flows"), labels: labels(["x"]) };
        let docker = DockerRun {
            env: env(),
            labels: labels(["x"]),
            image: text("acme/etl:7"),
            ports: Some(vec![8080, 9090]),
            host_config: object(&json!({"mem_limit": "2g"})),
        };
        assert_written("universal", &UniversalRun { env: env(), labels: labels(["b", "a", "b"]) });
        assert_written("local", &local);
        assert_written("docker", &docker);
    }

    #[test]
    fn kubernetes() {
        let whole = KubernetesRun {
            env: env(),
            labels: labels(["x"]),
            job_template_path: None,
            job_template: object(&json!({"apiVersion": "batch/v1", "kind": "Job"})),
            image: text("i"),
            cpu_limit: text("2"),
            cpu_request: text("500m"),
            memory_limit: text("4G"),
            memory_request: text("2G"),
            service_account_name: text("sa"),
            image_pull_secrets: Some(vec!["s".to_owned()]),
            image_pull_policy: text("Always"),
        };
        let path = KubernetesRun { job_template_path: text("s3://bucket/job.yaml"), ..Default::default() };
        assert_written("kubernetes", &whole);
        assert_written("kubernetes_path", &path);
    }

    #[test]
    fn ecs() {
        let whole = ECSRun {
            env: env(),
            labels: labels(["x"]),
            task_definition_path: None,
            task_definition: object(&json!({"family": "f"})),
            task_definition_arn: None,
            image: text("i"),
            cpu: text("1024"),
            memory: text("2 GB"),
            task_role_arn: text("t"),
            execution_role_arn: text("e"),
            run_task_kwargs: object(&json!({"cluster": "c"})),
        };
        let arn = ECSRun { task_definition_arn: text("f:1"), ..Default::default() };
        let path = ECSRun { task_definition_path: text("s3://bucket/task.yaml"), ..Default::default() };
        assert_written("ecs", &whole);
        assert_written("ecs_arn", &arn);
        assert_written("ecs_path", &path);
    }

    #[test]
    fn vertex() {
        let whole = VertexRun {
            env: env(),
            labels: labels(["x"]),
            image: text("i"),
            machine_type: text("e2-highmem-8"),
            scheduling: object(&json!({"timeout": "3600s"})),
            service_account: text("s"),
            network: text("n"),
            worker_pool_specs: Some(vec![JsonObject::new(&json!({"replicaCount": 1})).unwrap()]),
        };
        assert_written("vertex", &whole);
    }

    #[test]
    fn values_are_not_shown() {
        let run_config = DockerRun {
            env: Some(Env::from([("TOKEN", "hunter2")])),
            host_config: object(&json!({"environment": "hunter2"})),
            ..Default::default()
        };
        let shown = format!("{run_config:?}");
        assert!(shown.contains("TOKEN") && shown.contains("environment"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
