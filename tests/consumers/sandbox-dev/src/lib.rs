//! A service that has a flow ship each order.

use std::error::Error;

use prefect_client::{Client, FlowRunId, FlowRunRequest};
use serde_json::json;

/// Schedules the shipping of an order, once however often it is called.
pub async fn ship(client: &Client, order: u64) -> Result<FlowRunId, Box<dyn Error>> {
    let flow = client.find_flow("Ship").in_project("Orders").await?;
    let request = FlowRunRequest::new()
        .parameters(json!({ "order": order }))?
        .idempotency_key(format!("order-{order}"));
    Ok(flow.schedule(request).await?.id)
}
