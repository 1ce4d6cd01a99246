//! The options of `flowrun sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4200")]
    pub(crate) listen: SocketAddr,
    /// The SQLite database. Default: in memory, gone when the sandbox ends.
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// Run scheduled runs to Success with a built-in agent that executes nothing.
    #[arg(long)]
    pub(crate) agent: bool,
    /// Allow an address that other machines can reach.
    #[arg(long)]
    pub(crate) allow_remote: bool,
}
