//! `flowrun show`, `wait`, `logs`, `rename` and `list`.

use prefect_sandbox::Sandbox;
use serde_json::Value;

use crate::support::{assert_session, flowrun, flowrun_at, scheduled};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

async fn sample() -> Sandbox {
    Sandbox::builder().sample_flow(true).start().await.unwrap()
}

/// A run of a known name that has succeeded, with a log.
async fn ended(sandbox: &Sandbox) -> String {
    let id = scheduled(sandbox, &["--run-name", "greet-ada", "--label", "gpu"]).await;
    let run = id.parse().unwrap();
    sandbox.walk_flow_run(run, &["Submitted", "Running"]).await.unwrap();
    for (level, message) in [("DEBUG", "looking"), ("INFO", "hello Ada"), ("ERROR", "no Bob")] {
        sandbox.write_log(run, level, message, None).await.unwrap();
    }
    sandbox.set_flow_run_state(run, "Success", "All is well.").await.unwrap();
    id
}

#[tokio::test]
async fn a_run_is_shown() {
    let sandbox = sample().await;
    let id = ended(&sandbox).await;
    assert_session("show", &flowrun_at(&sandbox, &["show", &id]).await);
    assert_session("show_json", &flowrun_at(&sandbox, &["show", &id, "--output", "json"]).await);
    assert_session("show_id", &flowrun_at(&sandbox, &["show", &id, "--output", "id"]).await);
}

#[tokio::test]
async fn a_run_is_waited_for() {
    let sandbox = sample().await;
    let id = ended(&sandbox).await;
    assert_session("wait", &flowrun_at(&sandbox, &["wait", &id]).await);
    assert_session("wait_json", &flowrun_at(&sandbox, &["wait", &id, "--output", "json"]).await);
    assert_session("wait_id", &flowrun_at(&sandbox, &["wait", &id, "--output", "id"]).await);

    let id = scheduled(&sandbox, &[]).await;
    assert_session("wait_timed_out", &flowrun_at(&sandbox, &["wait", &id, "--timeout", "100ms"]).await);
    sandbox.set_flow_run_state(id.parse().unwrap(), "Failed", "No.").await.unwrap();
    assert_session("wait_failed", &flowrun_at(&sandbox, &["wait", &id]).await);
}

#[tokio::test]
async fn a_log_is_shown() {
    let sandbox = sample().await;
    let id = ended(&sandbox).await;
    assert_session("logs", &flowrun_at(&sandbox, &["logs", &id]).await);
    assert_session("logs_level", &flowrun_at(&sandbox, &["logs", &id, "--level", "info"]).await);
    assert_session("logs_json", &flowrun_at(&sandbox, &["logs", &id, "--output", "json"]).await);
    assert_session("logs_id", &flowrun_at(&sandbox, &["logs", &id, "--output", "id"]).await);
}

#[tokio::test]
async fn a_log_is_followed_to_the_end() {
    let sandbox = sample().await;
    let id = scheduled(&sandbox, &[]).await;
    let run = id.parse().unwrap();
    let arguments = ["logs", &id, "--follow", "--level", "info"];
    let (session, ()) = tokio::join!(flowrun_at(&sandbox, &arguments), async {
        sandbox.walk_flow_run(run, &["Submitted", "Running"]).await.unwrap();
        sandbox.write_log(run, "INFO", "first", None).await.unwrap();
        sandbox.write_log(run, "DEBUG", "not shown", None).await.unwrap();
        sandbox.set_flow_run_state(run, "Success", "").await.unwrap();
        sandbox.write_log(run, "INFO", "after the end", None).await.unwrap();
    });
    assert_session("logs_follow", &session);
}

#[tokio::test]
async fn a_wait_shows_the_log() {
    let sandbox = sample().await;
    let id = ended(&sandbox).await;
    let (text, json) = (["wait", &id, "--logs"], ["wait", &id, "--logs", "--output", "json"]);
    let (text, json) = tokio::join!(flowrun_at(&sandbox, &text), flowrun_at(&sandbox, &json));
    assert_session("wait_logs", &text);
    assert!(
        serde_json::from_str::<Value>(&json.stdout).is_ok() && json.stderr.contains("hello Ada"),
        "{json:?}"
    );
}

#[tokio::test]
async fn a_run_that_is_finished_is_not_timed_out_while_more_of_its_log_may_come() {
    let sandbox = sample().await;
    let id = ended(&sandbox).await;
    // The log of a run that has just ended must be quiet for six seconds.
    let session = flowrun_at(&sandbox, &["wait", &id, "--logs", "--timeout", "2s"]).await;
    assert_eq!((session.code, &*session.stderr), (Some(0), ""), "{session:?}");
    assert!(session.stdout.contains("no Bob"), "{session:?}");
    assert!(session.stdout.ends_with("State       Success: All is well.\n"), "{session:?}");
}

#[tokio::test]
async fn a_run_is_renamed() {
    let sandbox = sample().await;
    let id = scheduled(&sandbox, &[]).await;
    assert_session("rename", &flowrun_at(&sandbox, &["rename", &id, "greet again"]).await);
    assert_eq!(sandbox.flow_runs().await.unwrap().remove(0).name, "greet again");
    assert_session("rename_json", &flowrun_at(&sandbox, &["rename", &id, "x", "--output", "json"]).await);
    assert_session("rename_empty", &flowrun_at(&sandbox, &["rename", &id, ""]).await);
}

#[tokio::test]
async fn runs_are_listed() {
    let sandbox = sample().await;
    for (name, label) in [("first", "gpu"), ("second", "gpu"), ("third", "eu")] {
        let id = scheduled(&sandbox, &["--run-name", name, "--label", label]).await;
        if name == "second" {
            sandbox.set_flow_run_state(id.parse().unwrap(), "Success", "").await.unwrap();
        }
    }
    assert_session("list", &flowrun_at(&sandbox, &["list"]).await);
    let filters = ["list", "--project", "My Cloud Project", "--flow", "My Cloud Flow", "--label", "gpu"];
    assert_session("list_json", &flowrun_at(&sandbox, &[&filters[..], &["--output", "json"]].concat()).await);
    let filters = ["list", "--state", "Success", "--state", "Scheduled", "--limit", "1", "--output", "id"];
    assert_session("list_id", &flowrun_at(&sandbox, &filters).await);
    assert_session("list_none", &flowrun_at(&sandbox, &["list", "--state", "Failed"]).await);
}

#[tokio::test]
async fn an_unknown_run_is_exit_code_3() {
    let sandbox = Sandbox::start().await.unwrap();
    for (name, arguments) in [
        ("show_unknown", &["show", NOBODY][..]),
        ("wait_unknown", &["wait", NOBODY]),
        ("wait_logs_unknown", &["wait", NOBODY, "--logs"]),
        ("logs_unknown", &["logs", NOBODY]),
        ("logs_follow_unknown", &["logs", NOBODY, "--follow"]),
        ("rename_unknown", &["rename", NOBODY, "x"]),
    ] {
        let session = flowrun_at(&sandbox, arguments).await;
        assert_eq!(session.code, Some(3), "{session:?}");
        assert_session(name, &session);
    }
}

#[test]
fn bad_usage_is_exit_code_2() {
    for (name, arguments) in [
        ("no_command", &[][..]),
        ("show_no_id", &["show", "moon"]),
        ("logs_bad_level", &["logs", NOBODY, "--level", "loud"]),
        ("list_bad_state", &["list", "--state", "success"]),
        ("list_bad_limit", &["list", "--limit", "many"]),
    ] {
        assert_session(name, &flowrun(arguments));
    }
}

#[test]
fn completions_and_manual_pages_are_written() {
    for (shell, sign) in
        [("bash", "complete -F"), ("zsh", "#compdef flowrun"), ("fish", "complete -c flowrun")]
    {
        let session = flowrun(&["completions", shell]);
        assert_eq!(session.code, Some(0));
        assert!(session.stdout.contains(sign) && session.stdout.contains("idempotency-key"), "{shell}");
    }
    assert_session("completions_bad_shell", &flowrun(&["completions", "moon"]));

    let folder = tempfile::tempdir().unwrap();
    let session = flowrun(&["man", folder.path().to_str().unwrap()]);
    assert_eq!((session.code, &*session.stderr), (Some(0), ""));
    let mut pages: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|page| page.unwrap().file_name()).collect();
    pages.sort();
    insta::assert_debug_snapshot!(pages);
    let page = std::fs::read_to_string(folder.path().join("flowrun-start.1")).unwrap();
    assert!(page.contains("idempotency"), "{page}");
}
