//! Databases below the target folder, and what is registered in them before anything is measured.

use std::path::{Path, PathBuf};

use prefect_sandbox::{FlowSpec, ParameterSpec, Sandbox};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::Result;

pub(crate) const PROJECT: &str = "Benches";
pub(crate) const FLOW: &str = "Daily";

/// A folder for databases; dropping it removes them.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

pub(crate) async fn open(file: &Path) -> Result<Sandbox> {
    Ok(Sandbox::builder().database(file).start().await?)
}

/// The flow that runs are scheduled of: two parameters, these tasks, an archived version before it.
pub(crate) async fn register_flow(sandbox: &Sandbox, tasks: &[&str]) -> Result<Uuid> {
    let project = sandbox.create_project(sandbox.default_tenant(), PROJECT).await?;
    let mut flow = FlowSpec::new(project, FLOW)
        .parameter(ParameterSpec::required("name"))
        .parameter(ParameterSpec::optional("day", json!("2026-01-01")));
    for task in tasks {
        flow = flow.task(*task);
    }
    sandbox.register_flow(flow.clone()).await?;
    Ok(sandbox.register_flow(flow).await?.flow_id)
}
