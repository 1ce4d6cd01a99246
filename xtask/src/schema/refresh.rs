//! `cargo xtask schema refresh`: takes the server's schema from a running server.
//!
//! All that is to be written is made before anything is written, so a failure leaves every file as it was.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use cynic_introspection::{IntrospectionQuery, SpecificationVersion};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prefect_transport::{Credentials, Transport};
use serde_json::{Value, json};

use super::artefacts::{self, Artefact, CLOUD_SDL, MERGED_SDL, SERVER_SDL};
use super::merge::{Source, merge};
use super::provenance::{self, Provenance};
use super::{differences, write};

/// The server to ask.
#[derive(Args)]
pub(crate) struct Server {
    /// The API's address
    #[arg(long, default_value = "http://localhost:4200")]
    url: String,
    /// The environment variable that holds an API key, for a server that wants one
    #[arg(long, value_name = "VAR")]
    api_key_env: Option<String>,
}

/// Asks the server, and brings the files in the workspace at `root` in step with its answer.
pub(crate) fn run(server: &Server, root: &Path) -> Result<()> {
    let credentials = match &server.api_key_env {
        Some(variable) => credentials(variable, env::var_os(variable))?,
        None => Credentials::none(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    print!("{}", runtime.block_on(refresh(&server.url, credentials, root, today))?);
    Ok(())
}

/// The key in an environment variable. No error repeats the value.
fn credentials(variable: &str, value: Option<OsString>) -> Result<Credentials> {
    let value = value.with_context(|| format!("the environment variable {variable} is not set"))?;
    let key = value.into_string().ok().filter(|key| !key.trim().is_empty());
    let key = key.with_context(|| format!("the environment variable {variable} holds no API key"))?;
    Ok(Credentials::bearer(key))
}

/// Says what changed, and of each file whether it was written.
async fn refresh(url: &str, credentials: Credentials, root: &Path, today: Date) -> Result<String> {
    // Ring is built in a tenth of the time of the provider that comes by itself. Where there is one already, it will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let transport = Transport::builder(url.parse()?).credentials(credentials).build()?;
    let text = introspect(&transport).await?;
    let server = merge(&[Source { path: "introspection", text: &text }])
        .with_context(|| format!("{transport} does not tell a whole schema, so nothing was changed"))?;
    let derived = artefacts::derived(root, server.clone()).with_context(|| {
        format!("the schema of {transport} and {CLOUD_SDL} do not fit, so nothing was changed")
    })?;
    let present = artefacts::read(root, SERVER_SDL).unwrap_or_default();
    let same_text = provenance::text(&present) == server;
    let content = if same_text && provenance::check(&present).is_ok() {
        present
    } else {
        let told = ask_version(&transport).await.unwrap_or_default();
        Provenance { version: provenance::version(&told), date: today }.document(&server)
    };
    let mut report = if same_text { String::new() } else { changes(root, &derived) };
    let mut all = vec![Artefact { path: SERVER_SDL, content }];
    all.extend(derived);
    report.push_str(&write(&all, root)?);
    Ok(report)
}

/// What changes, in words. Compared is what is merged with Prefect Cloud's additions, so that operations of both
/// are judged. A schema on disk that is too broken to be compared is replaced nevertheless.
fn changes(root: &Path, derived: &[Artefact]) -> String {
    let compared = artefacts::all(root).and_then(|present| {
        let old = Source { path: "the schema on disk", text: merged(&present)? };
        let new = Source { path: "the server's schema", text: merged(derived)? };
        differences(root, &old, &new)
    });
    compared.unwrap_or_else(|error| format!("what changed cannot be told: {error:#}\n"))
}

fn merged(artefacts: &[Artefact]) -> Result<&str> {
    let merged = artefacts.iter().find(|artefact| artefact.path == MERGED_SDL);
    Ok(&merged.context("no merged schema is derived")?.content)
}

/// What the server says of itself; nothing if it does not.
async fn ask_version(transport: &Transport) -> Result<Value> {
    let query = json!({ "query": "query ServerVersion { api { version core_version } }" });
    let request = transport.request("server version", &query)?.idempotent(true);
    Ok(transport.execute(&request).await?.into_result()?)
}

/// What the server says of its schema, as SDL.
///
/// Asks what GraphQL of June 2018 has, which is all that Prefect's servers answer. cynic-introspection
/// loses nothing of that, and refuses a type in more than six brackets and exclamation marks. Of later
/// editions it would lose the addresses in `@specifiedBy`.
async fn introspect(transport: &Transport) -> Result<String> {
    let query = IntrospectionQuery::with_capabilities(SpecificationVersion::June2018.capabilities());
    let request = transport.request("introspection", &query)?.idempotent(true);
    let mut answer: Value = transport.execute(&request).await?.into_result()?;
    forget_descriptions(&mut answer);
    let unusable = || format!("{transport} answered with something that is no introspection");
    let answer: IntrospectionQuery = serde_json::from_value(answer).with_context(unusable)?;
    Ok(answer.into_schema().with_context(unusable)?.to_sdl())
}

/// The canonical form has none, and `to_sdl` would not escape what is in them.
fn forget_descriptions(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(forget_descriptions),
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "description" {
                    *value = Value::Null;
                }
                forget_descriptions(value);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use apollo_compiler::introspection::partial_execute;
    use apollo_compiler::request::coerce_variable_values;
    use apollo_compiler::response::JsonMap;
    use apollo_compiler::{ExecutableDocument, Schema};
    use mockito::ServerGuard;
    use prefect_sandbox::{CloudMode, Sandbox};
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;
    use crate::schema::tests::copy_of_this_workspace;
    use crate::schema::{check, check_derived, derive};

    const SERVER: &str = include_str!("../../../schema/prefect-server.graphql");
    const CLOUD: &str = include_str!("../../../schema/prefect-cloud.graphql");
    const SMALL: &str = "type Query {\n  a: Int\n}\n";

    /// The day of all refreshes here.
    fn today() -> Date {
        jiff::civil::date(2026, 11, 26)
    }

    /// A workspace with our operations, in which everything is derived.
    fn workspace(server: &str, cloud: &str) -> TempDir {
        let root = copy_of_this_workspace();
        fs::write(root.path().join(SERVER_SDL), server).unwrap();
        fs::write(root.path().join(CLOUD_SDL), cloud).unwrap();
        derive(root.path()).unwrap();
        root
    }

    fn files(root: &TempDir) -> BTreeMap<&'static str, String> {
        let derived = artefacts::all(root.path()).unwrap().into_iter().map(|artefact| artefact.path);
        let paths = derived.chain([SERVER_SDL, CLOUD_SDL]);
        paths.map(|path| (path, fs::read_to_string(root.path().join(path)).unwrap())).collect()
    }

    /// What a server with this schema answers.
    fn introspection(sdl: &str) -> Value {
        let query = IntrospectionQuery::with_capabilities(SpecificationVersion::June2018.capabilities());
        let schema = Schema::parse_and_validate(sdl, "schema.graphql").unwrap();
        let document =
            ExecutableDocument::parse_and_validate(&schema, &query.query, "query.graphql").unwrap();
        let operation = document.operations.get(None).unwrap();
        let variables = coerce_variable_values(&schema, operation, &JsonMap::new()).unwrap();
        let answer = partial_execute(&schema, &schema.implementers_map(), &document, operation, &variables);
        serde_json::to_value(answer.unwrap()).unwrap()
    }

    async fn serving(body: &str) -> ServerGuard {
        let mut server = mockito::Server::new_async().await;
        server.mock("POST", "/").with_body(body).create_async().await;
        server
    }

    /// The error, after which every file must be as it was.
    async fn refused(url: &str, credentials: Credentials, root: &TempDir) -> String {
        let before = files(root);
        let error = refresh(url, credentials, root.path(), today()).await.unwrap_err();
        assert_eq!(files(root), before);
        format!("{error:#}").replace(&format!("{url}/"), "URL")
    }

    #[tokio::test]
    async fn the_sandbox_gives_the_maintained_file_back_byte_for_byte() {
        let sandbox = Sandbox::start().await.unwrap();
        let root = workspace(SERVER, CLOUD);
        let before = files(&root);
        let report = refresh(&sandbox.url(), Credentials::none(), root.path(), today()).await.unwrap();
        assert_eq!(files(&root), before);
        insta::assert_snapshot!(report, @"
        schema/prefect-server.graphql: unchanged
        crates/prefect-schema/schema.graphql: unchanged
        crates/prefect-flow-run/schema.graphql: unchanged
        crates/prefect-sandbox/schema/prefect-server.graphql: unchanged
        crates/prefect-sandbox/schema/prefect-cloud-merged.graphql: unchanged
        ");

        check(root.path()).unwrap();
    }

    #[tokio::test]
    async fn a_schema_that_cannot_be_compared_is_replaced() {
        let sandbox = Sandbox::start().await.unwrap();
        let root = workspace(SERVER, CLOUD);
        let before = files(&root);
        fs::write(root.path().join(SERVER_SDL), "type Query { a: Nothing }").unwrap();
        let report = refresh(&sandbox.url(), Credentials::none(), root.path(), today()).await.unwrap();
        let told = report.lines().next().unwrap();
        assert!(told.starts_with("what changed cannot be told: "), "{report}");
        let mut after = files(&root);
        let written = after.insert(SERVER_SDL, before[SERVER_SDL].clone()).unwrap();
        assert_eq!(after, before);
        assert_eq!(provenance::text(&written), provenance::text(SERVER));
        let header: Vec<_> = written.lines().take(3).collect();
        assert!(header[1].starts_with("# server version: prefect-sandbox-"), "{header:?}");
        assert_eq!(header[2], "# refreshed: 2026-11-26");
        check(root.path()).unwrap();
    }

    /// The maintained schema with changes, each of which must find its text.
    fn changed(changes: &[(&str, &str)]) -> String {
        let mut sdl = provenance::text(SERVER).to_owned();
        for (from, to) in changes {
            assert_eq!(sdl.matches(from).count(), 1, "{from}");
            sdl = sdl.replace(from, to);
        }
        sdl
    }

    /// What refresh and then check say when a server has another schema than the maintained one.
    async fn refreshed_with(sdl: String) -> (String, String) {
        let sandbox = Sandbox::builder().schema(sdl).start().await.unwrap();
        let root = workspace(SERVER, CLOUD);
        let report = refresh(&sandbox.url(), Credentials::none(), root.path(), today()).await.unwrap();
        let checked = check(root.path()).unwrap_err();
        (report, format!("{checked:#}"))
    }

    #[tokio::test]
    async fn each_change_is_told_with_the_operations_that_it_breaks() {
        let sdl = changed(&[
            (
                "  idempotency_key: String\n  labels(path: String): jsonb!\n  logs(",
                "  labels(path: String): jsonb!\n  logs(",
            ),
            (
                "type flow_run_state {\n  created: timestamptz!\n",
                "type flow_run_state {\n  created: timestamptz\n",
            ),
            ("enum log_level {\n", "enum log_level {\n  AUDIT\n"),
            ("type flow {\n", "type flow {\n  color: String\n"),
        ]);
        let (report, checked) = refreshed_with(sdl).await;
        insta::assert_snapshot!(report, @"
        added: field flow.color: String (harmless)
        removed: field flow_run.idempotency_key (breaking)
          breaks ReadFlowRunDetails (prefect_flow_run::operations::flow_run_details::FlowRunRow)
        changed: field flow_run_state.created: was timestamptz!, is timestamptz (breaking)
          breaks FlowRunHistory (prefect_flow_run::operations::flow_run_history::StateRow)
        added: enum value log_level.AUDIT (harmless)
        changes: 4, breaking: 2, operations broken: 2
        schema/prefect-server.graphql: written
        crates/prefect-schema/schema.graphql: written
        crates/prefect-flow-run/schema.graphql: written
        crates/prefect-sandbox/schema/prefect-server.graphql: written
        crates/prefect-sandbox/schema/prefect-cloud-merged.graphql: written
        ");
        insta::assert_snapshot!(checked, @"
        operations that do not fit crates/prefect-schema/schema.graphql, which is derived from `schema/`:
          FlowRunHistory: flow_run_state.created may be null, which prefect_flow_run::operations::flow_run_history::StateRow does not allow
          ReadFlowRunDetails: type `flow_run` does not have a field `idempotency_key`
        change the types in crates/prefect-flow-run/src/operations and write their snapshots with
          INSTA_UPDATE=always cargo test -p prefect-flow-run --lib operations
        or take the schema of another server with
          cargo xtask schema refresh --url URL
        ");
    }

    #[test]
    fn requirements_that_are_out_of_date_fail_the_check() {
        let root = workspace(SERVER, CLOUD);
        let path = root.path().join("schema/versions/requirements.toml");
        let table = fs::read_to_string(&path).unwrap();
        fs::write(&path, table.replace("\"FindVersion\"", "\"FlowRunState\"")).unwrap();
        insta::assert_snapshot!(check(root.path()).unwrap_err(), @"
        schema/versions/requirements.toml is not what the schemas say; edit it:
          add FindVersion to 0.10.7
          take FlowRunState out of 0.10.7
          add FindVersion to 0.14
          take FlowRunState out of 0.14
        ");
    }

    #[tokio::test]
    async fn a_file_that_was_edited_by_hand_is_written_again() {
        let sandbox = Sandbox::start().await.unwrap();
        let root = workspace(SERVER, CLOUD);
        let path = root.path().join(SERVER_SDL);
        fs::write(&path, SERVER.replace("# sha256", "# sha265")).unwrap();
        assert!(check(root.path()).unwrap_err().to_string().contains("edited by hand"));
        let report = refresh(&sandbox.url(), Credentials::none(), root.path(), today()).await.unwrap();
        assert!(report.starts_with("schema/prefect-server.graphql: written\n"), "{report}");
        check(root.path()).unwrap();
    }

    #[tokio::test]
    async fn an_unusual_schema_arrives_whole_and_is_reported() {
        let sdl = r#"
            "Ends like a block: \"\"\" type Injected { x: Int }"
            schema { query: Root, mutation: Change }
            directive @d(b: [Int!] = [1], a: E = X) on FIELD | OBJECT
            "Ends like a block: \"\"\" type Injected { x: Int }"
            type Root implements Z & A { z(b: In = {a: 1}, a: E): U, a: ID, deep: [[Int!]!]! }
            type Change { c: Int @deprecated(reason: "quotes \"x\" and \\ and\nlines") }
            type Mutation { no: Root }
            interface Z { z(b: In = {a: 1}, a: E): U }
            interface A { a: ID }
            union U = T | Root
            type T { t: Float }
            enum E { Y X @deprecated(reason: "gone") }
            input In { b: String = "q\"" a: Int = 1 }
            scalar Unused
        "#;
        let root = workspace(SMALL, "extend type Query { b: Int }");
        fs::write(root.path().join(CLOUD_SDL), "extend type Root { b: Int }").unwrap();
        let server = serving(&introspection(sdl).to_string()).await;
        let report = refresh(&server.url(), Credentials::none(), root.path(), today()).await.unwrap();
        let verdicts: Vec<_> = report.lines().filter(|line| line.ends_with(": written")).collect();
        assert_eq!(verdicts.len(), 5, "{report}");
        let wanted = merge(&[Source { path: "sdl", text: sdl }]).unwrap();
        let written = &files(&root)[SERVER_SDL];
        assert_eq!(provenance::text(written), wanted);
        provenance::check(written).unwrap();
        assert!(written.contains("\n# server version: unknown\n"), "{written}");
        check_derived(root.path()).unwrap();
    }

    #[tokio::test]
    async fn an_answer_that_is_no_introspection_changes_nothing() {
        let whole = introspection(SMALL);
        let mut with_errors = whole.clone();
        with_errors["errors"] = json!([{ "message": "half of it is missing" }]);
        let text = whole.to_string();
        let bodies = [
            "<html><body>Prefect UI</body></html>",
            r#"{"errors":[{"message":"introspection is not allowed"}]}"#,
            &with_errors.to_string(),
            &text[..40],
            r#"{"data":{"__schema":null}}"#,
            r#"{"data":{"hello":"there"}}"#,
        ];
        let root = workspace(SMALL, "extend type Query { b: Int }");
        let mut errors = Vec::new();
        for body in bodies {
            errors.push(refused(&serving(body).await.url(), Credentials::none(), &root).await);
        }
        insta::assert_snapshot!(errors.join("\n"), @r#"
        introspection: URL answered with something that is not GraphQL (is this the API's address?): "<html><body>Prefect UI</body></html>": expected value at line 1 column 1
        introspection: URL refused: introspection is not allowed
        introspection: URL refused: half of it is missing
        introspection: URL answered with something that is not GraphQL (is this the API's address?): "{\"data\":{\"__schema\":{\"directives\":[{\"arg": EOF while parsing a string at line 1 column 40
        URL answered with something that is no introspection: The introspection query returned no data.  Try looking in the response for errors
        URL answered with something that is no introspection: missing field `__schema`
        "#);
    }

    #[tokio::test]
    async fn a_schema_with_a_hole_changes_nothing() {
        let whole =
            introspection("type Query { a(in: In): T } type T { e: E } enum E { X } input In { a: Int }");
        let root = workspace(SMALL, "extend type Query { b: Int }");
        for missing in ["Query", "T", "E", "In"] {
            let mut partial = whole.clone();
            let types = partial["data"]["__schema"]["types"].as_array_mut().unwrap();
            types.retain(|definition| definition["name"] != missing);
            let server = serving(&partial.to_string()).await;
            let error = refused(&server.url(), Credentials::none(), &root).await;
            assert!(error.contains("URL does not tell a whole schema, so nothing was changed"), "{error}");
            assert!(error.to_lowercase().contains(&missing.to_lowercase()), "{error}");
        }
        let mut partial = whole;
        for definition in partial["data"]["__schema"]["types"].as_array_mut().unwrap() {
            definition["fields"] = Value::Null;
        }
        let error = refused(&serving(&partial.to_string()).await.url(), Credentials::none(), &root).await;
        assert!(error.contains("does not tell a whole schema"), "{error}");
    }

    #[tokio::test]
    async fn no_server_changes_nothing() {
        let root = workspace(SMALL, "extend type Query { b: Int }");
        let error = refused("localhost:4200", Credentials::none(), &root).await;
        assert!(error.contains("write it like http://localhost:4200"), "{error}");
    }

    #[tokio::test]
    async fn the_key_is_sent_and_not_shown() {
        let root = workspace(SMALL, "extend type Query { b: Int }");
        let mut server = mockito::Server::new_async().await;
        let key = credentials("KEY", Some("hunter2".into())).unwrap();
        let asked = server.mock("POST", "/").match_header("authorization", "Bearer hunter2");
        let asked = asked.with_status(401).with_body("who are you?").create_async().await;
        let error = refused(&server.url(), key, &root).await;
        asked.assert_async().await;
        assert!(error.contains("refused the credentials") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_key_that_is_missing_is_told_by_its_variable() {
        let error =
            |value: Option<&str>| credentials("KEY", value.map(OsString::from)).unwrap_err().to_string();
        assert_eq!(error(None), "the environment variable KEY is not set");
        assert_eq!(error(Some(" \n")), "the environment variable KEY holds no API key");
    }

    #[tokio::test]
    async fn prefect_cloud_is_not_taken_for_prefect_server() {
        let cloud =
            Sandbox::builder().cloud(CloudMode::new().api_key("key", "tenant")).start().await.unwrap();
        let root = workspace(SERVER, CLOUD);
        let error = refused(&cloud.url(), Credentials::bearer("key"), &root).await;
        assert!(error.contains("the schema of URL and schema/prefect-cloud.graphql do not fit"), "{error}");
    }
}
