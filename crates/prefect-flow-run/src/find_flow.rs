//! The lookup of a flow by name, and what is said when it finds none or too many.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use prefect_schema::{FlowId, TenantId};
use prefect_transport::{BoxFuture, Error, LastAnswer, Request, Response};

use crate::find_older::{self, Found};
use crate::flow::Version;
use crate::old_server::{Answer, OldServer};
use crate::operations::describe_flows::{self, DescribeFlows, FlowName};
use crate::operations::find_flow;
use crate::rarely::rarely;
use crate::{Api, Backend, Flow, FlowReference, ServerTooOld};

/// How alike two names must be to be near, on a scale to 1.
const NEAR: f64 = 0.7;

/// How many names an error lists.
const LISTED: usize = 5;

/// How much of a name an error lists, in characters.
const LONGEST_NAME: usize = 100;

/// A lookup of a flow; await it.
#[derive(Debug, Clone)]
#[must_use = "a lookup does nothing until it is awaited"]
pub struct FindFlow {
    api: Api,
    name: String,
    project: Option<String>,
}

/// Why a flow was not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindFlowError {
    /// No flow name was given. Nothing was sent.
    #[error("a flow name must be given")]
    NoFlowName,
    /// No project name was given, and Prefect Cloud wants one. Nothing was sent.
    #[error("a project name must be given: Prefect Cloud wants one")]
    NoProjectName,
    /// No unarchived flow has the name.
    #[error(transparent)]
    NotFound(Box<NotFound>),
    /// Several projects have a flow of the name.
    #[error("the flow {flow_name:?} is in several projects; name one of them: {}", list(candidates.iter().map(ToString::to_string)))]
    Ambiguous {
        /// The name that was asked for.
        flow_name: String,
        /// What it may stand for.
        candidates: Vec<FlowCandidate>,
    },
    /// There is no flow version or group of this id.
    #[error("there is no {reference}")]
    Unknown {
        /// What was asked for.
        reference: FlowReference,
    },
    /// The flow version of this id, or every version in the group of this id, is archived.
    #[error("{}", archived(reference, flow_name))]
    Archived {
        /// What was asked for.
        reference: FlowReference,
        /// The name of the flow it is of.
        flow_name: String,
    },
    /// The server has no projects, tenants or flow groups to look in.
    #[error(transparent)]
    ServerTooOld(#[from] ServerTooOld),
    /// The server could not be asked.
    #[error(transparent)]
    Transport(#[from] Error),
}

/// One of several flows of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowCandidate {
    /// The flow's most recent unarchived version.
    pub flow_id: FlowId,
    /// Its project.
    pub project_name: String,
    /// The project's tenant.
    pub tenant_id: Option<TenantId>,
}

/// A flow that was not found, and what there is instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotFound {
    /// The name that was asked for.
    pub flow_name: String,
    /// The project that was asked for.
    pub project_name: Option<String>,
    /// Whether that project exists; `None` when none was asked for, or the server did not say.
    pub project_exists: Option<bool>,
    /// Whether the flow exists and all of its versions are archived.
    pub archived: bool,
    /// Other projects that have a flow of the name.
    pub other_projects: Vec<String>,
    /// Names like the one that was asked for, the nearest first: of projects when the project does
    /// not exist, of flows otherwise.
    pub near: Vec<String>,
    /// Some of what there is: projects when the project does not exist, the project's flows otherwise.
    pub existing: Vec<String>,
}

impl FindFlow {
    pub(crate) fn new(api: Api, name: String) -> Self {
        Self { api, name, project: None }
    }

    /// Looks in this project only. An empty name counts as none.
    pub fn in_project(mut self, name: impl Into<String>) -> Self {
        self.project = Some(name.into()).filter(|name| !name.is_empty());
        self
    }

    async fn find(self) -> Result<Flow, FindFlowError> {
        let lookup = Lookup::new(&self.api, &self.name, self.project.as_deref())?;
        lookup.find(&self.api, &self.api.for_one_call()).await
    }
}

impl IntoFuture for FindFlow {
    type Output = Result<Flow, FindFlowError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.find())
    }
}

/// A flow's name and where to look for it, and the query that does: it is written once, however often it is asked, and
/// its answer is read again only when it is another one.
#[derive(Debug)]
pub(crate) struct Lookup {
    name: String,
    project: Option<String>,
    backend: Backend,
    tenant_id: Option<TenantId>,
    request: Request,
    last: LastAnswer<Versions>,
}

/// What a lookup finds: of each project that has the flow, a version.
#[derive(serde::Deserialize)]
#[serde(from = "find_flow::FindFlow")]
struct Versions(Vec<Arc<Version>>);

impl From<find_flow::FindFlow> for Versions {
    fn from(found: find_flow::FindFlow) -> Self {
        Self(found.flow.into_iter().map(|row| Arc::new(row.into())).collect())
    }
}

impl Lookup {
    pub(crate) fn new(api: &Api, name: &str, project: Option<&str>) -> Result<Self, FindFlowError> {
        if name.is_empty() {
            return Err(FindFlowError::NoFlowName);
        }
        if project.is_none() && api.backend() == Backend::Cloud {
            return Err(FindFlowError::NoProjectName);
        }
        let tenant_id = api.tenant_filter();
        let operation = find_flow::build(name, project, tenant_id);
        Ok(Self {
            name: name.to_owned(),
            project: project.map(str::to_owned),
            backend: api.backend(),
            tenant_id,
            request: api.transport().request("find_flow", &operation)?.idempotent(true),
            last: LastAnswer::new(),
        })
    }

    /// Whether it is what [`new`](Self::new) would make of these.
    pub(crate) fn is_of(&self, api: &Api, name: &str, project: Option<&str>) -> bool {
        self.name == name
            && self.project.as_deref() == project
            && self.backend == api.backend()
            && self.tenant_id == api.tenant_filter()
    }

    /// Finds the flow of `api`, with the requests of one `call`.
    pub(crate) async fn find(&self, api: &Api, call: &Api) -> Result<Flow, FindFlowError> {
        // What is rarely wanted is boxed, so that the future is small.
        let version = match self.ask(call).await? {
            Answer::Data(found) => self.only(&found.0)?,
            Answer::TooOld(old) => self.only(&rarely(|| self.ask_older(call, old)).await?.0)?,
        };
        match version {
            Some(version) => Ok(Flow::named(api.clone(), version)),
            None => {
                let not_found = rarely(|| not_found(call, &self.name, self.project.as_deref())).await;
                Err(FindFlowError::NotFound(Box::new(not_found)))
            }
        }
    }

    /// What there is of the flow, unless the server is too old to be asked in this way.
    async fn ask<'a>(&self, call: &'a Api) -> Result<Answer<'a, Arc<Versions>>, Error> {
        if let Some(old) = call.old_server() {
            return Ok(Answer::TooOld(old));
        }
        let outcome = call.transport().execute_with_last(&self.request, &self.last).await;
        match outcome.and_then(Response::into_result) {
            Ok(found) => Ok(Answer::Data(found)),
            Err(refusal) => rarely(|| call.too_old(refusal, |_| true)).await.map(Answer::TooOld),
        }
    }

    /// The version that was found, if one was; several are of several projects.
    fn only(&self, found: &[Arc<Version>]) -> Result<Option<Arc<Version>>, FindFlowError> {
        if found.len() < 2 {
            return Ok(found.first().cloned());
        }
        let mut candidates: Vec<_> = found.iter().map(|version| FlowCandidate::from(&**version)).collect();
        candidates.sort_by(|a, b| (&a.project_name, a.tenant_id).cmp(&(&b.project_name, b.tenant_id)));
        Err(FindFlowError::Ambiguous { flow_name: self.name.clone(), candidates })
    }

    /// What there is of the flow on an old server.
    async fn ask_older(&self, call: &Api, old: &OldServer) -> Result<Versions, FindFlowError> {
        let (name, project, tenant_id) = (self.name.as_str(), self.project.as_deref(), self.tenant_id);
        if project.is_some() {
            old.needs_projects_for("a project's name")?;
        }
        if tenant_id.is_some() {
            old.needs_projects_for("a tenant")?;
        }
        match find_older::find(call, old, || find_flow::filter(name, project, tenant_id)).await? {
            Found::Versions(versions) => Ok(Versions(versions.into_iter().map(Arc::new).collect())),
            Found::Archived(_) if !old.has_projects() => {
                let archived = NotFound { archived: true, ..NotFound::bare(name, None) };
                Err(FindFlowError::NotFound(Box::new(archived)))
            }
            Found::Nothing if !old.has_projects() => {
                Err(FindFlowError::NotFound(Box::new(NotFound::bare(name, None))))
            }
            // `describe_flows` says more.
            Found::Archived(_) | Found::Nothing => Ok(Versions(Vec::new())),
        }
    }
}

/// Asks what there is. That the flow was not found is certain already, so a failure here only
/// makes the error say less.
async fn not_found(call: &Api, name: &str, project: Option<&str>) -> NotFound {
    let operation = describe_flows::build(name, project, call.tenant_filter());
    match call.query("describe_flows", &operation).await {
        Ok(found) => NotFound::describe(name, project, found),
        Err(error) => {
            tracing::debug!(%error, "cannot tell what there is instead");
            NotFound::bare(name, project)
        }
    }
}

impl From<&Version> for FlowCandidate {
    fn from(version: &Version) -> Self {
        let (project_name, tenant_id) = match &version.project {
            Some(project) => (project.name.clone(), project.tenant_id),
            None => (String::new(), None),
        };
        Self { flow_id: version.id, project_name, tenant_id }
    }
}

impl fmt::Display for FlowCandidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&short(&self.project_name))?;
        match self.tenant_id {
            Some(tenant_id) => write!(f, " (tenant {tenant_id})"),
            None => Ok(()),
        }
    }
}

impl NotFound {
    fn bare(flow_name: &str, project_name: Option<&str>) -> Self {
        Self {
            flow_name: flow_name.to_owned(),
            project_name: project_name.map(str::to_owned),
            project_exists: None,
            archived: false,
            other_projects: Vec::new(),
            near: Vec::new(),
            existing: Vec::new(),
        }
    }

    fn describe(flow_name: &str, project_name: Option<&str>, found: DescribeFlows) -> Self {
        let mut not_found = Self::bare(flow_name, project_name);
        let all_are_told = found.project.len() < describe_flows::MOST;
        let projects = distinct(found.project.into_iter().map(|project| project.name));
        not_found.project_exists = project_name.and_then(|wanted| {
            let exists = projects.iter().any(|name| name == wanted);
            (exists || all_are_told).then_some(exists)
        });
        not_found.archived = !found.archived.is_empty();
        not_found.other_projects = distinct(
            found.flow.iter().filter(|flow| flow.name == flow_name).map(|flow| flow.project.name.clone()),
        );
        let (wanted, names) = match (project_name, not_found.project_exists) {
            (Some(wanted), Some(false)) => (wanted, projects),
            _ => (flow_name, flow_names(found.flow, project_name)),
        };
        not_found.near = near(wanted, &names);
        not_found.existing = names;
        not_found.existing.truncate(LISTED);
        not_found
    }
}

fn flow_names(flows: Vec<FlowName>, project_name: Option<&str>) -> Vec<String> {
    let here = |flow: &FlowName| project_name.is_none_or(|wanted| flow.project.name == wanted);
    distinct(flows.into_iter().filter(here).map(|flow| flow.name))
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The names like `wanted`, the nearest first.
fn near(wanted: &str, names: &[String]) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<_> = names
        .iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(score, _)| *score >= NEAR)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(LISTED).map(|(_, name)| name.clone()).collect()
}

fn archived(reference: &FlowReference, flow_name: &str) -> String {
    match reference {
        FlowReference::Version(_) => format!(
            "the {reference} of the flow {flow_name:?} is archived; ask by name or group for a newer one"
        ),
        FlowReference::Group(_) | FlowReference::VersionGroup(_) => {
            format!("all versions of the flow {flow_name:?} in the {reference} are archived")
        }
    }
}

/// The first of them, and how many more there are.
fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(LISTED);
    let mut listed = items.take(LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        listed += &format!(" and {more} more");
    }
    listed
}

fn quoted(names: &[String]) -> String {
    list(names.iter().map(|name| short(name)))
}

/// A name of the server's in quotes, its beginning if it is long.
fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{:?}…", name.get(..end).unwrap_or_default()),
        None => format!("{name:?}"),
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no unarchived flow {:?}", self.flow_name)?;
        if let Some(project) = &self.project_name {
            write!(f, " in the project {project:?}")?;
        }
        let kind = match self.project_exists {
            Some(false) => {
                f.write_str("; the project does not exist")?;
                "projects"
            }
            Some(true) => {
                f.write_str("; the project exists")?;
                "flows"
            }
            None => "flows",
        };
        if self.archived {
            f.write_str("; all versions of the flow are archived")?;
        }
        if !self.other_projects.is_empty() {
            write!(f, "; the flow is in {}", quoted(&self.other_projects))?;
        }
        if !self.near.is_empty() {
            write!(f, "; {kind} of a similar name: {}", quoted(&self.near))
        } else if !self.existing.is_empty() {
            write!(f, "; {kind} there are: {}", quoted(&self.existing))
        } else {
            Ok(())
        }
    }
}

impl std::error::Error for NotFound {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn project_exists(of: usize, wanted: &str) -> Option<bool> {
        let projects: Vec<_> = (0..of).map(|number| json!({ "name": number.to_string() })).collect();
        let found = json!({ "project": projects, "flow": [], "archived": [] });
        NotFound::describe("F", Some(wanted), serde_json::from_value(found).unwrap()).project_exists
    }

    #[test]
    fn a_project_that_is_not_among_many_may_exist() {
        assert_eq!(project_exists(describe_flows::MOST - 1, "0"), Some(true));
        assert_eq!(project_exists(describe_flows::MOST - 1, "P"), Some(false));
        assert_eq!(project_exists(describe_flows::MOST, "0"), Some(true));
        assert_eq!(project_exists(describe_flows::MOST, "P"), None);
    }
}
