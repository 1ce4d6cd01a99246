//! From the global options to a client, and to the sandbox behind it where one was asked for.

use prefect_client::config::Sources;
use prefect_client::{Backend, Client};
use prefect_sandbox::Sandbox;

use crate::args::{Global, Secret};
use crate::failure::Failure;
use crate::text_file;

/// No file of a key is longer, in bytes.
const LONGEST_KEY: u64 = 64 * 1024;

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
        if let Some(key) = api_key(global)? {
            builder = builder.api_key(key.0);
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

/// The key that was given, or the one in the file that was given.
fn api_key(global: &Global) -> Result<Option<Secret>, Failure> {
    let Some(file) = &global.api_key_file else { return Ok(global.api_key.clone()) };
    let text = text_file::read(file, LONGEST_KEY)?;
    match text.trim() {
        "" => Err(Failure::usage(format!("the file {} holds no API key", file.display()))),
        key => Ok(Some(Secret(key.to_owned()))),
    }
}
