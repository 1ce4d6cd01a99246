//! The flows that lines name, each looked up once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use prefect_client::{Client, FindFlowError, Flow, FlowId};
use tokio::sync::OnceCell;

use super::outcome::LineError;
use super::wanted::Reference;

/// How many look-ups are remembered. When there are more, all are forgotten.
const REMEMBERED: usize = 1024;

type Found = Rc<OnceCell<Result<Flow, Rc<FindFlowError>>>>;

#[derive(Default)]
pub(super) struct Flows(RefCell<HashMap<Reference, Found>>);

impl Flows {
    /// The flow of `reference`, by a look-up that is shared by all that want it. The version
    /// `archived` is not good enough. What is found is pinned: its runs are runs of this version.
    pub(super) async fn find(
        &self,
        client: &Client,
        reference: &Reference,
        archived: Option<FlowId>,
    ) -> Result<Flow, Rc<FindFlowError>> {
        let shared = self.shared(reference, archived);
        let found = shared.get_or_init(async || Ok(look_up(client, reference).await?.pinned())).await;
        if found.as_ref().is_err_and(|error| LineError::from(&**error).kind.is_passing()) {
            self.forget(reference, &shared);
        }
        found.clone()
    }

    fn shared(&self, reference: &Reference, archived: Option<FlowId>) -> Found {
        let mut all = self.0.borrow_mut();
        if all.len() >= REMEMBERED && !all.contains_key(reference) {
            all.clear();
        }
        let shared = all.entry(reference.clone()).or_default();
        let found = shared.get().and_then(|found| found.as_ref().ok());
        if found.is_some_and(|flow| Some(flow.id()) == archived) {
            *shared = Found::default();
        }
        Rc::clone(shared)
    }

    /// Those that wait for the same look-up share its failure; later ones ask again.
    fn forget(&self, reference: &Reference, shared: &Found) {
        let mut all = self.0.borrow_mut();
        if all.get(reference).is_some_and(|present| Rc::ptr_eq(present, shared)) {
            all.remove(reference);
        }
    }
}

async fn look_up(client: &Client, reference: &Reference) -> Result<Flow, FindFlowError> {
    match reference {
        Reference::Name { flow, project } => {
            client.find_flow(flow).in_project(project.as_deref().unwrap_or_default()).await
        }
        Reference::Version(id) => client.flow(*id).await,
        Reference::Group(id) => client.flow_of_group(*id).await,
        Reference::VersionGroup(id) => client.flow_of_version_group(id).await,
    }
}
