//! Makes known to this crate's fragments what of the schema they are about; `cargo xtask schema derive` finds it.

fn main() {
    prefect_schema::register_part(include_str!("schema.graphql"));
}
