//! Asks a server over TLS, with ring in place of the crypto provider that comes by default.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use prefect_client::transport::BuildError;
use prefect_client::{Client, ClientError, FlowRunId};
use rcgen::CertifiedKey;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Names the file with the authorities that are trusted in place of the platform's. It may be set already, to a file
/// that is not ours.
const AUTHORITIES: &str = "SSL_CERT_FILE";

/// Starts itself again, to trust a file of its own that is given as argument.
fn main() -> Result<(), Box<dyn Error>> {
    match env::args_os().nth(1) {
        Some(file) => ask(PathBuf::from(file)),
        None => {
            let file = env::temp_dir().join(format!("facade-ring-{}.pem", std::process::id()));
            let status = Command::new(env::current_exe()?).arg(&file).env(AUTHORITIES, &file).status();
            // It is not there if the other one failed early.
            let _ = fs::remove_file(&file);
            assert!(status?.success());
            Ok(())
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn ask(authorities: PathBuf) -> Result<(), Box<dyn Error>> {
    let without = Client::builder().api("https://localhost").build().expect_err("there is no provider yet");
    println!("before: {without}");
    assert!(matches!(without, ClientError::Transport(BuildError::NoCryptoProvider)));

    rustls::crypto::ring::default_provider().install_default().expect("it is the first one");
    let port = serve(&authorities).await?;
    let client = Client::builder().api(format!("https://localhost:{port}")).build()?;
    let run: FlowRunId = "dbef0452-115f-4f81-ae17-7d72697fbe27".parse()?;
    let answer = client.flow_run(run).await?;
    println!("after: {answer:?}");
    assert!(answer.is_none());
    Ok(())
}

/// A server that answers one request over TLS: there is no such run. Its port; who signed its certificate is
/// written to a new file.
async fn serve(authorities: &Path) -> Result<u16, Box<dyn Error>> {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    File::create_new(authorities)?.write_all(cert.pem().as_bytes())?;
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())?;

    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut stream = acceptor.accept(stream).await.expect("a handshake");
        let mut request = vec![0; 64 * 1024];
        stream.read(&mut request).await.expect("a request");
        let body = r#"{"data":{"flow_run_by_pk":null}}"#;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.expect("a client that waits");
        stream.shutdown().await.expect("a client that waits");
    });
    Ok(port)
}
