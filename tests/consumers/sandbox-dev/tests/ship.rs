//! The service schedules a flow.

use prefect_client::Client;
use prefect_sandbox::{Fault, FaultRule, FlowSpec, ParameterSpec, Sandbox};
use sandbox_dev::ship;

#[tokio::test]
async fn an_order_is_shipped_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "Orders").await.unwrap();
    let flow = FlowSpec::new(project, "Ship").parameter(ParameterSpec::required("order"));
    sandbox.register_flow(flow).await.unwrap();
    let client = Client::builder().api(sandbox.url()).build().unwrap();

    // The answer to the first attempt is lost.
    sandbox.faults().add(FaultRule::new(Fault::Drop).root_field("create_flow_run").after_commit());
    let first = ship(&client, 7).await.unwrap();
    let second = ship(&client, 7).await.unwrap();
    assert_eq!(first, second);

    let runs = sandbox.flow_runs().await.unwrap();
    let [run] = runs.as_slice() else { panic!("one run, not {runs:?}") };
    assert_eq!(run.parameters.get(), r#"{"order":7}"#);
    assert_eq!(run.id.to_string(), first.to_string());
}
