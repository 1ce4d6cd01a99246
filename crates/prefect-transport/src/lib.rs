//! prefect-transport
