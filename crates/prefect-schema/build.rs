//! Registers the crate's own copy of the schema for the module that `types` generates.

fn main() {
    println!("cargo::rerun-if-changed=schema.graphql");
    if std::env::var_os("CARGO_FEATURE_TYPES").is_none() {
        return;
    }
    cynic_codegen::register_schema("prefect")
        .from_sdl_file("schema.graphql")
        .and_then(|schema| schema.as_default())
        .unwrap_or_else(|error| panic!("schema.graphql cannot be registered: {error}"));
}
