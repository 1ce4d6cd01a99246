//! Registers the crate's own copy of the schema for the module that `types` generates.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=schema.graphql");
    if env::var_os("CARGO_FEATURE_TYPES").is_some() {
        cynic_codegen::register_schema("prefect").from_sdl_file("schema.graphql")?.as_default()?;
        break_lines(&Path::new(&env::var("OUT_DIR")?).join("cynic-schemas/prefect.rs"))?;
    }
    Ok(())
}

/// The module is written as a single line of more than a megabyte. Clippy asks for the columns of what is in it, which are
/// counted from the line's beginning: it took 52 seconds for this crate, and takes 2 when each item has a line.
fn break_lines(module: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(module)?;
    Ok(fs::write(module, text.replace(" } ", " }\n"))?)
}
