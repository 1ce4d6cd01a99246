//! From the global options to a client, and to the sandbox behind it where one was asked for.

use prefect_client::config::Sources;
use prefect_client::{Backend, Client};
use prefect_sandbox::Sandbox;

use crate::args::Global;
use crate::failure::Failure;

/// A client, and what must live as long as it is used.
pub(crate) struct Connection {
    pub(crate) client: Client,
    sandbox: Option<Sandbox>,
}

impl Connection {
    pub(crate) async fn open(global: &Global) -> Result<Self, Failure> {
        if global.sandbox { Self::to_fresh_sandbox().await } else { Self::to_api(global) }
    }

    fn to_api(global: &Global) -> Result<Self, Failure> {
        let mut builder = Client::builder();
        if let Some(backend) = global.backend {
            builder = builder.backend(backend);
        }
        if let Some(api) = &global.api {
            builder = builder.api(api);
        }
        if let Some(key) = &global.api_key {
            builder = builder.api_key(key.0.as_str());
        }
        if let Some(tenant_id) = global.tenant_id {
            builder = builder.tenant_id(tenant_id);
        }
        let client = builder.build_discovering(&Sources::process())?;
        Ok(Self { client, sandbox: None })
    }

    async fn to_fresh_sandbox() -> Result<Self, Failure> {
        let sandbox = Sandbox::builder().sample_flow(true).agent(true).start().await?;
        let client = Client::builder().backend(Backend::Server).api(sandbox.url()).build()?;
        Ok(Self { client, sandbox: Some(sandbox) })
    }

    /// Ends the sandbox, if there is one.
    pub(crate) async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
    }
}
