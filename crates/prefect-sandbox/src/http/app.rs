//! One HTTP request: method and path, the GraphQL requests in it, the status of the answer.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::routing::any;

use super::body::{self, GraphQl, Malformed, Requested};
use super::encoding::{self, Undecodable};
use super::faults::{Chosen, Faults};
use super::log::{RecordedRequest, Requests};
use super::misbehave::with_fault;
use super::reply::{self, Reply};
use super::server::ConnectionId;
use crate::catalog::Catalog;
use crate::cloud::{Access, Cloud};
use crate::execute::introspection::{self, Introspected, introspect};
use crate::execute::{Scope, execute, refusals};
use crate::request::diagnostics::RequestError;
use crate::request::documents::{self, Document, Documents};
use crate::request::variables;
use crate::sender::Sender;
use crate::store::{Db, Store};

const BODY_LIMIT: usize = 5 * 1024 * 1024;
const HEALTH: &str = "/.well-known/apollo/server-health";

/// What all requests share.
pub(crate) struct App {
    documents: Arc<Documents>,
    catalog: Arc<Catalog>,
    store: Store,
    requests: Arc<Requests>,
    faults: Faults,
    cloud: Option<Arc<Cloud>>,
}

/// The answer to one GraphQL request: its text, and its status when it stands alone.
type Answer = (StatusCode, String);

impl App {
    pub(crate) fn new(
        documents: Documents,
        catalog: Catalog,
        store: Store,
        requests: Arc<Requests>,
        faults: Faults,
        cloud: Option<Cloud>,
    ) -> Self {
        let (documents, catalog) = (Arc::new(documents), Arc::new(catalog));
        Self { documents, catalog, store, requests, faults, cloud: cloud.map(Arc::new) }
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }
}

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new().fallback(any(handle)).with_state(app)
}

async fn handle(
    State(app): State<Arc<App>>,
    Extension(connection): Extension<ConnectionId>,
    request: Request<Body>,
) -> Reply {
    if request.uri().path() == HEALTH {
        return reply::json(StatusCode::OK, "{\"status\":\"pass\"}".to_owned());
    }
    match *request.method() {
        Method::POST => post(&app, connection, request).await,
        Method::OPTIONS => preflight(),
        Method::GET => get(&app, connection, request).await,
        _ => reply::text(StatusCode::METHOD_NOT_ALLOWED, "Apollo Server supports only GET/POST requests."),
    }
}

fn preflight() -> Reply {
    let mut reply = reply::text(StatusCode::NO_CONTENT, "");
    let methods = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE");
    reply.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    reply
}

async fn post(app: &App, connection: ConnectionId, request: Request<Body>) -> Reply {
    let (head, body) = request.into_parts();
    let body = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => encoding::decode(&head.headers, body, BODY_LIMIT),
        Err(_) => Err(Undecodable::TooLarge),
    };
    let body = match body {
        Ok(body) => body,
        Err(undecodable) => return undecodable.reply(),
    };
    let body = body::text(&body);
    let is_json =
        |value: &HeaderValue| value.to_str().is_ok_and(|value| value.starts_with("application/json"));
    let requested = match head.headers.get(header::CONTENT_TYPE) {
        Some(value) if is_json(value) => body::parse(&body),
        _ => body::parse(""),
    };
    let mut record = RecordedRequest::new(connection, &head, &body);
    match requested {
        Ok(Requested::One(member)) => {
            let prepared = prepare(app, member, &head, &mut record);
            let fault = arrived(app, record);
            with_fault(fault, one(app, prepared)).await
        }
        Ok(Requested::Batch(members)) => batch(app, members, &head, record).await,
        Err(malformed) => {
            let fault = arrived(app, record);
            with_fault(fault, async { malformed.reply() }).await
        }
    }
}

/// Queries only; there are no batches in a URL.
async fn get(app: &App, connection: ConnectionId, request: Request<Body>) -> Reply {
    let (head, _) = request.into_parts();
    let member = body::from_url(head.uri.query().unwrap_or_default());
    let mut record = RecordedRequest::new(connection, &head, "");
    match member {
        Some(Ok(member)) => {
            let prepared = prepare(app, member, &head, &mut record);
            let fault = arrived(app, record);
            with_fault(fault, query_only(app, prepared)).await
        }
        Some(Err(malformed)) => malformed.reply(),
        None => reply::text(StatusCode::BAD_REQUEST, "GET query missing."),
    }
}

/// Logs a request before it is executed, and draws its fault.
fn arrived(app: &App, record: RecordedRequest) -> Option<Chosen> {
    let fault = app.faults.next(&record);
    app.requests.add(record);
    fault
}

async fn query_only(app: &App, prepared: Prepared) -> Reply {
    if prepared.is_mutation() {
        return reply::text(StatusCode::METHOD_NOT_ALLOWED, "GET supports only query operation");
    }
    one(app, prepared).await
}

async fn one(app: &App, prepared: Prepared) -> Reply {
    let (status, text) = answer(app, prepared).await;
    reply::json(status, text)
}

/// One answer per member, whatever becomes of it; the status is always 200.
async fn batch(
    app: &App,
    members: Vec<Result<GraphQl, Malformed>>,
    head: &Parts,
    mut record: RecordedRequest,
) -> Reply {
    let prepared: Vec<_> = members
        .into_iter()
        .map(|member| member.map(|member| prepare(app, member, head, &mut record)))
        .collect();
    let fault = arrived(app, record);
    with_fault(fault, members_in_order(app, prepared)).await
}

async fn members_in_order(app: &App, prepared: Vec<Result<Prepared, Malformed>>) -> Reply {
    let mut texts = Vec::with_capacity(prepared.len());
    for prepared in prepared {
        texts.push(match prepared {
            Ok(prepared) => answer(app, prepared).await.1,
            Err(malformed) => malformed.text(),
        });
    }
    let texts: Vec<&str> = texts.iter().map(|text| text.trim_end()).collect();
    reply::json(StatusCode::OK, format!("[{}]\n", texts.join(",")))
}

/// A request with its document.
struct Prepared {
    request: GraphQl,
    document: Result<Document, Vec<RequestError>>,
    sender: Sender,
    access: Access,
}

impl Prepared {
    fn is_mutation(&self) -> bool {
        self.document.as_ref().is_ok_and(|document| {
            documents::operation(document, self.request.operation_name.as_deref())
                .is_ok_and(|operation| operation.is_mutation())
        })
    }
}

fn prepare(app: &App, request: GraphQl, head: &Parts, record: &mut RecordedRequest) -> Prepared {
    let document = app.documents.get(&request.query);
    if let Ok(document) = &document
        && let Ok(operation) = documents::operation(document, request.operation_name.as_deref())
    {
        record.operation_name = operation.name.as_ref().map(ToString::to_string);
        record.root_fields.extend(operation.root_fields(document).map(|field| field.name.to_string()));
    }
    let sender = Sender::of(record);
    Prepared { request, document, sender, access: Access::of(app.cloud.as_ref(), &head.headers) }
}

async fn answer(app: &App, prepared: Prepared) -> Answer {
    match run(app, prepared).await {
        Ok(text) => (StatusCode::OK, text),
        Err(errors) => (StatusCode::BAD_REQUEST, refusals(&errors)),
    }
}

async fn run(app: &App, prepared: Prepared) -> Result<String, Vec<RequestError>> {
    let Prepared { request, document, sender, access } = prepared;
    let document = document?;
    let operation =
        documents::operation(&document, request.operation_name.as_deref()).map_err(|e| vec![e])?.clone();
    let variables = variables::coerce(&app.documents.schema, &operation, &request.variables)?;
    let introspected = if introspection::is_asked(&document, &operation) {
        let documents = Arc::clone(&app.documents);
        let (document, operation) = (Arc::clone(&document), operation.clone());
        let work = move || introspect(&documents, &document, &operation, &request.variables);
        tokio::task::spawn_blocking(work).await.map_err(|_| vec![internal()])?.map_err(|error| vec![error])?
    } else {
        Introspected::new()
    };
    let catalog = Arc::clone(&app.catalog);
    let writes = operation.is_mutation();
    let work = move |db: &mut Db| {
        let scope = Scope {
            catalog: &catalog,
            document: &document,
            variables: &variables,
            sender: &sender,
            access: &access,
        };
        execute(db, scope, &operation, &introspected)
    };
    let answer = if writes { app.store.call(work).await } else { app.store.query(work).await };
    answer.map_err(|error| {
        tracing::error!(%error, "a request was not executed");
        vec![internal()]
    })
}

fn internal() -> RequestError {
    RequestError::request("Unable to complete operation. An internal API error occurred.")
}
