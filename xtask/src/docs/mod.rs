//! `cargo xtask docs`: the documentation of all crates, without a warning and without a link that leads nowhere.
//!
//! Links within the code are rustdoc's to check. Here are those that it takes as they are: in Markdown files, and in
//! the pages that it wrote. Of addresses on the web nothing is asked.

mod markdown;
mod pages;

use std::path::Path;

use anyhow::{Result, bail};

use crate::cargo::Cargo;
use crate::git;
use crate::workspace::LIBRARIES;

/// Fails if something is not documented, or a link is broken.
pub(crate) fn check(root: &Path) -> Result<()> {
    let arguments = ["doc", "--workspace", "--no-deps", "--all-features"];
    Cargo::new(root, arguments).env("RUSTDOCFLAGS", "-D warnings").run()?;

    let files = git::output(root, &["ls-files", "-z", "*.md"])?;
    let files: Vec<_> = files.split_terminator('\0').collect();
    let mut broken = markdown::broken_links(root, &files)?;
    println!("{} Markdown files read", files.len());

    let crates = LIBRARIES.map(|library| library.replace('-', "_"));
    let read = pages::broken_links(&root.join("target/doc"), &crates)?;
    println!("{} pages read", read.pages);
    broken.extend(read.broken);
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(())
}
