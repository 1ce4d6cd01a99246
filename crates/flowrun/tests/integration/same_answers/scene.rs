//! The sandboxes that both clients start with.

use std::time::Duration;

use prefect_client::Backend;
use prefect_client::transport::{Credentials, Transport};
use prefect_sandbox::{CloudMode, Sandbox, SandboxClock};
use uuid::Uuid;

use crate::support::install_crypto_provider;
use crate::support::python::Python;

/// Opens both tenants of Prefect Cloud.
pub(crate) const KEY: &str = "an-api-key";
const START: &str = "2026-11-22T20:33:51Z";

/// A sandbox whose clock stands still, with the tenants `default` and `second`.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) backend: Backend,
    pub(crate) second: Uuid,
}

impl Scene {
    pub(crate) async fn start(backend: Backend) -> Self {
        let start: jiff::Timestamp = START.parse().unwrap();
        let builder = Sandbox::builder().clock(SandboxClock::manual(start.into()));
        let (sandbox, second) = match backend {
            Backend::Server => {
                let sandbox = builder.start().await.unwrap();
                let second = sandbox.create_tenant("second").await.unwrap();
                (sandbox, second)
            }
            Backend::Cloud => {
                let mode = CloudMode::new().api_key(KEY, "default").api_key(KEY, "second");
                let sandbox = builder.cloud(mode).start().await.unwrap();
                let second = sandbox.tenant("second").await.unwrap();
                (sandbox, second)
            }
        };
        Self { sandbox, backend, second }
    }

    /// Moves the clock on, so that what follows has another time.
    pub(crate) fn tick(&self) {
        self.sandbox.clock().advance(Duration::from_secs(1));
    }

    pub(crate) fn python(&self) -> Python {
        match self.backend {
            Backend::Server => Python::with_api(&self.sandbox.url()),
            Backend::Cloud => Python::with_cloud(&self.sandbox.url(), KEY),
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        install_crypto_provider();
        let transport = Transport::builder(self.sandbox.url().parse().unwrap());
        match self.backend {
            Backend::Server => transport,
            Backend::Cloud => transport.credentials(Credentials::bearer(KEY)),
        }
        .build()
        .unwrap()
    }
}
