//! Connections: used again while they are fresh, and dropped before the server drops them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{builder, ok, query};

/// A server that keeps every connection; its URL, and how many connections there were.
async fn keeping_server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = vec![0; 64 * 1024];
                while stream.read(&mut request).await.unwrap_or(0) > 0 {
                    stream.write_all(&ok(r#"{"data":1}"#)).await.unwrap();
                }
            });
        }
    });
    (url, connections)
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_used_again_until_shortly_before_prefects_server_closes_it() {
    let (url, connections) = keeping_server().await;
    let transport = builder(&url).build().unwrap();
    for (pause, expected) in [(0, 1), (0, 1), (3900, 1), (3900, 1), (4100, 2)] {
        tokio::time::advance(Duration::from_millis(pause)).await;
        query(&transport).await.unwrap();
        assert_eq!(connections.load(Ordering::SeqCst), expected, "after a pause of {pause} ms");
    }
}
