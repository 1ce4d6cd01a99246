//! Finding flows.

use super::runtime::Runtime;
use super::{Client, Error, Flow};
use crate::{FindFlowError, FlowGroupId, FlowId, FlowReference};

/// A lookup of a flow by its name; see [`crate::FindFlow`].
#[derive(Debug, Clone)]
#[must_use = "a lookup does nothing until `block` is called"]
pub struct FindFlow {
    runtime: Runtime,
    lookup: crate::FindFlow,
}

impl FindFlow {
    /// Looks in this project only. An empty name counts as none.
    pub fn in_project(self, name: impl Into<String>) -> Self {
        Self { lookup: self.lookup.in_project(name), ..self }
    }

    /// Sends it.
    pub fn block(self) -> Result<Flow, Error<FindFlowError>> {
        let flow = self.runtime.call(self.lookup)?;
        Ok(Flow { runtime: self.runtime, flow })
    }
}

impl Client {
    /// Finds the most recent unarchived version of a flow; see [`Api::find_flow`](crate::Api::find_flow).
    pub fn find_flow(&self, name: impl Into<String>) -> FindFlow {
        FindFlow { runtime: self.runtime.clone(), lookup: self.api.find_flow(name) }
    }

    /// Finds one version of a flow by its id; see [`Api::flow`](crate::Api::flow).
    pub fn flow(&self, id: FlowId) -> Result<Flow, Error<FindFlowError>> {
        self.flow_by(FlowReference::Version(id))
    }

    /// Finds a flow by the id of its flow group; see [`Api::flow_of_group`](crate::Api::flow_of_group).
    pub fn flow_of_group(&self, id: FlowGroupId) -> Result<Flow, Error<FindFlowError>> {
        self.flow_by(FlowReference::Group(id))
    }

    /// Finds a flow by the id of its version group; see
    /// [`Api::flow_of_version_group`](crate::Api::flow_of_version_group).
    pub fn flow_of_version_group(&self, id: impl Into<String>) -> Result<Flow, Error<FindFlowError>> {
        self.flow_by(FlowReference::VersionGroup(id.into()))
    }

    /// Finds a flow by whichever reference is at hand; see [`Api::flow_by`](crate::Api::flow_by).
    pub fn flow_by(&self, reference: FlowReference) -> Result<Flow, Error<FindFlowError>> {
        let flow = self.runtime.call(self.api.flow_by(reference))?;
        Ok(Flow { runtime: self.runtime.clone(), flow })
    }
}
