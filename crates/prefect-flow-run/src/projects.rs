//! Projects: which there are, making and deleting them.

use prefect_schema::{ProjectId, TenantId};
use prefect_transport::{Error, Kind};

use crate::api::execute;
use crate::operations::{create_project, delete_project, list_projects};
use crate::{Api, TenantError};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Project {
    /// The project's id.
    pub id: ProjectId,
    /// Its name, unique within the tenant.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its tenant.
    pub tenant_id: Option<TenantId>,
}

/// Why a project was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateProjectError {
    /// The name is empty. Nothing was sent.
    #[error("a project cannot have an empty name")]
    EmptyName,
    /// It is not known which tenant the project is to be in.
    #[error("the project's tenant is not known")]
    Tenant(#[source] TenantError),
    /// The server says neither the new project's id nor that of one of the name.
    #[error("the server does not tell the id of the project {name:?}; it may or may not have been made")]
    NoId {
        /// The name that was given.
        name: String,
    },
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Transport(#[from] Error),
}

/// Why a project was not deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteProjectError {
    /// There is no such project.
    #[error("there is no project {id}")]
    NotFound {
        /// The project that was to be deleted.
        id: ProjectId,
    },
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl Api {
    /// All projects, by name.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn projects(&self) -> Result<Vec<Project>, Error> {
        let operation = list_projects::build(None, self.tenant_filter());
        Ok(self.query("list_projects", &operation).await?.into_projects())
    }

    /// The project of a name. Where several tenants of a Prefect Server have one, and none of them
    /// is configured, it is any of those.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn project(&self, name: &str) -> Result<Option<Project>, Error> {
        self.project_of(name, self.tenant_filter()).await
    }

    /// Makes a project, and returns its id; where the tenant has a project of the name, that one's,
    /// as Prefect 1.4.1 does, and its description stays as it is.
    ///
    /// # Errors
    /// See [`CreateProjectError`].
    pub async fn create_project(
        &self,
        name: &str,
        description: Option<&str>,
    ) -> Result<ProjectId, CreateProjectError> {
        if name.is_empty() {
            return Err(CreateProjectError::EmptyName);
        }
        let call = self.for_one_call();
        let tenant_id = match self.tenant_id() {
            Some(id) => id,
            None => call.tenant().await.map_err(CreateProjectError::Tenant)?.id,
        };
        let operation = create_project::build(tenant_id, name, description);
        let id = match call.query("create_project", &operation).await {
            Ok(answer) => answer.id(),
            Err(error) if says_taken(&error) => {
                call.project_of(name, Some(tenant_id)).await?.map(|project| project.id)
            }
            Err(error) => return Err(error.into()),
        };
        id.ok_or_else(|| CreateProjectError::NoId { name: name.to_owned() })
    }

    /// Deletes a project **with all of its flows and their runs**. It is not sent again where it may
    /// have been executed.
    ///
    /// # Errors
    /// When there is no such project, or the server cannot be asked.
    pub async fn delete_project(&self, id: ProjectId) -> Result<(), DeleteProjectError> {
        let answer = execute(self.transport(), "delete_project", &delete_project::build(id), false).await?;
        if answer.found() { Ok(()) } else { Err(DeleteProjectError::NotFound { id }) }
    }

    async fn project_of(&self, name: &str, tenant_id: Option<TenantId>) -> Result<Option<Project>, Error> {
        let answer = self.query("list_projects", &list_projects::build(Some(name), tenant_id)).await?;
        Ok(answer.into_projects().into_iter().next())
    }
}

/// Whether the tenant has a project of the name already, in the server's own words of 1.x.
fn says_taken(error: &Error) -> bool {
    let says = |text: &str| text.contains("Uniqueness violation");
    error.kind() == Kind::GraphQl && error.graphql_errors().iter().any(|error| says(&error.message))
}
