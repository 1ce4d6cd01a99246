//! `cargo xtask public-types`: holds the libraries' public items to `xtask/public-types.toml`.
//!
//! Types and traits of other crates are part of an API only where they are listed, because a new
//! major version of theirs is then one of ours. Whatever is public and may grow is `#[non_exhaustive]`,
//! or listed. What is listed and no longer there is an error as well.

mod documentation;
mod list;

use std::path::Path;

use anyhow::{Result, bail};

use crate::workspace::LIBRARIES;
use documentation::Documentation;
use list::List;

/// Fails if the API of a library and the list differ.
pub(crate) fn check(root: &Path) -> Result<()> {
    let list = List::read(root)?;
    let mut differences = Vec::new();
    for library in LIBRARIES {
        let documentation = Documentation::of(library, root)?;
        let found = list.differences(library, &documentation);
        println!("{library}: {}", if found.is_empty() { "as listed" } else { "DIFFERS" });
        differences.extend(found);
    }
    if !differences.is_empty() {
        bail!("{}", differences.join("\n"));
    }
    Ok(())
}
