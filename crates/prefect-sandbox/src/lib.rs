//! prefect-sandbox
