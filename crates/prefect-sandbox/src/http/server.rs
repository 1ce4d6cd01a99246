//! Accepting connections and serving them. All of it ends with the `Server`.

use std::error::Error;
use std::hint::black_box;
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
use super::faults::Faults;
use super::raw::{Raw, RawOr};
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
        keep_freed_memory();
        let faults = app.faults().clone();
        let router = app::router(Arc::new(app));
        Self(Background::spawn(accept(listener, router, faults)))
    }

    /// Closes the port and the connections.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

/// glibc gives free memory back to the system beyond twice the largest block that it was ever given back, or else beyond
/// 128 KiB: then the buffers of a few dozen connections come and go at each request, for two thirds of the CPU time.
fn keep_freed_memory() {
    drop(black_box(Vec::<u8>::with_capacity(1024 * 1024)));
}

/// The connections are tasks of a set that this future owns: dropping it ends them.
async fn accept(listener: TcpListener, router: Router, faults: Faults) {
    let mut connections = JoinSet::new();
    let mut count = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    count += 1;
                    if faults.next_connection() {
                        let _ = stream.set_zero_linger();
                        continue;
                    }
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
    let service = RawOr(TowerToHyperService::new(router.layer(Extension(id))));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(KEEP_ALIVE)
        .serve_connection(TokioIo::new(stream), service);
    let Err(error) = (&mut connection).await else { return };
    match error.source().and_then(|source| source.downcast_ref::<Raw>()).cloned() {
        Some(raw) => {
            let mut stream = connection.into_parts().io.into_inner();
            let _ = raw.write(&mut stream).await;
        }
        None => tracing::debug!(%error, "a connection ended badly"),
    }
}
