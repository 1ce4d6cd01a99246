//! Setting a scene and looking at what was stored, without going through HTTP.

use rusqlite::{OptionalExtension, Row};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Sandbox;
use super::spec::{FlowSpec, RegisteredFlow};
use crate::error::FieldError;
use crate::rules::registration::{self, Registered};
use crate::rules::states::{self, State};
use crate::rules::{flows, tenants};
use crate::store::{Db, StoreError};

/// The sandbox could not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A rule of the server forbids it; the text is the server's.
    #[error("{0}")]
    Refused(String),
    /// The database failed.
    #[error("the sandbox's database failed: {0}")]
    Database(Box<dyn std::error::Error + Send + Sync>),
}

/// A stored run. JSON is the stored text, byte for byte.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredFlowRun {
    /// Id of the run.
    pub id: Uuid,
    /// The version it is a run of.
    pub flow_id: Uuid,
    /// Its name.
    pub name: String,
    /// The key it was scheduled with.
    pub idempotency_key: Option<String>,
    /// Its parameters.
    pub parameters: Box<RawValue>,
    /// Its context.
    pub context: Option<Box<RawValue>>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its run config.
    pub run_config: Option<Box<RawValue>>,
    /// When it is to start.
    pub scheduled_start_time: String,
    /// Name of its state.
    pub state: Option<String>,
    /// Message of its state.
    pub state_message: Option<String>,
    /// How many states it has had.
    pub version: i64,
}

impl Sandbox {
    /// Another tenant; its slug is made from the name.
    ///
    /// # Errors
    /// When the slug is taken.
    pub async fn create_tenant(&self, name: &str) -> Result<Uuid, SandboxError> {
        let name = name.to_owned();
        self.job(move |db| parse(&tenants::create(&db.conn, &name, &tenants::slugify(&name))?)).await
    }

    /// The tenant with a slug.
    ///
    /// # Errors
    /// When there is none.
    pub async fn tenant(&self, slug: &str) -> Result<Uuid, SandboxError> {
        let slug = slug.to_owned();
        self.job(move |db| {
            let mut query = db.conn.prepare_cached("SELECT id FROM tenant WHERE slug = ?1")?;
            let id: Option<String> = query.query_row([&slug], |row| row.get(0)).optional()?;
            parse(&id.ok_or_else(|| FieldError::new(format!("there is no tenant {slug:?}")))?)
        })
        .await
    }

    /// A project of a tenant.
    ///
    /// # Errors
    /// When the tenant has a project of that name.
    pub async fn create_project(&self, tenant: Uuid, name: &str) -> Result<Uuid, SandboxError> {
        let name = name.to_owned();
        self.job(move |db| parse(&tenants::create_project(&db.conn, &tenant.to_string(), &name, None)?)).await
    }

    /// Registers a flow as the real server does: the version is the highest of the group plus one, the
    /// versions before it are archived, and their runs that are still Scheduled are cancelled.
    ///
    /// # Errors
    /// When there is no such project.
    pub async fn register_flow(&self, flow: FlowSpec) -> Result<RegisteredFlow, SandboxError> {
        self.job(move |db| {
            let tx = db.conn.savepoint()?;
            let registered = registration::register(&tx, &flow.into_new_flow())?;
            tx.commit()?;
            let Registered { flow_id, version, version_group_id, flow_group_id } = registered;
            let (flow_id, flow_group_id) = (parse(&flow_id)?, parse(&flow_group_id)?);
            Ok(RegisteredFlow { flow_id, version, version_group_id, flow_group_id })
        })
        .await
    }

    /// Archives a version, with what follows for its runs.
    ///
    /// # Errors
    /// When there is no such flow.
    pub async fn archive_flow(&self, flow: Uuid) -> Result<(), SandboxError> {
        self.job(move |db| {
            let tx = db.conn.savepoint()?;
            let found = flows::archive(&tx, &flow.to_string())?;
            tx.commit()?;
            if found { Ok(()) } else { Err(FieldError::new(format!("Flow {flow} not found"))) }
        })
        .await
    }

    /// Makes an archived version live again; the group's other versions stay as they are.
    ///
    /// # Errors
    /// When there is no such flow.
    pub async fn unarchive_flow(&self, flow: Uuid) -> Result<(), SandboxError> {
        self.update("UPDATE flow SET archived = 0 WHERE id = ?1", flow, None).await
    }

    /// Default parameters of a flow group, an object.
    ///
    /// # Errors
    /// When there is no such flow group.
    pub async fn set_default_parameters(
        &self,
        flow_group: Uuid,
        parameters: Json,
    ) -> Result<(), SandboxError> {
        let sql = "UPDATE flow_group SET default_parameters = ?2 WHERE id = ?1";
        self.update(sql, flow_group, Some(parameters.to_string())).await
    }

    /// Labels of a flow group; `None` leaves them to the run config.
    ///
    /// # Errors
    /// When there is no such flow group.
    pub async fn set_group_labels(
        &self,
        flow_group: Uuid,
        labels: Option<Vec<String>>,
    ) -> Result<(), SandboxError> {
        let labels = labels.map(|labels| Json::from(labels).to_string());
        self.update("UPDATE flow_group SET labels = ?2 WHERE id = ?1", flow_group, labels).await
    }

    /// Sets the state of a run, with what follows from it. A run that is set Scheduled is due at once.
    ///
    /// # Errors
    /// When there is no such run or no state of that name.
    pub async fn set_flow_run_state(
        &self,
        run: Uuid,
        state: &str,
        message: &str,
    ) -> Result<(), SandboxError> {
        let (state, message) = (state.to_owned(), message.to_owned());
        self.job(move |db| {
            // Here, as the start time is by the clock of this thread.
            let state = State::new(&state, &message);
            State::check_name(&state.name)?;
            let tx = db.conn.savepoint()?;
            if states::current(&tx, &run.to_string())?.is_none() {
                return Err(FieldError::new(format!("State update failed for flow run ID {run}")));
            }
            states::set_flow_run_state(&tx, &run.to_string(), &state)?;
            tx.commit()?;
            db.run_scheduled |= state.is_scheduled();
            Ok(())
        })
        .await
    }

    /// Everything that was scheduled, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flow_runs(&self) -> Result<Vec<StoredFlowRun>, SandboxError> {
        self.job(|db| {
            let mut query = db.conn.prepare_cached(
                "SELECT id, flow_id, name, idempotency_key, parameters, context, labels, run_config, \
                 scheduled_start_time, state, state_message, version FROM flow_run ORDER BY seq",
            )?;
            let runs = query.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
            runs.into_iter().collect()
        })
        .await
    }

    async fn update(&self, sql: &'static str, id: Uuid, value: Option<String>) -> Result<(), SandboxError> {
        self.job(move |db| {
            let mut statement = db.conn.prepare(sql)?;
            let changed = if statement.parameter_count() == 1 {
                statement.execute([id.to_string()])?
            } else {
                statement.execute((id.to_string(), value))?
            };
            if changed == 0 { Err(FieldError::new(format!("{id} not found"))) } else { Ok(()) }
        })
        .await
    }

    pub(super) async fn job<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Db) -> Result<T, FieldError> + Send + 'static,
    ) -> Result<T, SandboxError> {
        Ok(self.store.call(job).await??)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<StoredFlowRun, FieldError>> {
    let json = |index: usize| -> rusqlite::Result<Option<String>> { row.get(index) };
    let (id, flow_id): (String, String) = (row.get(0)?, row.get(1)?);
    let (parameters, context, labels, run_config) = (json(4)?, json(5)?, json(6)?, json(7)?);
    let (name, idempotency_key) = (row.get::<_, Option<String>>(2)?.unwrap_or_default(), row.get(3)?);
    let (scheduled_start_time, state) = (row.get(8)?, row.get(9)?);
    let (state_message, version) = (row.get(10)?, row.get(11)?);
    Ok((|| {
        Ok(StoredFlowRun {
            id: parse(&id)?,
            flow_id: parse(&flow_id)?,
            name,
            idempotency_key,
            parameters: raw(parameters.unwrap_or_else(|| "null".to_owned()))?,
            context: context.map(raw).transpose()?,
            labels: labels.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            run_config: run_config.map(raw).transpose()?,
            scheduled_start_time,
            state,
            state_message,
            version,
        })
    })())
}

fn raw(text: String) -> Result<Box<RawValue>, FieldError> {
    RawValue::from_string(text).map_err(|error| FieldError::new(format!("stored JSON is broken: {error}")))
}

pub(super) fn parse(id: &str) -> Result<Uuid, FieldError> {
    id.parse().map_err(|_| FieldError::new(format!("stored id {id:?} is no uuid")))
}

impl From<FieldError> for SandboxError {
    fn from(error: FieldError) -> Self {
        Self::Refused(error.message)
    }
}

impl From<StoreError> for SandboxError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.into())
    }
}
