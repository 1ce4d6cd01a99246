//! Reading and changing one flow run.

use super::{Client, Error};
use crate::{
    CancelError, FlowId, FlowRun, FlowRunDetails, FlowRunId, IdempotencyKey, RenameError, SetLabelsError,
    State, TaskRunResult, TaskRunResultError, UiError, UiLinks, transport,
};

impl Client {
    /// Reads a flow run and its present state; see [`Api::flow_run`](crate::Api::flow_run).
    pub fn flow_run(&self, id: FlowRunId) -> Result<Option<FlowRun>, Error<transport::Error>> {
        self.runtime.call(self.api.flow_run(id))
    }

    /// Reads all that there is to tell of a run; see
    /// [`Api::flow_run_details`](crate::Api::flow_run_details).
    pub fn flow_run_details(&self, id: FlowRunId) -> Result<Option<FlowRunDetails>, Error<transport::Error>> {
        self.runtime.call(self.api.flow_run_details(id))
    }

    /// The run that `key` stands for; see [`Api::flow_run_by_key`](crate::Api::flow_run_by_key).
    pub fn flow_run_by_key(
        &self,
        flow_id: FlowId,
        key: &IdempotencyKey,
    ) -> Result<Option<FlowRunId>, Error<transport::Error>> {
        self.runtime.call(self.api.flow_run_by_key(flow_id, key))
    }

    /// The result of a task of a run; see [`Api::task_run_result`](crate::Api::task_run_result).
    pub fn task_run_result(
        &self,
        flow_run_id: FlowRunId,
        task_slug: &str,
        map_index: Option<u32>,
    ) -> Result<TaskRunResult, Error<TaskRunResultError>> {
        self.runtime.call(self.api.task_run_result(flow_run_id, task_slug, map_index))
    }

    /// Cancels a run, and returns the state it is in now; see [`Api::cancel`](crate::Api::cancel).
    pub fn cancel(&self, id: FlowRunId) -> Result<State, Error<CancelError>> {
        self.runtime.call(self.api.cancel(id))
    }

    /// Gives a run another name; see [`Api::rename`](crate::Api::rename).
    pub fn rename(&self, id: FlowRunId, name: &str) -> Result<(), Error<RenameError>> {
        self.runtime.call(self.api.rename(id, name))
    }

    /// Replaces the labels of a run; see [`Api::set_labels`](crate::Api::set_labels).
    pub fn set_labels<L: Into<String>>(
        &self,
        id: FlowRunId,
        labels: impl IntoIterator<Item = L>,
    ) -> Result<(), Error<SetLabelsError>> {
        self.runtime.call(self.api.set_labels(id, labels))
    }

    /// Links into the user interface; see [`Api::ui_links`](crate::Api::ui_links).
    pub fn ui_links(&self) -> Result<UiLinks, Error<UiError>> {
        self.runtime.call(self.api.ui_links())
    }

    /// The page of one flow run; see [`Api::flow_run_url`](crate::Api::flow_run_url).
    pub fn flow_run_url(&self, id: FlowRunId) -> Result<String, Error<UiError>> {
        self.runtime.call(self.api.flow_run_url(id))
    }
}
