//! Where flows and their runs are: tenants, projects, agents.

use super::{Client, Error};
use crate::{
    Agent, AgentMatch, CreateProjectError, DeleteProjectError, Project, ProjectId, TenantError, TenantInfo,
    transport,
};

impl Client {
    /// The tenants that can be seen, the oldest first.
    pub fn tenants(&self) -> Result<Vec<TenantInfo>, Error<transport::Error>> {
        self.runtime.call(self.api.tenants())
    }

    /// The tenant that requests are for; see [`Api::tenant`](crate::Api::tenant).
    pub fn tenant(&self) -> Result<TenantInfo, Error<TenantError>> {
        self.runtime.call(self.api.tenant())
    }

    /// All projects, by name.
    pub fn projects(&self) -> Result<Vec<Project>, Error<transport::Error>> {
        self.runtime.call(self.api.projects())
    }

    /// The project of a name; see [`Api::project`](crate::Api::project).
    pub fn project(&self, name: &str) -> Result<Option<Project>, Error<transport::Error>> {
        self.runtime.call(self.api.project(name))
    }

    /// Makes a project, or finds the one of the name, and returns its id; see
    /// [`Api::create_project`](crate::Api::create_project).
    pub fn create_project(
        &self,
        name: &str,
        description: Option<&str>,
    ) -> Result<ProjectId, Error<CreateProjectError>> {
        self.runtime.call(self.api.create_project(name, description))
    }

    /// Deletes a project **with all of its flows and their runs**; see
    /// [`Api::delete_project`](crate::Api::delete_project).
    pub fn delete_project(&self, id: ProjectId) -> Result<(), Error<DeleteProjectError>> {
        self.runtime.call(self.api.delete_project(id))
    }

    /// The agents.
    pub fn agents(&self) -> Result<Vec<Agent>, Error<transport::Error>> {
        self.runtime.call(self.api.agents())
    }

    /// Which agents would execute a run of these labels; see [`Api::match_agents`](crate::Api::match_agents).
    pub fn match_agents(&self, labels: &[String]) -> Result<AgentMatch, Error<transport::Error>> {
        self.runtime.call(self.api.match_agents(labels))
    }
}
