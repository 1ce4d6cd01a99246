//! Link and markdown artifacts of task runs, which the user interface shows with the run.

use prefect_schema::{TaskRunArtifactId, TaskRunId};
use prefect_transport::{Error, Kind};

use crate::Api;
use crate::api::execute;
use crate::operations::{create_task_run_artifact, delete_task_run_artifact, update_task_run_artifact};

const LINK: &str = "link";
const MARKDOWN: &str = "markdown";

/// Why an artifact was not made, changed or deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The server takes no artifact as large as this; Prefect Server takes 1,000,000 bytes.
    #[error("the artifact of {bytes} bytes is larger than the server allows")]
    TooLarge {
        /// The size of the content that was given, in bytes.
        bytes: usize,
        /// The server's own words, with its limit.
        source: Error,
    },
    /// There is no such task run.
    #[error("there is no task run {id}")]
    NoTaskRun {
        /// The task run that was to have the artifact.
        id: TaskRunId,
    },
    /// There is no such artifact.
    #[error("there is no artifact {id}")]
    NotFound {
        /// The artifact that was to be changed or deleted.
        id: TaskRunArtifactId,
    },
    /// The server answered without an id, so the artifact may or may not have been made.
    #[error("the server does not tell the artifact's id; it may or may not have been made")]
    NoId,
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Transport(Error),
}

impl Api {
    /// Adds a link to a task run, as `create_link_artifact` of Prefect 1.4.1 does: a URL, or a path
    /// within the user interface.
    ///
    /// Each call makes an artifact, so it is not sent again where it may have been executed.
    ///
    /// # Errors
    /// When there is no such task run, the link is too large, or the server cannot be asked.
    pub async fn create_link_artifact(
        &self,
        task_run_id: TaskRunId,
        link: &str,
    ) -> Result<TaskRunArtifactId, ArtifactError> {
        create(self, task_run_id, LINK, link).await
    }

    /// Adds a text in Markdown to a task run, as `create_markdown_artifact` of Prefect 1.4.1 does.
    ///
    /// Each call makes an artifact, so it is not sent again where it may have been executed.
    ///
    /// # Errors
    /// When there is no such task run, the text is too large, or the server cannot be asked.
    pub async fn create_markdown_artifact(
        &self,
        task_run_id: TaskRunId,
        markdown: &str,
    ) -> Result<TaskRunArtifactId, ArtifactError> {
        create(self, task_run_id, MARKDOWN, markdown).await
    }

    /// Replaces the link of an artifact.
    ///
    /// # Errors
    /// When there is no such artifact, or the server cannot be asked.
    pub async fn update_link_artifact(&self, id: TaskRunArtifactId, link: &str) -> Result<(), ArtifactError> {
        update(self, id, LINK, link).await
    }

    /// Replaces the text of an artifact.
    ///
    /// # Errors
    /// When there is no such artifact, or the server cannot be asked.
    pub async fn update_markdown_artifact(
        &self,
        id: TaskRunArtifactId,
        markdown: &str,
    ) -> Result<(), ArtifactError> {
        update(self, id, MARKDOWN, markdown).await
    }

    /// Deletes an artifact. It is not sent again where it may have been executed.
    ///
    /// # Errors
    /// When there is no such artifact, or the server cannot be asked.
    pub async fn delete_artifact(&self, id: TaskRunArtifactId) -> Result<(), ArtifactError> {
        let operation = delete_task_run_artifact::build(id);
        let answer = execute(self.transport(), "delete_task_run_artifact", &operation, false).await;
        if answer.map_err(ArtifactError::Transport)?.found() {
            return Ok(());
        }
        Err(ArtifactError::NotFound { id })
    }
}

async fn create(
    api: &Api,
    task_run_id: TaskRunId,
    kind: &'static str,
    content: &str,
) -> Result<TaskRunArtifactId, ArtifactError> {
    let operation = create_task_run_artifact::build(task_run_id, kind, content);
    let answer = execute(api.transport(), "create_task_run_artifact", &operation, false).await;
    let unknown = format!("Task run {task_run_id} not found");
    let answer = answer.map_err(|error| match says(&error, &unknown) {
        true => ArtifactError::NoTaskRun { id: task_run_id },
        false => refused(error, content),
    })?;
    answer.id().ok_or(ArtifactError::NoId)
}

async fn update(
    api: &Api,
    id: TaskRunArtifactId,
    kind: &'static str,
    content: &str,
) -> Result<(), ArtifactError> {
    let operation = update_task_run_artifact::build(id, kind, content);
    let answer = api.query("update_task_run_artifact", &operation).await;
    let found = answer.map_err(|error| refused(error, content))?.found();
    if found { Ok(()) } else { Err(ArtifactError::NotFound { id }) }
}

fn refused(error: Error, content: &str) -> ArtifactError {
    match says(&error, "Artifact data payload exceeds") {
        true => ArtifactError::TooLarge { bytes: content.len(), source: error },
        false => ArtifactError::Transport(error),
    }
}

/// Whether the server says so, in its own words of 1.x.
fn says(error: &Error, text: &str) -> bool {
    error.kind() == Kind::GraphQl && error.graphql_errors().iter().any(|error| error.message.contains(text))
}
