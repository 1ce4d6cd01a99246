//! flowrun
fn main() {}
