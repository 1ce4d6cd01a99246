//! Tenants: which there are, and which one requests are for.

use prefect_schema::TenantId;
use prefect_transport::Error;

use crate::operations::{list_tenants, own_tenant};
use crate::{Api, Backend};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantInfo {
    /// The tenant's id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub slug: String,
}

/// Why it is not known which tenant requests are for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantError {
    /// The tenant that is configured, or that the credentials are for, cannot be seen.
    #[error("there is no tenant {id} among those that can be seen; check the tenant's id")]
    NotFound {
        /// The tenant.
        id: TenantId,
    },
    /// Prefect Server has no tenant yet.
    #[error("the server has no tenant; create one, as `prefect server create-tenant` does")]
    NoTenants,
    /// Prefect Cloud does not say which tenant the credentials are for.
    #[error("Prefect Cloud names no tenant for these credentials; give the tenant's id")]
    NotNamed,
    /// The server could not be asked.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl Api {
    /// The tenants that can be seen, the oldest first.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn tenants(&self) -> Result<Vec<TenantInfo>, Error> {
        Ok(self.query("list_tenants", &list_tenants::build()).await?.into_tenants())
    }

    /// The tenant that requests are for, found as Prefect 1.4.1 does: the one that is configured,
    /// else on Prefect Cloud that of the credentials, else on Prefect Server the oldest one.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn tenant(&self) -> Result<TenantInfo, TenantError> {
        let call = self.for_one_call();
        let wanted = match (self.tenant_id(), self.backend()) {
            (Some(id), _) => Some(id),
            (None, Backend::Server) => None,
            (None, Backend::Cloud) => {
                let answer = call.query("own_tenant", &own_tenant::build()).await?;
                Some(answer.id().ok_or(TenantError::NotNamed)?)
            }
        };
        let mut tenants = call.tenants().await?.into_iter();
        match wanted {
            Some(id) => tenants.find(|tenant| tenant.id == id).ok_or(TenantError::NotFound { id }),
            None => tenants.next().ok_or(TenantError::NoTenants),
        }
    }
}
