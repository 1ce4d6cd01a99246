//! Looks for snapshots that nobody has reviewed yet.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// How the names of such files end: a snapshot of its own, and changes of inline snapshots.
const PENDING: [&str; 2] = [".snap.new", ".pending-snap"];

/// Fails if a snapshot under `root` waits for review.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut pending = Vec::new();
    collect(root, &mut pending)?;
    if pending.is_empty() {
        println!("no *.snap.new and no *.pending-snap");
        return Ok(());
    }
    pending.sort();
    let list: Vec<_> = pending.iter().map(|path| path.strip_prefix(root).unwrap_or(path).display()).collect();
    bail!("snapshots to review with `cargo insta review`: {list:?}");
}

fn collect(folder: &Path, pending: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = || format!("cannot list {}", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type().with_context(unreadable)?.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&entry.path(), pending)?;
            }
        } else if PENDING.iter().any(|end| name.ends_with(end)) {
            pending.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::check;

    #[test]
    fn pending_snapshots_are_found_outside_of_build_folders() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/snapshots");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir(root.path().join("target")).unwrap();
        fs::write(root.path().join("target/x.snap.new"), "").unwrap();
        fs::write(deep.join("x.snap"), "").unwrap();
        check(root.path()).unwrap();
        fs::write(deep.join("x.snap.new"), "").unwrap();
        fs::write(root.path().join("a/.x.rs.pending-snap"), "").unwrap();
        let error = check(root.path()).unwrap_err().to_string();
        assert!(error.contains("x.snap.new") && error.contains(".x.rs.pending-snap"), "{error}");
        assert!(!error.contains("target"), "{error}");
    }
}
