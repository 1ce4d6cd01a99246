//! The queue of an agent: which runs are due, and whose labels fit.

use std::sync::LazyLock;

use rusqlite::{Connection, params};

use super::states::SCHEDULED;

/// At most as many runs are answered.
const MOST: usize = 25;

/// Three times as many are looked at, whatever their labels: older runs of others can hide one's own.
static SQL: LazyLock<String> = LazyLock::new(|| {
    let scheduled = SCHEDULED.map(|state| format!("'{state}'")).join(", ");
    format!(
        "SELECT id, labels FROM flow_run WHERE tenant_id = ?1 AND ( \
           (state IN ({scheduled}) AND state_start_time <= ?2) OR \
           (state = 'Running' AND EXISTS (SELECT 1 FROM task_run WHERE flow_run_id = flow_run.id \
              AND state IN ({scheduled}) AND state_start_time <= ?2))) \
         ORDER BY state_start_time NULLS LAST, seq LIMIT {}",
        3 * MOST
    )
});

/// The ids of the runs that an agent with these labels may start.
pub(crate) fn due(
    conn: &Connection,
    tenant: &str,
    before: &str,
    labels: &[String],
) -> rusqlite::Result<Vec<String>> {
    let mut candidates = conn.prepare_cached(&SQL)?;
    let candidates: Vec<(String, String)> = candidates
        .query_map(params![tenant, before], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let fitting = candidates.into_iter().filter(|(_, of_run)| fits(of_run, labels));
    Ok(fitting.map(|(id, _)| id).take(MOST).collect())
}

/// An agent with labels leaves the runs without any to those that have none either.
fn fits(of_run: &str, of_agent: &[String]) -> bool {
    let of_run: Vec<String> = serde_json::from_str(of_run).unwrap_or_default();
    of_run.iter().all(|label| of_agent.contains(label)) && (of_agent.is_empty() || !of_run.is_empty())
}
