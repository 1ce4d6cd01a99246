//! The packages as Cargo would upload them, unpacked.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use tar::Archive;

use super::manifest::Manifest;

/// A folder with a folder of each package in it.
pub(super) struct Packages {
    folder: PathBuf,
    packages: Vec<Package>,
}

struct Package {
    name: String,
    folder: PathBuf,
}

impl Packages {
    /// Unpacks the `.crate` files of the folder `packed` into the folder `into`, in place of what is there.
    pub(super) fn unpack(packed: &Path, into: &Path) -> Result<Self> {
        if into.exists() {
            fs::remove_dir_all(into).with_context(|| format!("cannot remove {}", into.display()))?;
        }
        let mut packages = Vec::new();
        for entry in fs::read_dir(packed).with_context(|| format!("cannot list {}", packed.display()))? {
            let file = entry?.path();
            if file.extension() == Some(OsStr::new("crate")) {
                packages
                    .push(unpack(&file, into).with_context(|| format!("cannot unpack {}", file.display()))?);
            }
        }
        Ok(Self { folder: into.to_owned(), packages })
    }

    /// Arguments by which Cargo takes these in place of those that are on crates.io.
    pub(super) fn patches(&self) -> impl Iterator<Item = String> {
        self.packages.iter().flat_map(|package| {
            let patch = format!("patch.crates-io.{}.path={:?}", package.name, package.folder);
            ["--config".to_owned(), patch]
        })
    }

    /// Which packages `tree`, printed by `cargo tree`, takes from elsewhere.
    pub(super) fn strangers<'a>(&self, tree: &'a str) -> Vec<&'a str> {
        let ours = |line: &&str| {
            self.packages.iter().any(|package| line.starts_with(&format!("{} v", package.name)))
        };
        let folder = self.folder.to_string_lossy();
        tree.lines().filter(ours).filter(|line| !line.contains(&*folder)).collect()
    }
}

/// A package's files are all in a folder that is called as the file is. Times are not kept: in packages all are
/// the same, and Cargo would not see that a file is another than the one that it built.
fn unpack(file: &Path, into: &Path) -> Result<Package> {
    let mut archive = Archive::new(GzDecoder::new(File::open(file)?));
    archive.set_preserve_mtime(false);
    archive.unpack(into)?;
    let folder = into.join(file.file_stem().context("a package without a name")?);
    let name = Manifest::read(&folder)?.package.name;
    Ok(Package { name, folder })
}
