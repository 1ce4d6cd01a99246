//! Logging in with an API token: finding the tenant, switching to it, renewing the access token, while a run is
//! scheduled.

use std::sync::Arc;
use std::time::Duration;

use prefect_flow_run::transport::Credentials;
use prefect_flow_run::{Api, Backend, FindFlowError, Flow, Tenant, TokenLogin};
use prefect_sandbox::{CloudMode, Sandbox};

use crate::clock::Hurried;
use crate::injection::{representatives, with_a_query};
use crate::network::{Script, World, transport};
use crate::runs::{Report, compare_all, register, report, request};
use crate::scenario::{Plan, pairs, run_all, singles};
use crate::verdict::told;

const FIND: &str = "query FindTenant(";
const SWITCH: &str = "mutation SwitchTenant(";
const RENEW: &str = "mutation RefreshToken(";
const CREATE: &str = "mutation CreateFlowRun(";

/// So short that a token is renewed for every request, and so long that it is good when it arrives.
const LIFETIME: Duration = Duration::from_secs(25);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_a_log_in() {
    let (query, few) = (with_a_query(), representatives());
    let mut plans = Vec::new();
    for at in [FIND, SWITCH, RENEW] {
        plans.extend(singles(at, 4, &query));
        plans.extend(pairs((at, &query), (at, &query), 2));
    }
    plans.extend(pairs((RENEW, &few), (SWITCH, &few), 1));
    plans.extend(pairs((CREATE, &few), (RENEW, &few), 2));

    let mode = (0..plans.len()).fold(CloudMode::new().token_lifetime(LIFETIME), |mode, number| {
        mode.api_key(format!("token-{number}"), format!("tenant-{number}"))
    });
    let world = World::around(Sandbox::builder().cloud(mode).start().await.unwrap()).await;
    let reports = run_all(plans, async |number, plan| {
        let key = format!("key-{number}");
        let report = schedule(&world, number, &key, &plan).await;
        (key, report)
    });
    compare_all("log-in", &world.sandbox, reports.await).await;
}

async fn schedule(world: &Arc<World>, number: usize, key: &str, plan: &Plan) -> Report {
    let (token, slug) = (format!("token-{number}"), format!("tenant-{number}"));
    let tenant = world.sandbox.tenant(&slug).await.unwrap();
    let project = world.sandbox.create_project(tenant, "P").await.unwrap();
    register(&world.sandbox, project, "F").await;

    let clock = Hurried::default();
    let network = transport(world, &Script::new(&plan.injections), &clock, plan.attempts);
    let login = TokenLogin::new(network.clone(), token.clone(), Tenant::Slug(slug));
    let flow = match find(&Api::new(network.with_credentials(login), Backend::Cloud)).await {
        Ok(flow) => flow,
        Err(wrong) => return Report::Wrong(wrong),
    };
    let outcome = flow.schedule(request(key)).await;
    let another =
        transport(world, &Script::default(), &clock, 4).with_credentials(Credentials::bearer(token));
    report(outcome, &Api::new(another, Backend::Cloud)).await
}

/// Looks the flow up again when the log-in failed, until nothing goes wrong any more: the provider stays usable.
async fn find(api: &Api) -> Result<Flow, String> {
    let mut last = String::new();
    for _ in 0..3 {
        match api.find_flow("F").in_project("P").await {
            Ok(flow) => return Ok(flow),
            Err(FindFlowError::Transport(error)) => last = told(&error),
            Err(error) => return Err(format!("looked up: {}", told(&error))),
        }
        if last.contains("no tenant") || last.contains("no tokens") {
            break;
        }
    }
    Err(last)
}
