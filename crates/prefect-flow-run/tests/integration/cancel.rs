//! Cancelling a run.

use mockito::Server;
use prefect_flow_run::{CancelError, FlowRunId, FlowRunRequest, State};

use crate::support::Fault::AnswerLost;
use crate::support::{Faults, empty, faulty, register, server};

#[tokio::test]
async fn what_becomes_of_a_run_depends_on_its_state() {
    let (sandbox, _, project) = empty().await;
    register(&sandbox, project).await;
    let faults = Faults::default();
    let api = faulty(&sandbox.url(), &faults);
    let flow = api.find_flow("F").await.unwrap();
    for (before, after) in
        [(None, State::Cancelled), (Some("Running"), State::Cancelling), (Some("Success"), State::Success)]
    {
        let run = flow.schedule(FlowRunRequest::new()).await.unwrap();
        if let Some(before) = before {
            sandbox.set_flow_run_state(run.id.0, before, "").await.unwrap();
        }
        // An answer that is lost does no harm: to cancel twice is to cancel once.
        faults.on("cancel_flow_run(", [AnswerLost]);
        assert_eq!(api.cancel(run.id).await.unwrap(), after, "from {before:?}");
        assert_eq!(api.flow_run(run.id).await.unwrap().unwrap().state, after);
    }
}

#[tokio::test]
async fn a_run_that_does_not_exist_is_said_so() {
    let (_sandbox, api, _) = empty().await;
    let error = api.cancel(FlowRunId(uuid::Uuid::nil())).await.unwrap_err();
    assert!(matches!(error, CancelError::NotFound { .. }), "{error:?}");
    assert_eq!(error.to_string(), "there is no flow run 00000000-0000-0000-0000-000000000000");
}

#[tokio::test]
async fn an_answer_without_a_state_is_followed_by_a_question() {
    let mut mock = Server::new_async().await;
    let mut answer = async |operation: &str, body: &str| {
        let matcher = mockito::Matcher::Regex(operation.to_owned());
        mock.mock("POST", "/").match_body(matcher).with_body(body).create_async().await
    };
    answer("CancelFlowRun", r#"{"data":{"cancel_flow_run":null}}"#).await;
    answer("FlowRunState", r#"{"data":{"flow_run_by_pk":null}}"#).await;
    let error = server(&mock.url()).cancel(FlowRunId(uuid::Uuid::nil())).await.unwrap_err();
    assert!(matches!(error, CancelError::NotFound { .. }), "{error:?}");
}
