#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "types")]
mod ids;
#[cfg(feature = "types")]
mod scalars;

#[cfg(feature = "types")]
pub use cynic;
#[cfg(feature = "types")]
pub use ids::*;
#[cfg(feature = "types")]
pub use scalars::Json;

/// The markers that cynic's derives check a fragment against: one item per type, field and
/// argument of the schema. Import it beside a fragment; nothing in it is meant to be called.
#[cfg(feature = "types")]
#[doc(hidden)]
#[cynic::schema("prefect")]
#[allow(missing_docs, unreachable_pub)]
pub mod schema {}

/// The schema as text, in canonical form: Prefect Server 1.x with the additions of Prefect Cloud 1.
///
/// For tools that read a schema, such as a test that validates its own documents.
pub const SDL: &str = include_str!("../schema.graphql");

/// Registers the schema for the derives of the crate whose build script calls this.
///
/// That crate's fragments then need no attribute that names a schema.
///
/// # Panics
/// When the schema cannot be written to cargo's `OUT_DIR`; a build script has no better way to fail.
#[cfg(feature = "build")]
pub fn register() {
    register_part(SDL);
}

/// Registers a part of [`SDL`] instead: some of its types, each with some of its fields or all of them.
///
/// Each derive reads all that is registered, which takes ten milliseconds for the whole schema: a crate with very many
/// fragments compiles faster with the types that it uses.
///
/// # Panics
/// As [`register`] does, and when this is no schema.
#[cfg(feature = "build")]
#[expect(clippy::panic, reason = "a build script has no better way to fail")]
pub fn register_part(sdl: &str) {
    println!("cargo::rerun-if-changed=build.rs");
    cynic_codegen::register_schema("prefect")
        .from_sdl(sdl)
        .and_then(|schema| schema.as_default())
        .unwrap_or_else(|error| panic!("the Prefect schema cannot be registered: {error}"));
}
