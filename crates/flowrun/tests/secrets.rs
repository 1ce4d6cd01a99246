//! The API key: where it may come from, and that it is shown nowhere.

#![allow(clippy::unwrap_used)]

mod support;

use prefect_sandbox::{CloudMode, Sandbox};
use support::{Session, assert_session, flowrun, flowrun_aside, flowrun_with};
use tempfile::TempDir;

const CANARY: &str = "canary-5e3a";

async fn cloud() -> (Sandbox, String) {
    let cloud = CloudMode::new().api_key(CANARY, "default");
    let sandbox = Sandbox::builder().sample_flow(true).cloud(cloud).start().await.unwrap();
    let url = sandbox.url();
    (sandbox, url)
}

fn assert_masked(session: &Session) {
    assert!(!session.stdout.contains(CANARY) && !session.stderr.contains(CANARY), "{session:?}");
}

#[test]
fn usage_errors_do_not_show_the_key() {
    let inline = format!("--api-key={CANARY}");
    for arguments in [
        &["--api-key", CANARY][..],
        &["--api-key", CANARY, "strat", "F"],
        &["--api-key", CANARY, "start"],
        &["--api-key", CANARY, "start", "F", "--no-such-option"],
        &["--api-key", CANARY, "--api-key", CANARY, "list"],
        &["--api-key", CANARY, "--sandbox", "list"],
        &["--api-key", CANARY, "--api-key-file", "nowhere", "list"],
        &["list", "--limit", "many", &inline],
        &["list", "--limit", "1", &format!("--apikey={CANARY}")],
        &["list", "--api", "http://192.0.2.1", &inline],
        &["list", "--api", "http://127.0.0.1:1", &format!("{inline}\n-")],
    ] {
        let session = flowrun(arguments);
        assert_eq!(session.code, Some(2), "{session:?}");
        assert_masked(&session);
    }
}

#[tokio::test]
async fn traces_do_not_show_the_key() {
    let (_sandbox, url) = cloud().await;
    let at = ["--backend", "cloud", "--api", &url, "--api-key", CANARY, "-vvv"];
    let start = ["start", "My Cloud Flow", "-p", "My Cloud Project", "--param", "name=Ada"];
    for command in [&start[..], &["list"], &["show", "00000000-0000-0000-0000-000000000000"]] {
        let session = flowrun_aside(&[&at[..], command].concat()).await;
        assert!(session.stderr.contains("prefect_transport"), "{session:?}");
        assert_masked(&session);
    }
}

#[tokio::test]
async fn the_key_comes_from_a_file_or_the_environment() {
    let (_sandbox, url) = cloud().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{CANARY}\n")).unwrap();
    let list = ["list", "--backend", "cloud", "--api", &url];
    let from_file = flowrun_aside(&[&list[..], &["--api-key-file", file.to_str().unwrap()]].concat()).await;
    assert_eq!(from_file.code, Some(0), "{from_file:?}");
    let list = list.map(str::to_owned);
    let from_environment = tokio::task::spawn_blocking(move || {
        flowrun_with(&[("PREFECT__CLOUD__API_KEY", CANARY)], &list.each_ref().map(String::as_str))
    });
    assert_eq!(from_environment.await.unwrap().code, Some(0));
}

#[test]
fn a_file_that_holds_no_key_says_so() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("key");
    let file = file.to_str().unwrap();
    let session =
        || flowrun(&["list", "--api-key-file", file]).without(folder.path().to_str().unwrap(), "FOLDER");
    assert_session("no_key_file", &session());
    std::fs::write(file, "\n").unwrap();
    assert_session("empty_key_file", &session());
}
