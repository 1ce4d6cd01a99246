//! The README's program, against a sandbox whose agent ends the run.

use prefect_client::{Client, FlowRunTask, State};
use prefect_sandbox::Sandbox;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::builder().sample_flow(true).agent(true).start().await?;

    let client = Client::builder().api(sandbox.url()).build()?;
    let kickoff = FlowRunTask::new().flow_name("My Cloud Flow").project_name("My Cloud Project");
    let id = kickoff.parameters(json!({ "name": "Ada" }))?.run(&client).await?;
    let ended = client.wait(id).await?;
    println!("{}: {}", ended.name, ended.state);
    assert_eq!(ended.state, State::Success);

    // What needs TLS can be made as well.
    Client::builder().api("https://api.prefect.io").api_key("key-1").build()?;
    Ok(())
}
