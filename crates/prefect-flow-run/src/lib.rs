//! prefect-flow-run
