//! A server that only answers what it was told to: so little work that what is measured is the client.

use bytes::Bytes;

use crate::exchange::Exchange;
use crate::server::Server;
use crate::{Result, server, this_program};

/// The subject's name under which this program is the server.
pub(crate) const SUBJECT: &str = "constant-server";

/// Starts one that gives these answers.
pub(crate) async fn start(exchanges: &[Exchange]) -> Result<Server> {
    let answers: Vec<_> =
        exchanges.iter().map(|exchange| String::from_utf8_lossy(&exchange.answer)).collect();
    Server::start(SUBJECT, &answers).await
}

/// Serves what standard input tells, until the process is ended.
pub(crate) async fn serve() -> Result<()> {
    let [found, created] = this_program::told::<[String; 2]>().await?.map(Bytes::from);
    server::serve(move |body| {
        let creates = body.starts_with(b"{\"query\":\"mutation");
        if creates { created.clone() } else { found.clone() }
    })
    .await
}
