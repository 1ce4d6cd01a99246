fn main() {
    prefect_schema::register();
}
