//! What the client says of each fault: of a lookup that is sent once.

use std::fmt::Write;
use std::time::Duration;

use prefect_flow_run::transport::RetryPolicy;
use prefect_flow_run::{Api, Backend, FindFlowError};
use prefect_sandbox::{Fault, Sandbox};

use crate::clock::Hurried;
use crate::injection::{Injection, with_a_query};
use crate::network::{ATTEMPT, Script, World, builder};
use crate::runs::register;

#[tokio::test]
async fn every_fault_is_told() {
    let world = World::around(Sandbox::start().await.unwrap()).await;
    let project = world.sandbox.create_project(world.sandbox.default_tenant(), "P").await.unwrap();
    register(&world.sandbox, project, "F").await;
    let mut told = String::new();
    for injection in with_a_query() {
        // Nothing else is to run out of time, however slow the machine is.
        let slow = matches!(injection, Injection::Server(Fault::Delay(_) | Fault::Trickle(_)));
        let limit = if slow { ATTEMPT } else { Duration::from_secs(50) };
        let script = Script::new(&[("query FindFlow(", injection.clone())]);
        let transport = builder(&world, &script, &Hurried::default());
        let transport = transport
            .retry(RetryPolicy::never())
            .attempt_timeout(limit)
            .max_response_bytes(1 << 20)
            .build()
            .unwrap();
        let outcome = Api::new(transport, Backend::Server).find_flow("F").await;
        let line = match outcome {
            Ok(_) => "found".to_owned(),
            Err(FindFlowError::Transport(error)) => format!("{:?}: {error}", error.kind()),
            Err(error) => panic!("{injection:?}: {error:?}"),
        };
        writeln!(told, "{injection:?}\n    {line}").unwrap();
    }
    insta::with_settings!({ filters => [
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID"),
        (r"waited \d+\.\d s", "waited SOME s"),
        (r"Date\(.*?\}\)", "Date(..)"),
    ]}, {
        insta::assert_snapshot!(told);
    });
}
