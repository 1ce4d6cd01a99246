//! The packages as Cargo would upload them, unpacked.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use tar::Archive;
use toml::{Table, Value};

use crate::cargo::Cargo;
use crate::{manifest, profile};

/// A folder with a folder of each package in it.
pub(crate) struct Packages {
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
        packages.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { folder: into.to_owned(), packages })
    }

    /// Builds each, with the others in place of those that are on crates.io. As with Cargo's own verification, a build must
    /// leave the packages' files as they are.
    pub(super) fn build(&self, root: &Path) -> Result<()> {
        let before = files(&self.folder)?;
        for package in &self.packages {
            println!("{}, from its package:", package.name);
            self.cargo(root, &package.folder, ["build"])?.run()?;
            if files(&self.folder)? != before {
                bail!("to build {} changes files of packages: write into OUT_DIR", package.name);
            }
        }
        Ok(())
    }

    /// A command of Cargo in a folder outside of the workspace at `root`, with these packages in place of those that are on
    /// crates.io. What is built is in the workspace's target folder, and made as it is there.
    pub(crate) fn cargo<'a>(
        &self,
        root: &Path,
        folder: &Path,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Cargo> {
        let arguments = arguments.into_iter().map(str::to_owned).chain(self.patches());
        let cargo = Cargo::new(folder, arguments.chain(profile::arguments(root)?));
        Ok(cargo.env("CARGO_TARGET_DIR", &root.join("target").to_string_lossy()))
    }

    /// Arguments by which Cargo takes these in place of those that are on crates.io.
    fn patches(&self) -> impl Iterator<Item = String> {
        self.packages.iter().flat_map(|package| {
            let patch = format!("patch.crates-io.{}.path={:?}", package.name, package.folder);
            ["--config".to_owned(), patch]
        })
    }

    /// Which packages `tree`, printed by `cargo tree`, takes from elsewhere.
    pub(crate) fn strangers<'a>(&self, tree: &'a str) -> Vec<&'a str> {
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
    Ok(Package { name: name(&folder)?, folder })
}

/// What is in the files of packages, but for `Cargo.lock`: to put other packages in place of published ones changes it.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if path.file_name() != Some(OsStr::new("Cargo.lock")) {
            let whole = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(path, whole);
        }
    }
    Ok(files)
}

fn name(folder: &Path) -> Result<String> {
    let manifest: Table = manifest::read(folder)?;
    let name = manifest.get("package").and_then(|package| package.get("name"));
    Ok(name.and_then(Value::as_str).context("its manifest says no name")?.to_owned())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tar::{Builder, Header};

    use super::*;

    /// Packs a package of only a manifest.
    fn pack(file: &Path, name: &str) {
        let manifest = format!("[package]\nname = {name:?}\nversion = '0.1.0'\n");
        let mut archive = Builder::new(GzEncoder::new(File::create(file).unwrap(), Compression::fast()));
        let mut header = Header::new_gnu();
        header.set_size(manifest.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}-0.1.0/Cargo.toml"), manifest.as_bytes()).unwrap();
        archive.into_inner().unwrap().finish().unwrap();
    }

    #[test]
    fn packages_take_the_place_of_published_ones_and_any_other_is_found() {
        let folder = tempfile::tempdir().unwrap();
        pack(&folder.path().join("prefect-x-0.1.0.crate"), "prefect-x");
        let into = folder.path().join("unpacked");
        fs::create_dir(&into).unwrap();
        fs::write(into.join("of an earlier run"), "").unwrap();
        let packages = Packages::unpack(folder.path(), &into).unwrap();
        assert!(!into.join("of an earlier run").exists());

        let unpacked = into.join("prefect-x-0.1.0");
        let patch = format!("patch.crates-io.prefect-x.path={unpacked:?}");
        assert_eq!(packages.patches().collect::<Vec<_>>(), ["--config".to_owned(), patch]);
        let ours = format!("prefect-x v0.1.0 ({})", unpacked.display());
        let tree = format!("user v0.0.0 (/x)\n{ours}\nprefect-x v0.0.9\nprefect-xy v0.1.0\n");
        assert_eq!(packages.strangers(&tree), ["prefect-x v0.0.9"]);
    }

    #[test]
    fn files_that_change_are_seen_and_the_lock_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text| fs::write(folder.path().join(file), text).unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        write("src/lib.rs", "");
        let before = files(folder.path()).unwrap();
        write("Cargo.lock", "");
        assert_eq!(files(folder.path()).unwrap(), before);
        write("src/lib.rs", "// changed");
        assert_ne!(files(folder.path()).unwrap(), before);
        write("src/lib.rs", "");
        write("src/new.rs", "");
        assert_ne!(files(folder.path()).unwrap(), before);
    }

    #[test]
    fn what_is_no_package_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x-0.1.0.crate"), "no archive").unwrap();
        let error = Packages::unpack(folder.path(), &folder.path().join("unpacked")).err().unwrap();
        assert!(error.to_string().contains("cannot unpack"), "{error}");
    }
}
