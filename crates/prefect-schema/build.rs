//! Registers the crate's own copy of the schema for the module that `types` generates.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=schema.graphql");
    if std::env::var_os("CARGO_FEATURE_TYPES").is_some() {
        cynic_codegen::register_schema("prefect").from_sdl_file("schema.graphql")?.as_default()?;
    }
    Ok(())
}
