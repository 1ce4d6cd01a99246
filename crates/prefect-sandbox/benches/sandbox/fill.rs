//! Fills a database that no sandbox has open: copies of a run that the sandbox itself made, with its
//! states and its log line, under other ids and at other times.

use std::path::Path;

use jiff::Timestamp;
use prefect_sandbox::Sandbox;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Statement, params};
use uuid::Uuid;

use crate::{Result, client, requests, scene};

/// One run in so many has logs.
pub(crate) const RUNS_PER_LOG: u32 = 100;
/// A run that has logs has so many.
pub(crate) const LINES: u32 = 1_000;

/// What is in a filled database.
pub(crate) struct Filled {
    pub(crate) flow: Uuid,
    pub(crate) logged: Vec<Logged>,
}

/// A run that has logs, one hundredth of a second after the other, from the run's number on.
pub(crate) struct Logged {
    pub(crate) id: Uuid,
    pub(crate) number: u32,
}

/// Makes the file, with so many runs besides the one that was copied. It has the flow of `scene`.
pub(crate) async fn fill(file: &Path, runs: u32) -> Result<Filled> {
    let sandbox = scene::open(file).await?;
    let flow = original(&sandbox).await?;
    sandbox.shutdown().await;
    let file = file.to_owned();
    let logged = tokio::task::spawn_blocking(move || copy(&file, runs)).await??;
    Ok(Filled { flow, logged })
}

/// A run that has come to its end; the id of its flow.
async fn original(sandbox: &Sandbox) -> Result<Uuid> {
    let flow = scene::register_flow(sandbox, &[]).await?;
    client::Connection::open(sandbox.address()).await?.ask(requests::create_flow_run(flow)).await?;
    let run = sandbox.flow_runs().await?.first().ok_or("the run is not there")?.id;
    sandbox.walk_flow_run(run, &["Submitted", "Running", "Success"]).await?;
    sandbox.write_log(run, "INFO", "Task 'greet': finished task run for task with final state", None).await?;
    Ok(flow)
}

fn copy(file: &Path, runs: u32) -> Result<Vec<Logged>> {
    let mut conn = Connection::open(file)?;
    // Nothing here has to survive anything, and the indexes are to fit into memory.
    conn.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
         PRAGMA cache_size = -1000000",
    )?;
    add_functions(&conn)?;
    let tx = conn.transaction()?;
    let indexes = drop_indexes(&tx)?;
    let logged = copy_runs(&tx, runs)?;
    indexes.iter().try_for_each(|sql| tx.execute_batch(sql))?;
    tx.commit()?;
    Ok(logged)
}

fn copy_runs(conn: &Connection, runs: u32) -> Result<Vec<Logged>> {
    let own = [("id", "?1"), ("idempotency_key", "new_id()")];
    let times = [
        ("created", "moment(?2)"),
        ("scheduled_start_time", "moment(?2)"),
        ("start_time", "moment(?2 + 2)"),
        ("end_time", "moment(?2 + 3)"),
        ("state_timestamp", "moment(?2 + 3)"),
        ("updated", "moment(?2 + 3)"),
    ];
    let mut run = copying(conn, "flow_run", &[&own[..], &times].concat())?;
    let own = [("id", "new_id()"), ("flow_run_id", "?1")];
    let times = ["timestamp", "created", "updated"].map(|column| (column, "moment(?2 + version)"));
    let mut states = copying(conn, "flow_run_state", &[&own[..], &times].concat())?;
    let times = ["timestamp", "created", "updated"].map(|column| (column, "moment(?2)"));
    let mut log = copying(conn, "log", &[&own[..], &times].concat())?;
    let mut logged = Vec::new();
    for number in 0..runs {
        let id = Uuid::now_v7();
        let text = id.to_string();
        run.execute(params![text, number])?;
        states.execute(params![text, number])?;
        if number % RUNS_PER_LOG == 0 {
            (0..LINES).try_for_each(|line| log.execute(params![text, number + line]).map(drop))?;
            logged.push(Logged { id, number });
        }
    }
    Ok(logged)
}

/// Inserts the rows that the table has by now again, some columns changed.
fn copying<'a>(conn: &'a Connection, table: &str, changed: &[(&str, &str)]) -> Result<Statement<'a>> {
    let mut columns = conn.prepare("SELECT name FROM pragma_table_info(?1) WHERE name <> 'seq'")?;
    let columns: Vec<String> = columns.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let value = |column: &String| {
        let changed = changed.iter().find(|(name, _)| name == column);
        changed.map_or_else(|| column.clone(), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let rows: u32 = conn.query_one(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    let (columns, values) = (columns.join(", "), values.join(", "));
    Ok(conn.prepare(&format!(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE seq <= {rows}"
    ))?)
}

/// Takes the indexes away and returns the SQL that makes them again.
fn drop_indexes(conn: &Connection) -> Result<Vec<String>> {
    let mut indexes =
        conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?;
    let indexes = indexes.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let indexes: Vec<(String, String)> = indexes.collect::<Result<_, _>>()?;
    for (name, _) in &indexes {
        conn.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(indexes.into_iter().map(|(_, sql)| sql).collect())
}

fn add_functions(conn: &Connection) -> Result<()> {
    conn.create_scalar_function("new_id", 0, FunctionFlags::SQLITE_UTF8, |_| Ok(Uuid::now_v7().to_string()))?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("moment", 1, flags, |context| Ok(moment(context.get(0)?)))?;
    Ok(())
}

/// So many hundredths of a second after the first run, in the form in which times are stored.
pub(crate) fn moment(number: i64) -> String {
    const FIRST: i64 = 1_767_225_600_000_001;
    let time = Timestamp::from_microsecond(FIRST + number * 10_000).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}
