//! Copies of the workspace, for what must not touch the tree.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};

use crate::git;

/// Copies the tracked files of the workspace at `root` to the folder `tree`, or brings that of an
/// earlier run up to date.
pub(crate) fn tracked_files(root: &Path, tree: &Path) -> Result<()> {
    let mut files = HashSet::new();
    for file in git::output(root, &["ls-files", "-z"])?.split_terminator('\0') {
        // One that was deleted is still tracked.
        if let Ok(whole) = fs::read(root.join(file)) {
            let file = tree.join(file);
            write_if_changed(&file, &whole).with_context(|| format!("cannot write {}", file.display()))?;
            files.insert(file);
        }
    }
    remove_others(tree, &files)
}

/// Writes a file and its folders. What is as it was keeps its time, so that Cargo builds only what changed.
pub(crate) fn write_if_changed(file: &Path, whole: &[u8]) -> io::Result<()> {
    if fs::read(file).is_ok_and(|there| there == whole) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, whole)
}

fn remove_others(folder: &Path, files: &HashSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, files)?;
        } else if !files.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_change_is_left_and_what_is_no_longer_there_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, gone) = (folder.path().join("a/kept"), folder.path().join("gone"));
        write_if_changed(&kept, b"1").unwrap();
        write_if_changed(&gone, b"1").unwrap();
        let before = fs::metadata(&kept).unwrap().modified().unwrap();
        write_if_changed(&kept, b"1").unwrap();
        assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), before);
        remove_others(folder.path(), &HashSet::from([kept.clone()])).unwrap();
        assert!(kept.exists() && !gone.exists());
        write_if_changed(&kept, b"2").unwrap();
        assert_eq!(fs::read(&kept).unwrap(), b"2");
    }
}
