//! Link and markdown artifacts of task runs.

use super::{Client, Error};
use crate::{ArtifactError, TaskRunArtifactId, TaskRunId};

impl Client {
    /// Adds a link to a task run; see [`Api::create_link_artifact`](crate::Api::create_link_artifact).
    pub fn create_link_artifact(
        &self,
        task_run_id: TaskRunId,
        link: &str,
    ) -> Result<TaskRunArtifactId, Error<ArtifactError>> {
        self.runtime.call(self.api.create_link_artifact(task_run_id, link))
    }

    /// Adds a text in Markdown to a task run; see
    /// [`Api::create_markdown_artifact`](crate::Api::create_markdown_artifact).
    pub fn create_markdown_artifact(
        &self,
        task_run_id: TaskRunId,
        markdown: &str,
    ) -> Result<TaskRunArtifactId, Error<ArtifactError>> {
        self.runtime.call(self.api.create_markdown_artifact(task_run_id, markdown))
    }

    /// Replaces the link of an artifact; see
    /// [`Api::update_link_artifact`](crate::Api::update_link_artifact).
    pub fn update_link_artifact(
        &self,
        id: TaskRunArtifactId,
        link: &str,
    ) -> Result<(), Error<ArtifactError>> {
        self.runtime.call(self.api.update_link_artifact(id, link))
    }

    /// Replaces the text of an artifact; see
    /// [`Api::update_markdown_artifact`](crate::Api::update_markdown_artifact).
    pub fn update_markdown_artifact(
        &self,
        id: TaskRunArtifactId,
        markdown: &str,
    ) -> Result<(), Error<ArtifactError>> {
        self.runtime.call(self.api.update_markdown_artifact(id, markdown))
    }

    /// Deletes an artifact; see [`Api::delete_artifact`](crate::Api::delete_artifact).
    pub fn delete_artifact(&self, id: TaskRunArtifactId) -> Result<(), Error<ArtifactError>> {
        self.runtime.call(self.api.delete_artifact(id))
    }
}
