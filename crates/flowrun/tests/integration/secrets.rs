//! The API key and other secrets: where they may come from, and that they are shown nowhere.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use futures_util::future::join_all;
use prefect_sandbox::{CloudMode, Fault, FaultRule, Sandbox};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{
    Session, assert_session, blocking, echo, flowrun, flowrun_aside, flowrun_with, program,
};

/// In all secrets; of three times three bytes, so that it is the same in every base64.
const CANARY: &str = "canary-5e";
const TENANT: &str = "ca9a41e5-5ec1-4e75-8c0d-7e9a97000001";

async fn cloud() -> (Sandbox, String) {
    let cloud = CloudMode::new().api_key(CANARY, "default");
    let sandbox = Sandbox::builder().sample_flow(true).cloud(cloud).start().await.unwrap();
    let url = sandbox.url();
    (sandbox, url)
}

fn assert_masked(session: &Session) {
    let shown = [&*session.stdout, &session.stderr].concat();
    let encoded = BASE64_STANDARD_NO_PAD.encode(CANARY);
    // Behind one byte or two, without what these share a character with.
    let shifted = [1, 2].map(|before| {
        let encoded = BASE64_STANDARD_NO_PAD.encode("x".repeat(before) + CANARY);
        encoded[before + 1..encoded.len() - 2].to_owned()
    });
    for secret in [CANARY, TENANT, &encoded, &shifted[0], &shifted[1]] {
        assert!(!shown.contains(secret), "{secret} is in {session:?}");
    }
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

/// Every command that asks a server, with a run that there is none of.
fn commands(folder: &Path) -> Vec<Vec<String>> {
    let lines = folder.join("lines.jsonl");
    std::fs::write(&lines, "{\"flow\": \"F\", \"project\": \"P\"}\n").unwrap();
    let (lines, journal) = (lines.to_str().unwrap(), folder.join("journal"));
    let run = "00000000-0000-4000-8000-000000000006";
    let commands: [&[&str]; 11] = [
        &["start", "F", "-p", "P"],
        &["start", "F", "-p", "P", "--dry-run"],
        &["start", "--flow-id", run, "--wait"],
        &["batch", lines],
        &["batch", lines, "--resume", journal.to_str().unwrap()],
        &["show", run],
        &["wait", run, "--timeout", "1s"],
        &["logs", run],
        &["cancel", run],
        &["rename", run, "renamed"],
        &["list"],
    ];
    commands.map(|command| command.iter().map(ToString::to_string).collect()).into()
}

/// The program as loud as it can be, with every secret that there may be around it.
fn run_among_secrets(home: &Path, environment: &[(&str, &str)], arguments: &[String]) -> Session {
    let mut command = program(home);
    command.env("RUST_LOG", "trace").env("PREFECT__CLOUD__REQUEST_TIMEOUT", "0.5");
    command.envs(environment.iter().copied()).arg("-vvv").args(arguments);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let session = Session::new(&arguments, command.output().unwrap());
    assert_masked(&session);
    session
}

/// A home with secrets in all of Prefect's files, for an API.
fn home_with_secrets(port: u16) -> TempDir {
    let home = TempDir::new().unwrap();
    let folder = home.path().join(".prefect");
    std::fs::create_dir(&folder).unwrap();
    let auth = format!("[\"127.0.0.1-{port}\"]\napi_key = \"{CANARY}-stored\"\ntenant_id = \"{TENANT}\"\n");
    let config =
        format!("[cloud]\nendpoint = \"http://127.0.0.1:{port}\"\nauth_token = \"{CANARY}-token\"\n");
    std::fs::write(folder.join("auth.toml"), auth).unwrap();
    std::fs::write(folder.join("config.toml"), config).unwrap();
    home
}

#[test]
fn a_server_that_repeats_the_request_is_not_quoted() {
    for status in ["404 Not Found", "401 Unauthorized"] {
        let port = echo::start(status);
        let home = home_with_secrets(port);
        let key = format!("{CANARY}-argument");
        for command in commands(home.path()) {
            let session = run_among_secrets(home.path(), &[], &command);
            assert!(session.code != Some(0), "{session:?}");
            assert!([&*session.stdout, &session.stderr].concat().contains("[redacted]"), "{session:?}");
            run_among_secrets(home.path(), &[("PREFECT__CLOUD__API_KEY", &key)], &command);
            let with_key = [command, vec![format!("--api-key={key}")]].concat();
            run_among_secrets(home.path(), &[], &with_key);
        }
    }
}

#[tokio::test]
async fn no_fault_shows_the_key() {
    let (sandbox, url) = cloud().await;
    let sessions = Fault::every().into_iter().map(|fault| {
        let run = Uuid::new_v4().to_string();
        sandbox.faults().add(FaultRule::new(fault).containing(&run).always());
        let arguments = ["show", &run, "--backend", "cloud", "--api", &url, "--api-key", CANARY];
        let arguments = arguments.map(str::to_owned);
        blocking(move || run_among_secrets(TempDir::new().unwrap().path(), &[], &arguments))
    });
    let sessions = join_all(sessions).await;
    assert!(sessions.iter().all(|session| session.stderr.contains("prefect.request")));
}

#[tokio::test]
async fn the_password_of_a_proxy_is_not_shown() {
    let ports = [echo::start("407 Proxy Authentication Required"), echo::start("502 Bad Gateway"), 1];
    let apis = ["http://prefect.invalid", "https://prefect.invalid"];
    let through = |port, api: &str| {
        let proxy = format!("http://user:{CANARY}-proxy@127.0.0.1:{port}");
        let list = ["list", "--backend", "server", "--api", api].map(str::to_owned);
        blocking(move || {
            let proxies = ["HTTP_PROXY", "HTTPS_PROXY"].map(|variable| (variable, &*proxy));
            run_among_secrets(TempDir::new().unwrap().path(), &proxies, &list)
        })
    };
    let sessions = ports.iter().flat_map(|port| apis.iter().map(|api| through(*port, api)));
    for session in join_all(sessions).await {
        assert_eq!(session.code, Some(5), "{session:?}");
    }
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    let home = TempDir::new().unwrap();
    for address in [format!("http://user:{CANARY}@127.0.0.1:1"), format!("https//{CANARY}@h")] {
        let list = ["list", "--api", &address].map(str::to_owned);
        let session = run_among_secrets(home.path(), &[], &list);
        assert_eq!(session.code, Some(2), "{session:?}");
        for variable in ["PREFECT__CLOUD__API", "PREFECT__CLOUD__ENDPOINT"] {
            let session = run_among_secrets(home.path(), &[(variable, &address)], &["list".to_owned()]);
            assert_eq!(session.code, Some(2), "{session:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn credentials_that_others_can_read_are_warned_about() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let home = home_with_secrets(1);
    let auth = home.path().join(".prefect/auth.toml");
    for (mode, warns) in [(0o644, true), (0o600, false)] {
        set_permissions(&auth, Permissions::from_mode(mode)).unwrap();
        let output = program(home.path()).arg("list").output().unwrap();
        let session = Session::new(&["list"], output);
        assert_eq!(session.stderr.contains("others can read this file"), warns, "{session:?}");
        assert_masked(&session);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_never_ends_is_refused() {
    let endless = "/dev/zero";
    for arguments in
        [&["list", "--api-key-file", endless][..], &["start", "F", "--params-file", endless, "--sandbox"]]
    {
        let session = flowrun(arguments);
        assert_eq!(session.code, Some(2), "{session:?}");
        assert!(session.stderr.contains("/dev/zero cannot be used: it is longer than"), "{session:?}");
    }
    let session =
        flowrun_with(&[("PREFECT__USER_CONFIG_PATH", endless)], &["list", "--api", "http://127.0.0.1:1"]);
    assert!(session.stderr.contains("is not read"), "{session:?}");
}
