//! The real Python client and ours, each against a sandbox of its own with the same scene and a
//! stopped clock, get the same answers.

mod documents;
mod drawn;
mod operations;
mod scene;
mod shape;
mod table;
