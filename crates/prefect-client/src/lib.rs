#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
pub mod config;

#[doc = include_str!("compatibility.md")]
pub mod compatibility {}

pub use client::{Client, ClientBuilder, ClientError};

pub use prefect_flow_run::*;
pub use prefect_schema as schema;
pub use secrecy;
