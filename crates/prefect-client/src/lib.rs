//! prefect-client
