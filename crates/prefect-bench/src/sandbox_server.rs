//! The sandbox as a server in a process of its own.

use prefect_sandbox::Sandbox;

use crate::Result;

/// The subject's name under which this program is the server.
pub(crate) const SUBJECT: &str = "sandbox-server";

/// Serves the sample flow until the process is ended.
pub(crate) async fn serve() -> Result<()> {
    let sandbox = Sandbox::builder().sample_flow(true).start().await?;
    println!("{}", sandbox.url());
    std::future::pending().await
}
