//! Accepting connections and serving them. All of it ends with the `Server`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::app::{self, App};
use super::misbehave::Droppable;
use crate::sandbox::Background;

/// Node closes connections that were idle for this long, so clients must expect it.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// After a failed accept (out of file descriptors, say) there is nothing to do but to wait a little.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The number of a connection, from 1, in the order of arrival.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionId(pub(super) u64);

#[derive(Debug)]
pub(crate) struct Server(Background);

impl Server {
    pub(crate) fn start(listener: TcpListener, app: App) -> Self {
        let router = app::router(Arc::new(app));
        Self(Background::spawn(accept(listener, router)))
    }

    /// Closes the port and the connections.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

/// The connections are tasks of a set that this future owns: dropping it ends them.
async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    let mut count = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    count += 1;
                    connections.spawn(serve(stream, ConnectionId(count), router.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, id: ConnectionId, router: Router) {
    let _ = stream.set_nodelay(true);
    let service = Droppable(TowerToHyperService::new(router.layer(Extension(id))));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(KEEP_ALIVE)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended badly");
    }
}
