//! The typed schema of Prefect.
