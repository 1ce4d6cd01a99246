//! One line, from what it says to what became of it.
//!
//! The flow version and the key are noted in the journal before anything is sent that may make a run of
//! them. So a version that is archived meanwhile is replaced here: the library would go on to the newer
//! one by itself, and nobody would have noted it.

use prefect_client::{
    Client, FindFlowError, FlowId, FlowReference, IdempotencyKey, ScheduleError, ScheduledFlowRun,
};

use super::Entry;
use super::flows::Flows;
use super::journal::{Begun, Journal};
use super::outcome::{LineError, Outcome};
use super::wanted::{Reference, Wanted};
use crate::failure::Failure;

/// How many versions are tried, when each is archived the moment it was found.
const VERSIONS: usize = 4;

pub(super) struct Scheduler<'a> {
    client: &'a Client,
    journal: Option<&'a Journal>,
    flows: Flows,
}

/// Why a line has no run.
enum Stop {
    Line(Outcome),
    /// The batch cannot go on: the journal cannot be written.
    Batch(Failure),
}

impl<'a> Scheduler<'a> {
    pub(super) fn new(client: &'a Client, journal: Option<&'a Journal>) -> Self {
        Self { client, journal, flows: Flows::default() }
    }

    /// Makes the run of a line, or finds the one that was begun.
    pub(super) async fn schedule(&self, entry: &Entry, begun: Option<Begun>) -> Result<Outcome, Failure> {
        match self.run(entry, begun).await {
            Ok(run) => Ok(run.into()),
            Err(Stop::Line(outcome)) => Ok(outcome),
            Err(Stop::Batch(failure)) => Err(failure),
        }
    }

    async fn run(&self, entry: &Entry, begun: Option<Begun>) -> Result<ScheduledFlowRun, Stop> {
        let wanted = Wanted::read(&entry.line)?;
        let (mut run, key);
        if let Some(begun) = begun {
            key = IdempotencyKey::from(begun.idempotency_key);
            run = self.client.resume(begun.flow_id, key.clone(), wanted.request.clone()).await;
        } else {
            key = wanted.key.clone().unwrap_or_else(IdempotencyKey::random);
            run = self.newest(entry, &wanted, &key, None).await?;
        }
        for _ in 1..VERSIONS {
            match run {
                Err(ScheduleError::Archived { flow_id }) if wanted.flow.may_be_newer() => {
                    run = self.newest(entry, &wanted, &key, Some(flow_id)).await?;
                }
                _ => break,
            }
        }
        Ok(run?)
    }

    /// Schedules a run of the most recent version; of a newer one than `archived`, of which there is no run.
    async fn newest(
        &self,
        entry: &Entry,
        wanted: &Wanted,
        key: &IdempotencyKey,
        archived: Option<FlowId>,
    ) -> Result<Result<ScheduledFlowRun, ScheduleError>, Stop> {
        let flow = match self.flows.find(self.client, &wanted.flow, archived).await {
            Ok(flow) => flow,
            Err(error) => return self.of_archived(entry, wanted, &error).await,
        };
        // Before it is noted: what was noted is not checked when it is resumed.
        flow.check_parameters(wanted.parameters.as_ref()).map_err(ScheduleError::from)?;
        self.note(entry, flow.id(), key)?;
        Ok(flow.schedule(wanted.request.clone().idempotency_key(key.clone())).await)
    }

    /// Goes on from `error`, if the flow version that the line names is archived and the line has a key: the
    /// key may stand for a run from before that.
    async fn of_archived(
        &self,
        entry: &Entry,
        wanted: &Wanted,
        error: &FindFlowError,
    ) -> Result<Result<ScheduledFlowRun, ScheduleError>, Stop> {
        match (error, &wanted.key) {
            (FindFlowError::Archived { reference: FlowReference::Version(id), .. }, Some(key)) => {
                self.note(entry, *id, key)?;
                match self.client.resume(*id, key.clone(), wanted.request.clone()).await {
                    // The server knows no keys, so this one stands for nothing.
                    Err(ScheduleError::OutcomeUnknown { resumable: false, .. }) => {
                        Err(LineError::from(error).into())
                    }
                    outcome => Ok(outcome),
                }
            }
            _ => Err(LineError::from(error).into()),
        }
    }

    /// Notes in the journal, if there is one, that a run may exist from now on.
    fn note(&self, entry: &Entry, flow_id: FlowId, key: &IdempotencyKey) -> Result<(), Stop> {
        match self.journal {
            Some(journal) => journal.begun(entry, flow_id, key).map_err(Stop::Batch),
            None => Ok(()),
        }
    }
}

impl Reference {
    /// Whether a newer version than the one it was resolved to is meant as well.
    fn may_be_newer(&self) -> bool {
        !matches!(self, Self::Version(_))
    }
}

impl From<LineError> for Stop {
    fn from(error: LineError) -> Self {
        Self::Line(error.into())
    }
}

impl From<ScheduleError> for Stop {
    fn from(error: ScheduleError) -> Self {
        Self::Line(error.into())
    }
}
