//! Links into Prefect's user interface.

use prefect_schema::FlowRunId;
use prefect_transport::Endpoint;

use crate::{Api, TenantError};

/// Where the user interface of Prefect Server is unless told otherwise.
const SERVER: &str = "http://localhost:8080";

/// Links into the user interface, for one tenant; see [`Api::ui_links`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UiLinks {
    endpoint: String,
    tenant_slug: String,
}

/// Why there are no links into the user interface.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UiError {
    /// The user interface has no address. Nothing was sent.
    #[error("the user interface's address is not known; it is set as `server.ui.endpoint`")]
    NoEndpoint,
    /// It is not known which tenant the links are for.
    #[error("the tenant for the link is not known")]
    Tenant(#[source] TenantError),
}

impl UiLinks {
    /// Links below `endpoint`, such as `http://localhost:8080`, for the tenant of a slug.
    pub fn new(endpoint: &str, tenant_slug: impl Into<String>) -> Self {
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), tenant_slug: tenant_slug.into() }
    }

    /// The page of a flow run, as `get_cloud_url` of Prefect 1.4.1 gives it.
    pub fn flow_run(&self, id: FlowRunId) -> String {
        format!("{}{}", self.endpoint, self.flow_run_path(id))
    }

    /// The path of that page, which Prefect 1.4.1 makes the link artifact of a run of: the user
    /// interface that shows it adds its own address.
    pub fn flow_run_path(&self, id: FlowRunId) -> String {
        format!("/{}/flow-run/{id}", self.tenant_slug)
    }
}

impl Api {
    /// Links into the user interface; one request finds the tenant, two on Prefect Cloud when no
    /// tenant is configured. The links themselves then cost none.
    ///
    /// # Errors
    /// See [`UiError`].
    pub async fn ui_links(&self) -> Result<UiLinks, UiError> {
        if self.ui().is_empty() {
            return Err(UiError::NoEndpoint);
        }
        let tenant = self.tenant().await.map_err(UiError::Tenant)?;
        Ok(UiLinks::new(self.ui(), tenant.slug))
    }

    /// The page of one flow run. It is not asked whether there is such a run.
    ///
    /// # Errors
    /// See [`UiError`].
    pub async fn flow_run_url(&self, id: FlowRunId) -> Result<String, UiError> {
        Ok(self.ui_links().await?.flow_run(id))
    }
}

/// The address of Prefect Cloud's user interface, from the API's, as Prefect 1.4.1 derives it;
/// `None` when that is not Prefect Cloud's.
pub fn cloud_ui_endpoint(api: &str) -> Option<String> {
    if !api.contains(".prefect.io") {
        return None;
    }
    Some(if api.contains("api-") { api.replace("api-", "") } else { api.replace("api", "cloud") })
}

/// The address of the user interface of an API when nobody says otherwise.
pub(crate) fn default_endpoint(api: &Endpoint) -> String {
    cloud_ui_endpoint(&api.to_string()).unwrap_or_else(|| SERVER.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_follows_from_the_apis() {
        for (api, ui) in [
            ("https://api.prefect.io", "https://cloud.prefect.io/"),
            ("https://api-dev.prefect.io/", "https://dev.prefect.io/"),
            ("http://localhost:4200", SERVER),
            ("https://prefect.example.org", SERVER),
        ] {
            assert_eq!(default_endpoint(&api.parse().unwrap()), ui, "{api}");
        }
    }

    #[test]
    fn a_link_has_one_slash_where_one_belongs() {
        let id = FlowRunId(uuid::Uuid::nil());
        for endpoint in ["http://ui", "http://ui/"] {
            let links = UiLinks::new(endpoint, "acme");
            assert_eq!(links.flow_run(id), format!("http://ui/acme/flow-run/{id}"));
            assert_eq!(links.flow_run_path(id), format!("/acme/flow-run/{id}"));
        }
    }
}
