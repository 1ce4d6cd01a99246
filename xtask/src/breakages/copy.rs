//! A copy of the workspace that may be broken, with build files of its own.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use anyhow::{Context, Result, ensure};

use super::list::Breakage;
use crate::cargo::Cargo;

/// The tracked files of a workspace, below its `target`.
pub(super) struct Copy {
    tree: PathBuf,
    build: PathBuf,
}

impl Copy {
    /// Makes the copy, or brings that of an earlier run up to date.
    pub(super) fn of(root: &Path) -> Result<Self> {
        let folder = root.join("target/breakages");
        let copy = Self { tree: folder.join("tree"), build: folder.join("build") };
        let mut files = HashSet::new();
        for file in tracked(root)? {
            // One that was deleted is still tracked.
            if let Ok(whole) = fs::read(root.join(&file)) {
                let file = copy.tree.join(file);
                write_if_changed(&file, &whole)
                    .with_context(|| format!("cannot write {}", file.display()))?;
                files.insert(file);
            }
        }
        remove_others(&copy.tree, &files)?;
        Ok(copy)
    }

    pub(super) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.tree.join(file)).with_context(|| format!("cannot read {file}"))
    }

    pub(super) fn write(&self, file: &str, text: &str) -> Result<()> {
        fs::write(self.tree.join(file), text).with_context(|| format!("cannot write {file}"))
    }

    /// Whether the test's target compiles.
    pub(super) fn compiles(&self, breakage: &Breakage) -> bool {
        self.test(breakage, &["--no-run"])
    }

    /// Whether the test passes.
    pub(super) fn passes(&self, breakage: &Breakage) -> bool {
        self.test(breakage, &["--", "--exact", &breakage.test])
    }

    fn test(&self, breakage: &Breakage, rest: &[&str]) -> bool {
        let target = match breakage.target.as_str() {
            "lib" => vec!["--lib"],
            target => vec!["--test", target],
        };
        let arguments = [&["test", "--package", &breakage.package], &target[..], rest].concat();
        Cargo::new(&self.tree, arguments)
            .env("CARGO_TARGET_DIR", &self.build.to_string_lossy())
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("INSTA_UPDATE", "no")
            .succeeds()
    }
}

fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output();
    let output = output.context("cannot start git")?;
    ensure!(output.status.success(), "git cannot list the files of {}", root.display());
    let files = String::from_utf8(output.stdout).context("a file's name is not UTF-8")?;
    Ok(files.split_terminator('\0').map(str::to_owned).collect())
}

/// What is as it was keeps its time, so that Cargo builds only what changed.
fn write_if_changed(file: &Path, whole: &[u8]) -> io::Result<()> {
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
