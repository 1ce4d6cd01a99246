//! Makes the schema known to this crate's fragments.

fn main() {
    prefect_schema::register();
}
